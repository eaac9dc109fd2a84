/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the directory into a snapshot: users and groups at the same time, each on a connection of
 * its own. */
#include "connect/ldap/read/read.h"

#include <stdlib.h>

#include "base/clock.h"
#include "connect/ldap/read/internal.h"

/* The two searches of a read; groups NULL: not wanted. */
struct read_searches {
	struct ldap_session *second; /* the groups' own */
	struct paged_search *users, *groups;
};

/* --- a read from init to clear */

/* Makes a read ready of which c, into, as_source and has_posix are set, and all else is zero. */
static void ldap_read_init(struct ldap_read *r)
{
	size_t room;

	r->now = clock_now();
	r->number_dn = intern_put(&r->into->names, STR(FIELD_DN));
	r->number_active = intern_put(&r->into->names, STR(PATH_ACTIVE));
	user_map_init(r);
	if (r->c->settings.groups.base)
		group_map_init(r);
	room = r->users.slot_count > r->groups.slot_count ? r->users.slot_count
							  : r->groups.slot_count;
	attribute_map_bind(&r->users, r->into);
	attribute_map_bind(&r->groups, r->into);
	r->slots = mem_alloc(room, sizeof(*r->slots));
}

static void ldap_read_clear(struct ldap_read *r)
{
	attribute_map_clear(&r->users);
	attribute_map_clear(&r->groups);
	free(r->slots);
	list_clear(&r->range_tails);
	list_clear(&r->primaries);
	list_clear(&r->tokens);
	buf_clear(&r->key);
	buf_clear(&r->member_keys);
	list_clear(&r->member_spans);
	list_clear(&r->members);
	buf_clear(&r->id);
	arena_clear(&r->arena);
}

/* --- the searches */

static int user_search_open(struct ldap_read *r, struct read_searches *s, struct err *err)
{
	const struct ldap_connection *c = r->c;
	const struct ldap_settings *settings = &c->settings;
	const struct search_query query = {
		.base = settings->users.base,
		.scope = settings->users.scope,
		.filter = settings->users.filter ? settings->users.filter : c->facts->users_filter,
		.attributes = r->users.attributes,
	};

	return paged_search_open(c->session, &query, ldap_connection_page_size(c), &s->users, err);
}

static int group_search_open(struct ldap_read *r, struct read_searches *s, struct err *err)
{
	const struct ldap_connection *c = r->c;
	const struct ldap_settings *settings = &c->settings;
	const struct search_query query = {
		.base = settings->groups.base,
		.scope = settings->groups.scope,
		.filter =
			settings->groups.filter ? settings->groups.filter : c->facts->groups_filter,
		.attributes = r->groups.attributes,
	};

	if (ldap_session_open(settings, c->base.options.stop, &s->second, err) < 0)
		return -1;
	return paged_search_open(s->second, &query, ldap_connection_page_size(c), &s->groups, err);
}

/* Only then do people have to be findable by their uid. */
static int read_look_for_posix(struct ldap_read *r, struct err *err)
{
	struct ldap_connection *c = r->c;
	const struct search_query query = {c->settings.groups.base, c->settings.groups.scope,
					   "(objectClass=posixGroup)", search_no_attributes};
	LDAPMessage *m = NULL;

	if (c->rootdse.kind == SERVER_AD || !c->settings.groups.base)
		return 0;
	if (search_whole(c->session, &query, 1, &m, err) < 0)
		return -1;
	r->has_posix = ldap_first_entry(c->session->ld, m) != NULL;
	ldap_msgfree(m);
	return 0;
}

static void read_report(struct ldap_read *r)
{
	connection_progress(&r->c->base, r->into->users.count + r->into->groups.count);
}

/* Page by page in turn: while one server thread makes a page, we look at that of the other. */
static int searches_drain(struct ldap_read *r, struct read_searches *s, struct err *err)
{
	bool users = true, groups = s->groups != NULL;

	while (users || groups) {
		if (users && paged_search_next(s->users, user_entry_read, r, &users, err) < 0)
			return -1;
		if (groups && paged_search_next(s->groups, group_entry_read, r, &groups, err) < 0)
			return -1;
		read_report(r);
	}
	return 0;
}

static void incomplete_set(struct ldap_read *r, int code, const char *what, const char *base)
{
	const struct ldap_connection *c = r->c;
	struct snapshot *s = r->into;
	char name[RESULT_NAME_SIZE];

	ldap_result_name(code, name);
	s->complete = false;
	s->why_not = arena_printf(&s->arena,
				  "%s: the server cut the list of %s under %s short: %s; raise its "
				  "limits for %s (OpenLDAP: limits dn.exact=\"%s\" size=unlimited "
				  "size.prtotal=unlimited)",
				  c->session->url, what, base, name, ldap_connection_account(c),
				  c->settings.bind_dn ? c->settings.bind_dn : "...");
}

