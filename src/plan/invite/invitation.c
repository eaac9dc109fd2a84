/* SPDX-License-Identifier: Apache-2.0 */
/* The life of an invitation: none, pending, accepted, expired, revoked, refused; never a second one
 * by mistake. */
#include "base/unicode.h"
#include "plan/internal.h"

#define TASK_JOIN "join"

static str kept(struct plan_context *w, str s)
{
	return plan_text(w, "%.*s", STR_ARG(s));
}

/* The object of someone who is no member yet; desire_user went before. */
static uint32_t invitee(struct plan_context *w, uint32_t row)
{
	uint32_t user = object_prepare(w, row, ROW_NONE);

	w->plan->objects.items[user].address = kept(w, buf_str(&w->address));
	return user;
}

/* Where the service lets nobody invite but a person at its own page. */
static void invite_by_hand(struct plan_context *w, uint32_t user, str role)
{
	handoff_add(w, user, ROW_NONE, STR("invite"),
		    plan_text(w, "invite %.*s to %.*s%s%.*s: %.*s", STR_ARG(buf_str(&w->address)),
			      STR_ARG(w->policy->to), role.n ? " with the role " : "",
			      STR_ARG(role), STR_ARG(w->abilities->missing_invite)));
}

static void invite(struct plan_context *w, uint32_t row, str reason)
{
	uint32_t user = invitee(w, row);
	str role = {"", 0};
	struct change *c;

	if (w->user_roles)
		role = role_text(w, role_settle(w, row, role_of(w, row, 0), 0, true));
	if (!plan_can(w, ABILITY_INVITE)) {
		w->wants[row].state = WANT_WAITING;
		invite_by_hand(w, user, role);
		return;
	}
	c = change_add(w, CHANGE_INVITE, user, ROW_NONE);
	c->reason = reason;
	/* The task that it becomes when the service refuses for good. */
	if (w->abilities->refused_invite.n)
		c->key = plan_text(w, TASK_JOIN ": %.*s",
				   STR_ARG(w->plan->objects.items[user].source_id));
	c->role = role;
	w->plan->objects.items[user].origin = user_origin(w, row);
}

void revoke_invitation(struct plan_context *w, uint32_t user, const struct invitation *i,
		       str reason)
{
	struct change *c;

	if (!plan_can(w, ABILITY_REVOKE)) {
		handoff_add(w, user, ROW_NONE, plan_text(w, "revoke %.*s", STR_ARG(i->id)),
			    plan_text(w, "revoke the invitation of %.*s (%.*s): %.*s",
				      STR_ARG(i->address), STR_ARG(reason),
				      STR_ARG(w->abilities->missing_revoke)));
		return;
	}
	c = change_add(w, CHANGE_REVOKE, user, ROW_NONE);
	c->invitation = kept(w, i->id);
	c->reason = reason;
}

/* Revoked only to be sent anew, by a service that can. */
static void replace(struct plan_context *w, uint32_t row, const struct invitation *i, str why,
		    str reason)
{
	revoke_invitation(w, invitee(w, row), i, why);
	w->plan->changes.items[w->plan->changes.count - 1].why = REVOKE_REPLACED;
	invite(w, row, reason);
}

static void note(struct plan_context *w, uint32_t row, enum notice_kind kind, str words)
{
	w->wants[row].state = kind == NOTICE_DOUBTFUL ? WANT_DOUBTFUL : WANT_WAITING;
	notice_add(w, kind, kept(w, buf_str(&w->address)), "%.*s", STR_ARG(words));
}

