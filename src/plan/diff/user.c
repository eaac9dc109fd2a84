/* SPDX-License-Identifier: Apache-2.0 */
/* One wanted user against what the target has of it: created, adopted, updated, given a role. */
#include <string.h>

#include "plan/diff/internal.h"
#include "plan/internal.h"
#include "plan/invite/invite.h"
#include "plan/join/join.h"
#include "plan/shape/shape.h"

static const struct link *link_of_user(const struct plan_context *w, uint32_t row)
{
	uint32_t link = w->wants[row].link;

	return link == ROW_NONE ? NULL : &w->memory->users.items[link];
}

static void adopt_user(struct plan_context *w, uint32_t row)
{
	struct want *want = &w->wants[row];
	uint32_t old = w->haves[want->target].link;
	uint32_t user = object_user(w, row, want->target);
	struct change *c = change_add(w, CHANGE_ADOPT_USER, user, ROW_NONE);

	w->plan->objects.items[user].digest = want->digest;
	c->returns = want->flags & WANT_RETURNS;
	if (c->returns) {
		c->created = w->memory->users.items[old].flags & LINK_CREATED;
		c->reason = plan_text(
			w, "returns: the account of someone who is gone is this person's again");
	} else if (want->flags & WANT_MARKED) {
		c->created = true;
		c->reason = plan_text(w, "linked again: it carries muster's mark");
	} else if (w->policy->manage_users || by_invitation(w)) {
		adopt_reason_invited(w, row, c);
		if (!c->reason.n)
			c->reason = plan_text(w, "same %.*s", STR_ARG(met_words(w, row)));
	} else {
		c->reason = plan_text(w, "found by %.*s", STR_ARG(met_words(w, row)));
	}
}

static str update_reason(struct plan_context *w, uint32_t row, bool drift)
{
	const struct want *want = &w->wants[row];

	if (want->flags & WANT_MET)
		return want->flags & WANT_RETURNS ? STR("returns") : STR("first meeting");
	if (drift)
		return plan_text(w, "changed at %.*s by hand", STR_ARG(w->policy->to));
	return (str){"", 0};
}

/* Is the account to be switched on? Who is wanted is active; whoever was switched off as a leaver
 * returns. */
static bool is_to_wake(const struct plan_context *w, uint32_t row)
{
	return (w->target->users.items[w->wants[row].target].flags & ENTRY_INACTIVE) &&
	       plan_can(w, ABILITY_DISABLE_USERS);
}

static void update_add(struct plan_context *w, const struct person *p, bool wakes,
		       const edit_list *edits)
{
	const struct want *want = &w->wants[p->row];
	const struct link *link = link_of_user(w, p->row);
	bool left = (want->flags & WANT_RETURNS) || (link && (link->flags & LINK_DISABLED));
	uint32_t user = person_object(w, p, want->target);
	struct change *c = change_add(w, CHANGE_UPDATE_USER, user, ROW_NONE);

	c->edits = arena_array(&w->plan->arena, struct edit, edits->count);
	memcpy(c->edits, edits->items, edits->count * sizeof *edits->items);
	c->edit_count = edits->count;
	c->returns = wakes && left;
	/* What the source says is what was written last: then it is the target that moved. */
	c->reason = c->returns ? STR("returns")
			       : update_reason(w, p->row,
					       link && (wakes || link->digest == want->digest));
}

static void user_edits(struct plan_context *w, const struct person *p, bool wakes, edit_list *ret)
{
	const struct want *want = &w->wants[p->row];
	value_list actual = {0};

	if (wakes)
		edit_add(w, ret, STR(PATH_ACTIVE), STR("false"), STR("true"));
	if (want->digest == w->haves[want->target].digest)
		return;
	values_read_target(w, want->target, &actual);
	edits_find(w, &actual, &p->desired, ret);
	list_clear(&actual);
}

static void update_user(struct plan_context *w, uint32_t row, struct person *p)
{
	const struct want *want = &w->wants[row];
	bool wakes = is_to_wake(w, row), same = want->digest == w->haves[want->target].digest;
	edit_list edits = {0};
	struct err err;

	if (!plan_can(w, ABILITY_UPDATE_USERS) || (same && !wakes) ||
	    person_build(w, row, p, &err) < 0)
		return;
	user_edits(w, p, wakes, &edits);
	if (edits.count && is_untouchable(w, ENTRY_USER, want->target))
		untouchable_note(w, ENTRY_USER, want->target, "its attributes differ");
	else if (edits.count)
		update_add(w, p, wakes, &edits);
	list_clear(&edits);
}

