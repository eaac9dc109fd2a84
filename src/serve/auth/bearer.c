/* SPDX-License-Identifier: Apache-2.0 */
/* The bearer of a token: known, not too eager, and allowed what it asks for. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "serve/answer.h"
#include "serve/auth/auth.h"
#include "serve/internal.h"

static str bearer_of(const struct request *r)
{
	str header = inbound_header(r->inbound, "Authorization");

	if (!str_starts_nocase(header, STR("Bearer ")))
		return STR("");
	return str_trim(str_slice(header, 7, header.n));
}

static enum token_verdict bearer_judge(struct request *r, struct inbox *inbox, str presented)
{
	if (str_starts(presented, STR("mat.")))
		return access_token_judge(r->service->key, inbox, presented, &r->token);
	return inbox_token_judge(inbox, presented, clock_now(), &r->token);
}

static void bearer_refuse(struct request *r, enum token_verdict verdict)
{
	struct service *s = r->service;

	atomic_fetch_add(&s->metrics.failed_logins, 1);
	if (client_failure_add(&s->clients, inbound_peer(r->inbound))) {
		atomic_fetch_add(&s->metrics.limited, 1);
		inbound_answer_header(r->inbound, "Retry-After", "60");
		answer_fail(r, 429, NULL, "too many requests without a valid token");
		return;
	}
	answer_fail(r, 401, NULL, "%s",
		    !r->presented              ? "this service needs a bearer token"
		    : verdict == TOKEN_EXPIRED ? "the token has expired"
		    : verdict == TOKEN_REVOKED ? "the token was revoked"
					       : "the token is not valid");
}

/* Whoever was let in last within a view is, for as long as that view is open. */
static bool was_let_in(const struct inbox_reader *reader, str presented)
{
	const struct secret *known = reader->let_in;
	int64_t expires = reader->let_in_token.expires;

	return known &&
	       secret_equal(str_make(secret_reveal(known), secret_size(known)), presented) &&
	       (expires == 0 || clock_now() < expires);
}

static void let_in_note(struct inbox_reader *reader, str presented, const struct token *token)
{
	char *copy = mem_alloc(presented.n + 1, 1);

	memcpy(copy, presented.p, presented.n);
	secret_free(reader->let_in);
	reader->let_in = secret_take(copy, presented.n);
	reader->let_in_token = *token;
	free(copy);
}

static enum token_verdict judge_once(struct request *r, struct inbox_reader *reader, str presented)
{
	enum token_verdict verdict;

	if (was_let_in(reader, presented)) {
		r->token = reader->let_in_token;
		return TOKEN_GOOD;
	}
	verdict = bearer_judge(r, reader->inbox, presented);
	/* It may have been made a moment ago, by another process. */
	if (verdict != TOKEN_GOOD && presented.n > 0) {
		reader_renew(r->service, reader);
		verdict = bearer_judge(r, reader->inbox, presented);
	}
	if (verdict == TOKEN_GOOD)
		let_in_note(reader, presented, &r->token);
	return verdict;
}

bool auth_admit(struct request *r)
{
	struct service *s = r->service;
	struct inbox_reader reader = reader_acquire(s);
	str presented = bearer_of(r);
	enum token_verdict verdict = judge_once(r, &reader, presented);
	int64_t wait;

	reader_release(s, reader);
	r->presented = presented.n > 0;
	if (verdict != TOKEN_GOOD) {
		bearer_refuse(r, verdict);
		return false;
	}
	r->client = client_admit(&s->clients, &r->token, s->options.per_second, &wait);
	if (r->client)
		return true;
	atomic_fetch_add(&s->metrics.limited, 1);
	answer_fail(r, 429, NULL, "more than %llu requests a second with this token",
		    (unsigned long long)s->options.per_second);
	return false;
}

bool auth_admit_scopes(struct request *r, unsigned scopes)
{
	if ((r->token.scopes & scopes) == scopes)
		return true;
	/* RFC 6750 3.1 */
	inbound_answer_header(r->inbound, "WWW-Authenticate",
			      "Bearer realm=\"muster\", error=\"insufficient_scope\"");
	answer_fail(r, 403, NULL, "the token's scopes do not allow this");
	return false;
}
