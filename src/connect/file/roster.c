/* SPDX-License-Identifier: Apache-2.0 */
/* What a roster says, whichever way it is written: names that must be there once, members that must
 * be somebody, entries that go into the snapshot. */
#include "connect/file/roster.h"

#include "expr/path.h"

bool roster_attribute(struct roster *r, str name, struct source_pos pos, str *ret)
{
	struct err err;

	if (path_canonical(name, NULL, &r->arena, ret, &err) == 0)
		return true;
	diag_add(&r->diags, pos, "%s", err.text);
	return false;
}

str roster_key(struct roster *r, enum entry_kind kind, str name)
{
	char *key = arena_alloc(&r->arena, name.n + 1);

	key[0] = kind == ENTRY_USER ? 'u' : 't';
	for (size_t i = 0; i < name.n; i++)
		key[i + 1] = kind == ENTRY_USER ? ascii_lower(name.p[i]) : name.p[i];
	return str_make(key, name.n + 1);
}

bool roster_claim(struct roster *r, enum entry_kind kind, str name, struct source_pos pos)
{
	struct intern *names = kind == ENTRY_USER ? &r->users : &r->teams;
	str key = roster_key(r, kind, name);

	if (intern_find(names, key) != INTERN_NONE) {
		diag_add(&r->diags, pos, "%s '%.*s' is there twice",
			 kind == ENTRY_USER ? "user" : "team", STR_ARG(name));
		return false;
	}
	intern_put(names, key);
	return true;
}

bool roster_member(struct roster *r, str name, struct source_pos pos, enum entry_kind *ret)
{
	if (intern_find(&r->users, roster_key(r, ENTRY_USER, name)) != INTERN_NONE)
		*ret = ENTRY_USER;
	else if (intern_find(&r->teams, roster_key(r, ENTRY_GROUP, name)) != INTERN_NONE)
		*ret = ENTRY_GROUP;
	else {
		diag_add(&r->diags, pos,
			 "'%.*s' is neither the userName of a user nor the displayName of a team "
			 "here",
			 STR_ARG(name));
		return false;
	}
	return true;
}

bool roster_end(struct roster *r, enum entry_kind kind, str id, str name, bool active,
		struct source_pos pos, uint32_t *ret_row)
{
	struct err err;
	str key = roster_key(r, kind, name);

	/* Without an id of its own, an entry is known by its name; a team's says so, to keep the
	 * two apart. */
	if (id.n == 0)
		id = kind == ENTRY_USER ? str_slice(key, 1, key.n)
					: arena_printf(&r->arena, "team:%.*s", STR_ARG(name));
	if (kind == ENTRY_USER)
		snapshot_field(r->into, STR(PATH_ACTIVE), active ? STR("true") : STR("false"));
	if (snapshot_end(r->into, kind, id, active ? 0 : ENTRY_INACTIVE, ret_row, &err) < 0) {
		diag_add(&r->diags, pos, "%s '%.*s': %s", kind == ENTRY_USER ? "user" : "team",
			 STR_ARG(name), err.text);
		return false;
	}
	snapshot_key(r->into, kind, *ret_row, key);
	return true;
}

void roster_clear(struct roster *r)
{
	diag_clear(&r->diags);
	intern_clear(&r->users);
	intern_clear(&r->teams);
	arena_clear(&r->arena);
}
