/* SPDX-License-Identifier: Apache-2.0 */
/* What all kinds of systems reached over HTTP read of their settings in one way. */
#include "connect/settings_http.h"

#include <string.h>

#include "base/url.h"

enum { IN_FLIGHT_ANY = 1000 }; /* the most that `pace.in_flight` takes: as many as it takes */

const char *const http_url_schemes[] = {"https", "http", NULL};

const struct key http_tls_keys[] = {
	{.name = "ca",
	 .type = KEY_PATH,
	 .doc = "file of trusted authorities (PEM); without it, those of the machine",
	 .example = "/etc/ssl/certs/corp.pem"},
	{.name = NULL}};

void settings_http_read(const struct settings *s, const struct connect_options *options,
			struct http_settings *ret)
{
	*ret = (struct http_settings){
		.unix_socket = setting_text_or_null(s, "unix_socket"),
		.ca_file = setting_text_or_null(setting_table(s, "tls"), "ca"),
		.insecure = setting_bool(s, "insecure"),
		.connect_timeout = setting_number(s, "connect_timeout") * 1000,
		.timeout = setting_number(s, "timeout") * 1000,
		.stop = options->stop,
	};
}

void settings_http_pace(const struct connect_options *options, unsigned in_flight,
			double per_second, struct http_settings *http)
{
	uint64_t asked = options->in_flight < IN_FLIGHT_ANY ? options->in_flight : 0;

	http->in_flight = in_flight;
	if (asked && (!in_flight || asked < in_flight))
		http->in_flight = (unsigned)asked;
	http->per_second = per_second;
	if (options->per_second && (per_second <= 0 || (double)options->per_second < per_second))
		http->per_second = (double)options->per_second;
}

bool settings_http_are_clear(const struct http_settings *http)
{
	struct url url;

	return http->insecure && url_parse(str_of(http->url), &url) &&
	       strcmp(url.scheme, "http") == 0;
}
