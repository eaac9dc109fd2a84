/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a list page by page, whichever way the service has: to its proper end, or not at all. */
#include <stdlib.h>
#include <string.h>

#include "base/url.h"
#include "connect/team/call/call.h"
#include "connect/team/internal.h"

struct list_walker {
	struct team_connection *c;
	const struct list_call *l;
	const struct page_sink *sink;
	struct buf target; /* of the next page, without paging parameters; or a whole URL */
	int64_t page; /* number or offset of the next page */
	uint64_t read, pages;
	struct intern cursors; /* those met so far */
	int64_t total; /* as the service says it; -1: it does not */
};

static int list_refuse(const struct list_walker *w, const char *text, struct err *err)
{
	return err_set(err, REACH_SYSTEM, CODE_DATA, "%.*s %s", STR_ARG(w->l->call.path), text);
}

/* Whoever wrote the profile wants to know where else to look. */
static int list_missing(const struct entry_set *set, const json_t *answer, const json_t *met,
			struct err *err)
{
	struct buf paths = {0};

	json_paths_put(answer, &paths);
	err_set(err, REACH_SYSTEM, CODE_DATA,
		"expected a list at '%.*s' of the answer, and met %s; the answer has %s",
		STR_ARG(json_path_text(set->items)), json_kind_text(met),
		paths.n ? paths.p : json_kind_text(answer));
	buf_clear(&paths);
	return -1;
}

int entry_set_items(const struct team_connection *c, const struct entry_set *set,
		    const json_t *answer, json_list *ret, struct err *err)
{
	const json_t *items = json_path_first(set->items, answer, &c->parameters);

	ret->count = 0;
	if (!items && set->optional)
		return 0;
	if (!json_is_array(items))
		return list_missing(set, answer, items, err);
	for (size_t i = 0; i < json_array_size(items); i++)
		list_push(ret, (const json_t *)json_array_get(items, i));
	return 0;
}

static void put_parameter(struct buf *target, str name, str value)
{
	buf_char(target, str_find(buf_str(target), '?') < 0 ? '?' : '&');
	url_escape(name, target);
	buf_char(target, '=');
	url_escape(value, target);
}

static void put_parameter_number(struct buf *target, str name, int64_t number)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)number);
	put_parameter(target, name, str_of(text));
}

static void put_paging(const struct list_walker *w, struct buf *target, str cursor)
{
	const struct list_paging *p = &w->l->page;

	if (p->size_parameter.n && p->size)
		put_parameter_number(target, p->size_parameter, p->size);
	if (p->kind == PAGE_NUMBER || p->kind == PAGE_OFFSET)
		put_parameter_number(target, p->parameter, w->page);
	else if (cursor.n)
		put_parameter(target, p->parameter, cursor);
}

static int read_reply(struct list_walker *w, const struct team_reply *reply, size_t *ret_count,
		      struct err *err)
{
	if (!reply->json) {
		return list_refuse(w,
				   reply->is_html ? "answered with HTML instead of JSON"
						  : "answered with something that is no JSON",
				   err);
	}
	if (w->sink->page(w->sink->context, w->l, reply->json, w->pages++ == 0, ret_count, err) < 0)
		return err_wrap(err, "%.*s", STR_ARG(w->l->call.path));
	w->read += *ret_count;
	if (w->pages > TEAM_PAGES_MAX || w->read > TEAM_ENTRIES_MAX)
		return list_refuse(w, "goes on without end", err);
	return 0;
}

static bool number_of_answer(const struct list_walker *w, const struct json_path *path,
			     const json_t *answer, int64_t *ret)
{
	const json_t *value = json_path_first(path, answer, &w->c->parameters);

	if (!json_is_integer(value))
		return false;
	*ret = json_integer_value(value);
	return true;
}

/* A cursor that came before leads round in a circle. */
static int remember_cursor(struct list_walker *w, str cursor, struct err *err)
{
	uint32_t before = w->cursors.count;

	intern_put(&w->cursors, cursor);
	if (w->cursors.count == before)
		return list_refuse(w, "leads from a page back to one that was read", err);
	return 0;
}

/* Is this page the last, as far as numbers tell? A page that is not full is, where nothing else is
 * said. */
static bool is_last_page(const struct list_walker *w, const json_t *answer, size_t count)
{
	const struct list_paging *p = &w->l->page;
	int64_t number;
	const json_t *more = json_path_first(p->more, answer, &w->c->parameters);

	if (number_of_answer(w, p->total, answer, &number))
		return (int64_t)w->read >= number || count == 0;
	if (number_of_answer(w, p->pages, answer, &number))
		return (int64_t)w->pages >= number;
	if (json_is_boolean(more))
		return !json_is_true(more);
	return (int64_t)count < p->size;
}

static int next_by_number(struct list_walker *w, const json_t *answer, size_t count, bool *ret_more,
			  struct err *err)
{
	const struct list_paging *p = &w->l->page;

