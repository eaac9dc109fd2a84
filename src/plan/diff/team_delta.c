/* SPDX-License-Identifier: Apache-2.0 */
/* In what a team differs from what it should be, told without sorting all who are in it. */
#include "plan/internal.h"

enum { AHEAD = 16 };

/* Nothing of the account is to change. */
static bool is_same(const struct plan_context *w, const struct want *want, uint32_t target)
{
	bool wakes = (w->target->users.items[target].flags & ENTRY_INACTIVE) &&
		     plan_can(w, ABILITY_DISABLE_USERS);

	return want->target == target && want->digest == w->haves[target].digest && !wakes;
}

void classify_targets(struct plan_context *w)
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
		if (is_same(w, want, t))
			want->flags |= WANT_SAME;
	}
}

static uint64_t *wanted_bits(const struct plan_context *w)
{
	uint64_t *bits = mem_alloc(w->source->users.count / 64 + 1, sizeof *bits);

	for (uint32_t row = 0; row < w->source->users.count; row++)
		bits[row / 64] |= (uint64_t)(w->wants[row].state == WANT_YES) << row % 64;
	return bits;
}

/* Bits by source row stay in the cache where the people themselves do not. */
static bool bit_of(const uint64_t *bits, uint32_t row)
{
	return bits[row / 64] >> row % 64 & 1;
}

static void bit_turn(uint64_t *bits, uint32_t row)
{
	bits[row / 64] ^= 1ULL << row % 64;
}

/* How many were marked. */
static size_t mark_wanted(struct plan_context *w, const edge *from, const edge *to)
{
	size_t count = 0;

	for (; from < to; from++) {
		uint32_t user = edge_member(*from);
		bool wanted;

		if (edge_nested(*from))
			continue;
		wanted = bit_of(w->wanted_bits, user);
		w->member_bits[user / 64] |= (uint64_t)wanted << user % 64;
		count += wanted;
	}
	return count;
}

/* Takes the mark off those who are there, and counts them; who has none should not be there. */
static size_t meet_there(struct plan_context *w, const edge *from, const edge *to)
{
	size_t count = 0;

	for (; from < to; from++) {
		struct member m = {.target = edge_member(*from)};

		if (to - from > AHEAD)
			__builtin_prefetch(&w->desired_rows[edge_member(from[AHEAD])]);
		if (edge_nested(*from))
			continue;
		m.user = w->desired_rows[m.target];
		if (m.user == ROW_NONE) {
			list_push(&w->others, m);
		} else if (bit_of(w->member_bits, m.user)) {
			bit_turn(w->member_bits, m.user);
			count++;
		} else {
			list_push(&w->there, m);
		}
	}
	return count;
}

/* Who still has the mark is missing. */
static void take_missing(struct plan_context *w, const edge *from, const edge *to)
{
	for (; from < to; from++) {
		struct member m = {.user = edge_member(*from), .target = ROW_NONE};

		if (edge_nested(*from) || !bit_of(w->member_bits, m.user))
			continue;
		bit_turn(w->member_bits, m.user);
		list_push(&w->members, m);
	}
}

static bool has_nested(const edge *from, const edge *to)
{
	for (; from < to; from++)
		if (edge_nested(*from))
			return true;
	return false;
}

bool team_delta(struct plan_context *w, const struct team *team)
{
	const struct group_edges *source = &w->source_edges, *target = &w->target_edges;
	const edge *want = source->edges + source->starts[team->source];
	const edge *want_end = source->edges + source->starts[team->source + 1];
	size_t missing;

	if (team->target == ROW_NONE || team->role || w->only_team || is_opaque(w, team->target) ||
	    (w->roles_spoken && w->abilities->role_style == ROLE_MEMBERSHIP) ||
	    (w->policy->expand_nested && has_nested(want, want_end)))
		return false;
	w->members.count = w->there.count = w->others.count = 0;
	missing = mark_wanted(w, want, want_end);
	missing -= meet_there(w, target->edges + target->starts[team->target],
			      target->edges + target->starts[team->target + 1]);
	if (missing)
		take_missing(w, want, want_end);
	members_sort(&w->there, false);
	return true;
}

void team_delta_init(struct plan_context *w)
{
	w->wanted_bits = wanted_bits(w);
	w->member_bits = mem_alloc(w->source->users.count / 64 + 1, sizeof *w->member_bits);
}
