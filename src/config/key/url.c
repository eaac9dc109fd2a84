/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of addresses that settings hold: URLs and distinguished names. */
#include "config/internal.h"

static bool is_letter(char c)
{
	return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool split_scheme(str *rest, str *ret)
{
	size_t n = 0;

	while (n < rest->n &&
	       (is_letter(rest->p[n]) || (n > 0 && (is_digit(rest->p[n]) || rest->p[n] == '+'))))
		n++;
	*ret = str_slice(*rest, 0, n);
	if (n == 0 || !str_starts(str_slice(*rest, n, rest->n), STR("://")))
		return false;
	*rest = str_slice(*rest, n + 3, rest->n);
	return true;
}

/* "host:port", "[::1]:port", "host"; an empty host is one (ldapi:///). */
static bool split_host(str text, struct url *ret)
{
	str port;
	ptrdiff_t end;

	if (text.n && text.p[0] == '[') {
		end = str_find(text, ']');
		if (end < 0)
			return false;
		ret->host = str_slice(text, 1, (size_t)end);
		text = str_slice(text, (size_t)end + 1, text.n);
	} else {
		end = str_find(text, ':');
		ret->host = str_slice(text, 0, end < 0 ? text.n : (size_t)end);
		text = str_slice(text, ret->host.n, text.n);
	}
	if (text.n == 0)
		return true;
	port = str_slice(text, 1, text.n);
	return text.p[0] == ':' && port.n > 0 && is_digit(port.p[0]) &&
	       str_to_int(port, &ret->port) && ret->port > 0 && ret->port < 65536;
}

bool url_split(str text, struct url *ret)
{
	struct url url = {0};
	size_t end = 0;
	ptrdiff_t at;

	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] <= ' ' || text.p[i] == 0x7f || text.p[i] == '"' ||
		    text.p[i] == '<' || text.p[i] == '>')
			return false;
	if (!split_scheme(&text, &url.scheme))
		return false;
	while (end < text.n && text.p[end] != '/' && text.p[end] != '?' && text.p[end] != '#')
		end++;
	text = str_slice(text, 0, end);
	at = str_find_last(text, '@');
	url.has_user = at >= 0;
	if (!split_host(str_slice(text, (size_t)(at + 1), text.n), &url))
		return false;
	*ret = url;
	return true;
}

/* 127.0.0.0/8; a name that begins so (127.example.com) is none. */
static bool is_loopback_address(str host)
{
	if (!str_starts(host, STR("127.")))
		return false;
	for (size_t i = 0; i < host.n; i++)
		if (!is_digit(host.p[i]) && host.p[i] != '.')
			return false;
	return true;
}

bool host_is_local(str host)
{
	return str_equal_nocase(host, STR("localhost")) || is_loopback_address(host) ||
	       str_equal(host, STR("::1"));
}

bool url_is_local(const struct url *url)
{
	return str_equal_nocase(url->scheme, STR("ldapi")) || host_is_local(url->host);
}

/* An attribute's name or OID (RFC 4512 1.4). */
static bool is_descriptor(str s)
{
	s = str_trim(s);
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_letter(s.p[i]) && !is_digit(s.p[i]) && s.p[i] != '-' && s.p[i] != '.')
			return false;
	return true;
}

/* Each part between unescaped ',' and '+' is NAME=VALUE. The server judges the rest. */
bool dn_is_valid(str text)
{
	size_t start = 0;

	for (size_t i = 0; i <= text.n; i++) {
		str part;
		ptrdiff_t equals;

		if (i < text.n && text.p[i] == '\\') {
			i++;
			continue;
		}
		if (i < text.n && text.p[i] != ',' && text.p[i] != '+')
			continue;
		part = str_slice(text, start, i);
		equals = str_find(part, '=');
		if (equals < 0 || !is_descriptor(str_slice(part, 0, (size_t)equals)))
			return false;
		start = i + 1;
	}
	return text.n > 0;
}
