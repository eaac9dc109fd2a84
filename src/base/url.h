/* SPDX-License-Identifier: Apache-2.0 */
/* URLs (RFC 3986): taken apart, compared, resolved and escaped, by libcurl's own rules. */
#ifndef BASE_URL_H
#define BASE_URL_H

#include "base/str.h"

/* A URL without its path: what credentials may be sent to. */
struct url {
	char scheme[16]; /* in lower case */
	char host[256]; /* an IPv6 address without brackets; "" when there is none */
	unsigned port; /* the scheme's own when none is written; 0: the scheme has none */
	bool has_port; /* one is written */
	bool has_user; /* a user name or password stands in it */
};

/* SCHEME://..., whatever the scheme. *ret is written only when it is one. */
bool url_parse(str text, struct url *ret);
/* The same scheme, host (without case) and port. */
bool url_same_origin(const struct url *a, const struct url *b);
/* localhost, 127.0.0.0/8, ::1, or a unix socket (ldapi). */
bool url_is_local(const struct url *url);
/*
 * Puts what `reference` means on the page `base`: a whole URL stays as it is, "/path", "?query" and
 * "name" lie at the base. False, and nothing is put, when it means nothing.
 */
bool url_resolve(str base, str reference, struct buf *out);
/* Percent-encodes everything but unreserved characters: one path segment or query value. */
void url_escape(str text, struct buf *out);

#endif
