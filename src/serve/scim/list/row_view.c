/* SPDX-License-Identifier: Apache-2.0 */
/* Stored resources as filters see them: columns where they say it all, the parsed text for the
 * rest. */
#include <stdio.h>

#include "base/clock.h"
#include "serve/scim/internal.h"
#include "serve/scim/list/internal.h"

static void document_need(struct row_view *v)
{
	if (!v->document)
		v->document = inbox_document(v->r);
}

static void lists_need(struct row_view *v)
{
	struct buf text = {0};
	json_t *list;

	document_need(v);
	if (v->listed)
		return;
	v->listed = true;
	if (v->r->kind == INBOX_USER)
		render_groups(v->x, v->inbox, v->r->row, &text);
	else
		render_members(v->x, v->inbox, v->r->row, &text);
	list = text.n > 0 ? json_loadb(text.p, text.n, 0, NULL) : NULL;
	if (list)
		json_object_set_new(v->document, v->r->kind == INBOX_USER ? "groups" : "members",
				    list);
	buf_clear(&text);
}

static bool value_once(size_t *at, str text, struct filter_value *ret)
{
	if ((*at)++ > 0 || text.n == 0)
		return false;
	*ret = (struct filter_value){.kind = VALUE_TEXT, .text = text};
	return true;
}

static bool meta_value(struct row_view *v, str sub, size_t *at, struct filter_value *ret)
{
	const struct inbox_resource *r = v->r;

	if (str_equal_nocase(sub, STR("created")))
		clock_iso(r->created, v->text);
	else if (str_equal_nocase(sub, STR("lastModified")))
		clock_iso(r->modified, v->text);
	else if (str_equal_nocase(sub, STR("version")))
		etag_text(r->version, v->text);
	else if (str_equal_nocase(sub, STR("resourceType")))
		snprintf(v->text, sizeof v->text, "%s", r->kind == INBOX_USER ? "User" : "Group");
	else
		return false;
	return value_once(at, str_of(v->text), ret);
}

/* The core schema, then the extension if the resource has anything of it. */
static bool schemas_value(const struct row_view *v, size_t *at, struct filter_value *ret)
{
	const struct scim_schemas *all = &v->x->scim->schemas;
	const struct scim_resource *kind = v->r->kind == INBOX_USER ? &all->user : &all->group;
	size_t i = (*at)++;

	if (i > 1 || (i == 1 && (!v->r->extended || !kind->extension)))
		return false;
	*ret = (struct filter_value){.kind = VALUE_TEXT,
				     .text = i == 0 ? kind->core->id : kind->extension->id};
	return true;
}

static bool row_view_value(const struct filter_view *view, const struct filter_element *inside,
			   const struct path *path, size_t *at, struct filter_value *ret)
{
	/* the matcher promises not to change what it looks at; the view fills itself on demand */
	struct row_view *v = (struct row_view *)(uintptr_t)view;
	struct json_view json;
	const struct inbox_resource *r = v->r;

	if (!inside && path->urn.n == 0) {
		if (str_equal(path->name, STR("id")))
			return value_once(at, r->id, ret);
		if (str_equal(path->name, STR("externalId")))
			return value_once(at, r->external, ret);
		if (str_equal(path->name, STR("userName")))
			return r->kind == INBOX_USER && value_once(at, r->name, ret);
		if (str_equal(path->name, STR("meta")))
			return meta_value(v, path->sub, at, ret);
		if (str_equal(path->name, STR("schemas")))
			return schemas_value(v, at, ret);
		if (str_equal(path->name, STR("active")) && r->kind == INBOX_USER) {
			*ret = (struct filter_value){.kind = VALUE_BOOLEAN, .truth = r->active};
			return (*at)++ == 0;
		}
		if (str_equal(path->name, STR("groups")) || str_equal(path->name, STR("members")))
			lists_need(v);
	}
	document_need(v);
	json = json_view_of(v->document);
	return json.view.value(&json.view, inside, path, at, ret);
}

static bool row_view_element(const struct filter_view *view, const struct path *path, size_t *at,
			     struct filter_element *ret)
{
	struct row_view *v = (struct row_view *)(uintptr_t)view;
	struct json_view json;

	if (path->urn.n == 0 &&
	    (str_equal(path->name, STR("groups")) || str_equal(path->name, STR("members"))))
		lists_need(v);
	document_need(v);
	json = json_view_of(v->document);
	return json.view.element(&json.view, path, at, ret);
}

struct row_view row_view_of(struct scim_request *x, struct inbox *inbox,
			    const struct inbox_resource *r)
{
	return (struct row_view){
		.view = {row_view_value, row_view_element}, .x = x, .inbox = inbox, .r = r};
}

void row_view_clear(struct row_view *v)
{
	json_decref(v->document);
}

/* The primary element of a list, else its first (RFC 7644 3.4.2.3). */
static bool row_view_primary(struct row_view *v, const struct path *path, struct filter_value *ret)
{
	const json_t *list =
		json_object_get(v->document, arena_text(v->x->request.arena, path->name));
	struct path sub = {.name = path->sub.n > 0 ? path->sub : STR("value")};
	struct filter_element element;
	size_t at = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		element = (struct filter_element){json_array_get(list, i), 0};
		if (json_is_true(json_object_get(element.p, "primary")))
			return row_view_value(&v->view, &element, &sub, &at, ret);
	}
	return false;
}

str row_sort_key(struct row_view *v, const struct path *path, struct arena *arena)
{
	struct filter_value value;
	struct path whole = *path;
	size_t at = 0;

	if (path->attribute && path->attribute->multiple) {
		document_need(v);
		if (path->urn.n == 0 && row_view_primary(v, path, &value))
			return text_folded(arena, value.text);
		if (whole.sub.n == 0)
			whole.sub = STR("value");
	}
	if (!row_view_value(&v->view, NULL, &whole, &at, &value))
		return (str){NULL, 0};
	switch (value.kind) {
	case VALUE_BOOLEAN:
		return value.truth ? STR("1") : STR("0");
	case VALUE_NUMBER:
		return arena_printf(arena, "%020.6f", value.number);
	default:
		if (path->attribute && path->attribute->exact)
			return arena_str(arena, value.text);
		return text_folded(arena, value.text);
	}
}
