/* SPDX-License-Identifier: Apache-2.0 */
/* The read of one list, as its parts share it. Private to this folder. */
#ifndef CONNECT_SCIM_READ_INTERNAL_H
#define CONNECT_SCIM_READ_INTERNAL_H

#include "connect/scim/read/read.h"

struct list_read;

/* One page that was asked for. */
struct page_read_state {
	struct list_read *list;
	int64_t start; /* index of its first resource; 0 with cursors */
	int64_t expected; /* resources that must come; -1: nobody knows */
	bool overlaps; /* its first resource is the last one of the page before it */
	uint64_t met;
};

/* The ends of a page that came, to see whether the list moved under the reader. */
struct page_ends {
	int64_t start, end;
	str first, last;
};

struct list_read {
	struct scim_connection *c;
	struct snapshot *into;
	struct resource_names *names;
	enum entry_kind kind;
	str filter;
	bool as_source, by_cursor;
	int64_t count; /* asked for a page */
	int64_t step; /* new resources a page */
	int64_t total, next; /* totalResults; the first index that nobody asked for yet */
	uint64_t entries; /* entries put into the snapshot, rejected included */
	size_t in_flight;
	bool began, failed;
	struct err err; /* why it failed */
	str last_cursor;
	LIST(struct page_ends) ends;
	LIST(uint32_t) rows; /* groups whose members are read one by one */
	size_t next_row;
	struct page_read_state *at; /* the page that is being read */
	uint64_t doubles; /* entries of it that were met before */
	struct buf first, last; /* ids of it */
	/* snapshot.names, by place in the entry: most entries look alike */
	uint32_t name_numbers[64];
	str name_texts[64];
};

/* list_fault.c. The first failure stays, and nothing more is asked for. */
void list_fail(struct list_read *l, const struct err *err);
void list_fail_by_answer(struct list_read *l, const struct http_response *r);
/* The service contradicts itself: a failure too. */
void list_nonsense(struct list_read *l, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The read goes on, but what it does not show may be there all the same. */
void list_incomplete(struct list_read *l, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* list_entry.c: a resource of the page l->at (a resource_sink; context: the list). */
int list_put_resource(void *context, const struct resource *r, const char *defect, struct err *err);
void list_put_members(struct list_read *l, uint32_t row, const struct resource *r);

/* list_page.c. The answers of these ask for the pages after them. expected: resources that must
 * come, -1: nobody knows. */
void list_request_by_index(struct list_read *l, int64_t start, int64_t expected);
void list_request_by_cursor(struct list_read *l, str cursor);

/* list_group.c: for the groups in l->rows; as many as there is room for, the rest as answers come.
 */
void list_request_groups(struct list_read *l);

#endif
