/* SPDX-License-Identifier: Apache-2.0 */
/* How bearer tokens of the SCIM service are shown. Taken in by view/view.h. */
#ifndef VIEW_TOKEN_H
#define VIEW_TOKEN_H

#include "base/str.h"
#include "model/token.h"

/* A token, and the user name of whom it belongs to (NULL: nobody). */
struct owned_token {
	const struct token *token;
	const char *user;
};
struct owned_tokens {
	LIST(struct owned_token) items;
};

/* A line each. */
void tokens_print_text(const struct owned_tokens *tokens, int64_t now, struct buf *out);
/* {"format_version": 1, "tokens": [...]} */
void tokens_print_json(const struct owned_tokens *tokens, struct buf *out);
/* The members of one token and "token": the secret, which is seen this once. Wipe `out`. */
void token_created_json(const struct owned_token *token, const char *secret, struct buf *out);
/* A time in ISO 8601, or "never" for 0. */
void token_time_print(int64_t at, struct buf *out);

#endif
