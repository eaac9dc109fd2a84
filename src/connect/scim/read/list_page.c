/* SPDX-License-Identifier: Apache-2.0 */
/* The pages of a list, by index or by cursor, some ahead: asked for, and judged by what the list
 * says of itself. */
#include <stdlib.h>

#include "base/url.h"
#include "connect/scim/read/internal.h"

static void on_page(void *user, const struct http_response *response);

static void list_submit(struct list_read *l, struct buf *target, struct page_read_state *state)
{
	struct http_request request = {
		.target = buf_str(target),
		.accept = SCIM_TYPE ", application/json",
		.done = on_page,
		.user = state,
	};

	state->list = l;
	l->in_flight++;
	http_submit(l->c->http, &request);
}

static void begin_target(const struct list_read *l, struct buf *target)
{
	buf_text(target, kind_path(l->kind));
	buf_char(target, '?');
	if (l->filter.n) {
		buf_text(target, "filter=");
		url_escape(l->filter, target);
		buf_char(target, '&');
	}
	/* Memberships are read with the groups; saying them with each user too costs a service
	 * dear. */
	if (l->kind == ENTRY_USER && l->c->settings.quirks.flags & QUIRK_LEAN_LISTS)
		buf_text(target, "excludedAttributes=groups&");
}

void list_request_by_index(struct list_read *l, int64_t start, int64_t expected)
{
	struct page_read_state *state = mem_alloc(1, sizeof *state);
	struct buf target = {0};

	*state = (struct page_read_state){.start = start, .expected = expected};
	state->overlaps = l->as_source && start > 1 && l->count > 1;
	begin_target(l, &target);
	if (l->c->settings.quirks.paging == PAGING_NONE)
		target.n--;
	else
		buf_printf(&target, "startIndex=%lld&count=%lld",
			   (long long)(state->overlaps ? start - 1 : start), (long long)l->count);
	list_submit(l, &target, state);
	buf_clear(&target);
}

void list_request_by_cursor(struct list_read *l, str cursor)
{
	struct page_read_state *state = mem_alloc(1, sizeof *state);
	struct buf target = {0};

	state->expected = -1;
	begin_target(l, &target);
	buf_text(&target, "cursor=");
	url_escape(cursor, &target);
	buf_printf(&target, "&count=%lld", (long long)l->count);
	list_submit(l, &target, state);
	buf_clear(&target);
}

static void request_ahead(struct list_read *l)
{
	while (!l->failed && l->in_flight < PAGES_AHEAD && l->next <= l->total) {
		int64_t left = l->total - l->next + 1, expected = left < l->step ? left : l->step;

		list_request_by_index(l, l->next, expected);
		l->next += expected;
	}
}

static void check_total(struct list_read *l, const struct page *page)
{
	if (page->total >= 0 && l->total >= 0 && page->total != l->total)
		list_incomplete(l, "changed while it was read: from %lld to %lld",
				(long long)l->total, (long long)page->total);
}

/* The service may have decided on cursors by itself (RFC 9865 2.1). */
static void read_cursor(struct list_read *l, const struct page *page)
{
	check_total(l, page);
	if (page->total >= 0)
		l->total = page->total;
	if (!page->has_cursor)
		return;
	if (str_equal(l->last_cursor, buf_str(&page->cursor))) {
		list_nonsense(l, "the cursor of a page leads to the same page again");
		return;
	}
	if (l->at->met == 0) {
		list_nonsense(l, "a page without entries says that more follow");
		return;
	}
	l->last_cursor = arena_str(&l->into->arena, buf_str(&page->cursor));
	list_request_by_cursor(l, l->last_cursor);
}

/* The first page says how long the list is and how many entries a page really has. */
static void read_first_page(struct list_read *l, const struct page *page)
{
	int64_t met = (int64_t)l->at->met;

	if (page->total < 0) {
		list_nonsense(l, "does not say how many there are (totalResults)");
		return;
	}
	if (met > page->total || (met == 0 && page->total > 0)) {
		list_nonsense(l, "says that there are %lld (totalResults) and shows %lld",
			      (long long)page->total, (long long)met);
		return;
	}
	if (l->c->settings.quirks.paging == PAGING_NONE && met != page->total) {
		list_nonsense(l, "has %lld entries and shows %lld of them without paging",
			      (long long)page->total, (long long)met);
		return;
	}
	l->total = page->total;
	l->next = met + 1;
	l->step = met - (l->as_source && met > 1);
	l->count = met < l->count && met > 0 ? met : l->count;
}

/* A page in the middle: fewer than asked may come (then the rest is asked for), more may not. */
static void read_further_page(struct list_read *l, const struct page *page)
{
	const struct page_read_state *at = l->at;
	int64_t met = (int64_t)at->met - at->overlaps;

	check_total(l, page);
	if (met > at->expected && page->total <= l->total) {
		list_nonsense(l, "shows %lld entries from index %lld on, where at most %lld can be",
			      (long long)met, (long long)at->start, (long long)at->expected);
	} else if (met <= 0 && page->total >= at->start) {
		list_nonsense(l, "says that there are %lld and shows nothing from index %lld on",
			      (long long)page->total, (long long)at->start);
	} else if (met <= 0) {
		list_incomplete(l, "ends at %lld, though it says that there are %lld",
				(long long)at->start - 1, (long long)l->total);
	} else if (met < at->expected) {
		list_request_by_index(l, at->start + met, at->expected - met);
	}
}

static void note_ends(struct list_read *l)
{
	if (l->as_source && !l->by_cursor && l->at->met > 0)
		list_push(&l->ends,
			  ((struct page_ends){l->at->start - l->at->overlaps,
					      l->at->start - l->at->overlaps + (int64_t)l->at->met -
						      1,
					      arena_str(&l->into->arena, buf_str(&l->first)),
					      arena_str(&l->into->arena, buf_str(&l->last))}));
}

static void list_read_page(struct list_read *l, const struct http_response *response)
{
	struct page page = {0};
	struct err err;

	if (page_read(l->names, response->body, l->c->service.etag, &page, list_put_resource, l,
		      &err) < 0) {
		if (err.code == CODE_DATA && !http_is_json(response))
			list_nonsense(l, "answered 200 with something that is no JSON (%.*s)",
				      STR_ARG(http_header_get(response, "content-type")));
		else
			list_fail(l, &err);
	} else if (l->doubles > 0 && l->doubles == page.resources - (l->at->overlaps ? 1 : 0)) {
		list_nonsense(l, "a page shows entries that were shown before, and nothing else");
	} else if (!page.is_list) {
		list_nonsense(l, "is no ListResponse: neither totalResults nor Resources");
	} else if (l->by_cursor || (!l->began && page.has_cursor)) {
		l->by_cursor = true;
		read_cursor(l, &page);
	} else {
		note_ends(l);
		if (l->began)
			read_further_page(l, &page);
		else
			read_first_page(l, &page);
	}
	buf_clear(&page.cursor);
	l->began = true;
}

static void on_page(void *user, const struct http_response *response)
{
	struct page_read_state *state = user;
	struct list_read *l = state->list;

	l->in_flight--;
	l->at = state;
	l->doubles = 0;
	if (!l->failed) {
		if (response->outcome != HTTP_ANSWERED || response->status != 200)
			list_fail_by_answer(l, response);
		else
			list_read_page(l, response);
	}
	free(state);
	if (!l->failed && !l->by_cursor)
		request_ahead(l);
}
