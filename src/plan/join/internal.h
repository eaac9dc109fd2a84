/* SPDX-License-Identifier: Apache-2.0 */
/* The two halves of join. Private to this folder. */
#ifndef PLAN_JOIN_INTERNAL_H
#define PLAN_JOIN_INTERNAL_H

#include "plan/context.h"

/* First meetings of the users whom no link remembers. */
void match_users(struct plan_context *w);

#endif
