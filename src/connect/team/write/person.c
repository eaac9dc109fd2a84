/* SPDX-License-Identifier: Apache-2.0 */
/* What calls about a person are rendered with: their address, names, ids and roles. */
#include "connect/team/write/internal.h"

static str object_field(const struct object *o, const char *path)
{
	for (size_t i = 0; i < o->field_count; i++)
		if (str_equal(o->fields[i].name, str_of(path)))
			return o->fields[i].value;
	return STR("");
}

static void put_known(struct values *v, const char *name, str text)
{
	if (text.n)
		values_put(v, str_of(name), text);
}

static void put_person_roles(const struct team_apply *a, const struct change *change,
			     enum team_op op, const struct entry_record *last, struct values *v)
{
	bool invite = op_traits[op].invite_words;
	str role = change->role.n ? change->role : last ? last->role : STR("");
	str old = change->old_role.n ? change->old_role : last ? last->role : STR("");

	/* Where nobody speaks of roles, an invitation gives as little as it can. */
	if (!role.n && op == OP_INVITE)
		role = role_lowest(a->c);
	if (role.n)
		put_known(v, "role", role_to_service(a->c, role, invite));
	if (old.n)
		put_known(v, "old_role", role_to_service(a->c, old, invite));
}

void person_values(const struct team_apply *a, const struct change *change, enum team_op op,
		   struct values *v)
{
	const struct object *o = &a->plan->objects.items[change->user];
	bool invited = change->invitation.n;
	const struct entry_record *last =
		op == OP_INVITE ? NULL
				: last_read_find(a->c, invited ? RECORD_INVITATION : RECORD_MEMBER,
						 invited ? change->invitation : o->target_id);
	str email = o->address.n && !last ? o->address : STR("");

	v->outer = last ? &last->values : &a->c->parameters;
	put_known(v, "email", email);
	if (!last) {
		put_known(v, "id", invited ? change->invitation : o->target_id);
		put_known(v, "given", object_field(o, "name.givenName"));
		put_known(v, "family", object_field(o, "name.familyName"));
	}
	if (!values_find(v, STR("name")))
		put_known(v, "name", o->name.n ? o->name : values_text(v, "email"));
	put_known(v, "invitation", change->invitation);
	put_person_roles(a, change, op, last, v);
}