/* Invited as often as allowed, and no answer. */
static void give_up(struct plan_context *w, uint32_t row, const struct invitation *listed,
		    const struct sent_invitation *sent)
{
	if (listed && w->policy->invitations.then == INVITATION_END_REVOKE)
		revoke_invitation(
			w, invitee(w, row), listed,
			plan_text(w, "no answer to %u invitations", (sent ? sent->resent : 0) + 1));
	else
		note(w, row, NOTICE_NOTE,
		     plan_text(
			     w,
			     "has not answered %u invitations; muster invitations resend %.*s %.*s "
			     "sends another",
			     (sent ? sent->resent : 0) + 1, STR_ARG(w->policy->to),
			     STR_ARG(buf_str(&w->address))));
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
static void send_again(struct plan_context *w, uint32_t row, const struct invitation *listed,
		       str reason)
{
	if (!listed) {
		invite(w, row, reason);
	} else if (plan_can(w, ABILITY_RESEND)) {
		struct change *c = change_add(w, CHANGE_RESEND, invitee(w, row), ROW_NONE);

		c->invitation = kept(w, listed->id);
		c->reason = reason;
	} else if (plan_can(w, ABILITY_REVOKE) && !w->abilities->missing_resend.n) {
		replace(w, row, listed, STR("to be sent again"), reason);
	} else if (listed->state != INVITATION_PENDING) {
		invite(w, row, reason);
	} else {
		handoff_add(w, invitee(w, row), ROW_NONE, STR("resend"),
			    plan_text(w, "send the invitation of %.*s again (%.*s): %.*s",
				      STR_ARG(listed->address), STR_ARG(reason),
				      STR_ARG(w->abilities->missing_resend)));
	}
}

static void invite_again(struct plan_context *w, uint32_t row, const struct invitation *listed,
			 const struct sent_invitation *sent, const char *why)
{
	char day[11];

	if (!is_rested(w, listed, sent))
		w->wants[row].state = WANT_WAITING;
	else if (is_spent(w, sent))
		give_up(w, row, listed, sent);
	else
		send_again(w, row, listed,
			   plan_text(w, "%s; sent %s, %u of %llu repeats", why,
				     date_text(last_sent(listed, sent), day),
				     (sent ? sent->resent : 0) + 1,
				     (unsigned long long)w->policy->invitations.resend_max));
}

/*
 * The role of an invitation that is out: changed in place, or by another invitation as rarely as
 * any. True in the second case: it is sent again with that.
 */
static bool change_pending_role(struct plan_context *w, uint32_t row,
				const struct invitation *listed, const struct sent_invitation *sent)
{
	uint8_t current = w->user_roles && listed->role.n ? role_put(w, listed->role) : 0, wanted;
	struct change *c;

	if (!current)
		return false;
	wanted = role_settle(w, row, role_of(w, row, 0), current, true);
	if (wanted == current)
		return false;
	if (plan_can(w, ABILITY_INVITE_ROLE)) {
		c = change_add(w, CHANGE_SET_ROLE, invitee(w, row), ROW_NONE);
		c->invitation = kept(w, listed->id);
		c->role = role_text(w, wanted);
		c->old_role = role_text(w, current);
		c->reason = role_reason(w, row);
		return false;
	}
	if (!plan_can(w, ABILITY_REVOKE) || is_spent(w, sent) || !is_rested(w, listed, sent))
		return false;
	replace(w, row, listed,
		plan_text(w, "to be sent with the role %.*s", STR_ARG(role_text(w, wanted))),
		plan_text(w, "role %.*s -> %.*s", STR_ARG(listed->role),
			  STR_ARG(role_text(w, wanted))));
	return true;
}

/* More than one to the same address: one of them stays. */
static void revoke_doubles(struct plan_context *w, uint32_t row, const struct invitation *stays)
{
	uint32_t number =
		intern_find(&w->invitations.addresses, invitation_fold(w, stays->address));

	for (uint32_t at = w->invitations.first[number]; at; at = w->invitations.next[at - 1]) {
		const struct invitation *i = &w->target->invitations.items[at - 1];

		if (i != stays && i->state == INVITATION_PENDING && !i->is_fixed)
			revoke_invitation(w, invitee(w, row), i, STR("invited twice"));
	}
}

static bool is_over(const struct plan_context *w, const struct invitation *i)
{
	return i->state == INVITATION_EXPIRED ||
	       (i->state == INVITATION_PENDING && i->expires_at && w->in->now >= i->expires_at);
}

static void pending(struct plan_context *w, uint32_t row, const struct invitation *listed,
		    const struct sent_invitation *sent)
{
	char day[11];

	revoke_doubles(w, row, listed);
	if (!sent) {
		struct change *c = change_add(w, CHANGE_ADOPT_USER, invitee(w, row), ROW_NONE);

		c->invitation = kept(w, listed->id);
		c->role = kept(w, listed->role);
		c->reason = listed->sent_at ? plan_text(w, "invited already on %s",
							date_text(listed->sent_at, day))
					    : STR("invited already");
		if (plan_can(w, ABILITY_INVITE_ROLE))
			change_pending_role(w, row, listed, sent);
		return;
	}
	if (change_pending_role(w, row, listed, sent))
		return;
	if (w->policy->invitations.resend_after && is_rested(w, listed, sent))
		invite_again(w, row, listed, sent, "no answer");
	w->wants[row].state = WANT_WAITING;
}

/* Somebody whom nobody knows has the name of someone whose invitation is gone: accepted under
 * another address? */
static bool find_twin(struct plan_context *w, uint32_t row, str *ret_label)
{
	str name = person_name(w, w->source, &w->source->users.items[row]);

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

static void doubt_twin(struct plan_context *w, uint32_t row, str twin)
{
	note(w, row, NOTICE_DOUBTFUL,
	     plan_text(w,
		       "may have accepted as %.*s; if so: muster invitations link %.*s %.*s %.*s",
		       STR_ARG(twin), STR_ARG(w->policy->to),
		       STR_ARG(source_label(w, ENTRY_USER, row)), STR_ARG(twin)));
}

static void accepted(struct plan_context *w, uint32_t row)
{
	str twin;

	if (find_twin(w, row, &twin))
		doubt_twin(w, row, twin);
	else
		note(w, row, NOTICE_DOUBTFUL,
		     plan_text(w,
			       "has accepted, but nobody at %.*s has this address; if it was under "
			       "another: muster invitations link %.*s %.*s ADDRESS",
			       STR_ARG(w->policy->to), STR_ARG(w->policy->to),
			       STR_ARG(source_label(w, ENTRY_USER, row))));
}

/* The list does not lag behind it, and is not cut. */
static bool is_surely_gone(const struct plan_context *w, const struct sent_invitation *sent)
{
	return w->target->complete &&
	       (!w->abilities->eventual ||
		w->in->now >= sent->last_sent + w->abilities->eventual_grace);
}

/* It was sent, and the list does not show it. */
static void vanished(struct plan_context *w, uint32_t row, const struct sent_invitation *sent)
{
	bool ended = sent->expires_at && w->in->now >= sent->expires_at;
	str twin;

	if (!is_surely_gone(w, sent))
		w->wants[row].state = WANT_WAITING;
	else if (find_twin(w, row, &twin))
		doubt_twin(w, row, twin);
	else
		invite_again(w, row, NULL, sent, ended ? "expired" : "no longer listed");
	if (ended)
		invitation_see(w, sent, INVITATION_EXPIRED, 0);
}

/* It ended unanswered: gone, or accepted under another address after all. */
static void expired(struct plan_context *w, uint32_t row, const struct sent_invitation *sent)
{
	str twin;

	if (find_twin(w, row, &twin))
		doubt_twin(w, row, twin);
	else
		invite_again(w, row, NULL, sent, "expired");
}

/* By the person, or by the service for good. */
static void refused(struct plan_context *w, uint32_t row)
{
	str address = buf_str(&w->address), to = w->policy->to;

	if (!w->abilities->refused_invite.n) {
		note(w, row, NOTICE_NOTE,
		     plan_text(w,
			       "the invitation was refused, by the person or by %.*s; muster "
			       "invitations resend %.*s %.*s tries again",
			       STR_ARG(to), STR_ARG(to), STR_ARG(address)));
		return;
	}
	w->wants[row].state = WANT_WAITING;
	handoff_add(
		w, invitee(w, row), ROW_NONE, STR(TASK_JOIN),
		plan_text(w,
			  "bring %.*s into %.*s, where the invitation was refused: %.*s; muster "
			  "invitations resend %.*s %.*s tries again",
			  STR_ARG(address), STR_ARG(to), STR_ARG(w->abilities->refused_invite),
			  STR_ARG(to), STR_ARG(address)));
}

static void withdrawn(struct plan_context *w, uint32_t row)
{
	note(w, row, NOTICE_NOTE,
	     plan_text(
		     w,
		     "the invitation was revoked by hand; muster invitations resend %.*s %.*s sends "
		     "another",
		     STR_ARG(w->policy->to), STR_ARG(buf_str(&w->address))));
}

static void by_memory(struct plan_context *w, uint32_t row, const struct sent_invitation *sent)
{
	switch (sent->state) {
	case INVITATION_PENDING:
		vanished(w, row, sent);
		break;
	case INVITATION_EXPIRED:
		expired(w, row, sent);
		break;
	case INVITATION_ACCEPTED:
		if (w->wants[row].link != ROW_NONE)
			invite_again(w, row, NULL, sent, "was removed there");
		else
			accepted(w, row);
		break;
	case INVITATION_REVOKED:
		if (is_spent(w, sent))
			give_up(w, row, NULL, sent);
		else
			invite(w, row, STR("returns"));
		break;
	case INVITATION_REFUSED:
		refused(w, row);
		break;
	case INVITATION_WITHDRAWN:
		withdrawn(w, row);
		break;
	}
}

/* Listed as revoked: by us, as the memory says, or by hand. */
static void revoked(struct plan_context *w, uint32_t row, const struct sent_invitation *sent)
{
	if (!sent) {
		invite(w, row, (str){"", 0});
	} else if (sent->state == INVITATION_PENDING || sent->state == INVITATION_ACCEPTED) {
		invitation_see(w, sent, INVITATION_WITHDRAWN, 0);
		withdrawn(w, row);
	} else {
		by_memory(w, row, sent);
	}
}

static void by_list(struct plan_context *w, uint32_t row, const struct invitation *listed,
		    const struct sent_invitation *sent)
{
	if (listed->is_fixed) {
		note(w, row, NOTICE_NOTE,
		     plan_text(
			     w,
			     "an invitation that muster may not touch is out: it stays as it is"));
	} else if (is_over(w, listed)) {
		invitation_see(w, sent, INVITATION_EXPIRED, listed->expires_at);
		revoke_doubles(w, row, listed);
		if (!change_pending_role(w, row, listed, sent))
			invite_again(w, row, listed, sent, "expired");
	} else if (listed->state == INVITATION_PENDING) {
		invitation_see(w, sent, INVITATION_PENDING, listed->expires_at);
		pending(w, row, listed, sent);
	} else if (listed->state == INVITATION_ACCEPTED) {
		invitation_see(w, sent, INVITATION_ACCEPTED, 0);
		accepted(w, row);
	} else if (listed->state == INVITATION_REFUSED) {
		invitation_see(w, sent, INVITATION_REFUSED, 0);
		note(w, row, NOTICE_NOTE,
		     plan_text(w,
			       "refused the invitation; muster invitations resend %.*s %.*s sends "
			       "another",
			       STR_ARG(w->policy->to), STR_ARG(buf_str(&w->address))));
	} else {
		revoked(w, row, sent);
	}
}

/* Who has the address at the target and belongs to nobody yet; ROW_NONE when there is none. */
static uint32_t free_member(struct plan_context *w, str address)
{
	uint32_t number = intern_find(&w->invitations.addresses, invitation_fold(w, address));
	uint32_t member = number == INTERN_NONE ? 0 : w->invitations.members[number];

	if (!member || w->haves[member - 1].link != ROW_NONE ||
	    w->haves[member - 1].source != ROW_NONE)
		return ROW_NONE;
	return member - 1;
}

/*
 * The person has another address since the invitation went out: that one is taken back, and the
 * new address invited. False: nothing of the kind.
 */
static bool readdress(struct plan_context *w, uint32_t row, const struct sent_invitation *sent)
{
	const struct invitation *old;
	uint32_t member;
	str twin;

	if (!sent || text_equal(sent->address, buf_str(&w->address)) ||
	    (sent->state != INVITATION_PENDING && sent->state != INVITATION_EXPIRED))
		return false;
	member = free_member(w, sent->address);
	if (member != ROW_NONE) {
		doubt_twin(w, row, target_label(w, ENTRY_USER, member));
		return true;
	}
	old = invitation_listed(w, sent->address);
	if (old ? old->is_fixed : !is_surely_gone(w, sent) || find_twin(w, row, &twin))
		return false;
	if (old && old->state == INVITATION_PENDING) {
		revoke_invitation(
			w, invitee(w, row), old,
			plan_text(w, "%.*s has another address now", STR_ARG(sent->address)));
		w->wants[row].state = WANT_WAITING;
		if (!plan_can(w, ABILITY_REVOKE))
			return true;
		w->plan->changes.items[w->plan->changes.count - 1].why = REVOKE_REPLACED;
	}
	invite(w, row, plan_text(w, "was %.*s", STR_ARG(sent->address)));
	return true;
}

void diff_invitee(struct plan_context *w, uint32_t row)
{
	const struct sent_invitation *sent = invitation_sent(w, row);
	const struct invitation *listed;
	struct err err;

	if (desire_user(w, row, &err) < 0)
		return;
	listed = invitation_listed(w, buf_str(&w->address));
	if (!listed && invitation_claimed(w, row))
		return;
	if (!listed && readdress(w, row, sent))
		return;
	if (listed)
		by_list(w, row, listed, sent);
	else if (sent)
		by_memory(w, row, sent);
	else if (!w->target->complete)
		w->waiting++;
	else
		invite(w, row,
		       w->wants[row].link == ROW_NONE ? (str){"", 0} : STR("was removed there"));
}

void adopt_reason_invited(struct plan_context *w, uint32_t row, struct change *c)
{
	const struct sent_invitation *sent = by_invitation(w) ? invitation_sent(w, row) : NULL;
	char day[11];

	if (!sent)
		return;
	c->created = true;
	c->reason = plan_text(w, "accepted the invitation of %s", date_text(sent->last_sent, day));
}