	number_of_answer(w, p->total, answer, &w->total);
	*ret_more = !is_last_page(w, answer, count);
	if (*ret_more && count == 0)
		return list_refuse(w, "says that more follow, and shows an empty page", err);
	w->page += p->kind == PAGE_NUMBER ? 1 : (int64_t)count;
	return 0;
}

static int next_by_cursor(struct list_walker *w, const json_t *answer, struct arena *scratch,
			  str *ret, struct err *err)
{
	const struct list_paging *p = &w->l->page;
	const json_t *next = json_path_first(p->next, answer, &w->c->parameters);
	const json_t *more = json_path_first(p->more, answer, &w->c->parameters);

	*ret = STR("");
	if (!next || json_is_false(more))
		return 0;
	if (!json_to_text(next, scratch, ret))
		return list_refuse(w, "has a cursor that is neither text nor number", err);
	return ret->n ? remember_cursor(w, *ret, err) : 0;
}

static int next_by_link(struct list_walker *w, const struct http_response *r, bool *ret_more,
			struct err *err)
{
	struct buf link = {0};

	*ret_more = http_link_next(r, w->l->page.attribute, &link);
	if (*ret_more) {
		buf_reset(&w->target);
		buf_put(&w->target, buf_str(&link));
	}
	buf_clear(&link);
	return *ret_more ? remember_cursor(w, buf_str(&w->target), err) : 0;
}

/* Where the next page is; false in *ret_more when there is none. */
static int find_next_page(struct list_walker *w, const struct http_response *r,
			  const json_t *answer, size_t count, struct buf *cursor, bool *ret_more,
			  struct err *err)
{
	struct arena scratch = {0};
	str text = STR("");
	int rc = 0;

	*ret_more = false;
	buf_reset(cursor);
	switch (w->l->page.kind) {
	case PAGE_NONE:
		break;
	case PAGE_NUMBER:
	case PAGE_OFFSET:
		rc = next_by_number(w, answer, count, ret_more, err);
		break;
	case PAGE_CURSOR:
		rc = next_by_cursor(w, answer, &scratch, &text, err);
		*ret_more = text.n;
		break;
	case PAGE_HEADER:
		text = http_header_get(r, w->l->page.header.p);
		*ret_more = text.n;
		rc = text.n ? remember_cursor(w, text, err) : 0;
		break;
	case PAGE_LINK:
		rc = next_by_link(w, r, ret_more, err);
		break;
	}
	buf_put(cursor, text);
	arena_clear(&scratch);
	return rc;
}

/* One page asked for, taken, and the way to the next found. */
static int walk_page(struct list_walker *w, const struct team_request *request, struct buf *cursor,
		     bool *ret_more, struct err *err)
{
	bool whole_url = w->l->page.kind == PAGE_LINK && w->pages > 0;
	struct buf target = {0};
	struct http_response r;
	struct team_reply reply;
	size_t count = 0;
	int rc;

	buf_put(&target, buf_str(&w->target));
	if (!whole_url)
		put_paging(w, &target, buf_str(cursor));
	http_call(w->c->http,
		  &(struct http_request){
			  .method = w->l->call.method,
			  .target = buf_str(&target),
			  .accept = w->c->accept,
			  .headers = request->headers,
			  .header_count = request->header_count,
			  .reads = true,
		  },
		  &r, NULL);
	team_reply_read(w->c, OP_LIST, &r, &w->c->parameters, &reply);
	rc = reply.outcome == OUTCOME_DONE ? read_reply(w, &reply, &count, err) : -1;
	if (reply.outcome != OUTCOME_DONE)
		*err = reply.err;
	if (reply.outcome != OUTCOME_DONE && http_is_good(&r))
		err_wrap(err, "%.*s", STR_ARG(w->l->call.path));
	if (rc == 0)
		rc = find_next_page(w, &r, reply.json, count, cursor, ret_more, err);
	team_reply_clear(&reply);
	http_response_clear(&r);
	buf_clear(&target);
	return rc;
}

static int check_list_total(const struct list_walker *w, struct err *err)
{
	if (w->total < 0 || (uint64_t)w->total == w->read)
		return 0;
	return err_later(err, REACH_SYSTEM, CODE_DATA,
			 "%.*s says that there are %lld entries, and shows %llu",
			 STR_ARG(w->l->call.path), (long long)w->total,
			 (unsigned long long)w->read);
}

int list_walk(struct team_connection *c, const struct list_call *l, const struct page_sink *sink,
	      struct err *err)
{
	struct list_walker w = {.c = c, .l = l, .sink = sink, .total = -1, .page = l->page.first};
	struct team_request request = {0};
	struct buf cursor = {0};
	bool more = true;
	int rc = team_request_render(&l->call, &c->parameters, NULL, 0, &request, err);

	if (l->page.kind == PAGE_OFFSET)
		w.page = 0;
	buf_put(&w.target, buf_str(&request.target));
	while (rc == 0 && more)
		rc = walk_page(&w, &request, &cursor, &more, err);
	if (rc == 0)
		rc = check_list_total(&w, err);
	team_request_clear(&request);
	buf_clear(&cursor);
	buf_clear(&w.target);
	intern_clear(&w.cursors);
	return rc;
}
