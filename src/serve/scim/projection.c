/* SPDX-License-Identifier: Apache-2.0 */
/* `attributes` and `excludedAttributes`: which parts of a resource an answer has (RFC 7644 3.9). */
#include "serve/scim/internal.h"

enum { ITEMS_MAX = 200 };

static int projection_item_read(struct scim_request *x, str text, struct projection_item *ret)
{
	struct parse_rules rules = {.lenient = !x->dialect.strict, .any_attribute = true};
	struct path path;
	struct err err;

	if (path_parse(text, &rules, x->request.arena, &path, &err) < 0)
		return scim_fail(&x->error, 400, "invalidPath", "attributes: %s", err.text);
	*ret = (struct projection_item){path.urn, path.name, path.sub};
	return 0;
}

static bool item_is(const struct projection_item *item, str name)
{
	return item->urn.n == 0 && str_equal_nocase(item->name, name);
}

static bool items_have(const struct projection *p, str name)
{
	for (size_t i = 0; i < p->count; i++)
		if (item_is(&p->items[i], name))
			return true;
	return false;
}

/* Is nothing named but members and groups as a whole, which are never part of the stored text? */
static bool items_apart(const struct projection *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->items[i].sub.n > 0 || (!item_is(&p->items[i], STR("members")) &&
					      !item_is(&p->items[i], STR("groups"))))
			return false;
	return true;
}

int projection_read(struct scim_request *x, str attributes, str excluded)
{
	struct projection *p = &x->projection;
	struct projection_item *items;
	str list, part;

	*p = (struct projection){.members = true, .groups = true, .plain = true};
	if (attributes.n == 0 && excluded.n == 0)
		return 0;
	if (attributes.n > 0 && excluded.n > 0)
		return scim_fail(&x->error, 400, "invalidValue",
				 "attributes and excludedAttributes exclude each other");
	p->given = true;
	p->excluding = excluded.n > 0;
	items = arena_array(x->request.arena, struct projection_item, ITEMS_MAX);
	list = p->excluding ? excluded : attributes;
	while (path_split(&list, &part)) {
		if (part.n == 0)
			continue;
		if (p->count == ITEMS_MAX)
			return scim_fail(&x->error, 400, "invalidValue",
					 "more than %d attributes are named", ITEMS_MAX);
		if (projection_item_read(x, part, &items[p->count]) < 0)
			return -1;
		p->count++;
	}
	p->items = items;
	p->members = items_have(p, STR("members")) != p->excluding;
	p->groups = items_have(p, STR("groups")) != p->excluding;
	p->plain = p->excluding && items_apart(p);
	if (p->excluding && !p->plain)
		p->members = p->groups = true;
	return 0;
}

/* One sub-attribute of an object, or of each object of a list. */
static json_t *sub_pick(const json_t *value, str sub)
{
	json_t *picked;
	const char *key;

	if (json_is_object(value)) {
		key = document_key_nocase(value, sub);
		picked = json_object();
		if (key)
			json_object_set(picked, key, json_object_get(value, key));
		return picked;
	}
	picked = json_array();
	for (size_t i = 0; i < json_array_size(value); i++)
		json_array_append_new(picked, sub_pick(json_array_get(value, i), sub));
	return picked;
}

static void sub_drop(json_t *value, str sub)
{
	const char *key = json_is_object(value) ? document_key_nocase(value, sub) : NULL;

	if (key)
		json_object_del(value, key);
	for (size_t i = 0; i < json_array_size(value); i++)
		sub_drop(json_array_get(value, i), sub);
}

static void item_include(const struct projection_item *item, const json_t *from, json_t *into)
{
	const char *key = document_key_nocase(from, item->name);
	json_t *value = key ? json_object_get(from, key) : NULL, *picked, *have;

	if (!value)
		return;
	if (item->sub.n == 0) {
		json_object_set(into, key, value);
		return;
	}
	picked = sub_pick(value, item->sub);
	have = json_object_get(into, key);
	if (json_is_object(have))
		json_object_update(have, picked);
	else if (json_is_array(have))
		for (size_t i = 0; i < json_array_size(have); i++)
			json_object_update(json_array_get(have, i), json_array_get(picked, i));
	else
		json_object_set(into, key, picked);
	json_decref(picked);
}

static void apply_including(const struct projection *p, json_t *document)
{
	json_t *kept = json_object();

	json_object_set(kept, "schemas", json_object_get(document, "schemas"));
	json_object_set(kept, "id", json_object_get(document, "id"));
	for (size_t i = 0; i < p->count; i++) {
		const struct projection_item *item = &p->items[i];
		const char *urn = item->urn.n > 0 ? document_key_nocase(document, item->urn) : NULL;
		json_t *part;

		if (item->urn.n == 0) {
			item_include(item, document, kept);
		} else if (urn && item->name.n == 0) {
			json_object_set(kept, urn, json_object_get(document, urn));
		} else if (urn) {
			part = json_object_get(kept, urn);
			if (!part) {
				part = json_object();
				json_object_set_new(kept, urn, part);
			}
			item_include(item, json_object_get(document, urn), part);
			if (json_object_size(part) == 0)
				json_object_del(kept, urn);
		}
	}
	json_object_clear(document);
	json_object_update(document, kept);
	json_decref(kept);
}

static void item_exclude(const struct projection_item *item, json_t *from)
{
	const char *key = document_key_nocase(from, item->name);

	if (!key)
		return;
	if (item->sub.n == 0)
		json_object_del(from, key);
	else
		sub_drop(json_object_get(from, key), item->sub);
}

void projection_apply(const struct projection *p, json_t *document)
{
	if (!p->given)
		return;
	if (!p->excluding) {
		apply_including(p, document);
		return;
	}
	for (size_t i = 0; i < p->count; i++) {
		const struct projection_item *item = &p->items[i];
		const char *urn = item->urn.n > 0 ? document_key_nocase(document, item->urn) : NULL;

		/* what is returned always cannot be left out */
		if (item->urn.n == 0 && !item_is(item, STR("id")) && !item_is(item, STR("schemas")))
			item_exclude(item, document);
		else if (urn && item->name.n == 0)
			json_object_del(document, urn);
		else if (urn)
			item_exclude(item, json_object_get(document, urn));
	}
}
