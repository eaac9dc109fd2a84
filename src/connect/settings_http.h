/* SPDX-License-Identifier: Apache-2.0 */
/* The settings that every kind of system reached over HTTP has: its address, how it proves who it
 * is, how long to wait, how fast to go. */
#ifndef CONNECT_SETTINGS_HTTP_H
#define CONNECT_SETTINGS_HTTP_H

#include "config/config.h"
#include "connect/connection.h"
#include "wire/wire.h"

extern const char *const http_url_schemes[]; /* of a KEY_URL: https, http */
extern const struct key http_tls_keys[]; /* of the row `tls`: ca */

/*
 * Fills in what the rows `unix_socket`, `tls`, `insecure`, `connect_timeout`, `timeout` and the
 * stop flag say; all else of *ret is zero, the URL included. The texts are those of the settings.
 */
void settings_http_read(const struct settings *s, const struct connect_options *options,
			struct http_settings *ret);

/* The slower of what the sync and what the service wants; 0 from the service: it does not say.
 * http->in_flight is 0, the client's default, when neither says a number. */
void settings_http_pace(const struct connect_options *options, unsigned in_flight,
			double per_second, struct http_settings *http);

/* Do credentials go in the clear, because the configuration allows it? `check` says so. */
bool settings_http_are_clear(const struct http_settings *http);

#endif
