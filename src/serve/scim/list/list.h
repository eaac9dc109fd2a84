/* SPDX-License-Identifier: Apache-2.0 */
/* Lists and searches (RFC 7644 3.4.2, 3.4.3; cursors: RFC 9865). */
#ifndef SERVE_SCIM_LIST_LIST_H
#define SERVE_SCIM_LIST_LIST_H

#include "expr/filter.h"
#include "store/store.h"

struct list_cache;
struct scim_request;

/* What a list or search asks for. */
struct list_query {
	str filter_text, sort_text, cursor;
	const struct filter *filter; /* NULL: everything */
	struct path sort;
	bool sorted, descending, by_cursor, has_count;
	int64_t start, count;
};

/* Fill x->query from the parameters of a GET, or from the body of a search, which has the
 * projection too. -1: x->error says what is wrong. */
int list_query_read(struct scim_request *x);
int list_query_read_body(struct scim_request *x);
/* Does answering take no longer than reading one resource? */
bool list_is_quick(struct scim_request *x);
void list_answer(struct scim_request *x, struct inbox *inbox);

/* Lists that were worked out for their first page, kept a while for the next ones; for all threads.
 */
struct list_cache *list_cache_open(void);
void list_cache_close(struct list_cache *cache); /* NULL is fine */

#endif
