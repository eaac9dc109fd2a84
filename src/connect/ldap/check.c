/* SPDX-License-Identifier: Apache-2.0 */
/* What `check` says of a directory: what it is, what a read shows, which rights are missing. */
#include <string.h>

#include "connect/ldap/internal.h"
#include "connect/ldap/read/read.h"

enum { REJECTED_SHOWN = 5 };

static void check_server(const struct ldap_connection *c, struct findings *f)
{
	str contexts = STR("");

	for (size_t i = 0; i < c->rootdse.contexts.count; i++)
		contexts = arena_printf(f->arena, "%.*s%s%.*s", STR_ARG(contexts), i ? ", " : "",
					STR_ARG(c->rootdse.contexts.items[i]));
	finding_add(f, false, "%s: %s%s%.*s%s, naming contexts: %.*s", c->session->url,
		    c->facts->title, c->rootdse.vendor.n ? " (" : "", STR_ARG(c->rootdse.vendor),
		    c->rootdse.vendor.n ? ")" : "", STR_ARG(contexts));
	if (!c->rootdse.kind_known)
		finding_add(f, true,
			    "the server does not say what it is and is taken for OpenLDAP; set "
			    "server: openldap, 389ds or ad");
	if (!c->rootdse.paging)
		finding_add(
			f, false,
			"the server does not offer paged results: everything is asked for at once");
	if (!c->session->encrypted)
		finding_add(f, c->settings.insecure, "the connection is not encrypted");
}

static void check_read(const struct ldap_connection *c, const struct snapshot *s,
		       struct findings *f)
{
	if (!s->complete)
		finding_add(f, true, "%.*s", STR_ARG(s->why_not));
	finding_add(f, s->users.count == 0, "%zu users under %s", s->users.count,
		    c->settings.users.base);
	if (c->settings.groups.base)
		finding_add(f, false, "%zu groups under %s, %zu memberships", s->groups.count,
			    c->settings.groups.base, s->edges.count);
	if (s->foreign_members)
		finding_add(
			f, false,
			"%llu references to members that are neither among these users nor groups",
			(unsigned long long)s->foreign_members);
	list_each (const str, canary, &s->canaries_missing)
		finding_add(f, true, "canary %.*s was not seen", STR_ARG(*canary));
	for (size_t i = 0; i < s->rejected.count && i < REJECTED_SHOWN; i++)
		finding_add(f, true, "%.*s: %.*s", STR_ARG(s->rejected.items[i].name),
			    STR_ARG(s->rejected.items[i].reason));
	if (s->rejected.count > REJECTED_SHOWN)
		finding_add(f, true, "and %zu more entries that cannot be taken",
			    s->rejected.count - REJECTED_SHOWN);
	list_each (const uint32_t, row, &s->cut_groups)
		finding_add(f, true, "the members of %.*s could not be read to the end",
			    STR_ARG(snapshot_value(s, &s->groups.items[*row], STR(FIELD_DN))));
}

/* A right to read lock attributes cannot be asked for; that nobody is locked is at least worth a
 * look. */
static void check_locks(const struct ldap_connection *c, const struct snapshot *s,
			struct findings *f)
{
	size_t locked = 0, nameless = 0;

	list_each (const struct entry, e, &s->users) {
		locked += (e->flags & ENTRY_INACTIVE) != 0;
		nameless += snapshot_value(s, e, STR(PATH_USERNAME)).n == 0;
	}
	if (locked)
		finding_add(f, false, "%zu of the users are locked, disabled or expired", locked);
	else
		finding_add(f, false,
			    "no user is locked by %s: either nobody is, or %s may not read that "
			    "attribute",
			    c->facts->locks[0], ldap_connection_account(c));
	if (nameless)
		finding_add(f, false,
			    "%zu of the users have no value for userName; see users.attributes",
			    nameless);
	if (s->groups.count && !s->edges.count && !s->foreign_members)
		finding_add(f, true,
			    "no group shows a member: %s may lack the right to read member, "
			    "uniqueMember or memberUid",
			    ldap_connection_account(c));
}

/*
 * The right to write is tried with a change that cannot succeed: a value that is not there is taken
 * away. A server that refuses for lack of rights says so before it looks.
 */
static int check_write_right(struct ldap_connection *c, const struct snapshot *s,
			     struct findings *f, struct err *err)
{
	str dn = snapshot_value(s, &s->groups.items[0], STR(FIELD_DN));
	char space[37];
	const struct known_group *known =
		known_groups_find(&c->groups, snapshot_id(s, &s->groups.items[0], space));
	const char *attribute = known && known->class ? known->class->members : "member";
	char *values[] = {plain_text(strcmp(attribute, "memberUid") == 0
					     ? "muster-rights-check"
					     : "cn=muster-rights-check"),
			  NULL};
	LDAPMod change = {.mod_op = LDAP_MOD_DELETE, .mod_type = plain_text(attribute)},
		*changes[] = {&change, NULL};
	struct ldap_result result = {0};
	struct buf text = {0};
	int id;

	change.mod_values = values;
	buf_put(&text, dn);
	result.code = ldap_modify_ext(c->session->ld, text.p, changes, NULL, NULL, &id);
	buf_clear(&text);
	c->session->requests++;
	if (result.code == LDAP_SUCCESS && ldap_session_result(c->session, id, &result, err) < 0)
		return -1;
	if (result.code == LDAP_INSUFFICIENT_ACCESS)
		finding_add(
			f, false,
			"%s may not write %s of %.*s: as a target, this system needs that right",
			ldap_connection_account(c), attribute, STR_ARG(dn));
	else
		finding_add(f, false, "%s may change members of %.*s", ldap_connection_account(c),
			    STR_ARG(dn));
	return 0;
}

int ldap_check(struct connection *connection, struct findings *findings, struct err *err)
{
	struct ldap_connection *c = connection_own(ldap_connection, connection);
	struct wanted wanted = {.groups = true};
	struct snapshot s;
	int done = -1;

	if (ldap_connection_ready(c, err) < 0 ||
	    snapshot_open(&s, c->base.options.spool_folder, err) < 0)
		return -1;
	check_server(c, findings);
	if (ldap_snapshot(&c->base, &wanted, &s, err) == 0) {
		check_read(c, &s, findings);
		check_locks(c, &s, findings);
		done = s.groups.count ? check_write_right(c, &s, findings, err) : 0;
	}
	snapshot_close(&s);
	return done;
}
