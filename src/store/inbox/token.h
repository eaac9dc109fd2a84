/* SPDX-License-Identifier: Apache-2.0 */
/* Bearer tokens of the SCIM service: made once, kept as digests, compared in constant time. */
#ifndef STORE_INBOX_TOKEN_H
#define STORE_INBOX_TOKEN_H

#include "base/err.h"
#include "model/token.h"

struct inbox;
struct secret;

/*
 * A token reads "muster_" ID "_" SECRET CHECK: 12, 43 and 6 of [0-9A-Za-z]; SECRET has 256 bits,
 * CHECK is the CRC-32 of all before it, so that a scanner for leaked secrets can tell one from a
 * random text.
 */

/*
 * Makes one and commits it. expires: seconds since 1970, 0 for never. person: the id of a user, or
 * "". *ret, the caller's, is the only time the token is seen.
 */
int inbox_token_create(struct inbox *inbox, str name, unsigned scopes, int64_t expires, str person,
		       struct token *ret_token, struct secret **ret, struct err *err);
/* Commits as well. CODE_DATA when no live token has the id or, if only one has it, the name. */
int inbox_token_revoke(struct inbox *inbox, str id_or_name, struct err *err);
/* All, revoked ones too, in the order they were made; the list is the caller's to clear. */
int inbox_token_list(struct inbox *inbox, struct token_list *ret, struct err *err);

enum token_verdict { TOKEN_GOOD, TOKEN_UNKNOWN, TOKEN_EXPIRED, TOKEN_REVOKED };
/* Judges what a client presented; *ret is filled for all but TOKEN_UNKNOWN. */
enum token_verdict inbox_token_judge(struct inbox *inbox, str presented, int64_t now,
				     struct token *ret);
/* The token of an id, without a secret: for access tokens that were derived from it. */
enum token_verdict inbox_token_find(struct inbox *inbox, str id, int64_t now, struct token *ret);
/* Notes when it was last used, in seconds since 1970; inside a transaction. */
void inbox_token_used_set(struct inbox *inbox, str id, int64_t at);

#endif
