/* SPDX-License-Identifier: Apache-2.0 */
/* The view of filters over the flat fields of an entry, and over lists that are no fields. */
#include <string.h>

#include "expr/filter.h"

/* A field's name taken apart, once it is known to belong to an attribute. */
struct parts {
	str where; /* between [ and ], or "" */
	str sub; /* or "" */
};

/*
 * Does the field belong to the attribute `base`? Known names are stored as they are spelled here.
 */
static bool value_belongs(str name, str base, bool known, struct parts *ret)
{
	ptrdiff_t close;

	if (name.n < base.n || base.n == 0)
		return false;
	if (known ? name.p[0] != base.p[0] || memcmp(name.p, base.p, base.n) != 0
		  : !str_starts_nocase(name, base))
		return false;
	*ret = (struct parts){.where = {"", 0}, .sub = {"", 0}};
	if (name.n == base.n)
		return true;
	name = str_slice(name, base.n, name.n);
	if (name.p[0] == '[') {
		close = str_find_last(name, ']');
		if (close < 0)
			return false;
		ret->where = str_slice(name, 1, (size_t)close);
		name = str_slice(name, (size_t)close + 1, name.n);
		if (name.n == 0)
			return true;
	}
	if (name.p[0] != '.')
		return false;
	ret->sub = str_slice(name, 1, name.n);
	return true;
}

/* `type eq "work"` says that the sub-attribute `type` is "work". */
static bool where_says(str where, str sub, str *ret)
{
	str rest;

	if (!str_starts_nocase(where, sub))
		return false;
	rest = str_slice(where, sub.n, where.n);
	if (rest.n < 6 || memcmp(rest.p, " eq \"", 5) != 0 || rest.p[rest.n - 1] != '"')
		return false;
	*ret = str_slice(rest, 5, rest.n - 1);
	return true;
}

static bool sub_is(str sub, str wanted)
{
	return str_equal(sub, wanted) || str_equal_nocase(sub, wanted) ||
	       (sub.n == 0 && str_equal_nocase(wanted, STR("value")));
}

static bool value_give(str text, struct filter_value *ret)
{
	*ret = (struct filter_value){.kind = VALUE_TEXT, .text = text};
	return true;
}

/*
 * The name of an element's attribute is what stands before its sub-attribute: found again from
 * its first field.
 */
static str base_of(str name)
{
	ptrdiff_t bracket = str_find(name, '[');
	ptrdiff_t colon, dot;

	if (bracket >= 0)
		return str_make(name.p, (size_t)bracket);
	colon = str_find_last(name, ':');
	dot = str_find(str_slice(name, (size_t)(colon + 1), name.n), '.');
	return dot < 0 ? name : str_make(name.p, (size_t)(colon + 1 + dot));
}

/*
 * Within the element that begins at field `first`. *at: 0 for what [] says, then the next field
 * to look at.
 */
static bool flat_element_value(const struct flat_view *flat, const struct field *first, str wanted,
			       size_t *at, struct filter_value *ret)
{
	size_t from = (size_t)(first - flat->fields);
	str base = base_of(first->name), said;
	struct parts own, other;

	if (!value_belongs(first->name, base, true, &own))
		return false;
	if (*at == 0) {
		*at = from + 1;
		if (where_says(own.where, wanted, &said))
			return value_give(said, ret);
	}
	for (size_t i = *at - 1; i < flat->field_count; i++) {
		if (!value_belongs(flat->fields[i].name, base, true, &other) ||
		    !str_equal(other.where, own.where))
			continue;
		if (i > from && str_equal(other.sub, own.sub))
			break;
		if (sub_is(other.sub, wanted)) {
			*at = i + 2;
			return value_give(flat->fields[i].value, ret);
		}
	}
	*at = flat->field_count + 1;
	return false;
}

