/* SPDX-License-Identifier: Apache-2.0 */
/* In what a team differs from what it should be, told without sorting all who are in it. */
#include "plan/diff/internal.h"
#include "plan/internal.h"

enum { AHEAD = 16 }; /* so many members before they are looked at, they are fetched */

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
static size_t mark_wanted(struct team_scratch *s, const edge *from, const edge *to)
{
	size_t count = 0;

	for (; from < to; from++) {
		uint32_t user = edge_member(*from);
		bool wanted;

		if (edge_nested(*from))
			continue;
		wanted = bit_of(s->wanted_bits, user);
		s->member_bits[user / 64] |= (uint64_t)wanted << user % 64;
		count += wanted;
	}
	return count;
}

/* Takes the mark off those who are there, and counts them; who has none should not be there. */
static size_t meet_there(const struct plan_context *w, struct team_scratch *s, const edge *from,
			 const edge *to)
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
			list_push(&s->others, m);
		} else if (bit_of(s->member_bits, m.user)) {
			bit_turn(s->member_bits, m.user);
			count++;
		} else {
			list_push(&s->there, m);
		}
	}
	return count;
}

/* Who still has the mark is missing. */
static void take_missing(struct team_scratch *s, const edge *from, const edge *to)
{
	for (; from < to; from++) {
		struct member m = {.user = edge_member(*from), .target = ROW_NONE};

		if (edge_nested(*from) || !bit_of(s->member_bits, m.user))
			continue;
		bit_turn(s->member_bits, m.user);
		list_push(&s->wanted, m);
	}
}

static bool has_nested(const edge *from, const edge *to)
{
	for (; from < to; from++)
		if (edge_nested(*from))
			return true;
	return false;
}

bool team_delta(const struct plan_context *w, struct team_scratch *s, const struct team *team)
{
	const struct group_edges *source = &w->source_edges, *target = &w->target_edges;
	const edge *want = source->edges + source->starts[team->source];
	const edge *want_end = source->edges + source->starts[team->source + 1];
	size_t missing;

	if (team->target == ROW_NONE || team->role || s->only_team || is_opaque(w, team->target) ||
	    (w->roles.are_spoken && w->abilities->role_style == ROLE_MEMBERSHIP) ||
	    (w->policy->expand_nested && has_nested(want, want_end)))
		return false;
	s->wanted.count = s->there.count = s->others.count = 0;
	missing = mark_wanted(s, want, want_end);
	missing -= meet_there(w, s, target->edges + target->starts[team->target],
			      target->edges + target->starts[team->target + 1]);
	if (missing)
		take_missing(s, want, want_end);
	members_sort(&s->there, false);
	return true;
}
