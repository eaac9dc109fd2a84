/* SPDX-License-Identifier: Apache-2.0 */
/* A roster in YAML: SCIM attributes as a person writes them, flattened into fields; every fault
 * with its place. */
#include "connect/file/roster.h"

static void yaml_put_value(struct roster *r, str path, const struct yaml_node *node);

static str sub_path(struct roster *r, str path, str sub)
{
	/* Below a schema's URN the attribute follows a colon (RFC 7644 3.10). */
	bool schema = str_starts_nocase(path, STR("urn:")) && str_ends(path, STR("User"));

	return arena_printf(&r->arena, "%.*s%s%.*s", STR_ARG(path), schema ? ":" : ".",
			    STR_ARG(sub));
}

static str element_path(struct roster *r, str path, const struct yaml_node *element)
{
	const struct yaml_node *type = yaml_find(element, "type");

	if (!type || type->kind != YAML_TEXT || str_find(type->text, '"') >= 0)
		return path;
	return arena_printf(&r->arena, "%.*s[type eq \"%.*s\"]", STR_ARG(path),
			    STR_ARG(type->text));
}

/* One value of a multi-valued attribute: {value: ..., type: work, primary: true}, or the value
 * alone. */
static void yaml_put_element(struct roster *r, str path, const struct yaml_node *element)
{
	if (element->kind != YAML_MAP) {
		yaml_put_value(r, path, element);
		return;
	}
	path = element_path(r, path, element);
	for (size_t i = 0; i < element->count; i++)
		if (!str_equal(element->keys[i].text, STR("type")))
			yaml_put_value(r, sub_path(r, path, element->keys[i].text),
				       &element->items[i]);
}

static void yaml_put_value(struct roster *r, str path, const struct yaml_node *node)
{
	str canonical;

	if (yaml_is_null(node) || node->kind == YAML_BAD)
		return;
	switch (node->kind) {
	case YAML_LIST:
		for (size_t i = 0; i < node->count; i++)
			yaml_put_element(r, path, &node->items[i]);
		break;
	case YAML_MAP:
		for (size_t i = 0; i < node->count; i++)
			yaml_put_value(r, sub_path(r, path, node->keys[i].text), &node->items[i]);
		break;
	case YAML_TEXT:
	case YAML_BAD:
		if (roster_attribute(r, path, node->pos, &canonical))
			snapshot_field(r->into, canonical, node->text);
		break;
	}
}

/* The text of a key that must hold one; "" when it is absent or wrong (a fault). */
static str yaml_member_text(struct roster *r, const struct yaml_node *map, const char *name,
			    bool required)
{
	const struct yaml_node *node = yaml_find(map, name);

	if (node && !yaml_is_null(node) && node->kind == YAML_TEXT && node->text.n)
		return node->text;
	if (node && !yaml_is_null(node) && node->kind != YAML_BAD)
		diag_add(&r->diags, node->pos, "expected text for '%s', met %s", name,
			 yaml_kind_text(node));
	else if (required)
		diag_add(&r->diags, map->pos, "'%s' is missing", name);
	return STR("");
}

static bool yaml_read_active(struct roster *r, const struct yaml_node *user)
{
	const struct yaml_node *node = yaml_find(user, "active");
	bool active = true;

	if (node && !yaml_is_null(node) && !yaml_to_bool(node, &active))
		diag_add(&r->diags, node->pos, "expected true or false for 'active', met %s",
			 yaml_kind_text(node));
	return active;
}

static bool is_own_key(str key)
{
	return str_equal(key, STR("id")) || str_equal(key, STR("active")) ||
	       str_equal(key, STR("members"));
}

static void yaml_put_attributes(struct roster *r, const struct yaml_node *map)
{
	for (size_t i = 0; i < map->count; i++)
		if (!is_own_key(map->keys[i].text))
			yaml_put_value(r, map->keys[i].text, &map->items[i]);
}

static void read_user(struct roster *r, const struct yaml_node *user)
{
	uint32_t row;
	str name;

	if (user->kind != YAML_MAP) {
		if (user->kind != YAML_BAD)
			diag_add(&r->diags, user->pos,
				 "expected a user with at least userName, met %s",
				 yaml_kind_text(user));
		return;
	}
	name = yaml_member_text(r, user, PATH_USERNAME, true);
	if (name.n == 0 || !roster_claim(r, ENTRY_USER, name, user->pos))
		return;
	snapshot_begin(r->into);
	yaml_put_attributes(r, user);
	roster_end(r, ENTRY_USER, yaml_member_text(r, user, "id", false), name,
		   yaml_read_active(r, user), user->pos, &row);
}

