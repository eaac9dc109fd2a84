/* SPDX-License-Identifier: Apache-2.0 */
/* Reading whole lists, by index or by cursor, some pages ahead, with proof that nothing is missing.
 */
#include <stdlib.h>
#include <string.h>

#include "base/url.h"
#include "connect/scim/read/read.h"

enum { PAGE_DEFAULT = 100, PAGE_MAX = 1000 };

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
	struct page_read_state *at; /* the page that is being entries in */
	uint64_t doubles; /* entries of it that were met before */
	struct buf first, last; /* ids of it */
	/* snapshot.names, by place in the entry: most entries look alike */
	uint32_t name_numbers[64];
	str name_texts[64];
};

static const char *plural(enum entry_kind kind)
{
	return kind == ENTRY_USER ? "users" : "groups";
}

static void list_fail(struct list_read *l, const struct err *err)
{
	if (l->failed)
		return;
	l->failed = true;
	l->err = *err;
	l->err.reach = REACH_SYSTEM;
	err_wrap(&l->err, "the list of %s", plural(l->kind));
}

static void list_nonsense(struct list_read *l, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void list_nonsense(struct list_read *l, const char *format, ...)
{
	struct buf text = {0};
	struct err err;
	va_list args;

	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	err_set(&err, REACH_SYSTEM, CODE_DATA, "%s", text.p);
	list_fail(l, &err);
	buf_clear(&text);
}

/* The read goes on, but what it does not show may be there all the same. */
static void list_incomplete(struct list_read *l, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void list_incomplete(struct list_read *l, const char *format, ...)
{
	struct buf text = {0};
	va_list args;

	l->into->complete = false;
	if (l->into->why_not.n)
		return;
	buf_printf(&text, "the list of %s ", plural(l->kind));
	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	l->into->why_not = buf_keep(&text, &l->into->arena);
}

static uint32_t list_name_number(struct list_read *l, size_t place, str name)
{
	if (place >= 64)
		return intern_put(&l->into->names, name);
	/* Canonical names are kept, so the same name has the same address. */
	if (l->name_texts[place].p != name.p) {
		l->name_texts[place] = name;
		l->name_numbers[place] = intern_put(&l->into->names, name);
	}
	return l->name_numbers[place];
}

static str shown_name(const struct list_read *l, const struct resource *r)
{
	str name = resource_value(r, l->kind == ENTRY_USER ? STR(PATH_USERNAME)
							   : STR(PATH_DISPLAYNAME));

	return name.n ? name : r->id;
}

static void put_oddity(struct list_read *l, const struct resource *r, const char *reason)
{
	snapshot_reject(l->into, l->kind, shown_name(l, r), r->id, "%s", reason);
	list_incomplete(l, "holds an entry that cannot be entries: %s", reason);
}

/* "." and ".." would lead a request elsewhere. */
static bool is_usable_id(str id)
{
	return !str_equal(id, STR(".")) && !str_equal(id, STR("..")) && id.n <= 1024;
}

static void list_put_members(struct list_read *l, uint32_t row, const struct resource *r)
{
	snapshot_members(l->into, row, r->members, r->member_count);
}

static void after_entry(struct list_read *l, uint32_t row, const struct resource *r)
{
	enum members_style style = l->c->settings.quirks.members;

	snapshot_key(l->into, l->kind, row, r->id);
	if (l->kind == ENTRY_USER)
		return;
	if (style == MEMBERS_EACH)
		list_push(&l->rows, row);
	else if (style == MEMBERS_NEVER)
		list_push(&l->into->opaque_groups, row);
	else
		list_put_members(l, row, r);
}

static int list_put_entry(struct list_read *l, const struct resource *r, struct err *err)
{
	struct err reason;
	uint32_t row;

	snapshot_begin(l->into);
	for (size_t i = 0; i < r->field_count; i++)
		snapshot_field_number(l->into, list_name_number(l, i, r->fields[i].name),
				      r->fields[i].value);
	if (r->etag.n)
		snapshot_field(l->into, STR(FIELD_ETAG), r->etag);
	if (snapshot_end(l->into, l->kind, r->id, r->inactive ? ENTRY_INACTIVE : 0, &row, &reason) <
	    0) {
		if (reason.reach != REACH_ENTRY) {
			*err = reason;
			return -1;
		}
		l->doubles += intern_find(&l->into->ids, r->id) != INTERN_NONE;
		put_oddity(l, r, reason.text);
		return 0;
	}
	after_entry(l, row, r);
	if ((l->entries & 1023) == 0)
		connection_progress(&l->c->base, l->entries);
	return 0;
}

static int read_resource(void *context, const struct resource *r, const char *defect,
			 struct err *err)
{
	struct list_read *l = context;
	bool is_first = l->at->met++ == 0;

	if (is_first) {
		buf_reset(&l->first);
		buf_put(&l->first, r->id);
	}
	buf_reset(&l->last);
	buf_put(&l->last, r->id);
	if (is_first && l->at->overlaps)
		return 0;
	l->entries++;
	if (!defect && !is_usable_id(r->id))
		defect = "its id cannot stand in a URL";
	if (defect) {
		put_oddity(l, r, defect);
		return 0;
	}
	return list_put_entry(l, r, err);
}

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

static void request_by_index(struct list_read *l, int64_t start, int64_t expected)
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

static void request_by_cursor(struct list_read *l, str cursor)
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

		request_by_index(l, l->next, expected);
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
	request_by_cursor(l, l->last_cursor);
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
		request_by_index(l, at->start + met, at->expected - met);
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

	if (page_read(l->names, response->body, l->c->service.etag, &page, read_resource, l, &err) <
	    0) {
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

static void fail_by_answer(struct list_read *l, const struct http_response *r)
{
	struct err err;

	scim_error_explain(r, &err);
	if (r->outcome == HTTP_ANSWERED && r->status >= 400 && r->status < 500 &&
	    err.code == CODE_FAILED)
		err.code = CODE_DATA;
	list_fail(l, &err);
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
			fail_by_answer(l, response);
		else
			list_read_page(l, response);
	}
	free(state);
	if (!l->failed && !l->by_cursor)
		request_ahead(l);
}

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

/* --- members, where each group must be read by itself */

struct group_read {
	struct list_read *list;
	uint32_t row;
	bool met;
};

static void request_groups(struct list_read *l);

static int read_group(void *context, const struct resource *r, const char *defect, struct err *err)
{
	struct group_read *g = context;

	(void)err;
	if (defect)
		return 0;
	g->met = true;
	list_put_members(g->list, g->row, r);
	return 0;
}

static void on_group(void *user, const struct http_response *response)
{
	struct group_read *g = user;
	struct list_read *l = g->list;
	struct err err;

	l->in_flight--;
	if (response->outcome == HTTP_ANSWERED && response->status == 404)
		list_incomplete(l, "changed while it was read: a group is gone");
	else if (response->outcome != HTTP_ANSWERED || response->status != 200)
		fail_by_answer(l, response);
	else if (resource_read(l->names, response->body, false, read_group, g, &err) < 0)
		list_fail(l, &err);
	else if (!g->met)
		list_nonsense(l, "a group read by itself is no resource with an id");
	free(g);
	request_groups(l);
}

static void request_groups(struct list_read *l)
{
	char space[37];

	while (!l->failed && l->next_row < l->rows.count && http_room(l->c->http) > 0) {
		struct group_read *g = mem_alloc(1, sizeof *g);
		struct buf target = {0};
		struct http_request request = {
			.accept = SCIM_TYPE ", application/json", .done = on_group, .user = g};

		*g = (struct group_read){.list = l, .row = l->rows.items[l->next_row++]};
		resource_target(ENTRY_GROUP,
				snapshot_id(l->into, &l->into->groups.items[g->row], space),
				&target);
		request.target = buf_str(&target);
		l->in_flight++;
		http_submit(l->c->http, &request);
		buf_clear(&target);
	}
}

/* --- both lists at once */

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
		request_by_cursor(l, STR(""));
	else
		request_by_index(l, 1, -1);
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
		request_groups(&groups);
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
