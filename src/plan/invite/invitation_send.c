/* SPDX-License-Identifier: Apache-2.0 */
/* Sending an invitation: first, again when it was not answered, with another role; never a second
 * one by mistake, and never more often than allowed. */
#include "plan/internal.h"
#include "plan/invite/internal.h"
#include "plan/shape/shape.h"

uint32_t invitee_object(struct plan_context *w, const struct person *p)
{
	uint32_t user = person_object(w, p, ROW_NONE);

	w->plan->objects.items[user].address = plan_copy(w, buf_str(&p->address));
	return user;
}

/* Where the service lets nobody invite but a person at its own page. */
static void invite_by_hand(struct plan_context *w, const struct person *p, uint32_t user, str role)
{
	handoff_add(w, user, ROW_NONE, STR("invite"),
		    plan_text(w, "invite %.*s to %.*s%s%.*s: %.*s", STR_ARG(buf_str(&p->address)),
			      STR_ARG(w->policy->to), role.n ? " with the role " : "",
			      STR_ARG(role), STR_ARG(w->abilities->missing_invite)));
}

static uint8_t invited_role(struct plan_context *w, const struct person *p, uint8_t current)
{
	struct role_wish wish = {
		.wanted = role_of(w, p->row, 0),
		.current = current,
		.inviting = true,
		.held = w->roles.held,
	};

	return role_settle(w, p->row, &wish);
}

void invite_person(struct plan_context *w, const struct person *p, str reason)
{
	uint32_t user = invitee_object(w, p);
	str role = {"", 0};
	struct change *c;

	if (w->roles.per_user)
		role = role_text(w, invited_role(w, p, 0));
	if (!plan_can(w, ABILITY_INVITE)) {
		w->wants[p->row].state = WANT_WAITING;
		invite_by_hand(w, p, user, role);
		return;
	}
	c = change_add(w, CHANGE_INVITE, user, ROW_NONE);
	c->reason = reason;
	/* The task that it becomes when the service refuses for good. */
	if (w->abilities->refused_invite.n)
		c->key = plan_text(w, TASK_JOIN ": %.*s",
				   STR_ARG(w->plan->objects.items[user].source_id));
	c->role = role;
	w->plan->objects.items[user].origin = person_origin(w, p);
}

/* Revoked only to be sent anew, by a service that can. */
static void invitation_replace(struct plan_context *w, const struct person *p,
			       const struct invitation *i, str why, str reason)
{
	struct change *revoked = revoke_invitation(w, invitee_object(w, p), i, why);

	if (revoked)
		revoked->why = REVOKE_REPLACED;
	invite_person(w, p, reason);
}

void invitee_note(struct plan_context *w, const struct person *p, enum notice_kind kind, str words)
{
	w->wants[p->row].state = kind == NOTICE_DOUBTFUL ? WANT_DOUBTFUL : WANT_WAITING;
	notice_add(w, kind, plan_copy(w, buf_str(&p->address)), "%.*s", STR_ARG(words));
}

void invitation_give_up(struct plan_context *w, const struct person *p,
			const struct invitation *listed, const struct sent_invitation *sent)
{
	if (listed && w->policy->invitations.then == INVITATION_END_REVOKE)
		revoke_invitation(
			w, invitee_object(w, p), listed,
			plan_text(w, "no answer to %u invitations", (sent ? sent->resent : 0) + 1));
	else
		invitee_note(w, p, NOTICE_NOTE,
			     plan_text(w,
				       "has not answered %u invitations; muster invitations resend "
				       "%.*s %.*s sends another",
				       (sent ? sent->resent : 0) + 1, STR_ARG(w->policy->to),
				       STR_ARG(buf_str(&p->address))));
}

static int64_t last_sent(const struct invitation *listed, const struct sent_invitation *sent)
{
	int64_t at = sent ? sent->last_sent : 0;

	return listed && listed->sent_at > at ? listed->sent_at : at;
}

bool is_invitation_rested(const struct plan_context *w, const struct invitation *listed,
			  const struct sent_invitation *sent)
{
	return w->in->now >= last_sent(listed, sent) + w->policy->invitations.resend_after;
}

bool is_invitation_spent(const struct plan_context *w, const struct sent_invitation *sent)
{
	return (sent ? sent->resent : 0) >= w->policy->invitations.resend_max;
}

/* Sends it once more in whatever way the service has. */
static void send_again(struct plan_context *w, const struct person *p,
		       const struct invitation *listed, str reason)
{
	if (!listed) {
		invite_person(w, p, reason);
	} else if (plan_can(w, ABILITY_RESEND)) {
		struct change *c = change_add(w, CHANGE_RESEND, invitee_object(w, p), ROW_NONE);

		c->invitation = plan_copy(w, listed->id);
		c->reason = reason;
	} else if (plan_can(w, ABILITY_REVOKE) && !w->abilities->missing_resend.n) {
		invitation_replace(w, p, listed, STR("to be sent again"), reason);
	} else if (listed->state != INVITATION_PENDING) {
		invite_person(w, p, reason);
	} else {
		handoff_add(w, invitee_object(w, p), ROW_NONE, STR("resend"),
			    plan_text(w, "send the invitation of %.*s again (%.*s): %.*s",
				      STR_ARG(listed->address), STR_ARG(reason),
				      STR_ARG(w->abilities->missing_resend)));
	}
}

void invite_again(struct plan_context *w, const struct person *p, const struct invitation *listed,
		  const struct sent_invitation *sent, const char *why)
{
	char day[11];

	if (!is_invitation_rested(w, listed, sent))
		w->wants[p->row].state = WANT_WAITING;
	else if (is_invitation_spent(w, sent))
		invitation_give_up(w, p, listed, sent);
	else
		send_again(w, p, listed,
			   plan_text(w, "%s; sent %s, %u of %llu repeats", why,
				     date_text(last_sent(listed, sent), day),
				     (sent ? sent->resent : 0) + 1,
				     (unsigned long long)w->policy->invitations.resend_max));
}

bool change_pending_role(struct plan_context *w, const struct person *p,
			 const struct invitation *listed, const struct sent_invitation *sent)
{
	uint8_t current = w->roles.per_user && listed->role.n ? role_put(w, listed->role) : 0,
		wanted;
	struct change *c;

	if (!current)
		return false;
	wanted = invited_role(w, p, current);
	if (wanted == current)
		return false;
	if (plan_can(w, ABILITY_INVITE_ROLE)) {
		c = change_add(w, CHANGE_SET_ROLE, invitee_object(w, p), ROW_NONE);
		c->invitation = plan_copy(w, listed->id);
		c->role = role_text(w, wanted);
		c->old_role = role_text(w, current);
		c->reason = role_reason(w, p->row);
		return false;
	}
	if (!plan_can(w, ABILITY_REVOKE) || is_invitation_spent(w, sent) ||
	    !is_invitation_rested(w, listed, sent))
		return false;
	invitation_replace(
		w, p, listed,
		plan_text(w, "to be sent with the role %.*s", STR_ARG(role_text(w, wanted))),
		plan_text(w, "role %.*s -> %.*s", STR_ARG(listed->role),
			  STR_ARG(role_text(w, wanted))));
	return true;
}
