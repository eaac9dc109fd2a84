/* SPDX-License-Identifier: Apache-2.0 */
/* Roles: what rules and memberships say of them, and what the target shows. */
#include "plan/internal.h"
#include "plan/shape/internal.h"
#include "plan/shape/shape.h"

/* Texts of roles go into changes, so they stay with the plan. A role beyond what a byte can number
 * counts as none. */
uint8_t role_put(struct plan_context *w, str role)
{
	uint32_t number = intern_put(&w->roles.numbers, role);

	if (number > ROLES_MAX)
		return 0;
	if (!w->roles.texts[number].p)
		w->roles.texts[number] = arena_str(&w->plan->arena, role);
	return (uint8_t)number;
}

str role_text(const struct plan_context *w, uint8_t role)
{
	return w->roles.texts[role];
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

static uint8_t *roles_number(struct plan_context *w, const struct snapshot *s)
{
	uint8_t *to = arena_array(&w->arena, uint8_t, s->roles.count + 1);
	char space[37];

	for (uint32_t i = 0; i < s->roles.count && w->roles.numbers.count <= ROLES_MAX; i++)
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
	w->roles.ours =
		(uint8_t)(w->roles.numbers.count > ROLES_MAX ? ROLES_MAX : w->roles.numbers.count);
	list_each (struct role_kind, kind, &w->abilities->roles)
		role_put(w, kind->name);
	w->roles.of_source = roles_number(w, w->source);
	w->roles.of_target = roles_number(w, w->target);
	if (w->roles.numbers.count > ROLES_MAX)
		return err_set(err, REACH_RUN, CODE_DATA,
			       "%.*s and %.*s speak of more than %d roles together",
			       STR_ARG(w->policy->from), STR_ARG(w->policy->to), ROLES_MAX);
	w->roles.are_spoken = style && (w->policy->role_default.n || w->policy->roles.count ||
					w->source->roles.count > 1);
	w->roles.per_user = w->roles.are_spoken && w->abilities->role_style == ROLE_USER;
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
	if (!w->roles.per_user)
		return;
	list_each (edge, e, &w->source->edges) {
		uint8_t said = w->roles.of_source[edge_role(*e)];
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
void roles_count_wanted(struct plan_context *w)
{
	for (uint32_t row = 0; w->roles.per_user && row < w->source->users.count; row++)
		if (w->wants[row].state == WANT_YES)
			w->roles.wanted[role_of(w, row, 0)]++;
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
	return role != 0 && role < w->roles.ours;
}

str role_reason(struct plan_context *w, uint32_t row)
{
	const struct want *want = &w->wants[row];

	if (want->role_rule)
		return plan_text(w, "rule %.*s",
				 STR_ARG(w->policy->roles.items[want->role_rule - 1].label));
	if (want->flags & WANT_ROLE_SAID)
		return plan_text(w, "as at %.*s", STR_ARG(w->policy->from));
	return (str){"", 0};
}

/* Of several the one that ranks highest; what the target calls no role of its own counts when the
 * policy names it. */
uint8_t target_role(const struct plan_context *w, uint32_t target)
{
	struct field_walk walk = field_walk_begin(w->target, &w->target->users.items[target]);
	char space[PATH_SPACE];
	uint8_t best = 0;
	uint32_t name;
	str value;

	while (field_next(&walk, &name, &value)) {
		uint32_t role;

		if (!str_equal(path_bare(w->attributes.target[name].path, space), STR(PATH_ROLES)))
			continue;
		role = intern_find(&w->roles.numbers, value);
		if (role != INTERN_NONE &&
		    (!best || role_rank(w, value) > role_rank(w, role_text(w, best))))
			best = (uint8_t)role;
	}
	return best;
}

/* Holders now, where a role must keep some. */
void roles_count_held(struct plan_context *w)
{
	for (uint32_t row = 0; w->roles.per_user && row < w->target->users.count; row++)
		w->roles.held[target_role(w, row)]++;
}
