/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of lists and searches share. */
#ifndef SERVE_SCIM_LIST_INTERNAL_H
#define SERVE_SCIM_LIST_INTERNAL_H

#include <jansson.h>

#include "serve/scim/list/list.h"
#include "wire/wire.h"

/* The index that finds the candidates of a filter. */
struct narrowing {
	enum inbox_by by;
	str key;
	const struct filter_node *node; /* the comparison it stands for */
	bool exact; /* the candidates are the matches */
};
/* BY_NOTHING when no index helps. */
struct narrowing list_narrow(const struct list_query *l, enum inbox_kind kind);

/* A stored resource in the terms of a filter; its JSON is parsed when a filter asks for it. */
struct row_view {
	struct filter_view view;
	struct scim_request *x;
	struct inbox *inbox;
	const struct inbox_resource *r;
	json_t *document;
	bool listed; /* members or groups are in the document */
	char text[64];
};
/* Looks at `r`, which must outlive it. */
struct row_view row_view_of(struct scim_request *x, struct inbox *inbox,
			    const struct inbox_resource *r);
void row_view_clear(struct row_view *v);
/* The value that sorts a resource by a path: folded text, numbers and times as text; p NULL when
 * absent. */
str row_sort_key(struct row_view *v, const struct path *path, struct arena *arena);

/* Rows of a filtered or sorted list, kept for the pages that follow the first. */
struct row_slice {
	int64_t *items;
	size_t count;
};
/* Keeps a copy, by the text of list_query_key. */
void list_cache_put(struct list_cache *cache, str key, const int64_t *rows, size_t count);
/* Copies a part of a remembered list; false when it is not remembered (any more). */
bool list_cache_find(struct list_cache *cache, str key, size_t from, size_t count,
		     struct arena *arena, struct row_slice *ret, size_t *ret_total);
/* For an unfiltered list in row order: the last row before a start index; 0 when it is not
 * remembered. */
void list_cache_start_put(struct list_cache *cache, str key, int64_t start, int64_t row);
int64_t list_cache_start_find(struct list_cache *cache, str key, int64_t start);

/* Where a list by cursor goes on. */
struct cursor_pos {
	unsigned part; /* of the kinds that are listed */
	int64_t after; /* row, or index in a sorted list */
	int64_t count; /* of the first page */
};
/* What makes two requests pages of one list: token, kinds, filter and order, as a text. */
str list_query_key(struct scim_request *x);
/* A cursor is signed: good only with its own token, query and attributes, and for an hour. */
void cursor_write(struct scim_request *x, const struct cursor_pos *pos, struct buf *out);
/* x->query.cursor; -1: x->error says why it is not good. */
int cursor_read(struct scim_request *x, struct cursor_pos *ret);

#endif
