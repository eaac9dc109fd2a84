/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict and those who raise it. Private to this folder. */
#ifndef PLAN_GUARD_INTERNAL_H
#define PLAN_GUARD_INTERNAL_H

#include "plan/context.h"

void verdict_raise(struct plan_context *w, enum verdict verdict, bool approvable);
void reason_add(struct plan_context *w, str reason);
void refuse(struct plan_context *w, str reason);
void guard_admins(struct plan_context *w);
void guard_source(struct plan_context *w);

#endif
