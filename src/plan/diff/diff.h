/* SPDX-License-Identifier: Apache-2.0 */
/* The door of diff: what must change, each change with its reason, and in which order. */
#ifndef PLAN_DIFF_H
#define PLAN_DIFF_H

#include "plan/context.h"

/* People, invitations, teams and links become changes, notices and tasks of the plan; after
 * step_join and invitation_index_init. */
void step_diff(struct plan_context *w);

/*
 * Changes in the order in which they are carried out, numbered from 1; what must wait for another
 * one says so in change.after. Names that move from one entry to another are freed first; what
 * cannot have its name is dropped with a notice. Counts are filled, notices sorted.
 */
void step_order(struct plan_context *w);

#endif
