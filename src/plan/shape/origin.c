/* SPDX-License-Identifier: Apache-2.0 */
/* Where someone comes from, for reading: the group that puts him in scope, else the folder of the
 * directory. */
#include "plan/internal.h"

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
static bool find_group(struct plan_context *w, uint32_t *ret)
{
	size_t plain = w->raw.count - 2 * w->groups.found.count;

	for (size_t i = 0; i < w->groups.found.count; i++) {
		struct flat_view view;

		w->raw.items[plain] = w->raw.items[plain + 2 * i];
		w->raw.items[plain + 1] = w->raw.items[plain + 2 * i + 1];
		view = flat_view_of(w->raw.items, plain + 2, NULL, 0);
		*ret = w->groups.found.items[i];
		if (filter_match(w->policy->users_where, &view.view))
			return true;
	}
	return false;
}

str user_origin(struct plan_context *w, uint32_t row)
{
	const struct entry *e = &w->source->users.items[row];
	str dn = snapshot_value(w->source, e, STR(FIELD_DN));
	uint32_t group;

	source_read(w, row);
	if (filter_asks_groups(w->policy->users_where) && find_group(w, &group))
		return plan_text(w, "%.*s", STR_ARG(group_words(w, group)));
	if (!dn.n)
		return (str){"", 0};
	dn = str_slice(dn, rdn_size(dn) + 1, dn.n);
	return plan_text(w, "%.*s", STR_ARG(str_slice(dn, 0, rdn_size(dn))));
}
