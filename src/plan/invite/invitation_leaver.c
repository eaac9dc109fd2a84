/* SPDX-License-Identifier: Apache-2.0 */
/* Invitations that nobody waits for any more: of those who left before they accepted, of members,
 * of strangers. */
#include "plan/internal.h"
#include "plan/invite/internal.h"
#include "plan/invite/invite.h"

/* Is the person for whom an invitation was sent still wanted? */
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

	w->plan->objects.items[user].label = plan_copy(w, sent->address);
	w->plan->objects.items[user].address = plan_copy(w, sent->address);
	return user;
}

static void remove_invited(struct plan_context *w, const struct sent_invitation *sent,
			   uint32_t member)
{
	uint32_t user = object_user(w, ROW_NONE, member);

	w->plan->objects.items[user].source_id = plan_copy(w, sent->source);
	user_delete(w, member,
		    plan_text(w, "gone from %.*s, and has accepted meanwhile",
			      STR_ARG(w->policy->from)));
}

static void forget_invitation(struct plan_context *w, const struct sent_invitation *sent)
{
	struct change *c = change_add(w, CHANGE_FORGET, object_sent(w, sent), ROW_NONE);

	c->invitation = plan_copy(w, sent->target);
	c->reason = plan_text(w, "gone from %.*s, and the invitation from %.*s",
			      STR_ARG(w->policy->from), STR_ARG(w->policy->to));
}

/* Someone left with an invitation out: it is revoked; who has accepted meanwhile is removed. */
static void invited_leaver(struct plan_context *w, const struct sent_invitation *sent)
{
	const struct invitation *listed = find_listed_invitation(w, sent->address);
	uint32_t member = find_free_member(w, sent->address);

	invitations_settle(w, sent->address);
	if (listed && listed->is_fixed)
		return;
	if (member != ROW_NONE)
		remove_invited(w, sent, member);
	else if (listed && listed->state == INVITATION_PENDING)
		revoke_invitation(w, object_sent(w, sent), listed,
				  plan_text(w, "gone from %.*s", STR_ARG(w->policy->from)));
	else if (!w->abilities->eventual ||
		 w->in->now >= sent->last_sent + w->abilities->eventual_grace)
		forget_invitation(w, sent);
}

/* An invitation to someone whom neither side knows. */
static uint32_t object_stranger(struct plan_context *w, const struct invitation *listed)
{
	uint32_t user = object_of_ids(w, ENTRY_USER, (str){"", 0}, listed->id);
	struct object *o = &w->plan->objects.items[user];

	o->label = plan_copy(w, listed->address);
	o->address = plan_copy(w, listed->address);
	o->target_id = (str){"", 0};
	return user;
}

/* Pending invitations that no wanted person waits for. */
static void stray_invitation(struct plan_context *w, size_t i)
{
	const struct invitation *listed = &w->target->invitations.items[i];
	uint32_t member = find_address_member(w, listed->address);

	if (listed->state != INVITATION_PENDING || listed->is_fixed || w->invitations.settled[i])
		return;
	if (member != ROW_NONE && w->haves[member].source != ROW_NONE)
		revoke_invitation(w, object_user(w, w->haves[member].source, member), listed,
				  STR("is a member already"));
	else if (member == ROW_NONE && w->policy->owns_all)
		revoke_invitation(w, object_stranger(w, listed), listed,
				  plan_text(w, "not in %.*s", STR_ARG(w->policy->from)));
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
	rows = snapshot_rows_by_id(w->source, ENTRY_USER);
	list_each (struct sent_invitation, sent, &w->memory->invitations) {
		if (is_still_wanted(w, rows, sent))
			continue;
		if (sent->state == INVITATION_PENDING || sent->state == INVITATION_EXPIRED)
			invited_leaver(w, sent);
		else if (is_closed(w, sent))
			invitation_forget(w, sent);
	}
	free(rows);
	for (size_t i = 0; i < w->target->invitations.count; i++)
		stray_invitation(w, i);
}
