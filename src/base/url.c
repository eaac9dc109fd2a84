/* SPDX-License-Identifier: Apache-2.0 */
/* URLs by libcurl's URL interface, so that what is judged here is what a request will go to. */
#include "base/url.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <strings.h>

#include "base/arena.h"

enum { FLAGS = CURLU_NON_SUPPORT_SCHEME | CURLU_NO_AUTHORITY };

/* Puts a text into the handle as (another) URL: a relative one is resolved by what it holds. */
static bool handle_set(CURLU *handle, str text)
{
	struct buf copy = {0};
	bool good;

	buf_put(&copy, text);
	good = !memchr(copy.p, '\0', copy.n) &&
	       curl_url_set(handle, CURLUPART_URL, copy.p, FLAGS) == CURLUE_OK;
	buf_clear(&copy);
	return good;
}

static CURLU *handle_open(void)
{
	CURLU *handle = curl_url();

	if (!handle)
		mem_out();
	return handle;
}

/* "" when there is no such part; false when it does not fit. */
static bool part_read(CURLU *handle, CURLUPart part, unsigned flags, char *ret, size_t room)
{
	char *text = NULL;
	bool fits = true;

	*ret = '\0';
	if (curl_url_get(handle, part, &text, flags) == CURLUE_OK && text) {
		fits = strlen(text) < room;
		if (fits)
			memcpy(ret, text, strlen(text) + 1);
	}
	curl_free(text);
	return fits;
}

static bool part_is_there(CURLU *handle, CURLUPart part)
{
	char *text = NULL;
	bool there = curl_url_get(handle, part, &text, 0) == CURLUE_OK;

	curl_free(text);
	return there;
}

static void brackets_off(char *host)
{
	size_t n = strlen(host);

	if (n > 1 && host[0] == '[' && host[n - 1] == ']') {
		memmove(host, host + 1, n - 2);
		host[n - 2] = '\0';
	}
}

static bool parts_read(CURLU *handle, struct url *ret)
{
	char port[8];

	if (!part_read(handle, CURLUPART_SCHEME, 0, ret->scheme, sizeof ret->scheme) ||
	    !part_read(handle, CURLUPART_HOST, 0, ret->host, sizeof ret->host) ||
	    !part_read(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT, port, sizeof port))
		return false;
	brackets_off(ret->host);
	ret->port = (unsigned)strtoul(port, NULL, 10);
	ret->has_port = part_is_there(handle, CURLUPART_PORT);
	ret->has_user =
		part_is_there(handle, CURLUPART_USER) || part_is_there(handle, CURLUPART_PASSWORD);
	return ret->port > 0 || !ret->has_port;
}

bool url_parse(str text, struct url *ret)
{
	struct url url = {0};
	struct buf start = {0};
	CURLU *handle;
	bool good;

	/* A path stands where the host would, which is no host for libcurl. */
	if (str_starts_nocase(text, STR("ldapi://")) && text.n > sizeof "ldapi:///" - 1) {
		*ret = (struct url){.scheme = "ldapi", .has_user = str_find(text, '@') >= 0};
		return true;
	}
	handle = handle_open();
	good = handle_set(handle, text) && parts_read(handle, &url);
	curl_url_cleanup(handle);
	/* A slash too few or too many is forgiven by libcurl, as by browsers. */
	buf_printf(&start, "%s://", url.scheme);
	good = good && str_starts_nocase(text, buf_str(&start));
	if (good && str_starts(str_slice(text, start.n, text.n), STR("/")))
		url.host[0] = '\0';
	buf_clear(&start);
	if (good)
		*ret = url;
	return good;
}

bool url_same_origin(const struct url *a, const struct url *b)
{
	return strcmp(a->scheme, b->scheme) == 0 && strcasecmp(a->host, b->host) == 0 &&
	       a->port == b->port;
}

/* 127.x.y.z and nothing that merely begins so, such as 127.example.com. */
static bool is_loopback_address(const char *host)
{
	str rest = str_of(host), piece;
	int64_t part;
	int parts = 0;

	while (str_split(&rest, '.', &piece))
		if (!str_to_int(piece, &part) || (parts++ == 0 && part != 127))
			return false;
	return parts == 4;
}

bool url_is_local(const struct url *url)
{
	return strcmp(url->scheme, "ldapi") == 0 || strcasecmp(url->host, "localhost") == 0 ||
	       strcmp(url->host, "::1") == 0 || is_loopback_address(url->host);
}

bool url_resolve(str base, str reference, struct buf *out)
{
	CURLU *handle = handle_open();
	struct url whole;
	char *text = NULL;

	if (url_parse(reference, &whole))
		buf_put(out, reference);
	else if (handle_set(handle, base) && handle_set(handle, reference) &&
		 curl_url_get(handle, CURLUPART_URL, &text, CURLU_NO_AUTHORITY) == CURLUE_OK)
		buf_text(out, text);
	else
		reference = (str){NULL, 0};
	curl_free(text);
	curl_url_cleanup(handle);
	return reference.n > 0;
}

/* Not by libcurl: what is escaped may be a secret, and its copy would not be wiped. */
void url_escape(str text, struct buf *out)
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
