/* SPDX-License-Identifier: Apache-2.0 */
/* Where requests may go: origins, plain http, and targets put behind the base URL. */
#include <stdlib.h>
#include <string.h>

#include "wire/http/internal.h"

static char *url_part(CURLU *u, CURLUPart part, unsigned flags)
{
	char *text = NULL, *copy;

	if (curl_url_get(u, part, &text, flags) != CURLUE_OK)
		return NULL;
	copy = strdup(text);
	curl_free(text);
	if (!copy)
		mem_out();
	return copy;
}

static bool url_has(CURLU *u, CURLUPart part)
{
	char *text = NULL;
	bool has = curl_url_get(u, part, &text, 0) == CURLUE_OK;

	curl_free(text);
	return has;
}

static int read_parts(CURLU *u, const char *url, struct http_origin *ret, struct err *err)
{
	if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK)
		return err_set(err, REACH_SYSTEM, CODE_CONFIG,
			       "'%s' is no URL; expected https://HOST/PATH", url);
	if (url_has(u, CURLUPART_USER) || url_has(u, CURLUPART_PASSWORD))
		return err_set(err, REACH_SYSTEM, CODE_CONFIG,
			       "a URL must not hold a user name or password");
	*ret = (struct http_origin){
		.scheme = url_part(u, CURLUPART_SCHEME, 0),
		.host = url_part(u, CURLUPART_HOST, 0),
		.port = url_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT),
	};
	return 0;
}

int http_origin_read(const char *url, struct http_origin *ret, struct err *err)
{
	struct http_origin o = {0};
	CURLU *u = curl_url();
	int result;

	if (!u)
		mem_out();
	result = read_parts(u, url, &o, err);
	curl_url_cleanup(u);
	if (result < 0)
		return -1;
	if (!o.scheme || !o.host || !o.port ||
	    (strcmp(o.scheme, "https") != 0 && strcmp(o.scheme, "http") != 0)) {
		http_origin_clear(&o);
		return err_set(err, REACH_SYSTEM, CODE_CONFIG,
			       "'%s' is no web address; expected https://HOST/PATH", url);
	}
	*ret = o;
	return 0;
}

void http_origin_clear(struct http_origin *o)
{
	free(o->scheme);
	free(o->host);
	free(o->port);
	*o = (struct http_origin){0};
}

bool http_origin_equal(const struct http_origin *a, const struct http_origin *b)
{
	return strcmp(a->scheme, b->scheme) == 0 && strcasecmp(a->host, b->host) == 0 &&
	       strcmp(a->port, b->port) == 0;
}

bool http_origin_loopback(const struct http_origin *o)
{
	int64_t part;
	str rest = str_of(o->host), piece;
	int parts = 0;

	if (strcasecmp(o->host, "localhost") == 0 || strcmp(o->host, "[::1]") == 0)
		return true;
	/* 127.x.y.z and nothing that merely begins so, such as 127.example.com. */
	while (str_split(&rest, '.', &piece)) {
		if (!str_to_int(piece, &part) || (parts++ == 0 && part != 127))
			return false;
	}
	return parts == 4;
}

int http_origin_allowed(const struct http_settings *settings, const char *url,
			struct http_origin *ret, bool *ret_local, struct err *err)
{
	struct http_origin o;
	bool local;

	if (http_origin_read(url, &o, err) < 0)
		return -1;
	local = http_origin_loopback(&o);
	if (strcmp(o.scheme, "http") == 0 && !local && !settings->unix_socket &&
	    !settings->insecure) {
		http_origin_clear(&o);
		return err_set(err, REACH_SYSTEM, CODE_CONFIG,
			       "%s: plain http would show credentials to everyone on the way; use "
			       "https, or set 'insecure: true'",
			       url);
	}
	*ret = o;
	*ret_local = local;
	return 0;
}

static bool is_clean(str target)
{
	for (size_t i = 0; i < target.n; i++)
		if (target.p[i] <= ' ' || target.p[i] >= 0x7f)
			return false;
	return true;
}

static int whole_target(const struct http_client *c, str target, struct buf *ret, struct err *err)
{
	struct http_origin o;
	bool equal;

	buf_put(ret, target);
	if (http_origin_read(ret->p, &o, NULL) < 0)
		return err_set(err, REACH_ENTRY, CODE_DATA, "%s: '%s' is no web address",
			       c->settings.url, ret->p);
	equal = http_origin_equal(&o, &c->origin);
	http_origin_clear(&o);
	if (!equal)
		return err_set(err, REACH_ENTRY, CODE_DATA,
			       "%s: refused to go to '%s': credentials are for %s://%s only",
			       c->settings.url, ret->p, c->origin.scheme, c->origin.host);
	return 0;
}

int http_target(const struct http_client *c, str target, struct buf *ret, struct err *err)
{
	str base = str_of(c->settings.url);

	if (!is_clean(target))
		return err_set(err, REACH_ENTRY, CODE_DATA,
			       "%s: a request target holds characters that are not percent-encoded",
			       c->settings.url);
	if (str_starts_nocase(target, STR("http://")) || str_starts_nocase(target, STR("https://")))
		return whole_target(c, target, ret, err);
	while (str_ends(base, STR("/")) && target.n)
		base.n--;
	buf_put(ret, base);
	buf_put(ret, target);
	return 0;
}

void http_escape(struct buf *out, str text)
{
	static const char plain[] = "-._~", hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i], lower = (unsigned char)(c | 0x20);

		if ((c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z') ||
		    memchr(plain, c, sizeof plain - 1)) {
			buf_char(out, (char)c);
			continue;
		}
		buf_char(out, '%');
		buf_char(out, hex[c >> 4]);
		buf_char(out, hex[c & 15]);
	}
}
