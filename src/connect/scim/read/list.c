/* SPDX-License-Identifier: Apache-2.0 */
/* Whole lists into a snapshot, users and groups at once, with proof that nothing is missing. */
#include <stdlib.h>

#include "connect/scim/read/internal.h"

enum { PAGE_DEFAULT = 100, PAGE_MAX = 1000 };

static int compare_ends(const void *a, const void *b)
{
	const struct page_ends *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* As a source, each page begins with the last entry of the page before: else the list moved in
 * between. */
static void list_check_ends(struct list_read *l)
{
	if (l->ends.count < 2)
		return;
	qsort(l->ends.items, l->ends.count, sizeof *l->ends.items, compare_ends);
	for (size_t i = 1; i < l->ends.count; i++) {
		const struct page_ends *before = &l->ends.items[i - 1], *after = &l->ends.items[i];

		if (before->end == after->start && str_equal(before->last, after->first))
			continue;
		list_incomplete(l, "moved while it was read, between index %lld and %lld",
				(long long)before->end, (long long)after->start);
		return;
	}
}

static void check_whole(struct list_read *l)
{
	if (l->failed || l->into->why_not.n)
		return;
	if (l->total >= 0 && l->entries != (uint64_t)l->total)
		list_incomplete(l, "has %lld entries, and %llu were read", (long long)l->total,
				(unsigned long long)l->entries);
	list_check_ends(l);
}

static bool prefers_cursor(const struct scim_connection *c, bool as_source)
{
	enum paging said = c->settings.quirks.paging;

	if (said != PAGING_AUTO)
		return said == PAGING_CURSOR;
	return c->service.cursor && (as_source || !c->service.index);
}

static int64_t page_count(const struct scim_connection *c)
{
	size_t count = c->settings.quirks.page_size, max = c->service.page_max;

	if (!count)
		count = max ? max : PAGE_DEFAULT;
	if (max && count > max)
		count = max;
	return count > PAGE_MAX ? PAGE_MAX : (int64_t)count;
}

static void list_begin(struct list_read *l, struct scim_connection *c, enum entry_kind kind,
		       bool as_source, struct snapshot *into)
{
	*l = (struct list_read){
		.c = c,
		.into = into,
		.names = resource_names_open(),
		.kind = kind,
		.filter = kind == ENTRY_USER ? c->settings.users_filter : c->settings.groups_filter,
		.as_source = as_source,
		.by_cursor = prefers_cursor(c, as_source),
		.count = page_count(c),
		.total = -1,
	};
	if (l->by_cursor)
		list_request_by_cursor(l, STR(""));
	else
		list_request_by_index(l, 1, -1);
}

static void list_end(struct list_read *l)
{
	resource_names_close(l->names);
	list_clear(&l->ends);
	list_clear(&l->rows);
	buf_clear(&l->first);
	buf_clear(&l->last);
}

int lists_read(struct scim_connection *c, const struct wanted *wanted, struct snapshot *into,
	       struct err *err)
{
	bool with_groups = (wanted->groups || wanted->as_source) &&
			   !(c->settings.quirks.flags & QUIRK_NO_GROUPS);
	struct list_read users, groups = {0};
	const struct list_read *failed;

	into->complete = true;
	list_begin(&users, c, ENTRY_USER, wanted->as_source, into);
	if (with_groups)
		list_begin(&groups, c, ENTRY_GROUP, wanted->as_source, into);
	http_run(c->http);
	check_whole(&users);
	if (with_groups && !groups.failed && !users.failed) {
		check_whole(&groups);
		list_request_groups(&groups);
		http_run(c->http);
	}
	failed = users.failed ? &users : groups.failed ? &groups : NULL;
	if (failed && err)
		*err = failed->err;
	list_end(&users);
	if (with_groups)
		list_end(&groups);
	return failed ? -1 : 0;
}
