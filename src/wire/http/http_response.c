/* SPDX-License-Identifier: Apache-2.0 */
/* What a response says: its headers, links and refusals. */
#include <string.h>

#include "base/url.h"
#include "wire/http/internal.h"

void http_response_copy(const struct http_response *from, struct http_response *ret)
{
	*ret = *from;
	ret->url = ret->body_bytes = ret->header_bytes = (struct buf){0};
	buf_put(&ret->url, buf_str(&from->url));
	buf_put(&ret->body_bytes, from->body);
	buf_put(&ret->header_bytes, buf_str(&from->header_bytes));
	ret->body = buf_str(&ret->body_bytes);
}

void http_response_clear(struct http_response *r)
{
	buf_clear(&r->url);
	buf_clear(&r->body_bytes);
	buf_clear(&r->header_bytes);
}

str http_header_get(const struct http_response *r, const char *name)
{
	str rest = buf_str(&r->header_bytes), line, wanted = str_of(name);

	while (str_split(&rest, '\n', &line)) {
		if (line.n > wanted.n && line.p[wanted.n] == ':' && str_starts_nocase(line, wanted))
			return str_trim(str_slice(line, wanted.n + 1, line.n));
	}
	return str_make(NULL, 0);
}

/* The address of the last link that says rel="next" and, where one is wanted, the attribute too. */
static str link_next(const struct http_response *r, str attribute)
{
	str rest = http_header_get(r, "link"), found = {NULL, 0};

	while (rest.n) {
		ptrdiff_t from = str_find(rest, '<'), to = str_find(rest, '>');
		str address, parameters;
		ptrdiff_t next;

		if (from < 0 || to < from)
			break;
		address = str_slice(rest, (size_t)from + 1, (size_t)to);
		rest = str_slice(rest, (size_t)to + 1, rest.n);
		next = str_find(rest, '<');
		parameters = next < 0 ? rest : str_slice(rest, 0, (size_t)next);
		if ((str_contains(parameters, STR("rel=\"next\"")) ||
		     str_contains(parameters, STR("rel=next"))) &&
		    (!attribute.n || str_contains(parameters, attribute)))
			found = address;
	}
	return found;
}

bool http_link_next(const struct http_response *r, str attribute, struct buf *out)
{
	str link = link_next(r, attribute);

	/* What cannot be resolved is refused, by its own words, once it is asked for. */
	if (link.n && !url_resolve(buf_str(&r->url), link, out))
		buf_put(out, link);
	return link.n > 0;
}

bool http_is_refusal(const struct http_response *r)
{
	if (r->outcome != HTTP_ANSWERED)
		return false;
	return r->status == 429 || ((r->status == 503 || r->status == 403) && r->retry_after >= 0);
}
