/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the directory into a snapshot: users and groups at the same time, each on a connection of
 * its own. */
#include "connect/ldap/read/read.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "connect/ldap/session/session.h"

bool is_placeholder(const struct ldap_connection *c, str key)
{
	return key.n == 0 || str_equal(key, c->placeholder_key) ||
	       str_equal(key, STR("cn=empty-membership-placeholder")) ||
	       str_starts(key, STR("cn=empty-membership-placeholder,"));
}

/* The two searches of a read; groups NULL: not wanted. */
struct searches {
	struct ldap_session *second; /* the groups' own */
	struct paged_search *users, *groups;
};

static int page_size(const struct ldap_connection *c)
{
	return c->rootdse.paging ? (int)c->settings.page_size : 0;
}

static int begin(struct reading *r, struct searches *s, bool groups, struct err *err)
{
	struct ldap_connection *c = r->c;
	const struct ldap_settings *settings = &c->settings;

	struct search_query users = {settings->users.base, settings->users.scope,
				     settings->users.filter ? settings->users.filter
							    : c->facts->users_filter,
				     r->users.attributes};
	struct search_query teams = {settings->groups.base, settings->groups.scope,
				     settings->groups.filter ? settings->groups.filter
							     : c->facts->groups_filter,
				     r->groups.attributes};

	if (paged_search_open(c->session, &users, page_size(c), &s->users, err) < 0)
		return -1;
	if (!groups)
		return 0;
	if (ldap_session_open(settings, c->base.options.stop, &s->second, err) < 0)
		return -1;
	return paged_search_open(s->second, &teams, page_size(c), &s->groups, err);
}

/* Only then do people have to be findable by their uid. */
static int find_posix(struct reading *r, struct err *err)
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

static void report(struct reading *r)
{
	connection_progress(&r->c->base, r->into->users.count + r->into->groups.count);
}

/* Page by page in turn: while one server thread makes a page, we look at that of the other. */
static int drain(struct reading *r, struct searches *s, struct err *err)
{
	bool users = true, groups = s->groups != NULL;

	while (users || groups) {
		if (users && paged_search_next(s->users, take_user, r, &users, err) < 0)
			return -1;
		if (groups && paged_search_next(s->groups, take_group, r, &groups, err) < 0)
			return -1;
		report(r);
	}
	return 0;
}

static void note_cut(struct reading *r, int code, const char *what, const char *base)
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
				  c->session->url, what, base, name,
				  c->settings.bind_dn ? c->settings.bind_dn : "muster's account",
				  c->settings.bind_dn ? c->settings.bind_dn : "...");
}

static void judge(struct reading *r, const struct searches *s)
{
	r->into->complete = true;
	if (paged_search_cut(s->users))
		note_cut(r, paged_search_cut(s->users), "users", r->c->settings.users.base);
	else if (s->groups && paged_search_cut(s->groups))
		note_cut(r, paged_search_cut(s->groups), "groups", r->c->settings.groups.base);
}

/* Further members of one group; *ret_from is where they go on, 0 at the end. */
static int take_rest(struct reading *r, const struct rest *rest, uint64_t *from, struct err *err)
{
	struct ldap_session *s = r->c->session;
	char range[64];
	const char *const attributes[] = {range, NULL};
	struct entry_view e = {.session = s};
	LDAPMessage *m = NULL, *entry;
	struct berval dn, *values;
	str name;

	snprintf(range, sizeof range, "member;range=%llu-*", (unsigned long long)*from);
	if (search_entry(s, rest->dn.p, attributes, &m, err) < 0)
		return -1;
	entry = e.message = ldap_first_entry(s->ld, m);
	*from = entry ? 0 : UINT64_MAX;
	if (entry && ldap_get_dn_ber(s->ld, entry, &e.ber, &dn) == LDAP_SUCCESS) {
		while (entry_next(&e, &name, &values)) {
			if (range_parse(name, from))
				for (struct berval *b = values; b && b->bv_val; b++)
					take_member(r, rest->row, true,
						    str_make(b->bv_val, b->bv_len));
			ber_memfree(values);
		}
	}
	ber_free(e.ber, 0);
	ldap_msgfree(m);
	return 0;
}

/* Large groups in AD come in ranges (MS-ADTS 3.1.1.3.1.3.3). A group that vanishes meanwhile is
 * cut, not whole. */
static int take_rests(struct reading *r, struct err *err)
{
	list_each (struct rest, rest, &r->rests) {
		uint64_t from = rest->from, before;

		do {
			before = from;
			if (take_rest(r, rest, &from, err) < 0)
				return -1;
		} while (from > before && from != UINT64_MAX);
		if (from != 0)
			list_push(&r->into->cut_groups, rest->row);
	}
	return 0;
}

static int compare_tokens(const void *a, const void *b)
{
	const struct group_token *x = a, *y = b;

	return x->token < y->token ? -1 : x->token > y->token;
}

static void take_primaries(struct reading *r)
{
	if (!r->tokens.count)
		return;
	qsort(r->tokens.items, r->tokens.count, sizeof *r->tokens.items, compare_tokens);
	list_each (struct primary, p, &r->primaries) {
		struct group_token wanted = {0, p->token};
		const struct group_token *found = bsearch(&wanted, r->tokens.items, r->tokens.count,
							  sizeof *r->tokens.items, compare_tokens);

		if (found)
			snapshot_edge(r->into, found->row, false, p->row, STR(""));
	}
}

static void check_canaries(struct reading *r)
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

static int finish(struct reading *r, const struct searches *s, struct err *err)
{
	judge(r, s);
	if (take_rests(r, err) < 0)
		return -1;
	take_primaries(r);
	check_canaries(r);
	r->into->scope = ldap_settings_scope(&r->c->settings, r->c->rootdse.kind);
	r->into->requests = r->c->session->requests + (s->second ? s->second->requests : 0);
	r->into->bytes = spool_size(r->into->spool);
	return snapshot_seal(r->into, err);
}

int ldap_snapshot(struct connection *connection, const struct wanted *wanted, struct snapshot *into,
		  struct err *err)
{
	struct ldap_connection *c = connection_own(ldap_connection, connection);
	struct reading r = {.c = c, .into = into, .as_source = wanted->as_source};
	struct searches s = {0};
	bool groups = wanted->groups && c->settings.groups.base;
	int done = -1;

	if (connection_ready(c, err) < 0 || (groups && find_posix(&r, err) < 0))
		return -1;
	if (!wanted->as_source)
		known_groups_clear(c);
	reading_init(&r);
	if (begin(&r, &s, groups, err) == 0 && drain(&r, &s, err) == 0)
		done = finish(&r, &s, err);
	paged_search_close(s.users);
	paged_search_close(s.groups);
	ldap_session_close(s.second);
	reading_clear(&r);
	if (done < 0)
		connection_drop(c);
	return done;
}
