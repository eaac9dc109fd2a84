/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of the team connector that are short: open, abilities, find, check, close. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/unicode.h"
#include "connect/team/internal.h"
#include "connect/team/team.h"

enum { LOOKUP_FRESH = 400 /* milliseconds */ };

static void lookup_close(struct team_connection *c)
{
	if (c->lookup_snapshot)
		snapshot_close(c->lookup_snapshot);
	free(c->lookup_snapshot);
	c->lookup_snapshot = NULL;
}

static void team_close(struct connection *connection)
{
	struct team_connection *c = connection_own(team_connection, connection);

	if (!c)
		return;
	http_close(c->http);
	secret_free(c->key);
	secret_free(c->second_key);
	lookup_close(c);
	list_each (struct entry_record, record, &c->last_read.records)
		list_clear(&record->values.items);
	list_clear(&c->last_read.records);
	intern_clear(&c->last_read.keys);
	arena_clear(&c->last_read.arena);
	list_clear(&c->catalogue);
	list_clear(&c->parameters.items);
	profile_clear(c->profile);
	diag_clear(&c->diags);
	arena_clear(&c->arena);
	free(c);
}

static int team_open(const struct system *system, const struct connect_options *options,
		     struct connection **ret, struct err *err)
{
	struct team_connection *c = mem_alloc(1, sizeof *c);

	c->base.options = *options;
	if (team_settings_read(system, c, err) < 0 || http_open(&c->settings, &c->http, err) < 0) {
		team_close(&c->base);
		return -1;
	}
	*ret = &c->base;
	return 0;
}

static bool can_do(const struct team_connection *c, enum team_op op)
{
	return c->profile->operations[op].steps.count > 0;
}

static uint32_t flags_of(const struct team_connection *c)
{
	static const struct {
		enum team_op op;
		uint32_t flag;
	} rows[] = {
		{OP_INVITE, ABILITY_INVITE},       {OP_INVITE_ROLE, ABILITY_INVITE_ROLE},
		{OP_SET_ROLE, ABILITY_SET_ROLE},   {OP_REVOKE, ABILITY_REVOKE},
		{OP_REMOVE, ABILITY_DELETE_USERS}, {OP_RESEND, ABILITY_RESEND},
	};
	uint32_t flags = 0;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (can_do(c, rows[i].op))
			flags |= rows[i].flag;
	return flags;
}

static str missing(const struct team_connection *c, enum team_op op, struct arena *arena)
{
	return arena_str(arena, c->profile->operations[op].missing);
}

/* What a team API shows of a person; nothing of it is written but the role. */
static const char *const taken[] = {
	PATH_USERNAME,     PATH_EMAILS, PATH_DISPLAYNAME, "name.formatted", "name.givenName",
	"name.familyName", NULL,
};

int team_abilities(struct connection *connection, struct arena *arena, struct abilities *ret,
		   struct err *err)
{
	struct team_connection *c = connection_own(team_connection, connection);

	if (catalogue_read(c, err) < 0)
		return -1;
	*ret = (struct abilities){
		.flags = flags_of(c),
		.role_style = ROLE_USER,
		.single_team = true,
		.one_team_each = c->profile->one_team_each,
		.eventual = c->profile->eventual > 0,
		.eventual_grace = c->profile->eventual,
		.removal = arena_str(arena, c->profile->removal),
		.missing_invite = missing(c, OP_INVITE, arena),
		.missing_remove = missing(c, OP_REMOVE, arena),
		.missing_revoke = missing(c, OP_REVOKE, arena),
		.missing_resend = missing(c, OP_RESEND, arena),
		.missing_role = missing(c, OP_SET_ROLE, arena),
		.refused_invite = arena_str(arena, c->profile->operations[OP_INVITE].refused),
	};
	roles_put(c, arena, ret);
	for (size_t i = 0; taken[i]; i++)
		list_push(&ret->attributes, str_of(taken[i]));
	return 0;
}

/* --- settling */

