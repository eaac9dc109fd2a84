/* SPDX-License-Identifier: Apache-2.0 */
/* What is known and done of one invitation; its parts hand it on: by person, by state, to the
 * sending. Private to this folder. */
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

/* Sending. p: who is invited; `listed` and `sent`: what the target and the memory have of the
 * invitation so far, NULL for nothing. */

#define TASK_JOIN "join" /* a person brings in somebody whom the service refuses for good */

/* In plan.objects, somebody who is no member yet. */
uint32_t invitee_object(struct plan_context *w, const struct person *p);
/* By the service, or by a person where it has no call for it. reason: "" for the plain one. */
void invite_person(struct plan_context *w, const struct person *p, str reason);
/* As often as is allowed, and as rarely; why: what became of the last one. */
void invite_again(struct plan_context *w, const struct person *p, const struct invitation *listed,
		  const struct sent_invitation *sent, const char *why);
/*
 * The role of an invitation that is out: changed in place, or by another invitation as rarely as
 * any. True in the second case: it is sent again with that.
 */
bool change_pending_role(struct plan_context *w, const struct person *p,
			 const struct invitation *listed, const struct sent_invitation *sent);
/* Invited as often as allowed, and no answer. */
void invitation_give_up(struct plan_context *w, const struct person *p,
			const struct invitation *listed, const struct sent_invitation *sent);
/* Out for so long that it may be sent again. */
bool is_invitation_rested(const struct plan_context *w, const struct invitation *listed,
			  const struct sent_invitation *sent);
bool is_invitation_spent(const struct plan_context *w, const struct sent_invitation *sent);
/* Told of the person, who waits, or is in doubt with NOTICE_DOUBTFUL. */
void invitee_note(struct plan_context *w, const struct person *p, enum notice_kind kind, str words);

/* States. */

void invitee_by_list(struct plan_context *w, const struct person *p,
		     const struct invitation *listed, const struct sent_invitation *sent);
/* The target lists none. */
void invitee_by_memory(struct plan_context *w, const struct person *p,
		       const struct sent_invitation *sent);
/* The list does not lag behind it, and is not cut. */
bool is_invitation_gone(const struct plan_context *w, const struct sent_invitation *sent);
/* Somebody whom nobody knows has the name of someone whose invitation is gone: accepted under
 * another address? */
bool find_invitee_twin(struct plan_context *w, const struct person *p, str *ret_label);
void doubt_invitee_twin(struct plan_context *w, const struct person *p, str twin);

#endif
