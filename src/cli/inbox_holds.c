/* SPDX-License-Identifier: Apache-2.0 */
/* Held removals of an inbox, for people: who, since when, by which token, and what to type next. */
#include "cli/inbox_holds.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/token_expiry.h"

enum { LINES_MAX = 10, ENTRIES_MAX = 1000 };

struct view {
	const char *path;
	struct inbox_held held;
	char checksum[HELD_CHECKSUM_SIZE];
	struct held_list list;
	struct token_list tokens;
	struct err err;
	bool unread; /* err says why */
};

bool system_is_inbox(const struct system *system)
{
	return strcmp(system->kind->name, "inbox") == 0;
}

static const char *path_of(const struct system *system)
{
	return setting_text(system->settings, "store").p;
}

/* An inbox that nobody has pushed to yet holds nothing: that is no fault. */
static struct view view_read(struct cli *cli, const struct system *system, int64_t limit)
{
	struct view v = {.path = path_of(system)};
	struct inbox *inbox;

	if (access(v.path, F_OK) != 0)
		return v;
	if (inbox_open(v.path, INBOX_READ, &inbox, &v.err) < 0) {
		v.unread = true;
		return v;
	}
	inbox_begin_read(inbox);
	v.held = inbox_held(inbox);
	inbox_held_checksum(inbox, v.checksum);
	v.unread = inbox_held_list(inbox, limit, &cli->arena, &v.list, &v.err) < 0 ||
		   inbox_token_list(inbox, &v.tokens, &v.err) < 0 ||
		   inbox_commit(inbox, &v.err) < 0;
	inbox_close(inbox);
	return v;
}

static void view_clear(struct view *v)
{
	list_clear(&v->list.items);
	list_clear(&v->tokens.items);
}

static int64_t count_of(const struct inbox_held *held)
{
	return held->users + held->groups + held->members;
}

static enum code judge(const struct view *v)
{
	if (v->unread)
		return v->err.code;
	return count_of(&v->held) ? CODE_HELD : CODE_DONE;
}

/* "2 users, 1 group and 30 memberships" without what is none. */
static const char *counts_text(struct arena *arena, const struct inbox_held *held)
{
	const struct {
		int64_t count;
		const char *one, *more;
	} parts[] = {{held->users, "user", "users"},
		     {held->groups, "group", "groups"},
		     {held->members, "membership", "memberships"}};
	const char *text = "";

	for (size_t i = 0; i < 3; i++)
		if (parts[i].count)
			text = arena_printf(arena, "%s%s%lld %s", text, *text ? ", " : "",
					    (long long)parts[i].count,
					    parts[i].count == 1 ? parts[i].one : parts[i].more)
				       .p;
	return text;
}

static void line_put(struct cli *cli, struct buf *out, const struct held_removal *h)
{
	buf_printf(out, "    - %-6s %.*s%s%.*s",
		   h->group.p ? "member"
		   : h->user  ? "user"
			      : "group",
		   STR_ARG(h->group), h->group.p ? " <- " : "", STR_ARG(h->name));
	if (h->tokens.n > 0)
		buf_printf(out, "   by token %.*s", STR_ARG(h->tokens));
	buf_printf(out, ", %s\n", cli_ago(cli, h->since));
}

static void removals_put(struct cli *cli, const struct system *system, const struct view *v,
			 struct buf *out)
{
	int64_t more = count_of(&v->held) - (int64_t)v->list.items.count;

	buf_printf(out,
		   "%s: inbox %s\n  held: the removal of %s, first %s, by the identity provider; "
		   "they stay in force until decided\n",
		   system->name, v->path, counts_text(&cli->arena, &v->held),
		   cli_ago(cli, v->held.since));
	list_each (const struct held_removal, h, &v->list.items)
		line_put(cli, out, h);
	if (more > 0)
		buf_printf(out, "    ... and %lld more: muster status --json\n", (long long)more);
	buf_printf(out, "    decide: muster approve %s %.12s, or muster reject %s\n", system->name,
		   v->checksum, system->name);
}

enum code held_text(struct cli *cli, const struct system *system, struct buf *out)
{
	struct view v = view_read(cli, system, LINES_MAX);
	enum code code = judge(&v);

	if (v.unread)
		buf_printf(out, "%s: %s\n", system->name, v.err.text);
	if (code == CODE_HELD)
		removals_put(cli, system, &v, out);
	expiring_text(cli, system, &v.tokens, out);
	view_clear(&v);
	return code;
}

static void entry_put(struct json_writer *w, const struct held_removal *h)
{
	json_write_object(w);
	json_write_member(w, "kind",
			  h->group.p ? STR("membership")
			  : h->user  ? STR("user")
				     : STR("group"));
	json_write_member(w, "name", h->name);
	if (h->group.p)
		json_write_member(w, "group", h->group);
	json_write_member(w, "tokens", h->tokens);
	json_write_member_int(w, "since", h->since);
	json_write_object_end(w);
}

enum code held_json(struct cli *cli, const struct system *system, struct json_writer *w)
{
	struct view v = view_read(cli, system, ENTRIES_MAX);

	json_write_object(w);
	json_write_member(w, "system", str_of(system->name));
	json_write_member(w, "store", str_of(v.path));
	if (v.unread)
		json_write_member(w, "error", str_of(v.err.text));
	json_write_member_int(w, "held_users", v.held.users);
	json_write_member_int(w, "held_groups", v.held.groups);
	json_write_member_int(w, "held_memberships", v.held.members);
	json_write_member_int(w, "held_since", v.held.since);
	json_write_member(w, "checksum", str_of(v.checksum));
	json_write_key(w, STR("held"));
	json_write_array(w);
	list_each (const struct held_removal, h, &v.list.items)
		entry_put(w, h);
	json_write_array_end(w);
	expiring_json(&v.tokens, w);
	json_write_object_end(w);
	view_clear(&v);
	return judge(&v);
}

enum code held_decide(struct cli *cli, const struct system *system, bool approve)
{
	str checksum = str_of(cli->arg_count > 1 ? cli->args[1] : NULL);
	const char *word = approve ? "approved" : "rejected";
	struct inbox_held held;
	struct inbox *inbox;
	struct err err;
	int rc;

	if (inbox_open(path_of(system), INBOX_CHANGE, &inbox, &err) < 0)
		return cli_fail(cli, &err);
	rc = inbox_decide(inbox, checksum, approve, &held, &err);
	inbox_close(inbox);
	if (rc < 0) {
		err_wrap(&err, "%s", system->name);
		return cli_fail(cli, &err);
	}
	if (cli->json)
		return cli_answer(
			cli,
			arena_printf(&cli->arena,
				     "{\"format_version\":1,\"system\":\"%s\",\"state\":\"%s\","
				     "\"users\":%lld,\"groups\":%lld,\"memberships\":%lld}\n",
				     system->name, word, (long long)held.users,
				     (long long)held.groups, (long long)held.members));
	return cli_answer(cli,
			  arena_printf(&cli->arena, "%s: the removal of %s is %s%s\n", system->name,
				       counts_text(&cli->arena, &held), word,
				       approve ? "; the next sync carries it on"
					       : ": they are back, for the identity provider too"));
}
