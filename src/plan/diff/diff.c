/* SPDX-License-Identifier: Apache-2.0 */
/* What must change: each wanted user against what the target has of it. */
#include <string.h>

#include "plan/internal.h"

enum { AHEAD = 16 };

/* Attributes by path, then by value, so that both sides can be walked together. */
static int compare_values(const void *a, const void *b)
{
	const struct plan_value *x = a, *y = b;
	int order = str_compare(x->attribute->path, y->attribute->path);

	return order ? order : str_compare(x->text, y->text);
}

static void sort_values(value_list *values)
{
	if (values->count)
		qsort(values->items, values->count, sizeof *values->items, compare_values);
}

/* Takes out of [from, to) of `list` a value that equals `v`; true when there was one. */
static bool take_equal(struct plan_value *from, struct plan_value *to, const struct plan_value *v)
{
	for (; from < to; from++) {
		if (!from->attribute || !values_are_equal(from, v))
			continue;
		from->attribute = NULL;
		return true;
	}
	return false;
}

static struct plan_value *path_end(struct plan_value *from, const value_list *list)
{
	struct plan_value *to = from;

	while (to < list->items + list->count &&
	       str_equal(to->attribute->path, from->attribute->path))
		to++;
	return to;
}

static void edit_add(struct plan_context *w, edit_list *edits, str path, str before, str after)
{
	*list_add(edits) = (struct edit){
		.path = plan_text(w, "%.*s", STR_ARG(path)),
		.before = before.p ? plan_text(w, "%.*s", STR_ARG(before)) : before,
		.after = after.p ? plan_text(w, "%.*s", STR_ARG(after)) : after,
	};
}

/* What is left of one attribute's values once the equal ones are out: paired off, so that a change
 * reads as one. */
static void edit_path(struct plan_context *w, edit_list *edits, str path, struct plan_value *have,
		      struct plan_value *have_end, struct plan_value *want,
		      struct plan_value *want_end)
{
	const str none = {NULL, 0};

	for (struct plan_value *v = want; v < want_end; v++)
		if (take_equal(have, have_end, v))
			v->attribute = NULL;
	for (;;) {
		while (have < have_end && !have->attribute)
			have++;
		while (want < want_end && !want->attribute)
			want++;
		if (have == have_end && want == want_end)
			return;
		edit_add(w, edits, path, have < have_end ? have++->text : none,
			 want < want_end ? want++->text : none);
	}
}

static void edits_find(struct plan_context *w, edit_list *edits)
{
	struct plan_value *have, *want, *have_stop, *want_stop;

	sort_values(&w->actual);
	sort_values(&w->desired);
	have = w->actual.items;
	want = w->desired.items;
	have_stop = have + w->actual.count;
	want_stop = want + w->desired.count;
	while (have < have_stop || want < want_stop) {
		int order = have == have_stop ? 1
			    : want == want_stop
				    ? -1
				    : str_compare(have->attribute->path, want->attribute->path);
		struct plan_value *have_end = order <= 0 ? path_end(have, &w->actual) : have;
		struct plan_value *want_end = order >= 0 ? path_end(want, &w->desired) : want;
		str path = order <= 0 ? have->attribute->path : want->attribute->path;

		edit_path(w, edits, path, have, have_end, want, want_end);
		have = have_end;
		want = want_end;
	}
}

/* Entries that nobody changes, whatever the source says; a notice tells what was left undone. */
bool is_untouchable(struct plan_context *w, enum entry_kind kind, uint32_t target, const char *what)
{
	uint32_t flags = snapshot_entry(w->target, kind, target)->flags;
	const char *why = flags & ENTRY_SELF       ? "is muster's own account"
			  : flags & ENTRY_READONLY ? "is read-only there"
						   : NULL;

	if (why)
		notice_add(w, NOTICE_PROTECTED, target_label(w, kind, target),
			   "%s and stays as it is (%s)", why, what);
	return why;
}