static void role_hand_over(struct plan_context *w, uint32_t user, uint8_t wanted, uint8_t current)
{
	handoff_add(w, user, ROW_NONE, plan_text(w, "role %.*s", STR_ARG(role_text(w, wanted))),
		    plan_text(w, "change the role of %.*s from %.*s to %.*s: %.*s",
			      STR_ARG(w->plan->objects.items[user].label),
			      STR_ARG(role_text(w, current)), STR_ARG(role_text(w, wanted)),
			      STR_ARG(w->abilities->missing_role)));
}

/* Where the target knows one role a person. */
static void diff_user_role(struct plan_context *w, uint32_t row)
{
	const struct want *want = &w->wants[row];
	uint8_t current = target_role(w, want->target), wanted = role_of(w, row, 0);
	struct role_wish wish = {.wanted = wanted, .current = current, .held = w->roles.held};
	struct change *c;
	uint32_t user;

	if (wanted == current || (wanted == 0 && !role_is_ours(w, current)))
		return;
	wanted = role_settle(w, row, &wish);
	if (wanted == current)
		return;
	if (is_untouchable(w, ENTRY_USER, want->target)) {
		untouchable_note(w, ENTRY_USER, want->target, "its role differs");
		return;
	}
	user = object_user(w, row, want->target);
	if (!plan_can(w, ABILITY_SET_ROLE)) {
		role_hand_over(w, user, wanted, current);
		return;
	}
	c = change_add(w, CHANGE_SET_ROLE, user, ROW_NONE);
	c->role = role_text(w, wanted);
	c->old_role = role_text(w, current);
	c->reason = role_reason(w, row);
}

static str created_role(struct plan_context *w, uint32_t row)
{
	struct role_wish wish = {
		.wanted = role_of(w, row, 0),
		.inviting = true,
		.held = w->roles.held,
	};

	return role_text(w, role_settle(w, row, &wish));
}

/* Someone whom the target never had, or has no longer. */
static void create_user(struct plan_context *w, uint32_t row, struct person *p)
{
	struct want *want = &w->wants[row];
	str role = {NULL, 0};
	struct change *c;
	struct err err;
	uint32_t user;

	if (!w->target->complete) {
		w->waiting++;
		want->state = WANT_WAITING;
		return;
	}
	if (!w->policy->manage_users || !plan_can(w, ABILITY_CREATE_USERS)) {
		notice_add(w, NOTICE_UNMATCHED, source_label(w, ENTRY_USER, row),
			   w->policy->manage_users ? "is not at %.*s, where nobody can be created"
						   : "nobody at %.*s matches",
			   STR_ARG(w->policy->to));
		want->state = WANT_WAITING;
		return;
	}
	if (person_build(w, row, p, &err) < 0)
		return;
	user = person_object(w, p, ROW_NONE);
	w->plan->objects.items[user].origin = person_origin(w, p);
	/* Before the change is added: it may add a task, and the change would move. */
	if (w->roles.per_user)
		role = created_role(w, row);
	want->flags |= WANT_NEW;
	c = change_add(w, CHANGE_CREATE_USER, user, ROW_NONE);
	c->role = role;
	if (want->link != ROW_NONE)
		c->reason = plan_text(w, "was removed at %.*s", STR_ARG(w->policy->to));
}

/* Someone who was missed, and whose account nobody has touched yet, is there again: the clock
 * stops. */
static void stop_clock(struct plan_context *w, uint32_t row)
{
	const struct link *link = link_of_user(w, row);
	struct change *c;

	if (!link || !link->gone_since || (w->wants[row].flags & WANT_MET))
		return;
	c = change_add(w, CHANGE_MISS, object_user(w, row, w->wants[row].target), ROW_NONE);
	c->returns = true;
	c->reason = plan_text(w, "is at %.*s again", STR_ARG(w->policy->from));
}

void diff_user(struct plan_context *w, uint32_t row, struct person *p)
{
	struct want *want = &w->wants[row];
	size_t before = w->plan->changes.count;

	if (want->state != WANT_YES)
		return;
	if (want->target == ROW_NONE && by_invitation(w)) {
		diff_invitee(w, row, p);
		return;
	}
	if (want->target == ROW_NONE) {
		create_user(w, row, p);
		return;
	}
	if (want->flags & WANT_MET)
		adopt_user(w, row);
	if (w->policy->manage_users) {
		if (!(want->flags & WANT_SAME))
			update_user(w, row, p);
		if (w->roles.per_user)
			diff_user_role(w, row);
	}
	if (w->plan->changes.count == before)
		stop_clock(w, row);
}
