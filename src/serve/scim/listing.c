/* SPDX-License-Identifier: Apache-2.0 */
/* What a list or a search asks for: parameters of the query or of a SearchRequest body, checked. */
#include <stdlib.h>

#include "serve/internal.h"
#include "serve/scim/listing.h"

static struct parse_rules rules_of(const struct scim_request *x)
{
	return (struct parse_rules){.lenient = !x->dialect.strict, .any_attribute = true};
}

/* Would a strict reader have taken this filter too? If not, a dialect was met. */
static bool is_standard(struct scim_request *x)
{
	struct parse_rules rules = {.any_attribute = true};
	const struct filter *filter;
	struct err err;

	return filter_parse(x->listing.filter_text, &rules, x->arena, &filter, &err) == 0;
}

static int filter_take(struct scim_request *x)
{
	struct parse_rules rules = rules_of(x);
	struct listing *l = &x->listing;
	struct err err;

	l->filter_text = str_trim(l->filter_text);
	if (l->filter_text.n == 0)
		return 0;
	if (filter_parse(l->filter_text, &rules, x->arena, &l->filter, &err) < 0)
		return scim_fail(&x->error, 400, "invalidFilter", "%s", err.text);
	if (!x->dialect.strict && str_find(l->filter_text, '"') < 0 && !is_standard(x))
		scim_lenient(&x->dialect, LENIENCY_FILTER_TEXT);
	return 0;
}

static int sort_take(struct scim_request *x, str order)
{
	struct parse_rules rules = rules_of(x);
	struct listing *l = &x->listing;
	struct err err;

	if (l->sort_text.n == 0)
		return 0;
	if (path_parse(l->sort_text, &rules, x->arena, &l->sort, &err) < 0)
		return scim_fail(&x->error, 400, "invalidPath", "sortBy: %s", err.text);
	l->sorted = true;
	l->descending = str_equal_nocase(order, STR("descending"));
	if (order.n > 0 && !l->descending && !str_equal_nocase(order, STR("ascending")))
		return scim_fail(&x->error, 400, "invalidValue",
				 "sortOrder is ascending or descending");
	return 0;
}

static void numbers_take(struct listing *l, int64_t start, int64_t count)
{
	l->start = start < 1 ? 1 : start;
	l->count = count < 0 ? 0 : count > PAGE_MAX ? PAGE_MAX : count;
}

static int number_of(struct scim_request *x, const char *name, int64_t otherwise, int64_t *ret)
{
	str text = inbound_query(x->inbound, name);

	*ret = otherwise;
	if (text.n == 0 || str_to_int(text, ret))
		return 0;
	return scim_fail(&x->error, 400, "invalidValue", "%s must be a whole number", name);
}

int listing_read_query(struct scim_request *x)
{
	struct listing *l = &x->listing;
	int64_t start, count;

	l->filter_text = inbound_query(x->inbound, "filter");
	l->sort_text = inbound_query(x->inbound, "sortBy");
	l->cursor = inbound_query(x->inbound, "cursor");
	l->by_cursor = l->cursor.p != NULL;
	l->has_count = inbound_query(x->inbound, "count").n > 0;
	if (number_of(x, "startIndex", 1, &start) < 0 ||
	    number_of(x, "count", PAGE_DEFAULT, &count) < 0)
		return -1;
	numbers_take(l, start, count);
	return filter_take(x) < 0 ? -1 : sort_take(x, inbound_query(x->inbound, "sortOrder"));
}

/* Members of a SearchRequest, names without case. */
static const json_t *body_find(const json_t *body, const char *name)
{
	const char *key;
	const json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)body, key, value)
		if (str_equal_nocase(str_of(key), str_of(name)))
			return value;
	return NULL;
}

static int text_take(struct scim_request *x, const char *name, str *ret)
{
	const json_t *value = body_find(x->body, name);

	*ret = str_make(json_string_value(value), json_string_length(value));
	if (!value || json_is_null(value) || json_is_string(value))
		return 0;
	return scim_fail(&x->error, 400, "invalidValue", "%s must be a text", name);
}

static int integer_take(struct scim_request *x, const char *name, int64_t otherwise, int64_t *ret)
{
	const json_t *value = body_find(x->body, name);

	*ret = json_is_integer(value) ? json_integer_value(value) : otherwise;
	if (!value || json_is_null(value) || json_is_integer(value))
		return 0;
	return scim_fail(&x->error, 400, "invalidValue", "%s must be a whole number", name);
}

