/* SPDX-License-Identifier: Apache-2.0 */
/* The door of guard: may the plan go, or must a person look at it? */
#ifndef PLAN_GUARD_H
#define PLAN_GUARD_H

#include "plan/context.h"

/* Fills the plan's verdict, its reasons and the limits that were met; after step_order. */
void step_guard(struct plan_context *w);

#endif
