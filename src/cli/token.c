/* SPDX-License-Identifier: Apache-2.0 */
/* `token`: bearer tokens of the SCIM service, shown once and stored hashed. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/unicode.h"
#include "cli/commands.h"
#include "cli/open.h"

static const struct {
	const char *name;
	unsigned bit;
} scopes[] = {{"read", TOKEN_READ}, {"users", TOKEN_USERS}, {"groups", TOKEN_GROUPS}};

static bool scopes_read(const char *text, unsigned *ret)
{
	str rest = str_of(text ? text : "read,users,groups"), word;
	unsigned bits = 0;

	while (str_split(&rest, ',', &word)) {
		unsigned bit = 0;

		for (size_t i = 0; i < 3; i++)
			if (str_equal(str_trim(word), str_of(scopes[i].name)))
				bit = scopes[i].bit;
		if (bit == 0)
			return false;
		bits |= bit;
	}
	*ret = bits;
	return bits != 0;
}

static void scopes_put(struct buf *out, unsigned bits)
{
	size_t before = out->n;

	for (size_t i = 0; i < 3; i++)
		if (bits & scopes[i].bit)
			buf_printf(out, "%s%s", out->n > before ? "," : "", scopes[i].name);
}

static enum code inbox_for(struct cli *cli, enum inbox_mode mode, struct inbox **ret)
{
	const char *path = cli_option(cli, "store");
	struct err err;
	enum code code;

	if (!path) {
		code = cli_open_config(cli);
		if (code != CODE_DONE)
			return code;
		path = setting_text(cli->config->serve, "store").p;
	}
	return inbox_open(path, mode, ret, &err) < 0 ? cli_fail(cli, &err) : CODE_DONE;
}

static const char *when(struct arena *arena, int64_t at)
{
	char text[CLOCK_ISO_SIZE];

	if (at == 0)
		return "never";
	clock_iso(at, text);
	return arena_text(arena, str_of(text));
}

/* The user that a token belongs to, NULL for none; one that was deleted has no name any more. */
static const char *owner(struct inbox *inbox, struct arena *arena, const struct token *t)
{
	struct inbox_resource user;

	if (t->person[0] == '\0')
		return NULL;
	return inbox_find(inbox, str_of(t->person), arena, &user) ? user.name.p : "(deleted)";
}

static void token_write(struct json_writer *w, struct arena *arena, const struct token *t,
			struct inbox *inbox)
{
	const char *user = owner(inbox, arena, t);
	struct buf words = {0};

	scopes_put(&words, t->scopes);
	json_write_member(w, "id", str_of(t->id));
	json_write_member(w, "name", str_of(t->name));
	json_write_member(w, "scopes", buf_str(&words));
	json_write_member(w, "created", str_of(when(arena, t->created)));
	json_write_member(w, "expires", str_of(when(arena, t->expires)));
	json_write_member(w, "last_used", str_of(when(arena, t->used)));
	json_write_member_bool(w, "revoked", t->revoked != 0);
	if (user) {
		json_write_member(w, "user", str_of(user));
		json_write_member(w, "user_id", str_of(t->person));
	}
	buf_clear(&words);
}

static enum code created_say(struct cli *cli, const struct token *t, const struct secret *secret,
			     struct inbox *inbox)
{
	struct buf out = {0};
	struct json_writer w = {.out = &out};
	enum code code;

	if (cli->json) {
		json_write_object(&w);
		json_write_member_int(&w, "format_version", 1);
		token_write(&w, &cli->arena, t, inbox);
		json_write_member(&w, "token", str_of(secret_reveal(secret)));
		json_write_object_end(&w);
		buf_char(&out, '\n');
	} else {
		buf_printf(&out, "%s\n", secret_reveal(secret));
	}
	code = cli_answer(cli, buf_str(&out));
	if (out.p)
		explicit_bzero(out.p, out.n);
	buf_clear(&out);
	if (!cli->json && !cli->quiet)
		fprintf(stderr, "token %s for %s, expires %s; it is not shown again\n", t->id,
			t->name, when(&cli->arena, t->expires));
	return code;
}

/* The id of the user that --user names; "" without it. */
static enum code owner_find(struct cli *cli, struct inbox *inbox, str *ret)
{
	const char *name = cli_option(cli, "user");
	struct inbox_resource user;
	struct err err;
	char *folded;

	*ret = STR("");
	if (!name)
		return CODE_DONE;
	folded = arena_alloc(&cli->arena, strlen(name) + 1);
	text_fold(str_of(name), folded);
	if (str_is_utf8(str_of(name)) &&
	    inbox_find_user(inbox, str_make(folded, strlen(name)), &cli->arena, &user) &&
	    !user.held) {
		*ret = user.id;
		return CODE_DONE;
	}
	if (inbox_error(inbox, &err) == 0)
		err_set(&err, REACH_RUN, CODE_DATA,
			"the inbox has no user with the userName %s; a token can belong to "
			"somebody only after the identity provider pushed them",
			name);
	return cli_fail(cli, &err);
}

static enum code create_in(struct cli *cli, struct inbox *inbox, unsigned bits, int64_t expires)
{
	struct secret *secret;
	struct token token;
	struct err err;
	enum code code;
	str person;

