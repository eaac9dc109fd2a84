/* SPDX-License-Identifier: Apache-2.0 */
/* The door of invite: people who come to the target by an invitation, and the invitations that are
 * out. */
#ifndef PLAN_INVITE_H
#define PLAN_INVITE_H

#include "plan/context.h"

/* Fills the context's invitations, where people are invited; after step_shape. */
void invitation_index_init(struct plan_context *w);

/*
 * A wanted person who has no account: invited, invited again, waited for, or told about; never
 * invited twice. What is decided of the person goes into its want. p: scratch.
 */
void diff_invitee(struct plan_context *w, uint32_t row, struct person *p);
/* Once all people are decided on: invitations that nobody waits for are taken back. */
void diff_invitations(struct plan_context *w);
/* An adoption of someone who accepted muster's invitation says so; else nothing is done. */
void adopt_reason_invited(struct plan_context *w, uint32_t row, struct change *c);

/* The one that muster sent to a source user, NULL: none. */
const struct sent_invitation *find_sent_invitation(const struct plan_context *w, uint32_t row);
/* The one that counts of those that the target lists for an address: a pending one, else the
 * newest; NULL when there is none. */
const struct invitation *find_listed_invitation(struct plan_context *w, str address);

#endif
