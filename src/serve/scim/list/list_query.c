/* SPDX-License-Identifier: Apache-2.0 */
/* What a list or a search asks for: parameters of the query or of a SearchRequest body, checked. */
#include "base/json.h"
#include "serve/scim/internal.h"
#include "serve/scim/list/internal.h"

static struct parse_rules query_rules(const struct scim_request *x)
{
	return (struct parse_rules){.lenient = !x->dialect.strict, .any_attribute = true};
}

/* Would a strict reader have taken this filter too? If not, a dialect was met. */
static bool filter_is_standard(struct scim_request *x)
{
	struct parse_rules rules = {.any_attribute = true};
	const struct filter *filter;
	struct err err;

	return filter_parse(x->query.filter_text, &rules, x->request.arena, &filter, &err) == 0;
}

static int query_filter_read(struct scim_request *x)
{
	struct parse_rules rules = query_rules(x);
	struct list_query *l = &x->query;
	struct err err;

	l->filter_text = str_trim(l->filter_text);
	if (l->filter_text.n == 0)
		return 0;
	if (filter_parse(l->filter_text, &rules, x->request.arena, &l->filter, &err) < 0)
		return scim_fail(&x->error, 400, "invalidFilter", "%s", err.text);
	if (!x->dialect.strict && str_find(l->filter_text, '"') < 0 && !filter_is_standard(x))
		scim_lenient(&x->dialect, LENIENCY_FILTER_TEXT);
	return 0;
}

static int query_sort_read(struct scim_request *x, str order)
{
	struct parse_rules rules = query_rules(x);
	struct list_query *l = &x->query;
	struct err err;

	if (l->sort_text.n == 0)
		return 0;
	if (path_parse(l->sort_text, &rules, x->request.arena, &l->sort, &err) < 0)
		return scim_fail(&x->error, 400, "invalidPath", "sortBy: %s", err.text);
	l->sorted = true;
	l->descending = str_equal_nocase(order, STR("descending"));
	if (order.n > 0 && !l->descending && !str_equal_nocase(order, STR("ascending")))
		return scim_fail(&x->error, 400, "invalidValue",
				 "sortOrder is ascending or descending");
	return 0;
}

static void query_numbers_read(struct list_query *l, int64_t start, int64_t count)
{
	l->start = start < 1 ? 1 : start;
	l->count = count < 0 ? 0 : count > PAGE_MAX ? PAGE_MAX : count;
}

static int query_whole_number(struct scim_request *x, const char *name, int64_t otherwise,
			      int64_t *ret)
{
	str text = inbound_query(x->request.inbound, name);

	*ret = otherwise;
	if (text.n == 0 || str_to_int(text, ret))
		return 0;
	return scim_fail(&x->error, 400, "invalidValue", "%s must be a whole number", name);
}

int list_query_read(struct scim_request *x)
{
	struct list_query *l = &x->query;
	int64_t start, count;

	l->filter_text = inbound_query(x->request.inbound, "filter");
	l->sort_text = inbound_query(x->request.inbound, "sortBy");
	l->cursor = inbound_query(x->request.inbound, "cursor");
	l->by_cursor = l->cursor.p != NULL;
	l->has_count = inbound_query(x->request.inbound, "count").n > 0;
	if (query_whole_number(x, "startIndex", 1, &start) < 0 ||
	    query_whole_number(x, "count", PAGE_DEFAULT, &count) < 0)
		return -1;
	query_numbers_read(l, start, count);
	return query_filter_read(x) < 0
		       ? -1
		       : query_sort_read(x, inbound_query(x->request.inbound, "sortOrder"));
}

static int query_text_read(struct scim_request *x, const char *name, str *ret)
{
	const json_t *value = document_find_nocase(x->body, str_of(name));

	*ret = json_str(value);
	if (!value || json_is_null(value) || json_is_string(value))
		return 0;
	return scim_fail(&x->error, 400, "invalidValue", "%s must be a text", name);
}

static int query_integer_read(struct scim_request *x, const char *name, int64_t otherwise,
			      int64_t *ret)
{
	const json_t *value = document_find_nocase(x->body, str_of(name));

	*ret = json_is_integer(value) ? json_integer_value(value) : otherwise;
	if (!value || json_is_null(value) || json_is_integer(value))
		return 0;
	return scim_fail(&x->error, 400, "invalidValue", "%s must be a whole number", name);
}

/* A list of names, or lenient: one text with commas, as in a query. */
static int query_names_read(struct scim_request *x, const char *name, str *ret)
{
	const json_t *list = document_find_nocase(x->body, str_of(name));
	struct buf joined = {0};

	if (json_is_string(list))
		return query_text_read(x, name, ret);
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
		buf_put(&joined, json_str(item));
	}
	*ret = buf_keep(&joined, x->request.arena);
	return 0;
}

int list_query_read_body(struct scim_request *x)
{
	struct list_query *l = &x->query;
	str attributes = {0}, excluded = {0}, order;
	int64_t start, count;

	if (query_text_read(x, "filter", &l->filter_text) < 0 ||
	    query_text_read(x, "sortBy", &l->sort_text) < 0 ||
	    query_text_read(x, "sortOrder", &order) < 0 ||
	    query_text_read(x, "cursor", &l->cursor) < 0 ||
	    query_names_read(x, "attributes", &attributes) < 0 ||
	    query_names_read(x, "excludedAttributes", &excluded) < 0 ||
	    query_integer_read(x, "startIndex", 1, &start) < 0 ||
	    query_integer_read(x, "count", PAGE_DEFAULT, &count) < 0)
		return -1;
	l->by_cursor = l->cursor.p != NULL;
	l->has_count = document_find_nocase(x->body, STR("count")) != NULL;
	query_numbers_read(l, start, count);
	if (projection_read(x, attributes, excluded) < 0 || query_filter_read(x) < 0)
		return -1;
	return query_sort_read(x, order);
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

struct narrowing list_narrow(const struct list_query *l, enum inbox_kind kind)
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

bool list_is_quick(struct scim_request *x)
{
	struct narrowing n;

	if (!x->resource || x->query.by_cursor)
		return false;
	if (x->query.count == 0 && !x->query.filter)
		return true;
	n = list_narrow(&x->query, x->kind);
	return n.by != INBOX_BY_NOTHING && n.by != INBOX_BY_MEMBER &&
	       (x->kind == INBOX_USER || !x->projection.members);
}
