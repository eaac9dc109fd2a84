/* SPDX-License-Identifier: Apache-2.0 */
/* Invitations that nobody waits for any more: of those who left before they accepted, of members,
 * of strangers. */
#include "plan/internal.h"

static str kept(struct plan_context *w, str s)
{
	return plan_text(w, "%.*s", STR_ARG(s));
}

/* The row of the person for whom an invitation was sent, when he is still wanted. */
static bool is_still_wanted(const struct plan_context *w, const uint32_t *rows,
			    const struct sent_invitation *sent)
{
	uint32_t id = intern_find(&w->source->ids, sent->source);
	uint32_t row = id == INTERN_NONE ? ROW_NONE : rows[id];

	return row != ROW_NONE && w->wants[row].state != WANT_NOT &&
	       w->wants[row].state != WANT_INACTIVE;
}

static uint32_t object_sent(struct plan_context *w, const struct sent_invitation *sent)
{
	uint32_t user = object_of_ids(w, ENTRY_USER, sent->source, (str){"", 0});

	w->plan->objects.items[user].label = kept(w, sent->address);
	w->plan->objects.items[user].address = kept(w, sent->address);
	return user;
}

static void remove_invited(struct plan_context *w, const struct sent_invitation *sent,
			   uint32_t member)
{
	uint32_t user = object_user(w, ROW_NONE, member);

	w->plan->objects.items[user].source_id = kept(w, sent->source);
	delete_user(w, member,
		    plan_text(w, "gone from %.*s, and has accepted meanwhile",
			      STR_ARG(w->policy->from)));
}

static void forget_invited(struct plan_context *w, const struct sent_invitation *sent)
{
	struct change *c = change_add(w, CHANGE_FORGET, object_sent(w, sent), ROW_NONE);

	c->invitation = kept(w, sent->target);
	c->reason = plan_text(w, "gone from %.*s, and the invitation from %.*s",
			      STR_ARG(w->policy->from), STR_ARG(w->policy->to));
}

/* Someone left with an invitation out: it is revoked; who has accepted meanwhile is removed. */
static void invited_leaver(struct plan_context *w, const struct sent_invitation *sent)
{
	const struct invitation *listed = invitation_listed(w, sent->address);
	uint32_t number = intern_find(&w->invitations.addresses, invitation_fold(w, sent->address));
	uint32_t member = number == INTERN_NONE ? 0 : w->invitations.members[number];

	if (listed && listed->is_fixed)
		return;
	if (member && w->haves[member - 1].link == ROW_NONE &&
	    w->haves[member - 1].source == ROW_NONE)
		remove_invited(w, sent, member - 1);
	else if (listed && listed->state == INVITATION_PENDING)
		revoke_invitation(w, object_sent(w, sent), listed,
				  plan_text(w, "gone from %.*s", STR_ARG(w->policy->from)));
	else if (!w->abilities->eventual ||
		 w->in->now >= sent->last_sent + w->abilities->eventual_grace)
		forget_invited(w, sent);
}

/* Pending invitations that no wanted person waits for. */
static void stray_invitation(struct plan_context *w, size_t i)
{
	const struct invitation *listed = &w->target->invitations.items[i];
	uint32_t number =
		intern_find(&w->invitations.addresses, invitation_fold(w, listed->address));
	uint32_t member = w->invitations.members[number];

	if (listed->state != INVITATION_PENDING || listed->is_fixed || w->invitations.settled[i])
		return;
	if (member && w->haves[member - 1].source != ROW_NONE)
		revoke_invitation(w, object_user(w, w->haves[member - 1].source, member - 1),
				  listed, STR("is a member already"));
	else if (!member && w->policy->owns_all) {
		uint32_t user = object_of_ids(w, ENTRY_USER, (str){"", 0}, listed->id);

		w->plan->objects.items[user].label = kept(w, listed->address);
		w->plan->objects.items[user].address = kept(w, listed->address);
		w->plan->objects.items[user].target_id = (str){"", 0};
		revoke_invitation(w, user, listed,
				  plan_text(w, "not in %.*s", STR_ARG(w->policy->from)));
	}
}

/* Whoever comes back is to be invited as if for the first time. */
static bool is_closed(const struct plan_context *w, const struct sent_invitation *sent)
{
	return sent->state == INVITATION_REFUSED || sent->state == INVITATION_WITHDRAWN ||
	       (sent->state == INVITATION_REVOKED &&
		sent->resent >= w->policy->invitations.resend_max);
}

void diff_invitations(struct plan_context *w)
{
	uint32_t *rows;

	if (!w->source->complete || !w->target->complete)
		return;
	rows = rows_by_id(w->source, ENTRY_USER);
	list_each (struct sent_invitation, sent, &w->memory->invitations) {
		if (is_still_wanted(w, rows, sent))
			continue;
		if (sent->state == INVITATION_PENDING || sent->state == INVITATION_EXPIRED)
			invited_leaver(w, sent);
		else if (is_closed(w, sent))
			invitation_drop(w, sent);
	}
	free(rows);
	for (size_t i = 0; i < w->target->invitations.count; i++)
		stray_invitation(w, i);
}
