/* SPDX-License-Identifier: Apache-2.0 */
/* Where requests may go: plain http, origins, and targets put behind the base URL. */
#include <string.h>

#include "wire/http/internal.h"

int http_url_check(const struct http_settings *settings, const char *url, struct url *ret_origin,
		   struct err *err)
{
	struct url o;

	if (!url_parse(str_of(url), &o))
		return err_set(err, REACH_SYSTEM, CODE_CONFIG,
			       "'%s' is no URL; expected https://HOST/PATH", url);
	if (o.has_user)
		return err_set(err, REACH_SYSTEM, CODE_CONFIG,
			       "a URL must not hold a user name or password");
	if (!*o.host || (strcmp(o.scheme, "https") != 0 && strcmp(o.scheme, "http") != 0))
		return err_set(err, REACH_SYSTEM, CODE_CONFIG,
			       "'%s' is no web address; expected https://HOST/PATH", url);
	if (strcmp(o.scheme, "http") == 0 && !url_is_local(&o) && !settings->unix_socket &&
	    !settings->insecure)
		return err_set(err, REACH_SYSTEM, CODE_CONFIG,
			       "%s: plain http would show credentials to everyone on the way; use "
			       "https, or set 'insecure: true'",
			       url);
	*ret_origin = o;
	return 0;
}

static bool is_encoded(str target)
{
	for (size_t i = 0; i < target.n; i++)
		if (target.p[i] <= ' ' || target.p[i] >= 0x7f)
			return false;
	return true;
}

static int whole_url_check(const struct http_client *c, str url, struct err *err)
{
	struct url o;

	if (!url_parse(url, &o) || o.has_user)
		return err_set(err, REACH_ENTRY, CODE_DATA, "%s: '%.*s' is no web address",
			       c->settings.url, STR_ARG(url));
	if (!url_same_origin(&o, &c->origin))
		return err_set(err, REACH_ENTRY, CODE_DATA,
			       "%s: refused to go to '%.*s': credentials are for %s://%s only",
			       c->settings.url, STR_ARG(url), c->origin.scheme, c->origin.host);
	return 0;
}

int http_url_of(const struct http_client *c, str target, struct buf *ret, struct err *err)
{
	str base = str_of(c->settings.url);

	if (!is_encoded(target))
		return err_set(err, REACH_ENTRY, CODE_DATA,
			       "%s: a request target holds characters that are not percent-encoded",
			       c->settings.url);
	if (target.n && target.p[0] != '/' && target.p[0] != '?') {
		buf_put(ret, target);
		return whole_url_check(c, target, err);
	}
	while (str_ends(base, STR("/")) && target.n)
		base.n--;
	buf_put(ret, base);
	buf_put(ret, target);
	return 0;
}
