/* SPDX-License-Identifier: Apache-2.0 */
/* What an inbox holds, for people: who, since when, by which token, and what to type next; and the
 * tokens that end within a month, or ended while they were still in use. */
#include "view/inbox.h"

#include <string.h>

#include "base/clock.h"

enum { INBOX_LINES = 10, MONTH = 30 * 86400 };

static int64_t held_total(const struct inbox_held *held)
{
	return held->users + held->groups + held->members;
}

bool inbox_holds(const struct inbox_held *held)
{
	return held_total(held) > 0;
}

/* "2 users, 1 group, 30 memberships" without what is none. */
static void held_amounts_put(struct buf *out, const struct inbox_held *held)
{
	const struct {
		int64_t count;
		const char *one, *many;
	} parts[] = {{held->users, "user", "users"},
		     {held->groups, "group", "groups"},
		     {held->members, "membership", "memberships"}};
	const char *comma = "";

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (!parts[i].count)
			continue;
		buf_text(out, comma);
		put_amount(out, (uint64_t)parts[i].count, parts[i].one, parts[i].many);
		comma = ", ";
	}
}

static void removal_put(struct buf *out, int64_t now, const struct held_removal *h)
{
	buf_printf(out, "    - %-6s ", h->group.p ? "member" : h->user ? "user" : "group");
	put_safe_between(out, "", h->group, h->group.p ? " <- " : "");
	put_safe(out, h->name);
	if (h->tokens.n > 0)
		put_safe_between(out, "   by token ", h->tokens, "");
	buf_text(out, ", ");
	put_ago(out, now, h->since);
	buf_char(out, '\n');
}

static void removals_put(struct buf *out, int64_t now, const struct inbox_health *i)
{
	size_t shown = i->list.items.count < INBOX_LINES ? i->list.items.count : INBOX_LINES;
	int64_t more = held_total(&i->held) - (int64_t)shown;

	buf_printf(out, "%s: inbox %s\n  held: the removal of ", i->system, i->store);
	held_amounts_put(out, &i->held);
	buf_text(out, ", first ");
	put_ago(out, now, i->held.since);
	buf_text(out, ", by the identity provider; they stay in force until decided\n");
	for (size_t k = 0; k < shown; k++)
		removal_put(out, now, &i->list.items.items[k]);
	if (more > 0)
		buf_printf(out, "    ... and %lld more: muster status --json\n", (long long)more);
	buf_printf(out, "    decide: muster approve %s %.12s, or muster reject %s\n", i->system,
		   i->checksum, i->system);
}

/* Its successor has the same name and lives on: then there is nothing to do. */
static bool is_succeeded(const struct token_list *tokens, const struct token *token, int64_t now)
{
	list_each (const struct token, t, &tokens->items)
		if (!t->revoked && strcmp(t->name, token->name) == 0 &&
		    (!t->expires || t->expires > now + MONTH))
			return true;
	return false;
}

static bool is_expiring(const struct token_list *tokens, const struct token *t, int64_t now)
{
	bool over = t->expires <= now;

	return t->expires && !t->revoked && t->expires <= now + MONTH &&
	       (!over || t->used > t->expires - MONTH) && !is_succeeded(tokens, t, now);
}

static void expiring_put(struct buf *out, int64_t now, const char *system, const struct token *t)
{
	char day[11];

	clock_date(t->expires, day);
	buf_printf(out, "%s: token %s (%s) %s on %s; last used ", system, t->name, t->id,
		   t->expires <= now ? "expired" : "expires", day);
	put_ago(out, now, t->used);
	buf_printf(out, ": muster token create %s\n", t->name);
}

void inbox_health_put(struct buf *out, int64_t now, const struct inbox_health *i)
{
	if (i->unread)
		buf_printf(out, "%s: %s\n", i->system, i->err.text);
	else if (inbox_holds(&i->held))
		removals_put(out, now, i);
	list_each (const struct token, t, &i->tokens.items)
		if (is_expiring(&i->tokens, t, now))
			expiring_put(out, now, i->system, t);
}

static void removal_write(struct json_writer *w, const struct held_removal *h)
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

static void expiring_write(struct json_writer *w, const struct token *t)
{
	json_write_object(w);
	json_write_member(w, "id", str_of(t->id));
	json_write_member(w, "name", str_of(t->name));
	json_write_member_int(w, "expires", t->expires);
	json_write_member_int(w, "last_used", t->used);
	json_write_object_end(w);
}

void inbox_health_write(struct json_writer *w, int64_t now, const struct inbox_health *i)
{
	json_write_object(w);
	json_write_member(w, "system", str_of(i->system));
	json_write_member(w, "store", str_of(i->store));
	if (i->unread)
		json_write_member(w, "error", str_of(i->err.text));
	json_write_member_int(w, "held_users", i->held.users);
	json_write_member_int(w, "held_groups", i->held.groups);
	json_write_member_int(w, "held_memberships", i->held.members);
	json_write_member_int(w, "held_since", i->held.since);
	json_write_member(w, "checksum", str_of(i->checksum));
	json_write_key(w, STR("held"));
	json_write_array(w);
	list_each (const struct held_removal, h, &i->list.items)
		removal_write(w, h);
	json_write_array_end(w);
	json_write_key(w, STR("expiring_tokens"));
	json_write_array(w);
	list_each (const struct token, t, &i->tokens.items)
		if (is_expiring(&i->tokens, t, now))
			expiring_write(w, t);
	json_write_array_end(w);
	json_write_object_end(w);
}

void inbox_decided_text(const char *system, const struct inbox_held *held, bool approved,
			struct buf *out)
{
	buf_printf(out, "%s: the removal of ", system);
	held_amounts_put(out, held);
	buf_printf(out, " is %s\n",
		   approved ? "approved; the next sync carries it on"
			    : "rejected: they are back, for the identity provider too");
}

void inbox_decided_json(const char *system, const struct inbox_held *held, bool approved,
			struct buf *out)
{
	struct json_writer w = {.out = out};

	document_begin(&w);
	json_write_member(&w, "system", str_of(system));
	json_write_member(&w, "state", approved ? STR("approved") : STR("rejected"));
	json_write_member_int(&w, "users", held->users);
	json_write_member_int(&w, "groups", held->groups);
	json_write_member_int(&w, "memberships", held->members);
	document_end(&w);
}
