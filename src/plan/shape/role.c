/* SPDX-License-Identifier: Apache-2.0 */
/* Roles: what rules and memberships say, and what of it the target lets anybody give. */
#include "plan/internal.h"

enum { ROLES_MAX = 255 };

/* Texts of roles go into changes, so they stay with the plan. A role beyond what a byte can number
 * counts as none. */
uint8_t role_put(struct plan_context *w, str role)
{
	uint32_t number = intern_put(&w->roles, role);

	if (number > ROLES_MAX)
		return 0;
	if (!w->role_texts[number].p)
		w->role_texts[number] = arena_str(&w->plan->arena, role);
	return (uint8_t)number;
}

str role_text(const struct plan_context *w, uint8_t role)
{
	return w->role_texts[role];
}

const struct role_kind *role_kind_find(const struct plan_context *w, str role)
{
	list_each (struct role_kind, kind, &w->abilities->roles)
		if (str_equal(kind->name, role))
			return kind;
	return NULL;
}

int32_t role_rank(const struct plan_context *w, str role)
{
	const struct role_kind *kind = role_kind_find(w, role);

	return kind ? kind->rank : 0;
}

static uint8_t *roles_translate(struct plan_context *w, const struct snapshot *s)
{
	uint8_t *to = arena_array(&w->arena, uint8_t, s->roles.count + 1);
	char space[37];

	for (uint32_t i = 0; i < s->roles.count && w->roles.count <= ROLES_MAX; i++)
		to[i] = role_put(w, intern_text(&s->roles, i, space));
	return to;
}

int roles_init(struct plan_context *w, struct err *err)
{
	bool style = w->abilities->role_style != ROLE_NONE;

	role_put(w, STR(""));
	role_put(w, w->policy->role_default);
	list_each (struct role_rule, rule, &w->policy->roles)
		role_put(w, rule->role);
	w->rule_roles = (uint8_t)(w->roles.count > ROLES_MAX ? ROLES_MAX : w->roles.count);
	list_each (struct role_kind, kind, &w->abilities->roles)
		role_put(w, kind->name);
	w->source_roles = roles_translate(w, w->source);
	w->target_roles = roles_translate(w, w->target);
	if (w->roles.count > ROLES_MAX)
		return err_set(err, REACH_RUN, CODE_DATA,
			       "%.*s and %.*s speak of more than %d roles together",
			       STR_ARG(w->policy->from), STR_ARG(w->policy->to), ROLES_MAX);
	w->roles_spoken = style && (w->policy->role_default.n || w->policy->roles.count ||
				    w->source->roles.count > 1);
	w->user_roles = w->roles_spoken && w->abilities->role_style == ROLE_USER;
	if (!style && w->policy->roles.count)
		notice_add(
			w, NOTICE_NOTE, w->policy->to,
			"no roles are kept there as it is configured, so the rules under 'roles' "
			"do nothing; the system's own key 'roles' says where they are kept");
	return 0;
}

/* Where the target knows one role a person, the highest one of the memberships speaks for those
 * without a rule. */
void roles_from_memberships(struct plan_context *w)
{
	if (!w->user_roles)
		return;
	list_each (edge, e, &w->source->edges) {
		uint8_t said = w->source_roles[edge_role(*e)];
		struct want *want;

		if (said == 0 || edge_nested(*e))
			continue;
		want = &w->wants[edge_member(*e)];
		if (want->role == 0 ||
		    ((want->flags & WANT_ROLE_SAID) &&
		     role_rank(w, role_text(w, said)) > role_rank(w, role_text(w, want->role)))) {
			want->role = said;
			want->flags |= WANT_ROLE_SAID;
		}
	}
}

/* Roles that somebody is to have, and how many: a role may have no room for all. */
void roles_count(struct plan_context *w)
{
	for (uint32_t row = 0; w->user_roles && row < w->source->users.count; row++)
		if (w->wants[row].state == WANT_YES)
			w->role_wanted[role_of(w, row, 0)]++;
}

uint8_t role_of(struct plan_context *w, uint32_t row, uint8_t said)
{
	const struct want *want = &w->wants[row];

	if (want->role)
		return want->role;
	return said ? said : role_put(w, w->policy->role_default);
}

/*
 * Is the role among those that the policy gives and takes? One that only the target speaks of is
 * left alone where the policy wants none.
 */
bool role_is_ours(const struct plan_context *w, uint8_t role)
{
	return role != 0 && role < w->rule_roles;
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
	known = arena_str(&w->arena, buf_str(&b));
	buf_clear(&b);
	return known;
}

/* Why the target's rules keep the role from being given; NULL when they do not. May open a
 * hand-off. */