/* A list of names, or lenient: one text with commas, as in a query. */
static int names_take(struct scim_request *x, const char *name, str *ret)
{
	const json_t *list = body_find(x->body, name);
	struct buf joined = {0};

	if (json_is_string(list))
		return text_take(x, name, ret);
	if (list && !json_is_null(list) && !json_is_array(list))
		return scim_fail(&x->error, 400, "invalidValue", "%s must be a list of texts",
				 name);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);

		if (!json_is_string(item)) {
			buf_clear(&joined);
			return scim_fail(&x->error, 400, "invalidValue", "%s must hold texts",
					 name);
		}
		if (i > 0)
			buf_char(&joined, ',');
		buf_put(&joined, str_make(json_string_value(item), json_string_length(item)));
	}
	*ret = arena_str(x->arena, buf_str(&joined));
	buf_clear(&joined);
	return 0;
}

int listing_read_body(struct scim_request *x)
{
	struct listing *l = &x->listing;
	str attributes = {0}, excluded = {0}, order;
	int64_t start, count;

	if (text_take(x, "filter", &l->filter_text) < 0 ||
	    text_take(x, "sortBy", &l->sort_text) < 0 || text_take(x, "sortOrder", &order) < 0 ||
	    text_take(x, "cursor", &l->cursor) < 0 ||
	    names_take(x, "attributes", &attributes) < 0 ||
	    names_take(x, "excludedAttributes", &excluded) < 0 ||
	    integer_take(x, "startIndex", 1, &start) < 0 ||
	    integer_take(x, "count", PAGE_DEFAULT, &count) < 0)
		return -1;
	l->by_cursor = l->cursor.p != NULL;
	l->has_count = body_find(x->body, "count") != NULL;
	numbers_take(l, start, count);
	if (projection_read(x, attributes, excluded) < 0 || filter_take(x) < 0)
		return -1;
	return sort_take(x, order);
}

/* Narrowing ------------------------------------------------------------------ */

static bool is_plain_equal(const struct filter_node *f)
{
	return f->kind == FILTER_COMPARE && f->op == FILTER_EQ && f->value.kind == VALUE_TEXT &&
	       f->path.urn.n == 0;
}

static bool node_narrows(enum inbox_kind kind, const struct filter_node *f, struct narrowing *ret)
{
	static const struct {
		enum inbox_kind kind; /* NOBODY: either */
		str name, sub;
		enum inbox_by by;
		bool exact; /* the index says all that the comparison says */
	} indexes[] = {
		{INBOX_USER, {"userName", 8}, {"", 0}, INBOX_BY_NAME, true},
		{INBOX_GROUP, {"displayName", 11}, {"", 0}, INBOX_BY_NAME, true},
		{INBOX_NOBODY, {"id", 2}, {"", 0}, INBOX_BY_ID, true},
		{INBOX_NOBODY, {"externalId", 10}, {"", 0}, INBOX_BY_EXTERNAL, true},
		{INBOX_USER, {"emails", 6}, {"value", 5}, INBOX_BY_ADDRESS, false},
		{INBOX_GROUP, {"members", 7}, {"value", 5}, INBOX_BY_MEMBER, true},
	};

	if (!is_plain_equal(f))
		return false;
	for (size_t i = 0; i < sizeof indexes / sizeof *indexes; i++) {
		if ((indexes[i].kind != INBOX_NOBODY && indexes[i].kind != kind) ||
		    !str_equal_nocase(f->path.name, indexes[i].name) ||
		    !str_equal_nocase(f->path.sub, indexes[i].sub) ||
		    (f->path.where && indexes[i].exact))
			continue;
		*ret = (struct narrowing){indexes[i].by, f->value.text, f, indexes[i].exact};
		return true;
	}
	return false;
}

struct narrowing listing_narrow(const struct listing *l, enum inbox_kind kind)
{
	struct narrowing n = {.by = INBOX_BY_NOTHING};
	const struct filter_node *root = l->filter ? l->filter->root : NULL;

	if (!root || node_narrows(kind, root, &n))
		return n;
	if (root->kind == FILTER_AND)
		for (const struct filter_node *f = root->first; f; f = f->next)
			if (node_narrows(kind, f, &n)) {
				n.exact = false;
				return n;
			}
	return n;
}

bool listing_is_quick(struct scim_request *x)
{
	struct narrowing n;

	if (!x->resource || x->listing.by_cursor)
		return false;
	if (x->listing.count == 0 && !x->listing.filter)
		return true;
	n = listing_narrow(&x->listing, x->kind);
	return n.by != INBOX_BY_NOTHING && n.by != INBOX_BY_MEMBER &&
	       (x->kind == INBOX_USER || !x->projection.members);
}
