/* SPDX-License-Identifier: Apache-2.0 */
/* What `muster check` says of a team API: the key, what a person must do, and who is in the team.
 */
#include <string.h>

#include "connect/settings_http.h"
#include "connect/team/internal.h"
#include "connect/team/read/read.h"

static void say_key(const struct team_connection *c, struct findings *findings)
{
	const char *kind = key_kind_of(c);
	const struct profile_auth *a = &c->profile->auth;

	if (kind)
		finding_add(findings, false, "the key is a %s key", kind);
	if (a->live.n && a->test.n && !values_text(&c->parameters, "key_kind").n)
		finding_add(findings, false,
			    "key_kind is not set: a live key in place of a test key, or the other "
			    "way round, would not be noticed");
	if (settings_http_are_clear(&c->settings))
		finding_add(findings, true, "%s is not encrypted: the key can be read on the way",
			    c->settings.url);
}

static void say_texts(const struct profile *p, const char *name, const char *word,
		      struct findings *findings)
{
	size_t count;
	const struct setting *items = setting_items(p->settings, name, &count);

	for (size_t i = 0; i < count; i++)
		finding_add(findings, false, "%s: %s", word, items[i].text.p);
}

static void say_missing(const struct profile *p, struct findings *findings)
{
	for (enum team_op op = 0; op < OP_COUNT; op++)
		if (p->operations[op].missing.n)
			finding_add(findings, false, "%s is for a person to do: %s", op_names[op],
				    p->operations[op].missing.p);
}

/* A slip of the pen in own_account protects nobody. */
static void say_own_account(const struct team_connection *c, const struct snapshot *s,
			    struct findings *findings)
{
	str own = values_text(&c->parameters, "own_account");

	list_each (const struct entry, e, &s->users)
		if (e->flags & ENTRY_SELF)
			return;
	if (own.n && s->complete)
		finding_add(findings, true,
			    "own_account: nobody there has the address, login or id '%.*s'",
			    STR_ARG(own));
}

static int say_team(struct team_connection *c, struct findings *findings, struct err *err)
{
	struct wanted wanted = {.invitations = true};
	struct snapshot s;
	int rc;

	if (snapshot_open(&s, c->base.options.spool_folder, err) < 0)
		return -1;
	rc = team_snapshot(&c->base, &wanted, &s, err);
	if (rc == 0) {
		finding_add(findings, false, "%zu member%s, %zu invitation%s", s.users.count,
			    plural_s(s.users.count), s.invitations.count,
			    plural_s(s.invitations.count));
		if (!s.complete)
			finding_add(findings, true, "the read is not complete: %.*s",
				    STR_ARG(s.why_not));
		list_each (const struct rejected_entry, o, &s.rejected)
			finding_add(findings, true, "%.*s: %.*s", STR_ARG(o->name),
				    STR_ARG(o->reason));
		say_own_account(c, &s, findings);
	}
	snapshot_close(&s);
	return rc;
}

int team_check(struct connection *connection, struct findings *findings, struct err *err)
{
	struct team_connection *c = connection_own(team_connection, connection);
	const struct profile *p = c->profile;

	finding_add(findings, false, "%s, %s%s, at %s", p->title.p, p->embedded ? "" : "profile ",
		    p->file, c->settings.url);
	say_key(c, findings);
	finding_add(findings, false, "removing someone %s", p->removal.p);
	say_missing(p, findings);
	say_texts(p, "notes", "note", findings);
	say_texts(p, "unverified", "not verified", findings);
	return say_team(c, findings, err);
}
