/* SPDX-License-Identifier: Apache-2.0 */
/* `token`: bearer tokens of the SCIM service, shown once and stored hashed. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/unicode.h"
#include "cli/answer.h"
#include "cli/command/command.h"
#include "cli/open.h"
#include "view/view.h"

static enum code token_inbox_open(struct cli *cli, enum inbox_mode mode, struct inbox **ret)
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
	return inbox_open(path, mode, ret, &err) < 0 ? cli_fail(&err) : CODE_DONE;
}

/* The user that a token belongs to, NULL for none; one that was deleted has no name any more. */
static const char *token_owner(struct inbox *inbox, struct arena *arena, const struct token *t)
{
	struct inbox_resource user;

	if (t->person[0] == '\0')
		return NULL;
	return inbox_find(inbox, str_of(t->person), arena, &user) ? user.name.p : "(deleted)";
}

/* The secret passes through this memory once, and is wiped behind it. */
static enum code token_created_answer(struct cli *cli, const struct token *t,
				      const struct secret *secret, struct inbox *inbox)
{
	struct owned_token owned = {t, token_owner(inbox, &cli->arena, t)};
	struct buf out = {0}, expires = {0};
	enum code code;

	if (cli->json)
		token_created_json(&owned, secret_reveal(secret), &out);
	else
		buf_printf(&out, "%s\n", secret_reveal(secret));
	code = cli_answer(buf_str(&out));
	if (out.p)
		explicit_bzero(out.p, out.n);
	buf_clear(&out);
	token_time_print(t->expires, &expires);
	if (!cli->json && !cli->quiet)
		fprintf(stderr, "token %s for %s, expires %s; it is not shown again\n", t->id,
			t->name, expires.p);
	buf_clear(&expires);
	return code;
}

/* The id of the user that --user names; "" without it. */
static enum code token_owner_find(struct cli *cli, struct inbox *inbox, str *ret)
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
	return cli_fail(&err);
}

static enum code token_create_in(struct cli *cli, struct inbox *inbox, unsigned bits,
				 int64_t expires)
{
	struct secret *secret;
	struct token token;
	struct err err;
	enum code code;
	str person;

	code = token_owner_find(cli, inbox, &person);
	if (code != CODE_DONE)
		return code;
	if (inbox_token_create(inbox, str_of(cli->args[1]), bits, expires, person, &token, &secret,
			       &err) < 0)
		return cli_fail(&err);
	code = token_created_answer(cli, &token, secret, inbox);
	secret_free(secret);
	return code;
}

static enum code token_create_run(struct cli *cli)
{
	const char *life = cli_option(cli, "expires"), *scopes = cli_option(cli, "scopes");
	struct inbox *inbox = NULL;
	int64_t seconds = 365 * 86400;
	unsigned bits = TOKEN_ALL;
	enum code code;

	if (cli->arg_count != 2)
		return cli_usage(cli, "token create needs a name that says who will use it");
	if (scopes && !token_scopes_parse(str_of(scopes), &bits))
		return cli_usage(cli, "--scopes takes read, users and groups, with commas");
	if (life && strcmp(life, "never") == 0)
		seconds = 0;
	else if (life && !duration_parse(str_of(life), &seconds))
		return cli_usage(cli, "--expires takes a duration such as 90d, or never");
	code = token_inbox_open(cli, INBOX_WRITE, &inbox);
	if (code != CODE_DONE)
		return code;
	code = token_create_in(cli, inbox, bits, seconds ? clock_now() + seconds : 0);
	inbox_close(inbox);
	return code;
}

static void tokens_put(struct cli *cli, struct inbox *inbox, const struct token_list *tokens,
		       struct buf *out)
{
	struct owned_tokens owned = {0};

	list_each (const struct token, t, &tokens->items)
		list_push(&owned.items,
			  ((struct owned_token){t, token_owner(inbox, &cli->arena, t)}));
	if (cli->json)
		tokens_print_json(&owned, out);
	else
		tokens_print_text(&owned, clock_now(), out);
	list_clear(&owned.items);
}

static enum code token_list_run(struct cli *cli)
{
	struct token_list tokens = {0};
	struct inbox *inbox = NULL;
	struct buf out = {0};
	struct err err;
	enum code code = token_inbox_open(cli, INBOX_READ, &inbox);

	if (code != CODE_DONE)
		return code;
	if (inbox_token_list(inbox, &tokens, &err) < 0) {
		code = cli_fail(&err);
	} else {
		tokens_put(cli, inbox, &tokens, &out);
		code = cli_answer_buf(&out);
	}
	list_clear(&tokens.items);
	inbox_close(inbox);
	return code;
}

static enum code token_revoke_run(struct cli *cli)
{
	struct inbox *inbox = NULL;
	struct err err;
	enum code code;

	if (cli->arg_count != 2)
		return cli_usage(cli, "token revoke needs the id of a token, or its name");
	code = token_inbox_open(cli, INBOX_CHANGE, &inbox);
	if (code != CODE_DONE)
		return code;
	if (inbox_token_revoke(inbox, str_of(cli->args[1]), &err) < 0)
		code = cli_fail(&err);
	inbox_close(inbox);
	return code;
}

static enum code token_run(struct cli *cli)
{
	const char *word = cli->arg_count ? cli->args[0] : "list";

	if (strcmp(word, "create") == 0)
		return token_create_run(cli);
	if (strcmp(word, "list") == 0)
		return token_list_run(cli);
	if (strcmp(word, "revoke") == 0)
		return token_revoke_run(cli);
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