	code = owner_find(cli, inbox, &person);
	if (code != CODE_DONE)
		return code;
	if (inbox_token_create(inbox, str_of(cli->args[1]), bits, expires, person, &token, &secret,
			       &err) < 0)
		return cli_fail(cli, &err);
	code = created_say(cli, &token, secret, inbox);
	secret_free(secret);
	return code;
}

static enum code create(struct cli *cli)
{
	const char *life = cli_option(cli, "expires");
	struct inbox *inbox = NULL;
	int64_t seconds = 365 * 86400;
	unsigned bits;
	enum code code;

	if (cli->arg_count != 2)
		return cli_usage(cli, "token create needs a name that says who will use it");
	if (!scopes_read(cli_option(cli, "scopes"), &bits))
		return cli_usage(cli, "--scopes takes read, users and groups, with commas");
	if (life && strcmp(life, "never") == 0)
		seconds = 0;
	else if (life && !duration_parse(str_of(life), &seconds))
		return cli_usage(cli, "--expires takes a duration such as 90d, or never");
	code = inbox_for(cli, INBOX_WRITE, &inbox);
	if (code != CODE_DONE)
		return code;
	code = create_in(cli, inbox, bits, seconds ? clock_now() + seconds : 0);
	inbox_close(inbox);
	return code;
}

static void list_text(struct cli *cli, struct inbox *inbox, const struct token_list *list,
		      struct buf *out)
{
	for (size_t i = 0; i < list->items.count; i++) {
		const struct token *t = &list->items.items[i];
		const char *user = owner(inbox, &cli->arena, t);
		bool over = t->expires && t->expires <= clock_now();

		buf_printf(out, "%s  %-20s  ", t->id, t->name);
		scopes_put(out, t->scopes);
		buf_printf(out, "  expires %s  last used %s%s%s%s\n", when(&cli->arena, t->expires),
			   when(&cli->arena, t->used), user ? "  belongs to " : "",
			   user ? user : "",
			   t->revoked ? "  revoked"
			   : over     ? "  expired"
				      : "");
	}
	if (list->items.count == 0)
		buf_text(out, "no tokens; make one with: muster token create NAME\n");
}

static void list_json(struct cli *cli, struct inbox *inbox, const struct token_list *list,
		      struct buf *out)
{
	struct json_writer w = {.out = out};

	json_write_object(&w);
	json_write_member_int(&w, "format_version", 1);
	json_write_key(&w, STR("tokens"));
	json_write_array(&w);
	for (size_t i = 0; i < list->items.count; i++) {
		json_write_object(&w);
		token_write(&w, &cli->arena, &list->items.items[i], inbox);
		json_write_object_end(&w);
	}
	json_write_array_end(&w);
	json_write_object_end(&w);
	buf_char(out, '\n');
}

static enum code list(struct cli *cli)
{
	struct token_list tokens = {0};
	struct inbox *inbox = NULL;
	struct buf out = {0};
	struct err err;
	enum code code = inbox_for(cli, INBOX_READ, &inbox);

	if (code != CODE_DONE)
		return code;
	if (inbox_token_list(inbox, &tokens, &err) < 0) {
		code = cli_fail(cli, &err);
	} else {
		if (cli->json)
			list_json(cli, inbox, &tokens, &out);
		else
			list_text(cli, inbox, &tokens, &out);
		code = cli_answer(cli, buf_str(&out));
	}
	buf_clear(&out);
	list_clear(&tokens.items);
	inbox_close(inbox);
	return code;
}

static enum code revoke(struct cli *cli)
{
	struct inbox *inbox = NULL;
	struct err err;
	enum code code;

	if (cli->arg_count != 2)
		return cli_usage(cli, "token revoke needs the id of a token, or its name");
	code = inbox_for(cli, INBOX_CHANGE, &inbox);
	if (code != CODE_DONE)
		return code;
	if (inbox_token_revoke(inbox, str_of(cli->args[1]), &err) < 0)
		code = cli_fail(cli, &err);
	inbox_close(inbox);
	return code;
}

static enum code token_run(struct cli *cli)
{
	const char *word = cli->arg_count ? cli->args[0] : "list";

	if (strcmp(word, "create") == 0)
		return create(cli);
	if (strcmp(word, "list") == 0)
		return list(cli);
	if (strcmp(word, "revoke") == 0)
		return revoke(cli);
	return cli_usage(cli, "'%s' is none of create, list, revoke", word);
}

const struct command command_token = {
	.name = "token",
	.arguments = "[create NAME|list|revoke ID]",
	.summary = "bearer tokens of the SCIM service (shown once, stored hashed)",
	.text = "create prints the token alone on stdout. Several tokens may be live, so that one "
		"can be exchanged without a gap; a name that is used once can stand for the id.",
	.options = {{"scopes", 0, "LIST", "what it may do: read,users,groups (all)"},
		    {"expires", 0, "DURATION", "how long it lives: 90d, never (365d)"},
		    {"user", 0, "USERNAME",
		     "whom it belongs to: the user of the inbox that /Me is (nobody)"},
		    {"store", 0, "FILE", "the inbox, instead of serve.store"}},
	.max = 2,
	.run = token_run,
};
