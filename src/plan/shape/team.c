/* SPDX-License-Identifier: Apache-2.0 */
/* Source groups become desired teams: which ones, under which names, and further ones for roles. */
#include "base/unicode.h"
#include "plan/internal.h"
#include "plan/shape/internal.h"
#include "plan/shape/shape.h"

/* The first rule that names the group; false when there are rules and none does. */
static bool find_team_rule(const struct plan_context *w, const field_list *group,
			   const struct team_rule **ret)
{
	struct flat_view view = flat_view_of(group->items, group->count, NULL, 0);

	*ret = NULL;
	list_each (struct team_rule, rule, &w->policy->teams) {
		if (rule->where && !filter_match(rule->where, &view.view))
			continue;
		*ret = rule;
		return true;
	}
	return w->policy->teams.count == 0;
}

static int team_name_build(struct plan_context *w, const struct team_rule *rule,
			   const field_list *group, str *ret, struct err *err)
{
	struct field_source source = field_source_of(group->items, group->count);
	struct buf b = {0};

	*ret = fields_value(group, STR(PATH_DISPLAYNAME));
	if (rule && rule->name) {
		template_build(rule->name, &source.source, &b, NULL);
		*ret = buf_str(&b);
	}
	*ret = plan_copy(w, *ret);
	buf_clear(&b);
	if (ret->n)
		return 0;
	return rule && rule->name ? err_set(err, REACH_ENTRY, CODE_DATA,
					    "it has nothing for the name, which is to be \"%.*s\"",
					    STR_ARG(rule->name->text))
				  : err_set(err, REACH_ENTRY, CODE_DATA, "it has no displayName");
}

static struct team *team_add(struct plan_context *w, uint32_t source, str name, str source_id)
{
	struct team *team = list_add(&w->teams);

	*team = (struct team){
		.name = name,
		.source_id = source_id,
		.source = source,
		.target = ROW_NONE,
		.link = ROW_NONE,
		.object = ROW_NONE,
	};
	return team;
}

static bool is_listed(const void *rows, size_t count, uint32_t row)
{
	const uint32_t *items = rows;

	for (size_t i = 0; i < count; i++)
		if (items[i] == row)
			return true;
	return false;
}

static str role_team_name(struct plan_context *w, str team, str role)
{
	str pattern = w->abilities->role_group.n ? w->abilities->role_group : STR("{team}-{role}");
	struct buf b = {0};
	str name;

	while (pattern.n) {
		if (str_starts(pattern, STR("{team}")) || str_starts(pattern, STR("{role}"))) {
			buf_put(&b, pattern.p[1] == 't' ? team : role);
			pattern = str_slice(pattern, 6, pattern.n);
			continue;
		}
		buf_char(&b, pattern.p[0]);
		pattern = str_slice(pattern, 1, pattern.n);
	}
	name = plan_copy(w, buf_str(&b));
	buf_clear(&b);
	return name;
}

/* Where a role is a further group, each team has one more for each role above the default. */
static void team_add_roles(struct plan_context *w, size_t index)
{
	uint8_t usual = role_put(w, w->policy->role_default);

	for (uint32_t number = 1; number < w->roles.numbers.count; number++) {
		uint8_t role = (uint8_t)number;
		struct team of = w->teams.items[index], *team;

		if (role == usual || !w->roles.said[role])
			continue;
		team = team_add(w, of.source, role_team_name(w, of.name, role_text(w, role)),
				plan_text(w, "%.*s#%.*s", STR_ARG(of.source_id),
					  STR_ARG(role_text(w, role))));
		team->rule = of.rule;
		team->cut = of.cut;
		team->role = role;
	}
}

/* The roles of which rules and memberships speak. */
static void roles_said(struct plan_context *w)
{
	list_each (struct role_rule, rule, &w->policy->roles)
		w->roles.said[role_put(w, rule->role)] = true;
	for (uint32_t i = 1; i < w->source->roles.count; i++)
		w->roles.said[w->roles.of_source[i]] = true;
}

static void shape_team(struct plan_context *w, uint32_t row, const field_list *group)
{
	const struct team_rule *rule;
	struct team *team;
	struct err err;
	char space[37];
	str name;

	if (!find_team_rule(w, group, &rule))
		return;
	if (team_name_build(w, rule, group, &name, &err) < 0) {
		notice_add(w, NOTICE_SKIPPED, source_label(w, ENTRY_GROUP, row), "team: %s",
			   err.text);
		name = (str){"", 0};
	}
	team = team_add(w, row, name,
			plan_copy(w, snapshot_id(w->source, &w->source->groups.items[row], space)));
	team->rule = rule;
	team->frozen = name.n == 0;
	team->cut = is_listed(w->source->cut_groups.items, w->source->cut_groups.count, row);
	if (w->roles.are_spoken && w->abilities->role_style == ROLE_GROUP && !team->frozen)
		team_add_roles(w, w->teams.count - 1);
}

static void freeze_same_name(struct plan_context *w, struct team *a, struct team *b)
{
	struct team *pair[] = {a, b};

	for (int i = 0; i < 2; i++) {
		if (pair[i]->frozen)
			continue;
		pair[i]->frozen = true;
		notice_add(w, NOTICE_CONFLICT, source_label(w, ENTRY_GROUP, pair[i]->source),
			   "it maps to the team %.*s, and so does %.*s", STR_ARG(pair[i]->name),
			   STR_ARG(source_place(w, ENTRY_GROUP, pair[1 - i]->source)));
	}
}

/* Two groups that map to one name, compared as most services do, without case: neither is touched.
 */
static void freeze_same_names(struct plan_context *w)
{
	struct intern names = {0};
	uint32_t *first = mem_alloc(w->teams.count, sizeof *first);
	struct buf folded = {0};

	for (uint32_t i = 0; i < w->teams.count; i++) {
		struct team *team = &w->teams.items[i];
		uint32_t number;

		if (team->name.n == 0)
			continue;
		buf_reset(&folded);
		text_lower(team->name, &folded);
		number = intern_put(&names, buf_str(&folded));
		if (number + 1 == names.count && first[number] == 0)
			first[number] = i + 1;
		else
			freeze_same_name(w, &w->teams.items[first[number] - 1], team);
	}
	buf_clear(&folded);
	intern_clear(&names);
	free(first);
}

void shape_teams(struct plan_context *w)
{
	field_list group = {0};

	roles_from_memberships(w);
	roles_count_wanted(w);
	if (!w->teams_wanted)
		return;
	roles_said(w);
	for (uint32_t row = 0; row < w->source->groups.count; row++) {
		fields_read(w->source, &w->source->groups.items[row], &group);
		shape_team(w, row, &group);
	}
	list_clear(&group);
	freeze_same_names(w);
}
