/* SPDX-License-Identifier: Apache-2.0 */
/* Lists and searches: which resources match, in which order, and the page of them that is answered.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/unicode.h"
#include "serve/scim/listing.h"

struct hit {
	str key; /* sorts; p NULL when the resource has no such value */
	int64_t row;
};

struct run {
	struct scim_request *x;
	struct inbox *inbox;
	struct buf out; /* the resources of the page, with commas */
	int64_t first, last; /* the page: matches from first up to, not with, last (from 0) */
	int64_t matched, written;
	bool keep; /* note the rows of all matches */
	LIST(struct hit) hits;
	struct arena keys;
};

enum { FIRST_FEW = 32, ROOM_MAX = 4 << 20 };

/* A page is large: room for all of it at once, by what the first of it took. */
static void room_make(struct run *run)
{
	int64_t count = run->last - run->first;
	size_t room = run->out.n / FIRST_FEW * (size_t)(count + FIRST_FEW);

	if (count > FIRST_FEW && count <= PAGE_MAX)
		buf_reserve(&run->out, room < ROOM_MAX ? room : ROOM_MAX);
}

static void resource_put(struct run *run, const struct inbox_resource *r)
{
	if (run->written == FIRST_FEW)
		room_make(run);
	if (run->written++ > 0)
		buf_char(&run->out, ',');
	render_resource(run->x, run->inbox, r, &run->out);
}

static bool matches(struct run *run, const struct narrowing *n, struct row_view *view)
{
	const struct filter *filter = run->x->listing.filter;

	return !filter || n->exact || filter_match(filter, &view->view);
}

static struct inbox_selection selection_of(struct run *run, enum inbox_kind kind,
					   const struct narrowing *n)
{
	struct inbox_selection s = {.kind = kind, .by = n->by, .key = n->key, .limit = -1};
	char *space;

	if (n->by == INBOX_BY_NAME || n->by == INBOX_BY_ADDRESS) {
		space = arena_alloc(run->x->arena, n->key.n + 1);
		text_fold(n->key, space);
		s.key = str_make(space, n->key.n);
	}
	return s;
}

static void hit_take(struct run *run, struct row_view *view)
{
	const struct listing *l = &run->x->listing;
	bool on_page = run->matched >= run->first && run->matched < run->last;

	run->matched++;
	if (run->keep)
		*list_add(&run->hits) = (struct hit){
			l->sorted ? row_sort_key(view, &l->sort, &run->keys) : (str){NULL, 0},
			view->r->row};
	if (on_page && !l->sorted)
		resource_put(run, view->r);
}