static void completeness_set(struct ldap_read *r, const struct read_searches *s)
{
	r->into->complete = true;
	if (paged_search_cut(s->users))
		incomplete_set(r, paged_search_cut(s->users), "users", r->c->settings.users.base);
	else if (s->groups && paged_search_cut(s->groups))
		incomplete_set(r, paged_search_cut(s->groups), "groups",
			       r->c->settings.groups.base);
}

/* What a value of a range that is read afterwards belongs to. */
struct tail_context {
	struct ldap_read *read;
	uint32_t row;
};

static void tail_value(void *context, str value)
{
	const struct tail_context *tail = context;

	member_read_dn(tail->read, tail->row, value);
}

/* A group that vanishes meanwhile is cut, not whole. */
static int range_tails_read(struct ldap_read *r, struct err *err)
{
	list_each (struct range_tail, tail, &r->range_tails) {
		struct tail_context context = {r, tail->row};
		const struct range_query query = {tail->dn.p, "member", true, tail->from};
		enum range_end end;

		if (range_read(r->c->session, &query, tail_value, &context, &end, err) < 0)
			return -1;
		if (end != RANGE_WHOLE)
			list_push(&r->into->cut_groups, tail->row);
	}
	return 0;
}

static int token_compare(const void *a, const void *b)
{
	const struct group_token *x = a, *y = b;

	return x->token < y->token ? -1 : x->token > y->token;
}

static void primary_groups_read(struct ldap_read *r)
{
	if (!r->tokens.count)
		return;
	qsort(r->tokens.items, r->tokens.count, sizeof *r->tokens.items, token_compare);
	list_each (struct primary_group, p, &r->primaries) {
		struct group_token wanted = {0, p->token};
		const struct group_token *found = bsearch(&wanted, r->tokens.items, r->tokens.count,
							  sizeof *r->tokens.items, token_compare);

		if (found)
			snapshot_edge(r->into, found->row, false, p->row, STR(""));
	}
}

static void canaries_check(struct ldap_read *r)
{
	const struct ldap_settings *settings = &r->c->settings;
	struct snapshot *s = r->into;

	for (size_t i = 0; i < settings->canary_count; i++) {
		uint32_t number;

		buf_reset(&r->key);
		number = dn_key(str_of(settings->canaries[i]), &r->key)
				 ? intern_find(&s->keys, buf_str(&r->key))
				 : INTERN_NONE;
		if (number == INTERN_NONE || number >= s->key_rows.count ||
		    s->key_rows.items[number] == 0)
			list_push(&s->canaries_missing,
				  arena_str(&s->arena, str_of(settings->canaries[i])));
	}
}

static int read_finish(struct ldap_read *r, const struct read_searches *s, struct err *err)
{
	completeness_set(r, s);
	if (range_tails_read(r, err) < 0)
		return -1;
	primary_groups_read(r);
	canaries_check(r);
	r->into->scope = ldap_settings_scope(&r->c->settings, r->c->rootdse.kind);
	r->into->requests = r->c->session->requests + (s->second ? s->second->requests : 0);
	r->into->bytes = spool_size(r->into->spool);
	return snapshot_seal(r->into, err);
}

int ldap_snapshot(struct connection *connection, const struct wanted *wanted, struct snapshot *into,
		  struct err *err)
{
	struct ldap_connection *c = connection_own(ldap_connection, connection);
	struct ldap_read r = {.c = c, .into = into, .as_source = wanted->as_source};
	struct read_searches s = {0};
	bool groups = wanted->groups && c->settings.groups.base;
	int done = -1;

	if (ldap_connection_ready(c, err) < 0 || (groups && read_look_for_posix(&r, err) < 0))
		return -1;
	if (!wanted->as_source)
		known_groups_clear(&c->groups);
	ldap_read_init(&r);
	if (user_search_open(&r, &s, err) == 0 &&
	    (!groups || group_search_open(&r, &s, err) == 0) && searches_drain(&r, &s, err) == 0)
		done = read_finish(&r, &s, err);
	paged_search_close(s.users);
	paged_search_close(s.groups);
	ldap_session_close(s.second);
	ldap_read_clear(&r);
	if (done < 0)
		ldap_connection_drop(c);
	return done;
}
