/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from the state of an invitation, as the target lists it or as the memory has it:
 * pending, accepted, expired, revoked, refused, gone. */
#include "base/unicode.h"
#include "plan/internal.h"
#include "plan/invite/internal.h"

/* More than one to the same address: one of them stays. */
static void revoke_doubles(struct plan_context *w, const struct person *p,
			   const struct invitation *stays)
{
	for (uint32_t at = invitations_first(w, stays->address); at;
	     at = w->invitations.next[at - 1]) {
		const struct invitation *i = &w->target->invitations.items[at - 1];

		if (i != stays && i->state == INVITATION_PENDING && !i->is_fixed)
			revoke_invitation(w, invitee_object(w, p), i, STR("invited twice"));
	}
}

static bool is_over(const struct plan_context *w, const struct invitation *i)
{
	return i->state == INVITATION_EXPIRED ||
	       (i->state == INVITATION_PENDING && i->expires_at && w->in->now >= i->expires_at);
}

static void pending(struct plan_context *w, const struct person *p, const struct invitation *listed,
		    const struct sent_invitation *sent)
{
	char day[11];

	revoke_doubles(w, p, listed);
	if (!sent) {
		struct change *c = change_add(w, CHANGE_ADOPT_USER, invitee_object(w, p), ROW_NONE);

		c->invitation = plan_copy(w, listed->id);
		c->role = plan_copy(w, listed->role);
		c->reason = listed->sent_at ? plan_text(w, "invited already on %s",
							date_text(listed->sent_at, day))
					    : STR("invited already");
		if (plan_can(w, ABILITY_INVITE_ROLE))
			change_pending_role(w, p, listed, sent);
		return;
	}
	if (change_pending_role(w, p, listed, sent))
		return;
	if (w->policy->invitations.resend_after && is_invitation_rested(w, listed, sent))
		invite_again(w, p, listed, sent, "no answer");
	w->wants[p->row].state = WANT_WAITING;
}

bool find_invitee_twin(struct plan_context *w, const struct person *p, str *ret_label)
{
	str name = person_name(w, w->source, &w->source->users.items[p->row]);

	for (uint32_t t = 0; name.n && t < w->target->users.count; t++) {
		const struct have *have = &w->haves[t];

		if (have->source != ROW_NONE || have->link != ROW_NONE ||
		    !text_equal(name, person_name(w, w->target, &w->target->users.items[t])))
			continue;
		*ret_label = target_label(w, ENTRY_USER, t);
		return true;
	}
	return false;
}

void doubt_invitee_twin(struct plan_context *w, const struct person *p, str twin)
{
	invitee_note(
		w, p, NOTICE_DOUBTFUL,
		plan_text(
			w,
			"may have accepted as %.*s; if so: muster invitations link %.*s %.*s %.*s",
			STR_ARG(twin), STR_ARG(w->policy->to),
			STR_ARG(source_label(w, ENTRY_USER, p->row)), STR_ARG(twin)));
}

static void accepted(struct plan_context *w, const struct person *p)
{
	str twin;

	if (find_invitee_twin(w, p, &twin))
		doubt_invitee_twin(w, p, twin);
	else
		invitee_note(
			w, p, NOTICE_DOUBTFUL,
			plan_text(w,
				  "has accepted, but nobody at %.*s has this address; if it was "
				  "under another: muster invitations link %.*s %.*s ADDRESS",
				  STR_ARG(w->policy->to), STR_ARG(w->policy->to),
				  STR_ARG(source_label(w, ENTRY_USER, p->row))));
}

bool is_invitation_gone(const struct plan_context *w, const struct sent_invitation *sent)
{
	return w->target->complete &&
	       (!w->abilities->eventual ||
		w->in->now >= sent->last_sent + w->abilities->eventual_grace);
}

/* It was sent, and the list does not show it. */
static void vanished(struct plan_context *w, const struct person *p,
		     const struct sent_invitation *sent)
{
	bool ended = sent->expires_at && w->in->now >= sent->expires_at;
	str twin;

	if (!is_invitation_gone(w, sent))
		w->wants[p->row].state = WANT_WAITING;
	else if (find_invitee_twin(w, p, &twin))
		doubt_invitee_twin(w, p, twin);
	else
		invite_again(w, p, NULL, sent, ended ? "expired" : "no longer listed");
	if (ended)
		invitation_remember(w, sent, INVITATION_EXPIRED, 0);
}

