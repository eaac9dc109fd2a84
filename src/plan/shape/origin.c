/* SPDX-License-Identifier: Apache-2.0 */
/* Where someone comes from, for reading: the group that puts him in scope, else the folder of the
 * directory. */
#include "plan/internal.h"
#include "plan/shape/shape.h"

/* The first part of a DN: "cn=staff" of "cn=staff,ou=groups,dc=example". */
static size_t rdn_size(str dn)
{
	size_t i = 0;

	while (i < dn.n && dn.p[i] != ',')
		i += dn.p[i] == '\\' ? 2 : 1;
	return i < dn.n ? i : dn.n;
}

static str group_words(struct plan_context *w, uint32_t group)
{
	str dn = snapshot_value(w->source, &w->source->groups.items[group], STR(FIELD_DN));

	if (dn.n)
		return str_slice(dn, 0, rdn_size(dn));
	return source_label(w, ENTRY_GROUP, group);
}

/* The group without whose like the person would not match: tried one at a time. */
static bool find_group_of_scope(const struct plan_context *w, const struct person *p, uint32_t *ret)
{
	size_t plain = p->fields.count - 2 * p->groups.count;
	field_list fields = {0};
	bool found = false;

	for (size_t i = 0; i < plain; i++)
		list_push(&fields, p->fields.items[i]);
	for (size_t i = 0; i < p->groups.count && !found; i++) {
		struct flat_view view;

		fields.count = plain;
		list_push(&fields, p->fields.items[plain + 2 * i]);
		list_push(&fields, p->fields.items[plain + 2 * i + 1]);
		view = flat_view_of(fields.items, fields.count, NULL, 0);
		*ret = p->groups.items[i];
		found = filter_match(w->policy->users_where, &view.view);
	}
	list_clear(&fields);
	return found;
}

str person_origin(struct plan_context *w, const struct person *p)
{
	const struct entry *e = &w->source->users.items[p->row];
	str dn = snapshot_value(w->source, e, STR(FIELD_DN));
	uint32_t group;

	if (filter_asks_groups(w->policy->users_where) && find_group_of_scope(w, p, &group))
		return plan_copy(w, group_words(w, group));
	if (!dn.n)
		return (str){"", 0};
	dn = str_slice(dn, rdn_size(dn) + 1, dn.n);
	return plan_copy(w, str_slice(dn, 0, rdn_size(dn)));
}
