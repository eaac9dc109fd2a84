/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of an inbox that end within a month, or ended while they were still in use. */
#include "cli/token_expiry.h"

#include <string.h>

#include "base/clock.h"

enum { MONTH = 30 * 86400 };

/* Its successor has the same name and lives on: then there is nothing to do. */
static bool is_replaced(const struct token_list *tokens, const struct token *token)
{
	list_each (const struct token, t, &tokens->items)
		if (!t->revoked && strcmp(t->name, token->name) == 0 &&
		    (!t->expires || t->expires > clock_now() + MONTH))
			return true;
	return false;
}

static bool is_expiring(const struct token_list *tokens, const struct token *t)
{
	int64_t now = clock_now();
	bool over = t->expires <= now;

	return t->expires && !t->revoked && t->expires <= now + MONTH &&
	       (!over || t->used > t->expires - MONTH) && !is_replaced(tokens, t);
}

void expiring_text(struct cli *cli, const struct system *system, const struct token_list *tokens,
		   struct buf *out)
{
	char day[11];

	list_each (const struct token, t, &tokens->items) {
		if (!is_expiring(tokens, t))
			continue;
		clock_date(t->expires, day);
		buf_printf(out,
			   "%s: token %s (%s) %s on %s; last used %s: muster token create %s\n",
			   system->name, t->name, t->id,
			   t->expires <= clock_now() ? "expired" : "expires", day,
			   cli_ago(cli, t->used), t->name);
	}
}

void expiring_json(const struct token_list *tokens, struct json_writer *w)
{
	json_write_key(w, STR("expiring_tokens"));
	json_write_array(w);
	list_each (const struct token, t, &tokens->items) {
		if (!is_expiring(tokens, t))
			continue;
		json_write_object(w);
		json_write_member(w, "id", str_of(t->id));
		json_write_member(w, "name", str_of(t->name));
		json_write_member_int(w, "expires", t->expires);
		json_write_member_int(w, "last_used", t->used);
		json_write_object_end(w);
	}
	json_write_array_end(w);
}
