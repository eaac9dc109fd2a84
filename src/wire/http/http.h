/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP client: many requests in flight on kept connections, repeated only where that does no
 * harm. */
#ifndef WIRE_HTTP_HTTP_H
#define WIRE_HTTP_HTTP_H

#include "base/err.h"
#include "base/secret.h"
#include "base/str.h"

/*
 * One client speaks to one system: one base URL, one way to authenticate. Single-threaded:
 * http_submit queues, http_run drives everything to its end and calls back once a request; a
 * callback may submit more.
 *
 * Safety: https (TLS 1.2+, verified) everywhere; plain http only to loopback, a unix socket or with
 * `insecure`. Redirects are never followed, and a target of another origin is refused: credentials
 * would go along.
 *
 * Repeating: an attempt that was refused by rate (429), or that never left this machine, is
 * repeated for every request; a lost answer or a 500, 502, 503, 504 only for GET, PUT, DELETE and
 * `repeatable` ones (503 with Retry-After for all: it says that nothing was done). Retry-After
 * holds all requests back. After a final failure with no good answer since, the system is taken to
 * be down and what waits is not tried.
 */
enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE };

enum http_auth {
	HTTP_AUTH_NONE,
	HTTP_AUTH_BEARER,
	HTTP_AUTH_BASIC,
	HTTP_AUTH_HEADERS,
	HTTP_AUTH_TOKEN
};

struct http_header {
	const char *name, *value;
};

struct http_secret_header {
	const char *name, *prefix; /* "Authorization", "Token token="; prefix may be NULL */
	const struct secret *secret;
};

/* OAuth2 client credentials (RFC 6749 4.4): kept, fetched anew 60 s before the end and once on 401.
 */
struct http_token {
	const char *url, *client_id;
	const struct secret *client_secret;
	const char *scope, *audience; /* NULL: not sent */
	bool basic; /* credentials in the Authorization header instead of the form */
};

/* Headers that tell how much is left, beside Retry-After; NULL: not looked at. */
struct http_quota {
	const char *remaining, *reset; /* "X-RateLimit-Remaining", "X-RateLimit-Reset" */
	enum { HTTP_RESET_EPOCH, HTTP_RESET_EPOCH_MS, HTTP_RESET_SECONDS } unit;
};

/* Time for tests: ticks in milliseconds, sleep, and a random number below a limit. */
struct http_hooks {
	int64_t (*ticks)(void *context);
	void (*sleep)(void *context, int64_t milliseconds);
	uint64_t (*below)(void *context, uint64_t limit);
	void *context;
};

/* Times are milliseconds; what is 0 takes the default. All pointers must outlive the client. */
struct http_settings {
	const char *url; /* base, without query; targets are put behind it */
	const char *unix_socket; /* connect to this instead; the URL's host is still sent */
	const char *ca_file; /* trust these and no others */
	bool insecure; /* allows plain http to other machines; TLS is verified all the same */
	int64_t connect_timeout, timeout; /* 10 s, 30 s: of one attempt, the whole body included */
	size_t body_limit; /* 64 MiB */
	enum http_auth auth;
	const struct secret *secret; /* BEARER: the token, BASIC: the password (or NULL) */
	const char *user; /* BASIC; NULL: the secret is the user and the password is empty */
	const struct http_secret_header *secret_headers; /* HEADERS */
	size_t secret_header_count;
	struct http_token token; /* TOKEN */
	const struct http_header *headers; /* sent with every request */
	size_t header_count;
	unsigned in_flight; /* 32: the upper end of the window, which starts at 8 and halves */
	double per_second; /* no limit */
	unsigned attempts; /* 5; waiting for a rate limit does not count */
	int64_t budget; /* 5 min from the first attempt to the last */
	int64_t wait_limit; /* 2 min: a longer Retry-After ends the request with CODE_LATER */
	struct http_quota quota;
	const volatile int *stop; /* once it is not 0, nothing more is sent */
	struct http_hooks hooks;
};

enum http_outcome {
	HTTP_ANSWERED, /* `status` is the answer, its body is whole */
	HTTP_NOT_SENT, /* surely nothing happened at the other side */
	HTTP_UNKNOWN, /* it was sent, no whole answer came */
};

/* Valid in the callback only; after http_call until http_response_clear. */
struct http_response {
	enum http_outcome outcome;
	int status; /* 0: no answer at all */
	str body;
	unsigned attempts;
	int64_t retry_after; /* seconds, -1 when not said */
	/* No 2xx, but this or an earlier attempt may have been carried out (answer lost, 5xx): look
	 * first. */
	bool perhaps_done;
	/*
	 * Set unless the status is 2xx: what was asked, what came. Codes: 401, 403 REFUSED; 429,
	 * 503 LATER; other 5xx and no answer UNAVAILABLE; 3xx and answers that are no HTTP or too
	 * long DATA; other 4xx FAILED. Reach: SYSTEM for 401 and whatever keeps every request from
	 * being answered, else ENTRY.
	 */
	struct err err;
	struct buf url, body_bytes, header_bytes; /* private */
};

typedef void http_done(void *user, const struct http_response *response);
/* A piece of a 2xx body, instead of response.body. -1 ends the request. Once called there is no
 * repeating. */
typedef int http_piece(void *user, str piece, struct err *err);

/* Everything is copied by http_submit. */
struct http_request {
	enum http_method method;
	str target; /* behind the base URL ("/Users?count=10"), or a whole URL of the same origin */
	str body; /* none when empty, except that POST, PUT and PATCH then send an empty one */
	const char *content_type, *accept; /* NULL: application/json */
	const struct http_header *headers;
	size_t header_count;
	bool reads; /* changes nothing, whatever the method: POST /.search */
	bool repeatable; /* a PATCH or POST that may be carried out twice */
	http_done *done;
	http_piece *piece;
	void *user;
};

struct http_counts {
	uint64_t requests; /* attempts handed to the network */
	uint64_t repeated; /* those that were not the first of their request */
	uint64_t bytes_sent, bytes_received; /* of bodies */
	uint64_t later; /* answers 429 and 503 */
};

struct http_client;

int http_open(const struct http_settings *settings, struct http_client **ret, struct err *err);
void http_close(struct http_client *c); /* NULL is fine; nothing may be queued */
void http_submit(struct http_client *c, const struct http_request *request);
/* How many requests more are worth having queued now; at least 1 when nothing is. */
size_t http_room(const struct http_client *c);
void http_run(struct http_client *c);
/*
 * One request to its end. 0: 2xx. -1: anything else, err as in the response; *ret is filled in both
 * cases. Not from inside a callback.
 */
int http_call(struct http_client *c, const struct http_request *request, struct http_response *ret,
	      struct err *err);
void http_response_clear(struct http_response *r);

/* The value of a header, names without case; the empty view when it did not come. */
str http_header_get(const struct http_response *r, const char *name);
/*
 * Puts the URL of the last rel="next" of a Link header (RFC 8288), resolved by the URL that was
 * asked; false when there is none. With an attribute (results="true" of Sentry) only a link counts
 * beside which it stands.
 */
bool http_link_next(const struct http_response *r, str attribute, struct buf *out);
const struct http_counts *http_counts(const struct http_client *c);
const char *http_method_text(enum http_method method);

#include "wire/http/http_outcome.h"

#endif
