/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of an inbox that somebody has to exchange soon: shown by `status`. */
#ifndef CLI_TOKEN_EXPIRY_H
#define CLI_TOKEN_EXPIRY_H

#include "base/json.h"
#include "cli/command.h"
#include "store/store.h"

/* A line for each that is expiring. */
void expiring_text(struct cli *cli, const struct system *system, const struct token_list *tokens,
		   struct buf *out);
/* The member "expiring_tokens" of the object that is being written. */
void expiring_json(const struct token_list *tokens, struct json_writer *w);

#endif
