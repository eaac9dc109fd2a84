/* SPDX-License-Identifier: Apache-2.0 */
/* Who is who: remembered links first, by immutable id; then, for those without one, the first
 * meeting. */
#include "plan/join/join.h"
#include "base/unicode.h"
#include "plan/internal.h"
#include "plan/join/internal.h"

enum {
	MATCH_MAX = 28,
	AHEAD = 16, /* so many rows before they are looked at, others are fetched from memory */
};

static uint32_t row_of(const struct snapshot *s, const uint32_t *rows, uint32_t id)
{
	return id < s->ids.count ? rows[id] : ROW_NONE;
}

/* An entry that the read met but could not take is there all the same: what is linked to it stays
 * as it is. */
static void odd_links(struct plan_context *w, const struct snapshot *s, bool of_source)
{
	list_each (struct rejected_entry, o, &s->rejected) {
		uint32_t id = o->id.n ? intern_find(&s->ids, o->id) : INTERN_NONE;

		for (size_t i = 0; id != INTERN_NONE && i < w->memory->users.count; i++) {
			const struct link *l = &w->memory->users.items[i];

			if ((of_source ? l->source : l->target) == id)
				w->link_states[i] |= LINK_ODD;
		}
	}
}

/* Where a link some places ahead leads to, fetched early: the two sides are in orders of their own.
 */
static void prefetch_link(const struct plan_context *w, size_t i, const uint32_t *sources,
			  const uint32_t *targets)
{
	const struct link *l = &w->memory->users.items[i];
	uint32_t source = row_of(w->source, sources, l->source);
	uint32_t target = row_of(w->target, targets, l->target);

	if (source != ROW_NONE)
		__builtin_prefetch(&w->wants[source], 1);
	if (target != ROW_NONE)
		__builtin_prefetch(&w->haves[target], 1);
}

static void join_links(struct plan_context *w)
{
	uint32_t *sources = snapshot_rows_by_id(w->source, ENTRY_USER);
	uint32_t *targets = snapshot_rows_by_id(w->target, ENTRY_USER);

	for (uint32_t i = 0; i < w->memory->users.count; i++) {
		const struct link *l = &w->memory->users.items[i];
		uint32_t source = row_of(w->source, sources, l->source);
		uint32_t target = row_of(w->target, targets, l->target);

		if (i + AHEAD < w->memory->users.count)
			prefetch_link(w, i + AHEAD, sources, targets);
		if (target != ROW_NONE) {
			w->haves[target].link = i;
			w->link_states[i] |= LINK_AT_TARGET;
		}
		if (source == ROW_NONE)
			continue;
		w->wants[source].link = i;
		w->wants[source].target = target;
		if (target != ROW_NONE)
			w->haves[target].source = source;
	}
	free(sources);
	free(targets);
}

/* A link whose target cannot be read, or may merely not have been read, waits for a better day. */
static void hold_unreadable(struct plan_context *w)
{
	for (uint32_t row = 0; row < w->source->users.count; row++) {
		struct want *want = &w->wants[row];

		if (want->state != WANT_YES || want->link == ROW_NONE || want->target != ROW_NONE)
			continue;
		if (!w->target->complete || (w->link_states[want->link] & LINK_ODD))
			want->state = WANT_WAITING;
	}
}

/* Target groups by name, as written or folded: the row, ROW_NONE, or ROW_SEVERAL. */
struct group_names {
	struct intern exact, folded;
	row_list exact_rows, folded_rows;
	struct buf fold;
};
#define ROW_SEVERAL (UINT32_MAX - 1)

static void group_name_put(struct intern *names, row_list *rows, str name, uint32_t row)
{
	uint32_t number = intern_put(names, name);

	if (number == rows->count)
		list_push(rows, row);
	else
		rows->items[number] = ROW_SEVERAL;
}

static str fold_name(struct group_names *names, str name)
{
	buf_reset(&names->fold);
	text_lower(name, &names->fold);
	return buf_str(&names->fold);
}

static void group_names_init(struct group_names *names, const struct plan_context *w)
{
	for (uint32_t row = 0; row < w->target->groups.count; row++) {
		str name = snapshot_value(w->target, &w->target->groups.items[row],
					  STR(PATH_DISPLAYNAME));

		group_name_put(&names->exact, &names->exact_rows, name, row);
		group_name_put(&names->folded, &names->folded_rows, fold_name(names, name), row);
	}
}

static void group_names_clear(struct group_names *names)
{
	intern_clear(&names->exact);
	intern_clear(&names->folded);
	list_clear(&names->exact_rows);
	list_clear(&names->folded_rows);
	buf_clear(&names->fold);
}

static uint32_t group_by_name(struct group_names *names, str name)
{
	uint32_t number = intern_find(&names->exact, name);

	if (number != INTERN_NONE)
		return names->exact_rows.items[number];
	number = intern_find(&names->folded, fold_name(names, name));
	return number == INTERN_NONE ? ROW_NONE : names->folded_rows.items[number];
}

/* The group that carries muster's mark for this team, ROW_NONE when none does. */
static uint32_t *groups_by_mark(const struct plan_context *w, struct intern *marks)
{
	uint32_t *rows = mem_alloc(w->target->groups.count + 1, sizeof *rows);

	for (uint32_t row = 0; row < w->target->groups.count; row++) {
		const struct entry *e = &w->target->groups.items[row];
		str mark = snapshot_value(w->target, e, STR(FIELD_MARK));

		if (!mark.n)
			mark = snapshot_value(w->target, e, STR(PATH_EXTERNALID));
		if (mark.n && intern_find(marks, mark) == INTERN_NONE)
			rows[intern_put(marks, mark)] = row;
	}
	return rows;
}

