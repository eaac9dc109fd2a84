/* SPDX-License-Identifier: Apache-2.0 */
/* OAuth2 client credentials (RFC 6749 4.4): a token of ours buys a signed one that lives for an
 * hour. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/secret.h"
#include "serve/internal.h"

enum { LIFE = 3600, MARK = 32 };

void hmac_sha256(const uint8_t key[32], str text, uint8_t ret[32])
{
	unsigned size = 32;

	if (!HMAC(EVP_sha256(), key, 32, (const unsigned char *)text.p, text.n, ret, &size))
		mem_out();
}

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_put(struct buf *out, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t group = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) |
				 (i + 2 < n ? p[i + 2] : 0);

		buf_char(out, letters[group >> 18]);
		buf_char(out, letters[group >> 12 & 63]);
		if (i + 1 < n)
			buf_char(out, letters[group >> 6 & 63]);
		if (i + 2 < n)
			buf_char(out, letters[group & 63]);
	}
}

bool base64url_read(str text, uint8_t *ret, size_t room, size_t *ret_n)
{
	uint32_t group = 0;
	size_t n = 0;
	int bits = 0;

	for (size_t i = 0; i < text.n; i++) {
		const char *at = text.p[i] ? strchr(letters, text.p[i]) : NULL;

		if (!at)
			return false;
		group = group << 6 | (uint32_t)(at - letters);
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		if (n == room)
			return false;
		ret[n++] = (uint8_t)(group >> bits);
	}
	*ret_n = n;
	/* Left-over bits must be zero, or two texts would mean the same. */
	return bits < 6 && (group & ((1u << bits) - 1)) == 0;
}

/* mat.ID.EXPIRY.MARK */
void oauth_token_write(struct service *s, const char *id, int64_t expires, struct buf *out)
{
	uint8_t mark[MARK];

	buf_printf(out, "mat.%s.%lld", id, (long long)expires);
	hmac_sha256(s->key, buf_str(out), mark);
	buf_char(out, '.');
	base64url_put(out, mark, MARK);
}

enum token_verdict oauth_judge(struct service *s, struct inbox *inbox, str presented,
			       struct token *ret)
{
	uint8_t mark[MARK], given[MARK];
	str rest = presented, part, id;
	ptrdiff_t end = str_find_last(presented, '.');
	int64_t expires;
	size_t n;

	if (end < 0)
		return TOKEN_UNKNOWN;
	hmac_sha256(s->key, str_slice(presented, 0, (size_t)end), mark);
	if (!base64url_read(str_slice(presented, (size_t)end + 1, presented.n), given, MARK, &n) ||
	    n != MARK || !secret_equal(str_make((char *)mark, MARK), str_make((char *)given, MARK)))
		return TOKEN_UNKNOWN;
	str_split(&rest, '.', &part);
	if (!str_split(&rest, '.', &id) || !str_split(&rest, '.', &part) ||
	    !str_to_int(part, &expires))
		return TOKEN_UNKNOWN;
	if (clock_now() >= expires)
		return TOKEN_EXPIRED;
	return inbox_token_find(inbox, id, clock_now(), ret);
}

/* client_secret_basic: the token is the password; the user is its id, or empty. */
static str basic_password(struct scim_request *x)
{
	str header = inbound_header(x->inbound, "Authorization");
	uint8_t *plain = arena_alloc(x->arena, header.n + 1);
	char *url = arena_alloc(x->arena, header.n + 1);
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

static void fail(struct scim_request *x, int status, const char *error, const char *why)
{
	struct buf body = {0};
	struct json_writer w = {.out = &body};

	json_write_object(&w);
	json_write_member(&w, "error", str_of(error));
	json_write_member(&w, "error_description", str_of(why));
	json_write_object_end(&w);
	if (status == 401)
		inbound_answer_header(x->inbound, "WWW-Authenticate", "Basic realm=\"muster\"");
	if (status == 429)
		inbound_answer_header(x->inbound, "Retry-After", "60");
	inbound_answer_header(x->inbound, "Cache-Control", "no-store");
	inbound_answer(x->inbound, status, "application/json", &body);
}

static void grant(struct scim_request *x)
{
	struct buf token = {0}, body = {0};
	struct json_writer w = {.out = &body};
	int64_t expires = clock_now() + LIFE;

	if (x->token.expires && x->token.expires < expires)
		expires = x->token.expires;
	oauth_token_write(x->service, x->token.id, expires, &token);
	json_write_object(&w);
	json_write_member(&w, "access_token", buf_str(&token));
	json_write_member(&w, "token_type", STR("Bearer"));
	json_write_member_int(&w, "expires_in", expires - clock_now());
	json_write_object_end(&w);
	buf_clear(&token);
	inbound_answer_header(x->inbound, "Cache-Control", "no-store");
	inbound_answer(x->inbound, 200, "application/json", &body);
}

void oauth_answer(struct scim_request *x)
{
	struct http_target form;
	struct reader reader;
	str secret;
	enum token_verdict verdict;

	if (http_target_parse(inbound_body(x->inbound), true, x->arena, &form) < 0)
		return fail(x, 400, "invalid_request", "the body is no form");
	if (!str_equal(http_target_find(&form, "grant_type"), STR("client_credentials")))
		return fail(x, 400, "unsupported_grant_type",
			    "grant_type must be client_credentials");
	secret = http_target_find(&form, "client_secret");
	if (secret.n == 0)
		secret = basic_password(x);
	reader = reader_acquire(x->service);
	verdict = inbox_token_judge(reader.inbox, secret, clock_now(), &x->token);
	reader_release(x->service, reader);
	if (verdict == TOKEN_GOOD)
		return grant(x);
	atomic_fetch_add(&x->service->metrics.failed_logins, 1);
	if (client_failed(&x->service->clients, inbound_peer(x->inbound)))
		return fail(x, 429, "invalid_client", "too many attempts");
	fail(x, 401, "invalid_client",
	     "client_secret must be a live token made with `muster token create`");
}