static bool row_value(const struct flat_view *flat, const struct filter_element *row, str wanted,
		      size_t *at, struct filter_value *ret)
{
	const struct filter_list *first = row->p;

	for (; *at < flat->list_count; ++*at) {
		const struct filter_list *list = &flat->lists[*at];

		if (row->n - 1 < list->count && str_equal(list->base, first->base) &&
		    str_equal_nocase(list->sub, wanted)) {
			++*at;
			return value_give(list->values[row->n - 1], ret);
		}
	}
	return false;
}

static bool field_value(const struct field *field, const struct path *path,
			struct filter_value *ret)
{
	struct parts parts;
	str said;

	if (!value_belongs(field->name, path->base, path->attribute != NULL, &parts))
		return false;
	if (path->sub.n == 0 || sub_is(parts.sub, path->sub))
		return value_give(field->value, ret);
	return where_says(parts.where, path->sub, &said) && value_give(said, ret);
}

static bool list_is(const struct filter_list *list, const struct path *path)
{
	return str_equal_nocase(list->base, path->base) &&
	       (path->sub.n == 0 || str_equal_nocase(list->sub, path->sub));
}

/* *at: the number of the list in the upper half, the row in it in the lower. */
static bool flat_list_value(const struct flat_view *flat, const struct path *path, size_t *at,
			    struct filter_value *ret)
{
	size_t i = *at >> 32, row = *at & UINT32_MAX;

	/* In the middle of a list it is known to be the right one. */
	while (i < flat->list_count &&
	       (row >= flat->lists[i].count || (row == 0 && !list_is(&flat->lists[i], path)))) {
		i++;
		row = 0;
	}
	*at = i << 32 | (row + 1);
	return i < flat->list_count && value_give(flat->lists[i].values[row], ret);
}

/* *at counts the fields first, then what flat_list_value makes of it. */
static bool flat_value(const struct filter_view *view, const struct filter_element *inside,
		       const struct path *path, size_t *at, struct filter_value *ret)
{
	const struct flat_view *flat = (const struct flat_view *)view;
	size_t in_lists;
	bool found;

	if (inside)
		return inside->n ? row_value(flat, inside, path->name, at, ret)
				 : flat_element_value(flat, inside->p, path->name, at, ret);
	while (*at < flat->field_count)
		if (field_value(&flat->fields[(*at)++], path, ret))
			return true;
	in_lists = *at - flat->field_count;
	found = flat_list_value(flat, path, &in_lists, ret);
	*at = flat->field_count + in_lists;
	return found;
}

/*
 * An element begins at its group's first field, and wherever that one's sub-attribute comes
 * again.
 */
static bool begins_element(const struct flat_view *flat, size_t i, const struct path *path)
{
	struct parts own, other;
	bool known = path->attribute != NULL;

	if (!value_belongs(flat->fields[i].name, path->base, known, &own))
		return false;
	for (size_t k = 0; k < i; k++)
		if (value_belongs(flat->fields[k].name, path->base, known, &other) &&
		    str_equal(other.where, own.where))
			return str_equal(other.sub, own.sub);
	return true;
}

static bool flat_element(const struct filter_view *view, const struct path *path, size_t *at,
			 struct filter_element *ret)
{
	const struct flat_view *flat = (const struct flat_view *)view;

	while (*at < flat->field_count) {
		size_t i = (*at)++;

		if (begins_element(flat, i, path)) {
			*ret = (struct filter_element){.p = &flat->fields[i]};
			return true;
		}
	}
	for (size_t i = 0, row = *at - flat->field_count; i < flat->list_count; i++)
		if (str_equal_nocase(flat->lists[i].base, path->base) &&
		    row < flat->lists[i].count) {
			++*at;
			*ret = (struct filter_element){.p = &flat->lists[i], .n = row + 1};
			return true;
		}
	return false;
}

struct flat_view flat_view_of(const struct field *fields, size_t field_count,
			      const struct filter_list *lists, size_t list_count)
{
	return (struct flat_view){
		.view = {.value = flat_value, .element = flat_element},
		.fields = fields,
		.field_count = field_count,
		.lists = lists,
		.list_count = list_count,
	};
}