static bool may_be_given(struct plan_context *w, uint32_t row, const struct role_kind *kind,
			 str wanted, bool inviting)
{
	str who = source_label(w, ENTRY_USER, row);

	if (!kind) {
		notice_add(w, NOTICE_CONFLICT, who, "%.*s knows no role %.*s (only %.*s)",
			   STR_ARG(w->policy->to), STR_ARG(wanted), STR_ARG(known_roles(w)));
		return false;
	}
	if (!kind->assignable) {
		str how = kind->missing.n ? kind->missing : w->abilities->missing_role;

		handoff_add(w, object_user(w, row, w->wants[row].target), ROW_NONE,
			    plan_text(w, "role %.*s", STR_ARG(wanted)),
			    plan_text(w, "give %.*s the role %.*s at %.*s: %.*s", STR_ARG(who),
				      STR_ARG(wanted), STR_ARG(w->policy->to),
				      STR_ARG(how.n ? how : STR("it has no call for it"))));
		return false;
	}
	if (kind->max_holders && w->role_wanted[role_put(w, wanted)] > kind->max_holders) {
		notice_add(w, NOTICE_CONFLICT, who,
			   "%u people are to be %.*s, and %.*s has room for %u",
			   w->role_wanted[role_put(w, wanted)], STR_ARG(wanted),
			   STR_ARG(w->policy->to), kind->max_holders);
		return false;
	}
	return !inviting || kind->invitable;
}

/* A role that is protected, or that too few would hold, stays with who has it. */
static bool must_stay(struct plan_context *w, uint32_t row, uint8_t current)
{
	const struct role_kind *kind = role_kind_find(w, role_text(w, current));
	str who = source_label(w, ENTRY_USER, row);

	if (kind && kind->is_protected) {
		notice_add(w, NOTICE_PROTECTED, who,
			   "has the role %.*s, which only %.*s itself gives and takes: it stays",
			   STR_ARG(kind->name), STR_ARG(w->policy->to));
		return true;
	}
	if (kind && kind->min_holders && w->role_held[current] <= kind->min_holders) {
		notice_add(w, NOTICE_PROTECTED, who,
			   "%.*s needs at least %u with the role %.*s: it stays",
			   STR_ARG(w->policy->to), kind->min_holders, STR_ARG(kind->name));
		return true;
	}
	return false;
}

uint8_t role_settle(struct plan_context *w, uint32_t row, uint8_t wanted, uint8_t current,
		    bool inviting)
{
	str name = role_text(w, wanted);

	if (wanted == current || (!inviting && must_stay(w, row, current)))
		return current;
	if (w->abilities->roles.count == 0)
		return wanted;
	if (wanted && may_be_given(w, row, role_kind_find(w, name), name, inviting)) {
		if (current)
			w->role_held[current]--;
		return wanted;
	}
	return current ? current : role_fallback(w, inviting);
}

str role_reason(struct plan_context *w, uint32_t row)
{
	const struct role_rule *rule;

	source_read(w, row);
	rule = role_rule_for(w);
	if (rule)
		return plan_text(w, "rule %.*s", STR_ARG(rule->label));
	if (w->wants[row].flags & WANT_ROLE_SAID)
		return plan_text(w, "as at %.*s", STR_ARG(w->policy->from));
	return (str){"", 0};
}

/* Of several the one that ranks highest; what the target calls no role of its own counts when the
 * policy names it. */
uint8_t target_role(struct plan_context *w, uint32_t target)
{
	struct field_walk walk = field_walk_begin(w->target, &w->target->users.items[target]);
	char space[PATH_SPACE];
	uint8_t best = 0;
	uint32_t name;
	str value;

	while (field_next(&walk, &name, &value)) {
		uint32_t role;

		if (!str_equal(path_bare(w->target_names[name].path, space), STR(PATH_ROLES)))
			continue;
		role = intern_find(&w->roles, value);
		if (role != INTERN_NONE &&
		    (!best || role_rank(w, value) > role_rank(w, role_text(w, best))))
			best = (uint8_t)role;
	}
	return best;
}

bool role_keeps(struct plan_context *w, uint32_t target)
{
	const struct role_kind *kind =
		w->abilities->role_style == ROLE_USER
			? role_kind_find(w, role_text(w, target_role(w, target)))
			: NULL;

	if (!kind || !kind->is_protected)
		return false;
	notice_add(w, NOTICE_PROTECTED, target_label(w, ENTRY_USER, target),
		   "is no longer wanted, but has the role %.*s, which only %.*s itself takes",
		   STR_ARG(kind->name), STR_ARG(w->policy->to));
	return true;
}

/* Holders now, where a role must keep some. */
void roles_count_held(struct plan_context *w)
{
	for (uint32_t row = 0; w->user_roles && row < w->target->users.count; row++)
		w->role_held[target_role(w, row)]++;
}
