/* SPDX-License-Identifier: Apache-2.0 */
/* Lists and searches: which resources match, in which order, and the page of them that is answered.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "serve/scim/internal.h"
#include "serve/scim/list/internal.h"

struct list_hit {
	str key; /* sorts; p NULL when the resource has no such value */
	int64_t row;
};

struct list_run {
	struct scim_request *x;
	struct inbox *inbox;
	struct buf out; /* the resources of the page, with commas */
	int64_t first, last; /* the page: matches from first up to, not with, last (from 0) */
	int64_t matched, written;
	bool keep; /* note the rows of all matches */
	LIST(struct list_hit) hits;
	struct arena keys;
};

enum { FIRST_FEW = 32, ROOM_MAX = 4 << 20 };

/* A page is large: room for all of it at once, by what the first of it took. */
static void room_make(struct list_run *run)
{
	int64_t count = run->last - run->first;
	size_t room = run->out.n / FIRST_FEW * (size_t)(count + FIRST_FEW);

	if (count > FIRST_FEW && count <= PAGE_MAX)
		buf_reserve(&run->out, room < ROOM_MAX ? room : ROOM_MAX);
}

static void list_put(struct list_run *run, const struct inbox_resource *r)
{
	if (run->written == FIRST_FEW)
		room_make(run);
	if (run->written++ > 0)
		buf_char(&run->out, ',');
	render_resource(run->x, run->inbox, r, &run->out);
}

static bool list_matches(struct list_run *run, const struct narrowing *n, struct row_view *view)
{
	const struct filter *filter = run->x->query.filter;

	return !filter || n->exact || filter_match(filter, &view->view);
}

static struct inbox_selection selection_of(struct list_run *run, enum inbox_kind kind,
					   const struct narrowing *n)
{
	struct inbox_selection s = {.kind = kind, .by = n->by, .key = n->key, .limit = -1};

	if (n->by == INBOX_BY_NAME || n->by == INBOX_BY_ADDRESS)
		s.key = text_folded(run->x->request.arena, n->key);
	return s;
}

static void hit_add(struct list_run *run, struct row_view *view)
{
	const struct list_query *l = &run->x->query;
	bool on_page = run->matched >= run->first && run->matched < run->last;

	run->matched++;
	if (run->keep)
		*list_add(&run->hits) = (struct list_hit){
			l->sorted ? row_sort_key(view, &l->sort, &run->keys) : (str){NULL, 0},
			view->r->row};
	if (on_page && !l->sorted)
		list_put(run, view->r);
}

/* All matches of one kind. */
static void list_run_kind(struct list_run *run, enum inbox_kind kind)
{
	struct narrowing n = list_narrow(&run->x->query, kind);
	struct inbox_selection selection = selection_of(run, kind, &n);
	struct inbox_walk walk = inbox_resources_begin(run->inbox, &selection);
	struct inbox_resource r;
	char space[37];

	while (inbox_resource_next(&walk, &r, space)) {
		struct row_view view = row_view_of(run->x, run->inbox, &r);

		if (list_matches(run, &n, &view))
			hit_add(run, &view);
		row_view_clear(&view);
	}
}

static unsigned kinds_of(const struct scim_request *x, enum inbox_kind ret[2])
{
	ret[0] = x->resource ? x->kind : INBOX_USER;
	ret[1] = INBOX_GROUP;
	return x->resource ? 1 : 2;
}

/* Absent values come last ascending and first descending (RFC 7644 3.4.2.3). */
static int hit_order(const void *a, const void *b)
{
	const struct list_hit *x = a, *y = b;
	int order;

	if (!x->key.p || !y->key.p)
		order = (x->key.p == NULL) - (y->key.p == NULL);
	else
		order = str_compare(x->key, y->key);
	return order ? order : (x->row > y->row) - (x->row < y->row);
}

static int hit_order_descending(const void *a, const void *b)
{
	return hit_order(b, a);
}

static void list_put_rows(struct list_run *run, const int64_t *rows, size_t count)
{
	struct inbox_resource r;

	for (size_t i = 0; i < count; i++)
		if (inbox_find_row(run->inbox, rows[i], run->x->request.arena, &r))
			list_put(run, &r);
}

/* Sorts what was found, keeps it for the next pages, and puts the page out if that is still to do.
 */
static void hits_settle(struct list_run *run)
{
	const struct list_query *l = &run->x->query;
	int64_t *rows, last = run->last < run->matched ? run->last : run->matched;

	if (!run->keep)
		return;
	if (l->sorted && run->hits.count > 1)
		qsort(run->hits.items, run->hits.count, sizeof *run->hits.items,
		      l->descending ? hit_order_descending : hit_order);
	rows = mem_alloc(run->hits.count + 1, sizeof *rows);
	for (size_t i = 0; i < run->hits.count; i++)
		rows[i] = run->hits.items[i].row;
	if (run->matched > run->last)
		list_cache_put(run->x->scim->list_cache, list_query_key(run->x), rows,
			       run->hits.count);
	if (l->sorted && run->first < last)
		list_put_rows(run, rows + run->first, (size_t)(last - run->first));
	free(rows);
}

static void list_run_all(struct list_run *run)
{
	enum inbox_kind kinds[2];
	unsigned count = kinds_of(run->x, kinds);

	for (unsigned i = 0; i < count; i++)
		list_run_kind(run, kinds[i]);
	hits_settle(run);
}