/* One read serves all that is looked up at the same time. */
static int look(struct team_connection *c, struct err *err)
{
	struct wanted wanted = {.invitations = true};

	if (c->lookup_snapshot && clock_ticks() - c->lookup_at < LOOKUP_FRESH)
		return 0;
	lookup_close(c);
	c->lookup_snapshot = mem_alloc(1, sizeof *c->lookup_snapshot);
	if (snapshot_open(c->lookup_snapshot, c->base.options.spool_folder, err) < 0) {
		free(c->lookup_snapshot);
		c->lookup_snapshot = NULL;
		return -1;
	}
	c->lookup_at = clock_ticks();
	if (team_snapshot(&c->base, &wanted, c->lookup_snapshot, err) == 0)
		return 0;
	lookup_close(c);
	return -1;
}

static bool has_address(const struct snapshot *s, const struct entry *e, str address)
{
	return text_equal(snapshot_value(s, e, STR(PATH_EMAILS)), address) ||
	       text_equal(snapshot_value(s, e, STR(PATH_USERNAME)), address) ||
	       text_equal(snapshot_value(s, e, STR(FIELD_LOGIN)), address);
}

/* Where an answer was lost, the list tells whether the invitation went out: pending, or accepted
 * since. */
static enum found find_address(const struct snapshot *s, str address, struct arena *arena,
			       str *ret_id)
{
	list_each (const struct invitation, i, &s->invitations)
		if (i->state == INVITATION_PENDING && text_equal(i->address, address)) {
			*ret_id = arena_str(arena, i->id);
			return FOUND;
		}
	list_each (const struct entry, e, &s->users)
		if (has_address(s, e, address))
			return FOUND;
	return s->complete ? FOUND_NOT : FOUND_UNCLEAR;
}

int team_lookup(struct team_connection *c, str address, bool anew, enum found *ret,
		struct arena *arena, str *ret_id, struct err *err)
{
	*ret_id = STR("");
	if (anew)
		lookup_close(c);
	if (look(c, err) < 0)
		return -1;
	*ret = find_address(c->lookup_snapshot, address, arena, ret_id);
	return 0;
}

static enum found find_member(const struct snapshot *s, const struct change *change, str id)
{
	char space[37];

	list_each (const struct entry, e, &s->users) {
		if (!str_equal(snapshot_id(s, e, space), id))
			continue;
		if (change->kind == CHANGE_DELETE_USER)
			return FOUND_NOT;
		return str_equal(snapshot_value(s, e, STR(PATH_ROLES)), change->role) ? FOUND
										      : FOUND_NOT;
	}
	return change->kind == CHANGE_DELETE_USER && s->complete ? FOUND : FOUND_NOT;
}

int team_find(struct connection *connection, const struct plan *plan, const struct change *change,
	      enum found *ret, struct arena *arena, str *ret_id, struct err *err)
{
	struct team_connection *c = connection_own(team_connection, connection);
	const struct object *object = &plan->objects.items[change->user];

	*ret_id = STR("");
	if (look(c, err) < 0)
		return -1;
	switch (change->kind) {
	case CHANGE_INVITE:
	case CHANGE_RESEND:
		*ret = find_address(c->lookup_snapshot, object->address, arena, ret_id);
		break;
	case CHANGE_REVOKE:
		*ret = find_address(c->lookup_snapshot, object->address, arena, ret_id) == FOUND
			       ? FOUND_NOT
			       : FOUND;
		*ret_id = STR("");
		break;
	default:
		*ret = find_member(c->lookup_snapshot, change, object->target_id);
	}
	return 0;
}

/* --- what check says */

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
	if (strncasecmp(c->settings.url, "http://", 7) == 0 && c->settings.insecure)
		finding_add(findings, true, "%s is not encrypted: the key can be read on the way",
			    c->settings.url);
}

static void say_list(const struct profile *p, const char *name, const char *word,
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
			    s.users.count == 1 ? "" : "s", s.invitations.count,
			    s.invitations.count == 1 ? "" : "s");
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
	say_list(p, "notes", "note", findings);
	say_list(p, "unverified", "not verified", findings);
	return say_team(c, findings, err);
}

const struct connector team_connector = {
	.kind = "team",
	.summary = "a team API with invitations, by a profile (a source or a target)",
	.can = CAN_READ | CAN_WRITE | CAN_MANAGE,
	.example = "annotators",
	.settings = team_keys,
	.judge = team_validate,
	.open = team_open,
	.check = team_check,
	.profile_test = team_profile_test,
	.abilities = team_abilities,
	.snapshot = team_snapshot,
	.find = team_find,
	.apply = team_apply,
	.close = team_close,
};
