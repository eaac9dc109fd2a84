/* SPDX-License-Identifier: Apache-2.0 */
/* The life of an invitation: none, pending, accepted, expired, revoked, refused; never a second one
 * by mistake. */
#include "base/unicode.h"
#include "plan/internal.h"
#include "plan/invite/internal.h"
#include "plan/invite/invite.h"
#include "plan/shape/shape.h"

#define TASK_JOIN "join"

/* The object of someone who is no member yet. */
static uint32_t invitee(struct plan_context *w, const struct person *p)
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

static void invite(struct plan_context *w, const struct person *p, str reason)
{
	uint32_t user = invitee(w, p);
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
	struct change *revoked = revoke_invitation(w, invitee(w, p), i, why);

	if (revoked)
		revoked->why = REVOKE_REPLACED;
	invite(w, p, reason);
}

static void invitee_note(struct plan_context *w, const struct person *p, enum notice_kind kind,
			 str words)
{
	w->wants[p->row].state = kind == NOTICE_DOUBTFUL ? WANT_DOUBTFUL : WANT_WAITING;
	notice_add(w, kind, plan_copy(w, buf_str(&p->address)), "%.*s", STR_ARG(words));
}

/* Invited as often as allowed, and no answer. */
static void invitation_give_up(struct plan_context *w, const struct person *p,
			       const struct invitation *listed, const struct sent_invitation *sent)
{
	if (listed && w->policy->invitations.then == INVITATION_END_REVOKE)
		revoke_invitation(
			w, invitee(w, p), listed,
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

static bool is_rested(const struct plan_context *w, const struct invitation *listed,
		      const struct sent_invitation *sent)
{
	return w->in->now >= last_sent(listed, sent) + w->policy->invitations.resend_after;
}

static bool is_spent(const struct plan_context *w, const struct sent_invitation *sent)
{
	return (sent ? sent->resent : 0) >= w->policy->invitations.resend_max;
}

/* Sends it once more in whatever way the service has. */
static void send_again(struct plan_context *w, const struct person *p,
		       const struct invitation *listed, str reason)
{
	if (!listed) {
		invite(w, p, reason);
	} else if (plan_can(w, ABILITY_RESEND)) {
		struct change *c = change_add(w, CHANGE_RESEND, invitee(w, p), ROW_NONE);

		c->invitation = plan_copy(w, listed->id);
		c->reason = reason;
	} else if (plan_can(w, ABILITY_REVOKE) && !w->abilities->missing_resend.n) {
		invitation_replace(w, p, listed, STR("to be sent again"), reason);
	} else if (listed->state != INVITATION_PENDING) {
		invite(w, p, reason);
	} else {
		handoff_add(w, invitee(w, p), ROW_NONE, STR("resend"),
			    plan_text(w, "send the invitation of %.*s again (%.*s): %.*s",
				      STR_ARG(listed->address), STR_ARG(reason),
				      STR_ARG(w->abilities->missing_resend)));
	}
}

static void invite_again(struct plan_context *w, const struct person *p,
			 const struct invitation *listed, const struct sent_invitation *sent,
			 const char *why)
{
	char day[11];

	if (!is_rested(w, listed, sent))
		w->wants[p->row].state = WANT_WAITING;
	else if (is_spent(w, sent))
		invitation_give_up(w, p, listed, sent);
	else
		send_again(w, p, listed,
			   plan_text(w, "%s; sent %s, %u of %llu repeats", why,
				     date_text(last_sent(listed, sent), day),
				     (sent ? sent->resent : 0) + 1,
				     (unsigned long long)w->policy->invitations.resend_max));
}

/*
 * The role of an invitation that is out: changed in place, or by another invitation as rarely as
 * any. True in the second case: it is sent again with that.
 */
static bool change_pending_role(struct plan_context *w, const struct person *p,
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
		c = change_add(w, CHANGE_SET_ROLE, invitee(w, p), ROW_NONE);
		c->invitation = plan_copy(w, listed->id);
		c->role = role_text(w, wanted);
		c->old_role = role_text(w, current);
		c->reason = role_reason(w, p->row);
		return false;
	}
	if (!plan_can(w, ABILITY_REVOKE) || is_spent(w, sent) || !is_rested(w, listed, sent))
		return false;
	invitation_replace(
		w, p, listed,
		plan_text(w, "to be sent with the role %.*s", STR_ARG(role_text(w, wanted))),
		plan_text(w, "role %.*s -> %.*s", STR_ARG(listed->role),
			  STR_ARG(role_text(w, wanted))));
	return true;
}

/* More than one to the same address: one of them stays. */
static void revoke_doubles(struct plan_context *w, const struct person *p,
			   const struct invitation *stays)
{
	for (uint32_t at = invitations_first(w, stays->address); at;
	     at = w->invitations.next[at - 1]) {
		const struct invitation *i = &w->target->invitations.items[at - 1];

		if (i != stays && i->state == INVITATION_PENDING && !i->is_fixed)
			revoke_invitation(w, invitee(w, p), i, STR("invited twice"));
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
		struct change *c = change_add(w, CHANGE_ADOPT_USER, invitee(w, p), ROW_NONE);

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
	if (w->policy->invitations.resend_after && is_rested(w, listed, sent))
		invite_again(w, p, listed, sent, "no answer");
	w->wants[p->row].state = WANT_WAITING;
}

/* Somebody whom nobody knows has the name of someone whose invitation is gone: accepted under
 * another address? */
static bool find_twin(struct plan_context *w, const struct person *p, str *ret_label)
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

static void doubt_twin(struct plan_context *w, const struct person *p, str twin)
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

	if (find_twin(w, p, &twin))
		doubt_twin(w, p, twin);
	else
		invitee_note(
			w, p, NOTICE_DOUBTFUL,
			plan_text(w,
				  "has accepted, but nobody at %.*s has this address; if it was "
				  "under another: muster invitations link %.*s %.*s ADDRESS",
				  STR_ARG(w->policy->to), STR_ARG(w->policy->to),
				  STR_ARG(source_label(w, ENTRY_USER, p->row))));
}

/* The list does not lag behind it, and is not cut. */
static bool is_surely_gone(const struct plan_context *w, const struct sent_invitation *sent)
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

	if (!is_surely_gone(w, sent))
		w->wants[p->row].state = WANT_WAITING;
	else if (find_twin(w, p, &twin))
		doubt_twin(w, p, twin);
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

	if (find_twin(w, p, &twin))
		doubt_twin(w, p, twin);
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
		w, invitee(w, p), ROW_NONE, STR(TASK_JOIN),
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

static void by_memory(struct plan_context *w, const struct person *p,
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
		if (is_spent(w, sent))
			invitation_give_up(w, p, NULL, sent);
		else
			invite(w, p, STR("returns"));
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
		invite(w, p, (str){"", 0});
	} else if (sent->state == INVITATION_PENDING || sent->state == INVITATION_ACCEPTED) {
		invitation_remember(w, sent, INVITATION_WITHDRAWN, 0);
		withdrawn(w, p);
	} else {
		by_memory(w, p, sent);
	}
}

