/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask: bearer tokens (RFC 6750), and the access tokens that they buy (RFC 6749 4.4). */
#ifndef SERVE_AUTH_AUTH_H
#define SERVE_AUTH_AUTH_H

#include "base/crypto.h"
#include "serve/request.h"

/* POST /oauth2/token */
extern const struct api oauth_api;

/*
 * Lets the bearer of a good token in: r->token and r->client are filled. False when it was
 * answered instead: 401, or 429 for who calls too often or has failed too often.
 */
bool auth_admit(struct request *r);
/* Goes on with a token that may do all of this (bits of enum token_scope); false when it was
 * answered 403. */
bool auth_admit_scopes(struct request *r, unsigned scopes);

/*
 * An access token reads "mat." ID "." EXPIRY "." SIGNATURE: the id of the token that it stands for,
 * seconds since 1970, and base64url of an HMAC over all before it. Nothing is stored for it; it
 * ends with the token that it stands for.
 */
void access_token_write(const uint8_t key[HMAC_SIZE], const char *id, int64_t expires,
			struct buf *out);
/* *ret is the token it stands for, filled for all but TOKEN_UNKNOWN. */
enum token_verdict access_token_judge(const uint8_t key[HMAC_SIZE], struct inbox *inbox,
				      str presented, struct token *ret);

#endif
