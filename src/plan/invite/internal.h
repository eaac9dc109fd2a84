/* SPDX-License-Identifier: Apache-2.0 */
/* What is known and done of one invitation. Private to this folder. */
#ifndef PLAN_INVITE_INTERNAL_H
#define PLAN_INVITE_INTERNAL_H

#include "plan/context.h"

/* Of those that the target lists for an address the first: index + 1, 0 for none; the others by
 * invitation_index.next. */
uint32_t invitations_first(struct plan_context *w, str address);
/* Somebody who is wanted, or who left, is looked after under this address: none of its invitations
 * is a stray one. */
void invitations_settle(struct plan_context *w, str address);
/* Row of the target user who has the address, or ROW_NONE; a free one belongs to nobody yet. */
uint32_t find_address_member(struct plan_context *w, str address);
uint32_t find_free_member(struct plan_context *w, str address);
/* What the read shows of an invitation goes into the memory (sent: NULL does nothing). */
void invitation_remember(struct plan_context *w, const struct sent_invitation *sent,
			 enum invitation_state state, int64_t expires_at);
void invitation_forget(struct plan_context *w, const struct sent_invitation *sent); /* it is over */

/* user: index in plan.objects. NULL when it became a task for a person; valid until the next
 * change. */
struct change *revoke_invitation(struct plan_context *w, uint32_t user, const struct invitation *i,
				 str reason);

#endif