static const struct link *link_of(const struct plan_context *w, uint32_t row)
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

static void update_add(struct plan_context *w, uint32_t row, bool wakes, const edit_list *edits)
{
	const struct want *want = &w->wants[row];
	const struct link *link = link_of(w, row);
	bool left = (want->flags & WANT_RETURNS) || (link && (link->flags & LINK_DISABLED));
	uint32_t user = object_prepare(w, row, want->target);
	struct change *c = change_add(w, CHANGE_UPDATE_USER, user, ROW_NONE);

	c->edits = arena_array(&w->plan->arena, struct edit, edits->count);
	memcpy(c->edits, edits->items, edits->count * sizeof *edits->items);
	c->edit_count = edits->count;
	c->returns = wakes && left;
	/* What the source says is what was written last: then it is the target that moved. */
	c->reason =
		c->returns ? STR("returns")
			   : update_reason(w, row, link && (wakes || link->digest == want->digest));
}

static void update_user(struct plan_context *w, uint32_t row)
{
	struct want *want = &w->wants[row];
	bool wakes = is_to_wake(w, row), same = want->digest == w->haves[want->target].digest;
	edit_list edits = {0};
	struct err err;

	if (!plan_can(w, ABILITY_UPDATE_USERS) || (same && !wakes) || desire_user(w, row, &err) < 0)
		return;
	if (wakes)
		edit_add(w, &edits, STR(PATH_ACTIVE), STR("false"), STR("true"));
	values_read_target(w, want->target);
	if (!same)
		edits_find(w, &edits);
	if (edits.count && !is_untouchable(w, ENTRY_USER, want->target, "its attributes differ") &&
	    desire_user(w, row, &err) == 0)
		update_add(w, row, wakes, &edits);
	list_clear(&edits);
}

/* Where the target knows one role a person. */
static void role_user(struct plan_context *w, uint32_t row)
{
	struct want *want = &w->wants[row];
	uint8_t wanted = role_of(w, row, 0), current = target_role(w, want->target);
	struct change *c;
	uint32_t user;

	if (wanted == current || (wanted == 0 && !role_is_ours(w, current)))
		return;
	wanted = role_settle(w, row, wanted, current, false);
	if (wanted == current || is_untouchable(w, ENTRY_USER, want->target, "its role differs"))
		return;
	user = object_user(w, row, want->target);
	if (!plan_can(w, ABILITY_SET_ROLE)) {
		handoff_add(w, user, ROW_NONE,
			    plan_text(w, "role %.*s", STR_ARG(role_text(w, wanted))),
			    plan_text(w, "change the role of %.*s from %.*s to %.*s: %.*s",
				      STR_ARG(w->plan->objects.items[user].label),
				      STR_ARG(role_text(w, current)), STR_ARG(role_text(w, wanted)),
				      STR_ARG(w->abilities->missing_role)));
		return;
	}
	c = change_add(w, CHANGE_SET_ROLE, user, ROW_NONE);
	c->role = role_text(w, wanted);
	c->old_role = role_text(w, current);
	c->reason = role_reason(w, row);
}

/* Someone whom the target never had, or has no longer. */
static void create_user(struct plan_context *w, uint32_t row)
{
	struct want *want = &w->wants[row];
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
	if (desire_user(w, row, &err) < 0)
		return;
	user = object_prepare(w, row, ROW_NONE);
	want->flags |= WANT_NEW;
	c = change_add(w, CHANGE_CREATE_USER, user, ROW_NONE);
	if (want->link != ROW_NONE)
		c->reason = plan_text(w, "was removed at %.*s", STR_ARG(w->policy->to));
	w->plan->objects.items[user].origin = user_origin(w, row);
	if (w->user_roles)
		c->role = role_text(w, role_settle(w, row, role_of(w, row, 0), 0, true));
}

/* Someone who was missed, and whose account nobody has touched yet, is there again: the clock
 * stops. */
