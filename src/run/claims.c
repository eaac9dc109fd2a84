/* SPDX-License-Identifier: Apache-2.0 */
/* Who is in another team of a service where nobody can be in two: what the other syncs remember. */
#include "run/inside.h"

/* Two teams of one service: the same kind of system by the same profile. */
static bool is_same_service(const struct system *a, const struct system *b)
{
	const struct key *row = key_find(a->settings->keys, STR("profile"));

	return a != b && a->kind == b->kind && row && row->type == KEY_TEXT &&
	       str_equal(setting_text(a->settings, "profile"),
			 setting_text(b->settings, "profile"));
}

static bool holds(enum invitation_state state)
{
	return state == INVITATION_PENDING || state == INVITATION_ACCEPTED;
}

static int claims_of(struct session *s, const struct sync *other, struct err *err)
{
	const struct run_options *o = s->options;
	struct memory memory = {0};
	int rc = state_memory_brief(o->state, other->policy.sync, o->now,
				    o->sync->policy.guard.window, &memory, err);

	if (rc == 0)
		list_each (const struct sent_invitation, i, &memory.invitations)
			if (holds(i->state))
				*list_add(&s->memory.claims) = (struct claim){
					arena_str(&s->memory.arena, i->address),
					arena_str(&s->memory.arena, str_of(other->to->name)),
				};
	memory_clear(&memory);
	return rc;
}

int claims_load(struct session *s, struct err *err)
{
	const struct run_options *o = s->options;

	if (!s->abilities.one_team_each)
		return 0;
	list_each (const struct sync, other, &o->config->syncs)
		if (other != o->sync && other->to && is_same_service(o->sync->to, other->to) &&
		    claims_of(s, other, err) < 0)
			return -1;
	return 0;
}
