/* SPDX-License-Identifier: Apache-2.0 */
/* What a good answer of the service is: a page of somebody else, or the id of what was created. */
#include "connect/scim/internal.h"

static int id_event(void *user, struct json_reader *r, enum json_event event, str text,
		    struct err *err)
{
	struct buf *id = user;

	(void)err;
	if ((event == JSON_EVENT_STRING || event == JSON_EVENT_NUMBER) && json_reader_at(r, "id")) {
		buf_reset(id);
		buf_put(id, text);
	}
	return 0;
}

/* The last segment of a URL, without query, percent-decoding left to those who send such. */
static str last_segment(str url)
{
	ptrdiff_t end = str_find(url, '?');

	if (end >= 0)
		url = str_slice(url, 0, (size_t)end);
	return str_slice(url, (size_t)(str_find_last(url, '/') + 1), url.n);
}

str scim_reply_id(const struct http_response *r, struct arena *arena)
{
	struct buf id = {0};
	str found;

	if (http_is_json(r))
		json_read(r->body, NULL, id_event, &id, NULL);
	found = id.n ? buf_str(&id) : last_segment(http_header_get(r, "location"));
	found = arena_str(arena, found);
	buf_clear(&id);
	return found;
}

bool scim_reply_is_page(const struct http_response *r, struct err *err)
{
	str body = str_trim(r->body);

	if (!http_is_good(r) || body.n == 0 || body.p[0] != '<')
		return false;
	err_set(err, REACH_ENTRY, CODE_DATA,
		"answered %d with a page that is no JSON (HTML): is something between muster and "
		"the service?",
		r->status);
	return true;
}