static void stop_clock(struct plan_context *w, uint32_t row)
{
	const struct link *link = link_of(w, row);
	struct change *c;

	if (!link || !link->gone_since || (w->wants[row].flags & WANT_MET))
		return;
	c = change_add(w, CHANGE_MISS, object_user(w, row, w->wants[row].target), ROW_NONE);
	c->returns = true;
	c->reason = plan_text(w, "is at %.*s again", STR_ARG(w->policy->from));
}

static void diff_user(struct plan_context *w, uint32_t row)
{
	struct want *want = &w->wants[row];
	size_t before = w->plan->changes.count;

	if (want->state != WANT_YES)
		return;
	if (want->target == ROW_NONE && by_invitation(w)) {
		diff_invitee(w, row);
		return;
	}
	if (want->target == ROW_NONE) {
		create_user(w, row);
		return;
	}
	if (want->flags & WANT_MET)
		adopt_user(w, row);
	if (w->policy->manage_users) {
		if (!(want->flags & WANT_SAME))
			update_user(w, row);
		if (w->user_roles)
			role_user(w, row);
	}
	if (w->plan->changes.count == before)
		stop_clock(w, row);
}

static void forget(struct plan_context *w, enum entry_kind kind, const struct link *link)
{
	char source[37], target[37];
	uint32_t object = object_of_ids(w, kind, intern_text(&w->source->ids, link->source, source),
					intern_text(&w->target->ids, link->target, target));
	struct change *c = change_add(w, CHANGE_FORGET, kind == ENTRY_USER ? object : ROW_NONE,
				      kind == ENTRY_GROUP ? object : ROW_NONE);

	c->reason = plan_text(w, "gone from %.*s and from %.*s", STR_ARG(w->policy->from),
			      STR_ARG(w->policy->to));
}

/* Links that join nothing any more. An incomplete read proves no absence. */
static void forget_links(struct plan_context *w)
{
	const uint8_t keeps = LINK_ODD | LINK_TAKEN | LINK_WANTED | LINK_AT_TARGET;

	if (!w->source->complete || !w->target->complete)
		return;
	for (uint32_t row = 0; row < w->source->users.count; row++)
		if (w->wants[row].link != ROW_NONE && w->wants[row].state != WANT_NOT &&
		    w->wants[row].state != WANT_INACTIVE)
			w->link_states[w->wants[row].link] |= LINK_WANTED;
	for (size_t i = 0; i < w->memory->users.count; i++)
		if (!(w->link_states[i] & keeps))
			forget(w, ENTRY_USER, &w->memory->users.items[i]);
	for (size_t i = 0; w->teams_wanted && i < w->memory->groups.count; i++)
		if (!(w->group_link_states[i] & keeps))
			forget(w, ENTRY_GROUP, &w->memory->groups.items[i]);
}

/* The memory is in an order of its own: what it says of a user some rows ahead is fetched early. */
static void fetch_link(const struct plan_context *w, uint32_t row)
{
	if (row < w->source->users.count && w->wants[row].link != ROW_NONE)
		__builtin_prefetch(&w->memory->users.items[w->wants[row].link]);
}

static void diff_users(struct plan_context *w)
{
	classify_targets(w);
	for (uint32_t row = 0; row < w->source->users.count; row++) {
		fetch_link(w, row + AHEAD);
		diff_user(w, row);
	}
	for (uint32_t row = 0; row < w->target->users.count; row++)
		if (w->desired_rows[row] == ROW_NONE)
			diff_leaver(w, row);
}

void step_diff(struct plan_context *w)
{
	diff_users(w);
	if (by_invitation(w))
		diff_invitations(w);
	if (w->teams_wanted)
		diff_teams(w);
	forget_links(w);
	if (w->waiting)
		notice_add(w, NOTICE_NOTE, w->policy->to,
			   "the read is not complete (%.*s): %zu that it does not show wait",
			   STR_ARG(w->target->why_not), w->waiting);
}
