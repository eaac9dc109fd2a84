/* SPDX-License-Identifier: Apache-2.0 */
/* What a PATCH does to `members`: noted as changes to the memberships, which are no part of the
 * resource's text. */
#include "wire/scim/internal.h"

/* A member that is only given by its address has the id at the end of it. */
static int members_settle(struct patch_work *w, json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *member = json_array_get(list, i);
		str address = str_of(json_string_value(json_object_get(member, "$ref")));
		ptrdiff_t slash = str_find_last(address, '/');
		str id = str_of(json_string_value(json_object_get(member, "value")));

		if (id.n == 0 && slash >= 0)
			json_object_set_new(member, "value",
					    json_string_nocheck(address.p + slash + 1));
		else if (id.n == 0)
			return scim_fail(w->error, 400, "invalidValue",
					 "a member needs `value`, the id of a user or group");
	}
	return 0;
}

static void patch_members_change(struct patch_work *w, enum scim_members_verb verb, json_t *list,
				 const struct filter_node *filter)
{
	*list_add(&w->patch->members) = (struct scim_members_change){verb, list, filter};
}

static int patch_members_display(struct patch_work *w, const struct scim_patch_path *t,
				 enum patch_verb verb, const json_t *value)
{
	if (!t->sub || !str_equal(t->sub->name, STR("display")))
		return scim_patch_path_fail(
			t, w->error, "of a member cannot be changed; remove it and add another");
	if (verb != VERB_REMOVE && !json_is_string(value))
		return scim_fail(w->error, 400, "invalidValue", "members.display must be a text");
	patch_members_change(w, SCIM_MEMBERS_DISPLAY,
			     json_pack("[s]", verb == VERB_REMOVE ? "" : json_string_value(value)),
			     t->filter);
	return 0;
}

static int members_filtered(struct patch_work *w, const struct scim_patch_path *t,
			    enum patch_verb verb, const json_t *value)
{
	json_t *element;

	if (t->sub)
		return patch_members_display(w, t, verb, value);
	if (verb == VERB_REMOVE) {
		patch_members_change(w, SCIM_MEMBERS_REMOVE_WHERE, NULL, t->filter);
		return 0;
	}
	element = scim_element_from_filter(t->attribute, t->filter);
	if (verb == VERB_REPLACE || !element ||
	    !scim_lenient(w->dialect, LENIENCY_FILTER_CREATES)) {
		json_decref(element);
		return scim_patch_path_fail(t, w->error,
					    "with a filter cannot be replaced; remove and add");
	}
	patch_members_change(w, SCIM_MEMBERS_ADD, json_pack("[o]", element), NULL);
	return members_settle(w, w->patch->members.items[w->patch->members.count - 1].list);
}

int patch_members_apply(struct patch_work *w, const struct scim_patch_path *t, enum patch_verb verb,
			const json_t *value)
{
	json_t *list = NULL;
	bool given = value && !json_is_null(value);

	if (t->filter)
		return members_filtered(w, t, verb, value);
	if (t->sub)
		return scim_patch_path_fail(t, w->error, "of a member cannot be changed");
	if (verb != VERB_REMOVE && !given)
		return scim_lenient(w->dialect, LENIENCY_NULL)
			       ? 0
			       : scim_fail(w->error, 400, "invalidValue", "members needs a list");
	if (given && scim_value_read(t->attribute, value, w->dialect, &list, w->error) < 0)
		return -1;
	if (!list)
		list = json_array();
	if (members_settle(w, list) < 0) {
		json_decref(list);
		return -1;
	}
	if (verb == VERB_ADD)
		patch_members_change(w, SCIM_MEMBERS_ADD, list, NULL);
	else if (verb == VERB_REPLACE || !given || !scim_lenient(w->dialect, LENIENCY_VALUE_LIST))
		patch_members_change(w, SCIM_MEMBERS_REPLACE, list, NULL);
	else
		patch_members_change(w, SCIM_MEMBERS_REMOVE, list, NULL);
	if (verb == VERB_REMOVE && given && w->dialect->strict)
		return scim_fail(w->error, 400, "invalidSyntax",
				 "remove takes a filter in the path, not a value");
	return 0;
}
