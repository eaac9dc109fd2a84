/* SPDX-License-Identifier: Apache-2.0 */
/* What a change counts for, and how a limit of the guard is made. */
#include "model/guard.h"

bool handoff_removes(const struct change *c)
{
	return c->kind == CHANGE_HANDOFF && str_starts(c->key, STR("remove"));
}

enum weight change_weight(const struct change *c)
{
	switch (c->kind) {
	case CHANGE_DISABLE_USER:
	case CHANGE_DELETE_USER:
		return WEIGHT_USER_REMOVED;
	case CHANGE_REVOKE:
		return c->why == REVOKE_REPLACED ? WEIGHT_NONE : WEIGHT_USER_REMOVED;
	case CHANGE_HANDOFF:
		return handoff_removes(c) ? WEIGHT_USER_REMOVED : WEIGHT_NONE;
	case CHANGE_REMOVE_MEMBER:
		return WEIGHT_MEMBER_REMOVED;
	case CHANGE_INVITE:
	case CHANGE_RESEND:
		return WEIGHT_INVITATION;
	case CHANGE_UPDATE_USER:
		return c->returns ? WEIGHT_NONE : WEIGHT_REWRITE;
	default:
		return WEIGHT_NONE;
	}
}

static const char *const weights[WEIGHT_COUNT] = {
	[WEIGHT_NONE] = "nothing",
	[WEIGHT_USER_REMOVED] = "user removed",
	[WEIGHT_MEMBER_REMOVED] = "member removed",
	[WEIGHT_INVITATION] = "invitation",
	[WEIGHT_REWRITE] = "rewrite",
};

const char *weight_text(enum weight weight)
{
	return weights[weight];
}

enum weight weight_find(str text)
{
	for (int weight = 0; weight < WEIGHT_COUNT; weight++)
		if (str_equal(text, str_of(weights[weight])))
			return (enum weight)weight;
	return WEIGHT_NONE;
}

static void member_removals_add(struct window *window, str team, uint64_t count)
{
	struct window_team *last =
		window->teams.count ? &window->teams.items[window->teams.count - 1] : NULL;

	window->memberships_removed += count;
	if (last && str_equal(last->team, team))
		last->removed += count;
	else
		list_push(&window->teams, ((struct window_team){team, count}));
}

void guard_window_add(struct window *window, enum weight weight, str team, uint64_t count)
{
	switch (weight) {
	case WEIGHT_USER_REMOVED:
		window->users_removed += count;
		break;
	case WEIGHT_MEMBER_REMOVED:
		member_removals_add(window, team, count);
		break;
	case WEIGHT_INVITATION:
		window->invitations += count;
		break;
	case WEIGHT_REWRITE:
		window->rewrites += count;
		break;
	case WEIGHT_NONE:
	case WEIGHT_COUNT:
		break;
	}
}

uint64_t guard_limit(uint64_t percent, uint64_t count, uint64_t base)
{
	uint64_t share = base * percent / 100;

	return share > count ? share : count;
}

str guard_limit_text(struct arena *arena, uint64_t percent, uint64_t count)
{
	return arena_printf(arena, "%llu %%, at least %llu", (unsigned long long)percent,
			    (unsigned long long)count);
}

bool guard_is_over(uint64_t planned, uint64_t in_window, uint64_t limit)
{
	return planned > 0 && planned + in_window > limit;
}
