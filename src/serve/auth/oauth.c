/* SPDX-License-Identifier: Apache-2.0 */
/* OAuth2 client credentials (RFC 6749 4.4): a token of ours buys an access token that lives for an
 * hour. */
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "serve/auth/auth.h"
#include "serve/internal.h"

enum { ACCESS_SECONDS = 3600 };

/* client_secret_basic: the token is the password; the user is its id, or empty. */
static str basic_password(struct request *r)
{
	str header = inbound_header(r->inbound, "Authorization");
	uint8_t *plain = arena_alloc(r->arena, header.n + 1);
	char *url = arena_alloc(r->arena, header.n + 1);
	ptrdiff_t colon;
	size_t n = 0;
	str pair;

	if (!str_starts_nocase(header, STR("Basic ")))
		return STR("");
	header = str_trim(str_slice(header, 6, header.n));
	while (str_ends(header, STR("=")))
		header = str_slice(header, 0, header.n - 1);
	for (size_t i = 0; i < header.n; i++)
		url[i] = header.p[i];
	for (size_t i = 0; i < header.n; i++)
		url[i] = header.p[i] == '+' ? '-' : header.p[i] == '/' ? '_' : header.p[i];
	if (!base64url_read(str_make(url, header.n), plain, header.n, &n))
		return STR("");
	pair = str_make((char *)plain, n);
	colon = str_find(pair, ':');
	return colon < 0 ? STR("") : str_slice(pair, (size_t)colon + 1, pair.n);
}

static void oauth_fail(struct request *r, int status, const char *error, const char *why)
{
	struct buf body = {0};
	struct json_writer w = {.out = &body};

	json_write_object(&w);
	json_write_member(&w, "error", str_of(error));
	json_write_member(&w, "error_description", str_of(why));
	json_write_object_end(&w);
	if (status == 401)
		inbound_answer_header(r->inbound, "WWW-Authenticate", "Basic realm=\"muster\"");
	if (status == 429)
		inbound_answer_header(r->inbound, "Retry-After", "60");
	inbound_answer_header(r->inbound, "Cache-Control", "no-store");
	inbound_answer(r->inbound, status, "application/json", &body);
}

static void oauth_grant(struct request *r)
{
	struct buf token = {0}, body = {0};
	struct json_writer w = {.out = &body};
	int64_t expires = clock_now() + ACCESS_SECONDS;

	if (r->token.expires && r->token.expires < expires)
		expires = r->token.expires;
	access_token_write(r->service->key, r->token.id, expires, &token);
	json_write_object(&w);
	json_write_member(&w, "access_token", buf_str(&token));
	json_write_member(&w, "token_type", STR("Bearer"));
	json_write_member_int(&w, "expires_in", expires - clock_now());
	json_write_object_end(&w);
	buf_clear(&token);
	inbound_answer_header(r->inbound, "Cache-Control", "no-store");
	inbound_answer(r->inbound, 200, "application/json", &body);
}

static void oauth_handle(struct request *r)
{
	struct http_target form;
	struct inbox_reader reader;
	str secret;
	enum token_verdict verdict;

	if (http_target_parse(inbound_body(r->inbound), true, r->arena, &form) < 0)
		return oauth_fail(r, 400, "invalid_request", "the body is no form");
	if (!str_equal(http_target_find(&form, "grant_type"), STR("client_credentials")))
		return oauth_fail(r, 400, "unsupported_grant_type",
				  "grant_type must be client_credentials");
	secret = http_target_find(&form, "client_secret");
	if (secret.n == 0)
		secret = basic_password(r);
	reader = reader_acquire(r->service);
	verdict = inbox_token_judge(reader.inbox, secret, clock_now(), &r->token);
	reader_release(r->service, reader);
	if (verdict == TOKEN_GOOD)
		return oauth_grant(r);
	atomic_fetch_add(&r->service->metrics.failed_logins, 1);
	if (client_failure_add(&r->service->clients, inbound_peer(r->inbound)))
		return oauth_fail(r, 429, "invalid_client", "too many attempts");
	oauth_fail(r, 401, "invalid_client",
		   "client_secret must be a live token made with `muster token create`");
}

static bool oauth_takes(str path)
{
	return str_equal(path, STR("/oauth2/token"));
}

static bool oauth_begin(struct request *r)
{
	return request_method_admit(r, 1 << INBOUND_POST, "POST");
}

const struct api oauth_api = {
	.takes = oauth_takes,
	.request_size = sizeof(struct request),
	.begin = oauth_begin,
	.handle = oauth_handle,
};