/* A member: a userName, a team's displayName, {user: ..., role: ...} or {team: ...}. */
static void yaml_read_member(struct roster *r, uint32_t team, const struct yaml_node *member)
{
	enum entry_kind kind;
	str name, role = STR("");

	if (member->kind == YAML_BAD)
		return;
	if (member->kind == YAML_TEXT && member->text.n) {
		name = member->text;
	} else if (member->kind == YAML_MAP) {
		bool nested = yaml_find(member, "team") != NULL;

		for (size_t i = 0; i < member->count; i++)
			if (!str_equal(member->keys[i].text, STR("user")) &&
			    !str_equal(member->keys[i].text, STR("team")) &&
			    !str_equal(member->keys[i].text, STR("role")))
				diag_add(&r->diags, member->keys[i].pos,
					 "unknown key '%.*s'; a member has user or team, and role",
					 STR_ARG(member->keys[i].text));
		name = yaml_member_text(r, member, nested ? "team" : "user", true);
		role = yaml_member_text(r, member, "role", false);
	} else {
		diag_add(&r->diags, member->pos,
			 "expected a user's name or {user: ..., role: ...}, met %s",
			 yaml_kind_text(member));
		return;
	}
	if (name.n && roster_member(r, name, member->pos, &kind))
		snapshot_member(r->into, team, roster_key(r, kind, name), role);
}

/* A team is an entry first and members later, so that teams may name teams that come behind them.
 */
static void read_team(struct roster *r, const struct yaml_node *team, uint32_t *ret_row)
{
	str name;

	*ret_row = ROW_NONE;
	if (team->kind != YAML_MAP) {
		if (team->kind != YAML_BAD)
			diag_add(&r->diags, team->pos,
				 "expected a team with displayName and members, met %s",
				 yaml_kind_text(team));
		return;
	}
	name = yaml_member_text(r, team, PATH_DISPLAYNAME, true);
	if (name.n == 0 || !roster_claim(r, ENTRY_GROUP, name, team->pos))
		return;
	snapshot_begin(r->into);
	yaml_put_attributes(r, team);
	if (!roster_end(r, ENTRY_GROUP, yaml_member_text(r, team, "id", false), name, true,
			team->pos, ret_row))
		*ret_row = ROW_NONE;
}

static void read_members(struct roster *r, const struct yaml_node *team, uint32_t row)
{
	const struct yaml_node *members = row == ROW_NONE ? NULL : yaml_find(team, "members");

	if (!members || yaml_is_null(members) || members->kind == YAML_BAD)
		return;
	if (members->kind != YAML_LIST) {
		diag_add(&r->diags, members->pos, "expected a list of members, met %s",
			 yaml_kind_text(members));
		return;
	}
	for (size_t i = 0; i < members->count; i++)
		yaml_read_member(r, row, &members->items[i]);
}

/* The list of a key at the top; NULL when it is absent, empty or wrong. */
static const struct yaml_node *list_of(struct roster *r, const struct yaml_node *root,
				       const char *name)
{
	const struct yaml_node *list = yaml_find(root, name);

	if (!list || yaml_is_null(list) || list->kind == YAML_BAD)
		return NULL;
	if (list->kind == YAML_LIST)
		return list;
	diag_add(&r->diags, list->pos, "expected a list for '%s', met %s", name,
		 yaml_kind_text(list));
	return NULL;
}

static void check_top(struct roster *r, const struct yaml_node *root)
{
	static const char *const words[] = {"users", "teams", NULL};

	for (size_t i = 0; i < root->count; i++) {
		str key = root->keys[i].text;
		str near = word_near(key, words);

		if (str_equal(key, STR("users")) || str_equal(key, STR("teams")))
			continue;
		diag_add(&r->diags, root->keys[i].pos, "unknown key '%.*s'%s%.*s%s", STR_ARG(key),
			 near.n ? "; did you mean '" : "; a roster has users and teams",
			 STR_ARG(near), near.n ? "'?" : "");
	}
}

void roster_read_yaml(struct roster *r, str text)
{
	const struct yaml_node *root = yaml_parse(&r->arena, r->path, text, &r->diags), *list;
	uint32_t *rows;

	if (!root)
		return;
	if (root->kind != YAML_MAP) {
		diag_add(&r->diags, root->pos, "expected users: and teams:, met %s",
			 yaml_kind_text(root));
		return;
	}
	check_top(r, root);
	list = list_of(r, root, "users");
	for (size_t i = 0; list && i < list->count; i++)
		read_user(r, &list->items[i]);
	list = list_of(r, root, "teams");
	if (!list)
		return;
	rows = arena_array(&r->arena, uint32_t, list->count + 1);
	for (size_t i = 0; i < list->count; i++)
		read_team(r, &list->items[i], &rows[i]);
	for (size_t i = 0; i < list->count; i++)
		read_members(r, &list->items[i], rows[i]);
}