/* All matches of one kind. */
static void kind_run(struct run *run, enum inbox_kind kind)
{
	struct narrowing n = listing_narrow(&run->x->listing, kind);
	struct inbox_selection selection = selection_of(run, kind, &n);
	struct inbox_walk walk = inbox_select(run->inbox, &selection);
	struct inbox_resource r;
	char space[37];

	while (inbox_next(&walk, &r, space)) {
		struct row_view view = row_view_of(run->x, run->inbox, &r);

		if (matches(run, &n, &view))
			hit_take(run, &view);
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
	const struct hit *x = a, *y = b;
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

static void rows_put(struct run *run, const int64_t *rows, size_t count)
{
	struct inbox_resource r;

	for (size_t i = 0; i < count; i++)
		if (inbox_find_row(run->inbox, rows[i], run->x->arena, &r))
			resource_put(run, &r);
}

/* Sorts what was found, keeps it for the next pages, and puts the page out if that is still to do.
 */
static void hits_settle(struct run *run)
{
	const struct listing *l = &run->x->listing;
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
		memo_put(run->x->service->memos, listing_key(run->x), rows, run->hits.count);
	if (l->sorted && run->first < last)
		rows_put(run, rows + run->first, (size_t)(last - run->first));
	free(rows);
}

static void everything_run(struct run *run)
{
	enum inbox_kind kinds[2];
	unsigned count = kinds_of(run->x, kinds);

	for (unsigned i = 0; i < count; i++)
		kind_run(run, kinds[i]);
	hits_settle(run);
}

/* A page of everything in row order: nothing but the page is read. */
static void plain_run(struct run *run)
{
	struct scim_request *x = run->x;
	struct inbox_totals totals = inbox_totals(run->inbox);
	struct inbox_selection s = {.kind = x->kind, .limit = run->last - run->first};
	struct memos *memos = x->service->memos;
	str key = listing_key(x);
	struct inbox_walk walk;
	struct inbox_resource r;
	char space[37];
	int64_t row = 0;

	run->matched = x->kind == INBOX_USER ? totals.users : totals.teams;
	if (s.limit <= 0 || run->first >= run->matched)
		return;
	s.after = run->first > 0 ? memo_place_get(memos, key, run->first) : 0;
	s.skip = s.after > 0 ? 0 : run->first;
	walk = inbox_select(run->inbox, &s);
	while (inbox_next(&walk, &r, space)) {
		if (row == 0 && x->kind == INBOX_USER && x->projection.groups)
			teams_walk(x, run->inbox, r.row - 1);
		row = r.row;
		resource_put(run, &r);
	}
	teams_walk_end(x);
	if (row > 0)
		memo_place_put(memos, key, run->first + run->written, row);
}

static void head_put(struct buf *out)
{
	buf_text(out, "{\"schemas\":[\"" SCIM_MESSAGE_URN "ListResponse\"],\"Resources\":[");
}

static void index_answer(struct run *run)
{
	struct scim_request *x = run->x;
	struct listing *l = &x->listing;
	struct memo_rows rows;
	size_t total;

	run->first = l->start - 1;
	run->last = run->first + l->count;
	head_put(&run->out);
	run->keep = listing_narrow(l, x->kind).by == INBOX_BY_NOTHING || l->sorted || !x->resource;
	if (x->resource && !l->filter && !l->sorted) {
		plain_run(run);
	} else if (run->first > 0 && memo_get(x->service->memos, listing_key(x), (size_t)run->first,
					      (size_t)l->count, x->arena, &rows, &total)) {
		run->matched = (int64_t)total;
		rows_put(run, rows.items, rows.count);
	} else {
		everything_run(run);
	}
	buf_printf(&run->out,
		   "],\"totalResults\":%" PRId64 ",\"itemsPerPage\":%" PRId64
		   ",\"startIndex\":%" PRId64 "}",
		   run->matched, run->written, l->start);
}

/* By cursor, in row order: the page, and one match more to know whether it is the last. */
static bool cursor_page(struct run *run, struct place *place)
{
	enum inbox_kind kinds[2];
	unsigned count = kinds_of(run->x, kinds);
	struct inbox_resource r;
	char space[37];
	bool more = false;

	for (; place->part < count && !more; place->part++, place->after = 0) {
		struct narrowing n = listing_narrow(&run->x->listing, kinds[place->part]);
		struct inbox_selection s = selection_of(run, kinds[place->part], &n);
		struct inbox_walk walk;

		s.after = place->after;
		if (!run->x->listing.filter && s.kind == INBOX_USER && run->x->projection.groups)
			teams_walk(run->x, run->inbox, s.after);
		walk = inbox_select(run->inbox, &s);
		while (!more && inbox_next(&walk, &r, space)) {
			struct row_view view = row_view_of(run->x, run->inbox, &r);

			if (matches(run, &n, &view)) {
				more = run->written == place->count;
				if (!more) {
					resource_put(run, &r);
					place->after = r.row;
				}
			}
			row_view_clear(&view);
		}
		inbox_select_end(&walk);
		teams_walk_end(run->x);
		if (more)
			break;
	}
	return more;
}

/* In a sorted list a cursor is an index into the order that was worked out for the first page. */
static bool cursor_sorted(struct run *run, struct place *place)
{
	struct scim_request *x = run->x;
	struct memo_rows rows;
	size_t total;

	run->first = place->after;
	run->last = place->after + place->count;
	run->keep = true;
	if (place->after > 0 && memo_get(x->service->memos, listing_key(x), (size_t)run->first,
					 (size_t)place->count, x->arena, &rows, &total)) {
		run->matched = (int64_t)total;
		rows_put(run, rows.items, rows.count);
	} else {
		everything_run(run);
	}
	place->after = run->last;
	return run->last < run->matched;
}

static int cursor_answer(struct run *run)
{
	struct scim_request *x = run->x;
	struct place place = {.count = x->listing.count};
	struct inbox_totals totals = inbox_totals(run->inbox);
	bool more;

	if (x->listing.cursor.n > 0 && cursor_read(x, &place) < 0)
		return -1;
	head_put(&run->out);
	more = place.count > 0 &&
	       (x->listing.sorted ? cursor_sorted(run, &place) : cursor_page(run, &place));
	buf_printf(&run->out, "],\"itemsPerPage\":%" PRId64, run->written);
	if (x->listing.sorted)
		buf_printf(&run->out, ",\"totalResults\":%" PRId64, run->matched);
	else if (!x->listing.filter)
		buf_printf(&run->out, ",\"totalResults\":%" PRId64,
			   !x->resource            ? totals.users + totals.teams
			   : x->kind == INBOX_USER ? totals.users
						   : totals.teams);
	if (more) {
		buf_text(&run->out, ",\"nextCursor\":\"");
		cursor_write(x, &place, &run->out);
		buf_char(&run->out, '"');
	}
	buf_char(&run->out, '}');
	return 0;
}

void listing_answer(struct scim_request *x, struct inbox *inbox)
{
	struct run run = {.x = x, .inbox = inbox};

	if (!x->listing.by_cursor)
		index_answer(&run);
	else
		cursor_answer(&run);
	if (x->error.status)
		answer_error(x, &x->error);
	else
		answer_json(x, 200, &run.out);
	buf_clear(&run.out);
	list_clear(&run.hits);
	arena_clear(&run.keys);
}
