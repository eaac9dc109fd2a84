/* SPDX-License-Identifier: Apache-2.0 */
/* A read of the whole team: every list, every page, each entry as a member or an invitation. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "connect/team/call/call.h"
#include "connect/team/internal.h"
#include "connect/team/read/internal.h"
#include "connect/team/read/read.h"
#include "expr/template.h"

struct team_read {
	struct team_connection *c;
	struct snapshot *into;
	const struct template *address; /* of a source: people have second addresses there */
};

static void note_incomplete(struct team_read *t, const char *text)
{
	t->into->complete = false;
	if (!t->into->why_not.n)
		t->into->why_not = arena_str(&t->into->arena, str_of(text));
}

static str record_name(const struct entry_record *e)
{
	return e->email.n ? e->email : e->login.n ? e->login : e->id;
}

/* The address that a second one was made of; one that is not made so stays as it is. */
static str first_address(struct team_read *t, str email)
{
	struct variable parts[] = {{STR("local"), {NULL, 0}},
				   {STR("domain"), {NULL, 0}},
				   {STR("team"), str_of(t->c->base.options.name)}};

	if (!t->address || !template_recover(t->address, email, parts, 3) || !parts[0].value.p ||
	    !parts[1].value.p)
		return email;
	return arena_printf(&t->into->arena, "%.*s@%.*s", STR_ARG(parts[0].value),
			    STR_ARG(parts[1].value));
}

static void put_member_field(struct team_read *t, const char *name, str value)
{
	if (value.n)
		snapshot_field(t->into, str_of(name), value);
}

static int put_team_member(struct team_read *t, struct entry_record *e, struct err *err)
{
	uint32_t flags = (e->state == ENTRY_SUSPENDED ? ENTRY_INACTIVE : 0u) |
			 (e->read_only ? ENTRY_READONLY : 0u) | (e->self ? ENTRY_SELF : 0u);
	str email = first_address(t, e->email);

	snapshot_begin(t->into);
	put_member_field(t, PATH_USERNAME, email.n ? email : record_name(e));
	put_member_field(t, PATH_EMAILS, email);
	put_member_field(t, FIELD_LOGIN, e->login);
	put_member_field(t, PATH_DISPLAYNAME, e->name);
	put_member_field(t, "name.givenName", e->given);
	put_member_field(t, "name.familyName", e->family);
	put_member_field(t, PATH_ROLES, e->role);
	if (snapshot_end(t->into, ENTRY_USER, e->id, flags, &e->row, err) < 0)
		return -1;
	t->c->last_read.members++;
	return 0;
}

static enum invitation_state invitation_state_of(enum entry_state state)
{
	switch (state) {
	case ENTRY_ACCEPTED:
		return INVITATION_ACCEPTED;
	case ENTRY_EXPIRED:
		return INVITATION_EXPIRED;
	case ENTRY_REVOKED:
		return INVITATION_REVOKED;
	case ENTRY_REFUSED:
		return INVITATION_REFUSED;
	default:
		return INVITATION_PENDING;
	}
}

static void put_team_invitation(struct team_read *t, const struct entry_record *e)
{
	struct arena *arena = &t->into->arena;

	*list_add(&t->into->invitations) = (struct invitation){
		.id = arena_str(arena, e->id),
		.address = arena_str(arena, record_name(e)),
		.role = arena_str(arena, e->role),
		.state = invitation_state_of(e->state),
		.assumed = e->assumed,
		.is_fixed = e->read_only,
		.sent_at = e->sent,
		.expires_at = e->expires,
	};
	t->c->last_read.invitations++;
}

static bool is_member_state(enum entry_state state)
{
	return state == ENTRY_ACTIVE || state == ENTRY_SUSPENDED;
}

/* What has an unknown state is a member, unless the list holds invitations only. */
static bool is_listed_member(const struct entry_set *set, const struct entry_record *e)
{
	if (e->state != ENTRY_UNKNOWN)
		return is_member_state(e->state);
	list_each (const struct state_rule, rule, &set->states)
		if (is_member_state(rule->is))
			return true;
	return false;
}

