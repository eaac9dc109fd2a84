/* SPDX-License-Identifier: Apache-2.0 */
/* The memberships of one team: who joins, who leaves, whose role changes. */
#include "plan/diff/internal.h"
#include "plan/internal.h"
#include "plan/shape/shape.h"

static bool keeps_member_roles(const struct plan_context *w)
{
	return w->roles.are_spoken && w->abilities->role_style == ROLE_MEMBERSHIP;
}

/* What is told of an entry that nobody changes; true when one of both is such. */
static bool role_stays_note(struct plan_context *w, uint32_t team, uint32_t user)
{
	if (is_untouchable(w, ENTRY_GROUP, team))
		untouchable_note(w, ENTRY_GROUP, team, "a role differs");
	else if (is_untouchable(w, ENTRY_USER, user))
		untouchable_note(w, ENTRY_USER, user, "its role differs");
	else
		return false;
	return true;
}

static void member_role(struct plan_context *w, struct team_scratch *s, struct team *team,
			const struct member *wanted, const struct member *there)
{
	struct role_wish wish = {
		.wanted = role_of(w, wanted->user, wanted->role),
		.current = there->role,
		.held = s->roles_held,
	};
	struct change *c;
	uint8_t role;

	if (!keeps_member_roles(w) || wish.wanted == wish.current ||
	    (wish.wanted == 0 && !role_is_ours(w, wish.current)))
		return;
	role = role_settle(w, wanted->user, &wish);
	if (role == wish.current || role_stays_note(w, team->target, there->target))
		return;
	c = change_add(w, CHANGE_SET_ROLE, object_user(w, wanted->user, there->target),
		       object_team(w, team));
	c->role = role_text(w, role);
	c->old_role = role_text(w, wish.current);
	c->reason = role_reason(w, wanted->user);
}

static str not_member_reason(struct plan_context *w, const struct team *team, uint32_t target)
{
	uint32_t source = w->haves[target].source;

	if (source == ROW_NONE || w->wants[source].state != WANT_YES)
		return removal_reason(w, target);
	if (team->role)
		return plan_text(w, "no longer %.*s", STR_ARG(role_text(w, team->role)));
	return plan_text(w, "not in %.*s at %.*s",
			 STR_ARG(source_label(w, ENTRY_GROUP, team->source)),
			 STR_ARG(w->policy->from));
}

/* Somebody of whom nobody knows for sure that he should not be there. */
static bool is_in_doubt(const struct plan_context *w, const struct have *have)
{
	if (have->link != ROW_NONE && (w->link_states[have->link] & LINK_ODD))
		return true;
	return have->source != ROW_NONE && (w->wants[have->source].state == WANT_SKIPPED ||
					    w->wants[have->source].state == WANT_DOUBTFUL ||
					    w->wants[have->source].state == WANT_WAITING);
}

/* May the membership of someone who should not be there be taken? team: NULL for one that should
 * not be itself. */
static bool may_leave(const struct plan_context *w, const struct team *team, uint32_t target)
{
	const struct have *have = &w->haves[target];
	bool known = have->link != ROW_NONE || have->source != ROW_NONE;

	if (!w->source->complete || !w->target->complete || (team && team->cut))
		return false;
	return (known || w->policy->owns_all) && !is_in_doubt(w, have) &&
	       !(w->target->users.items[target].flags & ENTRY_PLACEHOLDER);
}

static void member_remove(struct plan_context *w, uint32_t target, uint32_t team, str reason)
{
	uint32_t user = object_user(w, w->haves[target].source, target);

	change_add(w, CHANGE_REMOVE_MEMBER, user, team)->reason = reason;
}

/* The same is told of whoever may leave but is never changed. */
static void member_stays_note(struct plan_context *w, uint32_t target)
{
	untouchable_note(w, ENTRY_USER, target, "it is in a team where it should not be");
}

bool member_of_gone_team(struct plan_context *w, uint32_t target, uint32_t team, str reason)
{
	if (!may_leave(w, NULL, target))
		return false;
	if (is_untouchable(w, ENTRY_USER, target)) {
		member_stays_note(w, target);
		return false;
	}
	member_remove(w, target, team, reason);
	return true;
}

static str add_reason(struct plan_context *w, const struct team *team, uint32_t user,
		      const struct want *want)
{
	if (want->role && w->roles.are_spoken && w->abilities->role_style != ROLE_USER)
		return role_reason(w, user);
	return team->rule ? plan_text(w, "rule %.*s", STR_ARG(team->rule->label)) : (str){"", 0};
}

/* The role that goes with a new membership; "" where memberships have none. */
static str added_role(struct plan_context *w, struct team_scratch *s, const struct member *m)
{
	struct role_wish wish = {.held = s->roles_held};

	if (!keeps_member_roles(w))
		return (str){NULL, 0};
	wish.wanted = role_of(w, m->user, m->role);
	return role_text(w, role_settle(w, m->user, &wish));
}

static void team_member_add(struct plan_context *w, struct team_scratch *s, struct team *team,
			    const struct member *m)
{
	const struct want *want = &w->wants[m->user];
	struct change *c;
	str role;

	if (want->state != WANT_YES || (want->target == ROW_NONE && !(want->flags & WANT_NEW)))
		return;
	if (want->target != ROW_NONE && is_untouchable(w, ENTRY_USER, want->target)) {
		untouchable_note(w, ENTRY_USER, want->target,
				 "it is not in a team where it should be");
		return;
	}
	/* Before the change is added: it may add a task, and the change would move. */
	role = added_role(w, s, m);
	c = change_add(w, CHANGE_ADD_MEMBER, object_user(w, m->user, want->target),
		       object_team(w, team));
	c->role = role;
	c->reason = add_reason(w, team, m->user, want);
}

static void member_leaves(struct plan_context *w, struct team *team, uint32_t target)
{
	if (!may_leave(w, team, target))
		return;
	if (is_untouchable(w, ENTRY_USER, target))
		member_stays_note(w, target);
	else
		member_remove(w, target, object_team(w, team), not_member_reason(w, team, target));
}

void diff_members(struct plan_context *w, struct team_scratch *s, struct team *team)
{
	const struct member *want = s->wanted.items, *have = s->there.items;
	const struct member *want_end = want + s->wanted.count, *have_end = have + s->there.count;

	while (want < want_end || have < have_end) {
		if (have == have_end || (want < want_end && want->user < have->user))
			team_member_add(w, s, team, want++);
		else if (want == want_end || have->user < want->user)
			member_leaves(w, team, (have++)->target);
		else
			member_role(w, s, team, want++, have++);
	}
	list_each (struct member, other, &s->others)
		member_leaves(w, team, other->target);
}