/* It ended unanswered: gone, or accepted under another address after all. */
static void expired(struct plan_context *w, const struct person *p,
		    const struct sent_invitation *sent)
{
	str twin;

	if (find_invitee_twin(w, p, &twin))
		doubt_invitee_twin(w, p, twin);
	else
		invite_again(w, p, NULL, sent, "expired");
}

/* By the person, or by the service for good. */
static void refused(struct plan_context *w, const struct person *p)
{
	str address = buf_str(&p->address), to = w->policy->to;

	if (!w->abilities->refused_invite.n) {
		invitee_note(
			w, p, NOTICE_NOTE,
			plan_text(w,
				  "the invitation was refused, by the person or by %.*s; muster "
				  "invitations resend %.*s %.*s tries again",
				  STR_ARG(to), STR_ARG(to), STR_ARG(address)));
		return;
	}
	w->wants[p->row].state = WANT_WAITING;
	handoff_add(
		w, invitee_object(w, p), ROW_NONE, STR(TASK_JOIN),
		plan_text(w,
			  "bring %.*s into %.*s, where the invitation was refused: %.*s; muster "
			  "invitations resend %.*s %.*s tries again",
			  STR_ARG(address), STR_ARG(to), STR_ARG(w->abilities->refused_invite),
			  STR_ARG(to), STR_ARG(address)));
}

static void withdrawn(struct plan_context *w, const struct person *p)
{
	invitee_note(
		w, p, NOTICE_NOTE,
		plan_text(w,
			  "the invitation was revoked by hand; muster invitations resend %.*s %.*s "
			  "sends another",
			  STR_ARG(w->policy->to), STR_ARG(buf_str(&p->address))));
}

void invitee_by_memory(struct plan_context *w, const struct person *p,
		       const struct sent_invitation *sent)
{
	switch (sent->state) {
	case INVITATION_PENDING:
		vanished(w, p, sent);
		break;
	case INVITATION_EXPIRED:
		expired(w, p, sent);
		break;
	case INVITATION_ACCEPTED:
		if (w->wants[p->row].link != ROW_NONE)
			invite_again(w, p, NULL, sent, "was removed there");
		else
			accepted(w, p);
		break;
	case INVITATION_REVOKED:
		if (is_invitation_spent(w, sent))
			invitation_give_up(w, p, NULL, sent);
		else
			invite_person(w, p, STR("returns"));
		break;
	case INVITATION_REFUSED:
		refused(w, p);
		break;
	case INVITATION_WITHDRAWN:
		withdrawn(w, p);
		break;
	}
}

/* Listed as revoked: by us, as the memory says, or by hand. */
static void revoked(struct plan_context *w, const struct person *p,
		    const struct sent_invitation *sent)
{
	if (!sent) {
		invite_person(w, p, (str){"", 0});
	} else if (sent->state == INVITATION_PENDING || sent->state == INVITATION_ACCEPTED) {
		invitation_remember(w, sent, INVITATION_WITHDRAWN, 0);
		withdrawn(w, p);
	} else {
		invitee_by_memory(w, p, sent);
	}
}

void invitee_by_list(struct plan_context *w, const struct person *p,
		     const struct invitation *listed, const struct sent_invitation *sent)
{
	if (listed->is_fixed) {
		invitee_note(
			w, p, NOTICE_NOTE,
			plan_text(w,
				  "an invitation that muster may not touch is out: it stays as it "
				  "is"));
	} else if (is_over(w, listed)) {
		invitation_remember(w, sent, INVITATION_EXPIRED, listed->expires_at);
		revoke_doubles(w, p, listed);
		if (!change_pending_role(w, p, listed, sent))
			invite_again(w, p, listed, sent, "expired");
	} else if (listed->state == INVITATION_PENDING) {
		invitation_remember(w, sent, INVITATION_PENDING, listed->expires_at);
		pending(w, p, listed, sent);
	} else if (listed->state == INVITATION_ACCEPTED) {
		invitation_remember(w, sent, INVITATION_ACCEPTED, 0);
		accepted(w, p);
	} else if (listed->state == INVITATION_REFUSED) {
		invitation_remember(w, sent, INVITATION_REFUSED, 0);
		invitee_note(
			w, p, NOTICE_NOTE,
			plan_text(
				w,
				"refused the invitation; muster invitations resend %.*s %.*s sends "
				"another",
				STR_ARG(w->policy->to), STR_ARG(buf_str(&p->address))));
	} else {
		revoked(w, p, sent);
	}
}
