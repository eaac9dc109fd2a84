/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict and those who raise it. Private to this folder. */
#ifndef PLAN_GUARD_INTERNAL_H
#define PLAN_GUARD_INTERNAL_H

#include "model/guard.h"
#include "plan/context.h"

/* verdict.c: it only grows graver, and nobody makes it approvable again. */
void verdict_hold(struct plan_context *w, str reason);
void verdict_refuse(struct plan_context *w, str reason);
void verdict_distrust(struct plan_context *w, str reason, bool approvable);

void guard_admins(struct plan_context *w); /* those who can mend things stay */
void guard_source(struct plan_context *w); /* the source's read proves something */

#endif