static void team_meets(struct plan_context *w, struct team *team, uint32_t row)
{
	uint32_t other = w->group_haves[row];
	uint32_t link = w->group_links[row];

	if (other != ROW_NONE) {
		team->frozen = true;
		notice_add(w, NOTICE_DOUBTFUL, team->name,
			   "%.*s has a team of this name, which is linked to %.*s",
			   STR_ARG(w->policy->to),
			   STR_ARG(source_place(w, ENTRY_GROUP, w->teams.items[other].source)));
		return;
	}
	team->target = row;
	team->met = true;
	team->takes_over = link != ROW_NONE;
	if (link != ROW_NONE)
		w->group_link_states[link] |= LINK_TAKEN;
	w->group_haves[row] = (uint32_t)(team - w->teams.items);
}

/* A team that is to be renamed away leaves its name: then order.c sees to it that it goes first. */
static bool leaves_name(const struct plan_context *w, uint32_t row, str name)
{
	uint32_t other = w->group_haves[row];

	return other != ROW_NONE && !w->teams.items[other].frozen &&
	       !text_equal(w->teams.items[other].name, name);
}

static void join_new_team(struct plan_context *w, struct team *team, struct group_names *names,
			  const struct intern *marks, const uint32_t *marked)
{
	uint32_t mark = intern_find(marks, team->source_id), row;

	if (mark != INTERN_NONE) {
		team->marked = true;
		team_meets(w, team, marked[mark]);
		return;
	}
	row = group_by_name(names, team->name);
	if (row == ROW_SEVERAL) {
		team->frozen = true;
		notice_add(w, NOTICE_DOUBTFUL, team->name, "%.*s has several teams of this name",
			   STR_ARG(w->policy->to));
	} else if (row != ROW_NONE && !leaves_name(w, row, team->name)) {
		team_meets(w, team, row);
	}
}

static void join_team_links(struct plan_context *w)
{
	uint32_t *targets = snapshot_rows_by_id(w->target, ENTRY_GROUP);
	uint32_t *team_of = mem_alloc(w->source->ids.count + 1, sizeof *team_of);

	for (uint32_t i = 0; i < w->teams.count; i++) {
		uint32_t id = intern_find(&w->source->ids, w->teams.items[i].source_id);

		if (id != INTERN_NONE)
			team_of[id] = i + 1;
	}
	for (uint32_t i = 0; i < w->memory->groups.count; i++) {
		const struct link *l = &w->memory->groups.items[i];
		uint32_t row = row_of(w->target, targets, l->target);
		uint32_t team = l->source < w->source->ids.count ? team_of[l->source] : 0;

		if (row != ROW_NONE) {
			w->group_links[row] = i;
			w->group_link_states[i] |= LINK_AT_TARGET;
		}
		if (!team)
			continue;
		w->group_link_states[i] |= LINK_WANTED;
		w->teams.items[team - 1].link = i;
		w->teams.items[team - 1].target = row;
		if (row != ROW_NONE)
			w->group_haves[row] = team - 1;
	}
	free(team_of);
	free(targets);
}

static void join_teams(struct plan_context *w)
{
	struct group_names names = {0};
	struct intern marks = {0};
	uint32_t *marked;

	join_team_links(w);
	marked = groups_by_mark(w, &marks);
	group_names_init(&names, w);
	list_each (struct team, team, &w->teams)
		if (team->target == ROW_NONE && !team->frozen)
			join_new_team(w, team, &names, &marks, marked);
	group_names_clear(&names);
	intern_clear(&marks);
	free(marked);
}

/* Nothing of the account is to change. */
static bool is_as_wanted(const struct plan_context *w, const struct want *want, uint32_t target)
{
	bool wakes = (w->target->users.items[target].flags & ENTRY_INACTIVE) &&
		     plan_can(w, ABILITY_DISABLE_USERS);

	return want->target == target && want->digest == w->haves[target].digest && !wakes;
}

/*
 * Once everyone is joined, in one walk over the target: whose account is whose, and WANT_SAME, so
 * that no later step need look from one side to the other for those with whom all is well.
 */
static void classify_targets(struct plan_context *w)
{
	size_t count = w->target->users.count;

	w->desired_rows = mem_alloc(count + 1, sizeof *w->desired_rows);
	for (uint32_t t = 0; t < count; t++) {
		uint32_t source = w->haves[t].source;
		struct want *want = source == ROW_NONE ? NULL : &w->wants[source];

		if (t + AHEAD < count && w->haves[t + AHEAD].source != ROW_NONE)
			__builtin_prefetch(&w->wants[w->haves[t + AHEAD].source], 1);
		w->desired_rows[t] = ROW_NONE;
		if (!want || want->state != WANT_YES)
			continue;
		w->desired_rows[t] = source;
		if (is_as_wanted(w, want, t))
			want->flags |= WANT_SAME;
	}
}

int step_join(struct plan_context *w, struct err *err)
{
	if (w->policy->match.count > MATCH_MAX)
		return err_set(err, REACH_RUN, CODE_CONFIG,
			       "sync %.*s: more than %d paths in users.match",
			       STR_ARG(w->policy->sync), MATCH_MAX);
	join_links(w);
	odd_links(w, w->source, true);
	odd_links(w, w->target, false);
	hold_unreadable(w);
	match_users(w);
	if (w->teams_wanted)
		join_teams(w);
	classify_targets(w);
	return 0;
}