/* Two entries under one id contradict each other: neither is taken for the truth. */
static void fix_doubled_id(struct team_read *t, bool member, str id)
{
	const struct entry_record *first =
		last_read_find(t->c, member ? RECORD_MEMBER : RECORD_INVITATION, id);

	if (member)
		t->into->users.items[first->row].flags |= ENTRY_READONLY;
	else
		t->into->invitations.items[first->row].is_fixed = true;
}

static int put_record(struct team_read *t, const struct entry_set *set, struct entry_record *e,
		      struct err *err)
{
	bool member = is_listed_member(set, e);
	struct entry_record copy = *e, *kept;

	if (!last_read_put(t->c, member ? RECORD_MEMBER : RECORD_INVITATION, e)) {
		if (set->repeats)
			return 0;
		fix_doubled_id(t, member, copy.id);
		snapshot_reject(t->into, ENTRY_USER, record_name(&copy), copy.id,
				"it is listed twice, under one id: it stays as it is");
		return 0;
	}
	kept = &t->c->last_read.records.items[t->c->last_read.records.count - 1];
	kept->row = (uint32_t)t->into->invitations.count;
	if (member)
		return put_team_member(t, kept, err);
	put_team_invitation(t, kept);
	return 0;
}

static int read_list_item(struct team_read *t, const struct entry_set *set, const json_t *item,
			  struct err *err)
{
	struct entry_record e;
	int rc = 0;

	if (!team_entry_read(t->c, set, item, &t->c->last_read.arena, &e)) {
		list_clear(&e.values.items);
		return 0;
	}
	if (e.defect)
		snapshot_reject(t->into, ENTRY_USER, e.id.n ? record_name(&e) : STR("(no id)"),
				e.id, "%s", e.defect);
	if (!e.id.n)
		note_incomplete(t, "it shows an entry that has no id: whoever it is, is not gone");
	else
		rc = put_record(t, set, &e, err);
	list_clear(&e.values.items);
	return rc;
}

static int read_list_page(void *context, const struct list_call *l, const json_t *answer,
			  bool first, size_t *ret_count, struct err *err)
{
	struct team_read *t = context;
	json_list items = {0};
	int rc = 0;

	(void)first;
	*ret_count = 0;
	list_each (struct entry_set, set, &l->sets) {
		rc = entry_set_items(t->c, set, answer, &items, err);
		if (rc < 0)
			break;
		/* The first set is what the paging counts. */
		if (set == l->sets.items)
			*ret_count = items.count;
		list_each (const json_t *, item, &items)
			if (rc == 0)
				rc = read_list_item(t, set, *item, err);
		if (rc < 0)
			break;
	}
	list_clear(&items);
	connection_progress(&t->c->base, t->c->last_read.members + t->c->last_read.invitations);
	return rc;
}

static uint64_t team_scope(const struct team_connection *c)
{
	static const struct hash_key key = {0, 0};
	struct buf text = {0};
	uint64_t scope;

	buf_printf(&text, "%s", c->settings.url);
	list_each (const struct named_value, v, &c->parameters.items)
		buf_printf(&text, "\n%.*s=%.*s", STR_ARG(v->name), STR_ARG(v->text));
	scope = hash_str(&key, buf_str(&text));
	buf_clear(&text);
	return scope;
}

int team_snapshot(struct connection *connection, const struct wanted *wanted, struct snapshot *into,
		  struct err *err)
{
	struct team_connection *c = connection_own(team_connection, connection);
	struct team_read t = {.c = c, .into = into};
	struct page_sink sink = {read_list_page, &t};
	bool translated = wanted->as_source && setting_given(c->system, "address");
	struct http_counts before = *http_counts(c->http);

	t.address = translated ? setting_template(c->system, "address") : NULL;
	if (catalogue_read(c, err) < 0)
		return -1;
	last_read_clear(&c->last_read);
	into->complete = true;
	list_each (const struct list_call, l, &c->profile->lists)
		if (list_walk(c, l, &sink, err) < 0)
			return -1;
	into->scope = team_scope(c);
	into->requests = http_counts(c->http)->requests - before.requests;
	into->bytes = http_counts(c->http)->bytes_received - before.bytes_received;
	return snapshot_seal(into, err);
}
