/* SPDX-License-Identifier: Apache-2.0 */
/* Bearer tokens: the list, and a new one, which is seen once. */
#include "base/clock.h"
#include "view/internal.h"

void token_time_print(int64_t at, struct buf *out)
{
	char text[CLOCK_ISO_SIZE];

	if (at)
		clock_iso(at, text);
	buf_text(out, at ? text : "never");
}

static void token_put(struct buf *out, const struct owned_token *o, int64_t now)
{
	const struct token *t = o->token;
	bool over = t->expires && t->expires <= now;

	buf_printf(out, "%s  ", t->id);
	put_padded(out, str_of(t->name), 20);
	buf_text(out, "  ");
	token_scopes_print(t->scopes, out);
	buf_text(out, "  expires ");
	token_time_print(t->expires, out);
	buf_text(out, "  last used ");
	token_time_print(t->used, out);
	if (o->user)
		buf_printf(out, "  belongs to %s", o->user);
	buf_printf(out, "%s\n", t->revoked ? "  revoked" : over ? "  expired" : "");
}

void tokens_print_text(const struct owned_tokens *tokens, int64_t now, struct buf *out)
{
	list_each (const struct owned_token, token, &tokens->items)
		token_put(out, token, now);
	if (tokens->items.count == 0)
		buf_text(out, "no tokens; make one with: muster token create NAME\n");
}

static void token_time_write(struct json_writer *w, const char *key, int64_t at)
{
	struct buf text = {0};

	token_time_print(at, &text);
	json_write_member(w, key, buf_str(&text));
	buf_clear(&text);
}

static void token_write(struct json_writer *w, const struct owned_token *o)
{
	const struct token *t = o->token;
	struct buf scopes = {0};

	token_scopes_print(t->scopes, &scopes);
	json_write_member(w, "id", str_of(t->id));
	json_write_member(w, "name", str_of(t->name));
	json_write_member(w, "scopes", buf_str(&scopes));
	token_time_write(w, "created", t->created);
	token_time_write(w, "expires", t->expires);
	token_time_write(w, "last_used", t->used);
	json_write_member_bool(w, "revoked", t->revoked != 0);
	if (o->user) {
		json_write_member(w, "user", str_of(o->user));
		json_write_member(w, "user_id", str_of(t->person));
	}
	buf_clear(&scopes);
}

void tokens_print_json(const struct owned_tokens *tokens, struct buf *out)
{
	struct json_writer w = {.out = out};

	document_begin(&w);
	json_write_key(&w, STR("tokens"));
	json_write_array(&w);
	list_each (const struct owned_token, token, &tokens->items) {
		json_write_object(&w);
		token_write(&w, token);
		json_write_object_end(&w);
	}
	json_write_array_end(&w);
	document_end(&w);
}

void token_created_json(const struct owned_token *token, const char *secret, struct buf *out)
{
	struct json_writer w = {.out = out};

	document_begin(&w);
	token_write(&w, token);
	json_write_member(&w, "token", str_of(secret));
	document_end(&w);
}
