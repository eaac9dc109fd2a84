/* SPDX-License-Identifier: Apache-2.0 */
/* A call of a profile becomes a request: every value is encoded for the place where it goes. */
#include <string.h>

#include "base/url.h"
#include "connect/team/call/call.h"

/* A name that ends in [] is sent once for each of the values that stand between bars. */
static void put_query_pair(str name, str value, char first, struct buf *out)
{
	str part = value;

	do {
		if (str_ends(name, STR("[]")))
			str_split(&value, '|', &part);
		if (first)
			buf_char(out, first);
		first = '&';
		url_escape(name, out);
		buf_char(out, '=');
		/* The pattern's own characters were taken as they stand: only values are encoded.
		 */
		buf_put(out, part);
	} while (str_ends(name, STR("[]")) && value.n);
}

static int put_query(const struct setting *items, size_t count, const struct values *values,
		     struct buf *out, char first, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		struct buf value = {0};
		enum rendered rendered =
			render_text(items[i].text, values, RENDER_URL, &value, err);

		if (rendered == RENDER_DONE) {
			put_query_pair(items[i].name, buf_str(&value), first, out);
			first = '&';
		}
		buf_clear(&value);
		if (rendered == RENDER_FAILED)
			return -1;
	}
	return 0;
}

static int put_call_headers(const struct call_template *call, const struct values *values,
			    struct team_request *ret, struct err *err)
{
	ret->headers = arena_array(&ret->arena, struct http_header, call->header_count + 1);
	for (size_t i = 0; i < call->header_count; i++) {
		struct buf value = {0};
		enum rendered rendered =
			render_text(call->headers[i].text, values, RENDER_PLAIN, &value, err);

		if (rendered == RENDER_DONE)
			ret->headers[ret->header_count++] =
				(struct http_header){arena_text(&ret->arena, call->headers[i].name),
						     arena_text(&ret->arena, buf_str(&value))};
		buf_clear(&value);
		if (rendered == RENDER_FAILED)
			return -1;
	}
	return 0;
}

static int put_people(const struct call_template *call, const struct values *const *people,
		      size_t count, struct json_writer *w, struct err *err)
{
	json_write_array(w);
	for (size_t i = 0; i < count; i++)
		if (render_json(call->each, people[i], w, err) < 0)
			return -1;
	json_write_array_end(w);
	return 0;
}

static int put_call_body(const struct call_template *call, const struct values *values,
			 const struct values *const *people, size_t people_count,
			 struct team_request *ret, struct err *err)
{
	struct json_writer w = {.out = &ret->body};

	if (call->form_count) {
		ret->content_type = "application/x-www-form-urlencoded";
		return put_query(call->form, call->form_count, values, &ret->body, '\0', err);
	}
	if (call->each)
		return put_people(call, people, people_count, &w, err);
	return call->body ? render_json(call->body, values, &w, err) : 0;
}

/* "." and ".." as a whole segment would lead elsewhere. */
static int check_path_segments(str path, struct err *err)
{
	str rest = path, segment;

	while (str_split(&rest, '/', &segment))
		if (str_equal(segment, STR(".")) || str_equal(segment, STR("..")))
			return err_set(err, REACH_ENTRY, CODE_DATA,
				       "an id cannot be \"%.*s\" in a path", STR_ARG(segment));
	return 0;
}

int team_request_render(const struct call_template *call, const struct values *values,
			const struct values *const *people, size_t people_count,
			struct team_request *ret, struct err *err)
{
	*ret = (struct team_request){0};
	if (render_text(call->path, values, RENDER_URL, &ret->target, err) == RENDER_FAILED ||
	    check_path_segments(buf_str(&ret->target), err) < 0 ||
	    put_query(call->query, call->query_count, values, &ret->target, '?', err) < 0 ||
	    put_call_headers(call, values, ret, err) < 0 ||
	    put_call_body(call, values, people, people_count, ret, err) < 0) {
		team_request_clear(ret);
		return -1;
	}
	return 0;
}

void team_request_clear(struct team_request *r)
{
	buf_clear(&r->target);
	buf_clear(&r->body);
	arena_clear(&r->arena);
	*r = (struct team_request){0};
}