static void by_list(struct plan_context *w, const struct person *p, const struct invitation *listed,
		    const struct sent_invitation *sent)
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

/* Another team has, or comes first with, the person; NULL: none. */
static const struct claim *claim_find(const struct plan_context *w, const struct person *p)
{
	char space[37];
	str id = snapshot_id(w->source, &w->source->users.items[p->row], space);

	list_each (struct claim, claim, &w->memory->claims)
		if (text_equal(claim->address, buf_str(&p->address)) ||
		    (claim->source.n && str_equal(claim->source, id)))
			return claim;
	return NULL;
}

/* Told, and the person waits. */
static void claim_note(struct plan_context *w, const struct person *p, const struct claim *claim)
{
	bool first = claim->kind == CLAIM_WANTED;

	w->wants[p->row].state = WANT_WAITING;
	notice_add(w, NOTICE_CONFLICT, plan_copy(w, buf_str(&p->address)),
		   "is %s the team %.*s%s, and nobody can be in two there; a second "
		   "address helps: address: \"{local}+%.*s@{domain}\"",
		   first ? "wanted in" : "in", STR_ARG(claim->system),
		   first ? ", which comes first in the configuration" : "", STR_ARG(w->policy->to));
}

/* Has the person another address since the invitation went out, which may still be accepted? */
static bool is_readdressed(const struct person *p, const struct sent_invitation *sent)
{
	return sent && !text_equal(sent->address, buf_str(&p->address)) &&
	       (sent->state == INVITATION_PENDING || sent->state == INVITATION_EXPIRED);
}

/*
 * The invitation to the old address is taken back, and the new address invited. False: nothing of
 * the kind, for what became of the old one is not known.
 */
static bool readdress(struct plan_context *w, const struct person *p,
		      const struct sent_invitation *sent)
{
	uint32_t member = find_free_member(w, sent->address);
	const struct invitation *old;
	struct change *revoked;
	str twin;

	if (member != ROW_NONE) {
		doubt_twin(w, p, target_label(w, ENTRY_USER, member));
		return true;
	}
	old = find_listed_invitation(w, sent->address);
	invitations_settle(w, sent->address);
	if (old ? old->is_fixed : !is_surely_gone(w, sent) || find_twin(w, p, &twin))
		return false;
	if (old && old->state == INVITATION_PENDING) {
		revoked = revoke_invitation(
			w, invitee(w, p), old,
			plan_text(w, "%.*s has another address now", STR_ARG(sent->address)));
		w->wants[p->row].state = WANT_WAITING;
		if (!revoked)
			return true;
		revoked->why = REVOKE_REPLACED;
	}
	invite(w, p, plan_text(w, "was %.*s", STR_ARG(sent->address)));
	return true;
}

void diff_invitee(struct plan_context *w, uint32_t row, struct person *p)
{
	const struct sent_invitation *sent = find_sent_invitation(w, row);
	const struct invitation *listed;
	const struct claim *claim;
	struct err err;

	if (person_build(w, row, p, &err) < 0)
		return;
	listed = find_listed_invitation(w, buf_str(&p->address));
	invitations_settle(w, buf_str(&p->address));
	claim = listed ? NULL : claim_find(w, p);
	if (claim)
		claim_note(w, p, claim);
	else if (listed)
		by_list(w, p, listed, sent);
	else if (is_readdressed(p, sent) && readdress(w, p, sent))
		return;
	else if (sent)
		by_memory(w, p, sent);
	else if (!w->target->complete)
		w->waiting++;
	else
		invite(w, p,
		       w->wants[row].link == ROW_NONE ? (str){"", 0} : STR("was removed there"));
}

void adopt_reason_invited(struct plan_context *w, uint32_t row, struct change *c)
{
	const struct sent_invitation *sent = by_invitation(w) ? find_sent_invitation(w, row) : NULL;
	char day[11];

	if (!sent)
		return;
	c->created = true;
	c->reason = plan_text(w, "accepted the invitation of %s", date_text(sent->last_sent, day));
}
