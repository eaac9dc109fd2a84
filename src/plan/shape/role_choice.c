/* SPDX-License-Identifier: Apache-2.0 */
/* Which role somebody gets where the target does not let everything be given and taken. */
#include "plan/internal.h"
#include "plan/shape/shape.h"

/* What keeps the wanted role from being given, or the current one from being taken. */
enum role_bar {
	BAR_NONE,
	BAR_PROTECTED, /* the current role is never taken */
	BAR_FEW_HOLDERS, /* too few would hold the current one */
	BAR_UNKNOWN, /* the target knows no such role */
	BAR_BY_HAND, /* a person must give it */
	BAR_FULL, /* more people are to have it than it has room for */
	BAR_NOT_INVITABLE, /* it cannot be given with an invitation */
};

/* A role that is protected, or that too few would hold, stays with who has it. */
static enum role_bar role_taking_bar(const struct plan_context *w, const struct role_wish *wish)
{
	const struct role_kind *kind = role_kind_find(w, role_text(w, wish->current));

	if (kind && kind->is_protected)
		return BAR_PROTECTED;
	if (kind && kind->min_holders && wish->held[wish->current] <= kind->min_holders)
		return BAR_FEW_HOLDERS;
	return BAR_NONE;
}

static enum role_bar role_giving_bar(const struct plan_context *w, const struct role_wish *wish)
{
	const struct role_kind *kind = role_kind_find(w, role_text(w, wish->wanted));

	if (!kind)
		return BAR_UNKNOWN;
	if (!kind->assignable)
		return BAR_BY_HAND;
	if (kind->max_holders && w->roles.wanted[wish->wanted] > kind->max_holders)
		return BAR_FULL;
	return wish->inviting && !kind->invitable ? BAR_NOT_INVITABLE : BAR_NONE;
}

/* The role that those get who cannot have the one they should: least privilege. */
static uint8_t role_fallback(struct plan_context *w, bool inviting)
{
	const struct role_kind *lowest = role_kind_find(w, w->policy->role_default);

	if (lowest && lowest->assignable && (!inviting || lowest->invitable))
		return role_put(w, lowest->name);
	lowest = NULL;
	list_each (struct role_kind, kind, &w->abilities->roles)
		if ((inviting ? kind->invitable : kind->assignable) &&
		    (!lowest || kind->is_default ||
		     (!lowest->is_default && kind->rank < lowest->rank)))
			lowest = kind;
	return lowest ? role_put(w, lowest->name) : 0;
}

static str known_roles(struct plan_context *w)
{
	struct buf b = {0};
	str known;

	list_each (struct role_kind, kind, &w->abilities->roles)
		buf_printf(&b, "%s%.*s", b.n ? ", " : "", STR_ARG(kind->name));
	known = buf_keep(&b, &w->arena);
	return known;
}

/* A person is asked to give what the target does not let anybody give. */
static void role_by_hand(struct plan_context *w, uint32_t row, str role,
			 const struct role_kind *kind)
{
	str how = kind->missing.n ? kind->missing : w->abilities->missing_role;

	handoff_add(w, object_user(w, row, w->wants[row].target), ROW_NONE,
		    plan_text(w, "role %.*s", STR_ARG(role)),
		    plan_text(w, "give %.*s the role %.*s at %.*s: %.*s",
			      STR_ARG(source_label(w, ENTRY_USER, row)), STR_ARG(role),
			      STR_ARG(w->policy->to),
			      STR_ARG(how.n ? how : STR("it has no call for it"))));
}

static void role_bar_tell(struct plan_context *w, uint32_t row, const struct role_wish *wish,
			  enum role_bar bar)
{
	str who = source_label(w, ENTRY_USER, row), to = w->policy->to;
	str wanted = role_text(w, wish->wanted), current = role_text(w, wish->current);

	switch (bar) {
	case BAR_PROTECTED:
		notice_add(w, NOTICE_PROTECTED, who,
			   "has the role %.*s, which only %.*s itself gives and takes: it stays",
			   STR_ARG(current), STR_ARG(to));
		break;
	case BAR_FEW_HOLDERS:
		notice_add(w, NOTICE_PROTECTED, who,
			   "%.*s needs at least %u with the role %.*s: it stays", STR_ARG(to),
			   role_kind_find(w, current)->min_holders, STR_ARG(current));
		break;
	case BAR_UNKNOWN:
		notice_add(w, NOTICE_CONFLICT, who, "%.*s knows no role %.*s (only %.*s)",
			   STR_ARG(to), STR_ARG(wanted), STR_ARG(known_roles(w)));
		break;
	case BAR_BY_HAND:
		role_by_hand(w, row, wanted, role_kind_find(w, wanted));
		break;
	case BAR_FULL:
		notice_add(w, NOTICE_CONFLICT, who,
			   "%u people are to be %.*s, and %.*s has room for %u",
			   w->roles.wanted[wish->wanted], STR_ARG(wanted), STR_ARG(to),
			   role_kind_find(w, wanted)->max_holders);
		break;
	case BAR_NONE:
	case BAR_NOT_INVITABLE:
		break;
	}
}

/* What stands between a person and the wanted role. */
static enum role_bar role_bar_of(const struct plan_context *w, const struct role_wish *wish)
{
	enum role_bar bar = wish->inviting ? BAR_NONE : role_taking_bar(w, wish);

	/* Where the target names no roles of its own, any will do. */
	if (bar != BAR_NONE || !wish->wanted || w->abilities->roles.count == 0)
		return bar;
	return role_giving_bar(w, wish);
}

uint8_t role_settle(struct plan_context *w, uint32_t row, const struct role_wish *wish)
{
	enum role_bar bar;

	if (wish->wanted == wish->current)
		return wish->current;
	bar = role_bar_of(w, wish);
	if (bar != BAR_NONE)
		role_bar_tell(w, row, wish, bar);
	if (bar == BAR_PROTECTED || bar == BAR_FEW_HOLDERS)
		return wish->current;
	if (w->abilities->roles.count == 0)
		return wish->wanted;
	if (wish->wanted && bar == BAR_NONE) {
		/* An invitation holds no role yet, so nobody gives one up with it. */
		if (wish->current && !wish->inviting)
			wish->held[wish->current]--;
		return wish->wanted;
	}
	return wish->current ? wish->current : role_fallback(w, wish->inviting);
}
