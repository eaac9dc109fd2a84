/* SPDX-License-Identifier: Apache-2.0 */
/* Roles: the house's names, what the service calls them, and ids through a catalogue. */
#include "connect/team/call/call.h"
#include "connect/team/internal.h"
#include "connect/team/read/read.h"

static str catalogue_name(const struct team_connection *c, str id)
{
	list_each (const struct catalogue_role, role, &c->catalogue)
		if (str_equal(role->id, id))
			return role->name;
	return (str){NULL, 0};
}

static str catalogue_id(const struct team_connection *c, str name)
{
	list_each (const struct catalogue_role, role, &c->catalogue)
		if (str_equal(role->name, name))
			return role->id;
	return STR("");
}

static int read_catalogue_page(void *context, const struct list_call *l, const json_t *answer,
			       bool first, size_t *ret_count, struct err *err)
{
	struct team_connection *c = context;
	const struct entry_set *set = &l->sets.items[0];
	json_list items = {0};

	(void)first;
	if (entry_set_items(c, set, answer, &items, err) < 0)
		return -1;
	*ret_count = items.count;
	list_each (const json_t *, item, &items) {
		const json_t *id = json_path_first(set->id, *item, &c->parameters);
		const json_t *name = json_path_first(set->name, *item, &c->parameters);
		struct catalogue_role role;

		if (json_to_text(id, &c->arena, &role.id) && role.id.n &&
		    json_to_text(name, &c->arena, &role.name))
			list_push(&c->catalogue, role);
	}
	list_clear(&items);
	return 0;
}

int catalogue_read(struct team_connection *c, struct err *err)
{
	struct page_sink sink = {read_catalogue_page, c};

	if (c->catalogue_read || !c->profile->has_catalogue)
		return 0;
	c->catalogue.count = 0;
	if (list_walk(c, &c->profile->catalogue, &sink, err) < 0)
		return err_wrap(err, "roles");
	c->catalogue_read = true;
	return 0;
}

bool role_from_service(const struct team_connection *c, str value, bool invitations,
		       struct arena *arena, str *ret)
{
	str said = value;

	if (c->profile->has_catalogue) {
		said = catalogue_name(c, value);
		if (!said.p)
			return false;
	}
	list_each (const struct role, role, &c->profile->roles)
		if (str_equal(said, invitations ? role->invite_value : role->value)) {
			*ret = role->name;
			return true;
		}
	if (c->profile->roles.count)
		return false;
	*ret = arena_str(arena, said);
	return true;
}

str role_to_service(const struct team_connection *c, str name, bool invitations)
{
	str said = name;

	list_each (const struct role, role, &c->profile->roles)
		if (str_equal(role->name, name))
			said = invitations ? role->invite_value : role->value;
	return c->profile->has_catalogue ? catalogue_id(c, said) : said;
}

str role_lowest(const struct team_connection *c)
{
	const struct role *min = NULL;

	list_each (const struct role, role, &c->profile->roles) {
		if (role->invite && role->is_default)
			return role->name;
		if (role->invite && (!min || role->rank < min->rank))
			min = role;
	}
	return min ? min->name : STR("");
}

/* A role that the catalogue does not have cannot be given. */
static bool is_role_there(const struct team_connection *c, str value)
{
	return !c->profile->has_catalogue || catalogue_id(c, value).n;
}

void roles_put(const struct team_connection *c, struct arena *arena, struct abilities *ret)
{
	list_each (const struct role, role, &c->profile->roles) {
		bool there = is_role_there(c, role->value);

		list_push(&ret->roles, ((struct role_kind){
					       .name = arena_str(arena, role->name),
					       .missing = arena_str(arena, role->missing),
					       .rank = role->rank,
					       .admin = role->admin,
					       .assignable = role->give && there,
					       .invitable = role->invite && there,
					       .is_default = role->is_default,
					       .is_protected = role->is_protected,
					       .max_holders = role->max,
					       .min_holders = role->min,
				       }));
	}
}

int32_t role_rank_of(const struct team_connection *c, str name)
{
	list_each (const struct role, role, &c->profile->roles)
		if (str_equal(role->name, name))
			return role->rank;
	return str_equal_nocase(name, STR("owner")) || str_equal_nocase(name, STR("admin"));
}
