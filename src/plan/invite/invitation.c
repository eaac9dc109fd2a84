/* SPDX-License-Identifier: Apache-2.0 */
/* Somebody who is wanted and has no account: which invitation counts, and whether another team or
 * another address stands in between. */
#include "base/unicode.h"
#include "plan/internal.h"
#include "plan/invite/internal.h"
#include "plan/invite/invite.h"
#include "plan/shape/shape.h"

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
		doubt_invitee_twin(w, p, target_label(w, ENTRY_USER, member));
		return true;
	}
	old = find_listed_invitation(w, sent->address);
	invitations_settle(w, sent->address);
	if (old ? old->is_fixed : !is_invitation_gone(w, sent) || find_invitee_twin(w, p, &twin))
		return false;
	if (old && old->state == INVITATION_PENDING) {
		revoked = revoke_invitation(
			w, invitee_object(w, p), old,
			plan_text(w, "%.*s has another address now", STR_ARG(sent->address)));
		w->wants[p->row].state = WANT_WAITING;
		if (!revoked)
			return true;
		revoked->why = REVOKE_REPLACED;
	}
	invite_person(w, p, plan_text(w, "was %.*s", STR_ARG(sent->address)));
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
		invitee_by_list(w, p, listed, sent);
	else if (is_readdressed(p, sent) && readdress(w, p, sent))
		return;
	else if (sent)
		invitee_by_memory(w, p, sent);
	else if (!w->target->complete)
		w->waiting++;
	else
		invite_person(w, p,
			      w->wants[row].link == ROW_NONE ? (str){"", 0}
							     : STR("was removed there"));
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
