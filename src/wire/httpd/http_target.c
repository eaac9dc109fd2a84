/* SPDX-License-Identifier: Apache-2.0 */
/* Request targets and forms: percent-decoding into a path and its parameters. */
#include <string.h>

#include "wire/httpd/httpd.h"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int percent_decode(str s, bool plus, struct arena *arena, str *ret)
{
	char *out = arena_alloc(arena, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '%') {
			int high = s.n - i > 2 ? hex_value(s.p[i + 1]) : -1;
			int low = s.n - i > 2 ? hex_value(s.p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return -1;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if (c == '\0')
			return -1;
		out[n++] = c;
	}
	*ret = str_make(out, n);
	return str_is_utf8(*ret) ? 0 : -1;
}

static str cut_front(str text)
{
	ptrdiff_t at;

	/*
	 * absolute-form (RFC 9112 3.2.2), as a proxy may send it: whatever host stands in it, only
	 * path and query count, so that it is no URL to be understood.
	 */
	if (str_starts_nocase(text, STR("http://")) || str_starts_nocase(text, STR("https://"))) {
		text = str_slice(text, text.p[4] == ':' ? 7 : 8, text.n);
		at = str_find(text, '/');
		text = at < 0 ? STR("/") : str_slice(text, (size_t)at, text.n);
	}
	at = str_find(text, '#');
	return at < 0 ? text : str_slice(text, 0, (size_t)at);
}

int http_target_parse(str text, bool form, struct arena *arena, struct http_target *ret)
{
	struct http_target target = {.path = STR("")};
	str query = text, pair, name;
	ptrdiff_t at;

	if (!form) {
		text = cut_front(text);
		at = str_find(text, '?');
		query = at < 0 ? STR("") : str_slice(text, (size_t)at + 1, text.n);
		if (at >= 0)
			text = str_slice(text, 0, (size_t)at);
		if (percent_decode(text, false, arena, &target.path) < 0)
			return -1;
	}
	if (query.n > 0)
		target.parameters = arena_array(arena, struct http_parameter, HTTP_PARAMETERS_MAX);
	while (str_split(&query, '&', &pair)) {
		struct http_parameter *p = &target.parameters[target.count];

		if (pair.n == 0)
			continue;
		if (target.count == HTTP_PARAMETERS_MAX)
			return -1;
		at = str_find(pair, '=');
		name = at < 0 ? pair : str_slice(pair, 0, (size_t)at);
		pair = at < 0 ? STR("") : str_slice(pair, (size_t)at + 1, pair.n);
		if (percent_decode(name, true, arena, &p->name) < 0 ||
		    percent_decode(pair, true, arena, &p->value) < 0)
			return -1;
		target.count++;
	}
	*ret = target;
	return 0;
}

str http_target_find(const struct http_target *target, const char *name)
{
	for (size_t i = 0; i < target->count; i++)
		if (str_equal(target->parameters[i].name, str_of(name)))
			return target->parameters[i].value;
	return (str){NULL, 0};
}