/* A page of everything in row order: nothing but the page is read. */
static void list_run_plain(struct list_run *run)
{
	struct scim_request *x = run->x;
	struct inbox_totals totals = inbox_totals(run->inbox);
	struct inbox_selection s = {.kind = x->kind, .limit = run->last - run->first};
	struct list_cache *cache = x->scim->list_cache;
	str key = list_query_key(x);
	struct inbox_walk walk;
	struct inbox_resource r;
	char space[37];
	int64_t row = 0;

	run->matched = x->kind == INBOX_USER ? totals.users : totals.groups;
	if (s.limit <= 0 || run->first >= run->matched)
		return;
	s.after = run->first > 0 ? list_cache_start_find(cache, key, run->first) : 0;
	s.skip = s.after > 0 ? 0 : run->first;
	walk = inbox_resources_begin(run->inbox, &s);
	while (inbox_resource_next(&walk, &r, space)) {
		if (row == 0 && x->kind == INBOX_USER && x->projection.groups)
			group_cache_walk(x, run->inbox, r.row - 1);
		row = r.row;
		list_put(run, &r);
	}
	group_cache_walk_end(x);
	if (row > 0)
		list_cache_start_put(cache, key, run->first + run->written, row);
}

static void list_put_head(struct buf *out)
{
	buf_text(out, "{\"schemas\":[\"" SCIM_MESSAGE_URN "ListResponse\"],\"Resources\":[");
}

static void index_answer(struct list_run *run)
{
	struct scim_request *x = run->x;
	struct list_query *l = &x->query;
	struct row_slice rows;
	size_t total;

	run->first = l->start - 1;
	run->last = run->first + l->count;
	list_put_head(&run->out);
	run->keep = list_narrow(l, x->kind).by == INBOX_BY_NOTHING || l->sorted || !x->resource;
	if (x->resource && !l->filter && !l->sorted) {
		list_run_plain(run);
	} else if (run->first > 0 &&
		   list_cache_find(x->scim->list_cache, list_query_key(x), (size_t)run->first,
				   (size_t)l->count, x->request.arena, &rows, &total)) {
		run->matched = (int64_t)total;
		list_put_rows(run, rows.items, rows.count);
	} else {
		list_run_all(run);
	}
	buf_printf(&run->out,
		   "],\"totalResults\":%" PRId64 ",\"itemsPerPage\":%" PRId64
		   ",\"startIndex\":%" PRId64 "}",
		   run->matched, run->written, l->start);
}

/* By cursor, in row order: the page, and one match more to know whether it is the last. */
static bool cursor_page(struct list_run *run, struct cursor_pos *pos)
{
	enum inbox_kind kinds[2];
	unsigned count = kinds_of(run->x, kinds);
	struct inbox_resource r;
	char space[37];
	bool more = false;

	for (; pos->part < count && !more; pos->part++, pos->after = 0) {
		struct narrowing n = list_narrow(&run->x->query, kinds[pos->part]);
		struct inbox_selection s = selection_of(run, kinds[pos->part], &n);
		struct inbox_walk walk;

		s.after = pos->after;
		if (!run->x->query.filter && s.kind == INBOX_USER && run->x->projection.groups)
			group_cache_walk(run->x, run->inbox, s.after);
		walk = inbox_resources_begin(run->inbox, &s);
		while (!more && inbox_resource_next(&walk, &r, space)) {
			struct row_view view = row_view_of(run->x, run->inbox, &r);

			if (list_matches(run, &n, &view)) {
				more = run->written == pos->count;
				if (!more) {
					list_put(run, &r);
					pos->after = r.row;
				}
			}
			row_view_clear(&view);
		}
		inbox_walk_end(&walk);
		group_cache_walk_end(run->x);
		if (more)
			break;
	}
	return more;
}

/* In a sorted list a cursor is an index into the order that was worked out for the first page. */
static bool cursor_sorted(struct list_run *run, struct cursor_pos *pos)
{
	struct scim_request *x = run->x;
	struct row_slice rows;
	size_t total;

	run->first = pos->after;
	run->last = pos->after + pos->count;
	run->keep = true;
	if (pos->after > 0 &&
	    list_cache_find(x->scim->list_cache, list_query_key(x), (size_t)run->first,
			    (size_t)pos->count, x->request.arena, &rows, &total)) {
		run->matched = (int64_t)total;
		list_put_rows(run, rows.items, rows.count);
	} else {
		list_run_all(run);
	}
	pos->after = run->last;
	return run->last < run->matched;
}

static int cursor_answer(struct list_run *run)
{
	struct scim_request *x = run->x;
	struct cursor_pos pos = {.count = x->query.count};
	struct inbox_totals totals = inbox_totals(run->inbox);
	bool more;

	if (x->query.cursor.n > 0 && cursor_read(x, &pos) < 0)
		return -1;
	list_put_head(&run->out);
	more = pos.count > 0 &&
	       (x->query.sorted ? cursor_sorted(run, &pos) : cursor_page(run, &pos));
	buf_printf(&run->out, "],\"itemsPerPage\":%" PRId64, run->written);
	if (x->query.sorted)
		buf_printf(&run->out, ",\"totalResults\":%" PRId64, run->matched);
	else if (!x->query.filter)
		buf_printf(&run->out, ",\"totalResults\":%" PRId64,
			   !x->resource            ? totals.users + totals.groups
			   : x->kind == INBOX_USER ? totals.users
						   : totals.groups);
	if (more) {
		buf_text(&run->out, ",\"nextCursor\":\"");
		cursor_write(x, &pos, &run->out);
		buf_char(&run->out, '"');
	}
	buf_char(&run->out, '}');
	return 0;
}

void list_answer(struct scim_request *x, struct inbox *inbox)
{
	struct list_run run = {.x = x, .inbox = inbox};

	if (!x->query.by_cursor)
		index_answer(&run);
	else
		cursor_answer(&run);
	if (x->error.status)
		answer_error(&x->request, &x->error);
	else
		answer_json(&x->request, 200, &run.out);
	buf_clear(&run.out);
	list_clear(&run.hits);
	arena_clear(&run.keys);
}
