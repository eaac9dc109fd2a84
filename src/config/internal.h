/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of config share: texts about rows of a table, and the forms of addresses. */
#ifndef CONFIG_INTERNAL_H
#define CONFIG_INTERNAL_H

#include "config/key/key.h"

bool key_any_required(const struct key *keys);
str words_text(const char *const *words, struct arena *arena); /* "a, b, c" */

struct url {
	str scheme, host; /* host without brackets */
	int64_t port; /* 0: the scheme's own */
	bool has_user; /* a user name or password stands in it */
};
bool url_split(str text, struct url *ret);
/* localhost, 127.0.0.0/8, ::1, or a unix socket (ldapi). */
bool url_is_local(const struct url *url);
bool host_is_local(str host);

bool dn_is_valid(str text);

#endif
