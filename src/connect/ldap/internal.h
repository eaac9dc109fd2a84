/* SPDX-License-Identifier: Apache-2.0 */
/* The connection, as reading, writing and checking share it. */
#ifndef CONNECT_LDAP_INTERNAL_H
#define CONNECT_LDAP_INTERNAL_H

#include "connect/ldap/known_group.h"
#include "connect/ldap/session/session.h"

/* What a value of the mark's attribute begins with; the source id follows. */
#define MARK_PREFIX "managed by muster: "

struct ldap_connection {
	struct connection base;
	struct ldap_settings settings;
	struct rootdse rootdse;
	const struct server_facts *facts; /* of rootdse.kind */
	/* attributes: of the immutable id, of the mark of ownership, of a group's name */
	const char *id_attribute, *mark_attribute, *name_attribute;
	str self_key; /* DN key of our own account; empty when unknown */
	str self_name; /* the account's user principal name, AD; empty when unknown */
	str empty_member_key; /* DN key of groups.placeholder */

	struct ldap_session *session; /* NULL: was lost */
	int64_t used_at; /* clock_ticks of the last use */

	struct known_groups groups; /* from the last read as a target, creations and renames */
	struct intern uid_keys; /* DN keys of people whose user name was looked up */
	LIST(str) uids; /* by number in uid_keys; empty: the person has none */
	struct arena arena;
};

/* A session that answers: opens one when there is none, or when the old one has died while it was
 * idle. Errors: those of ldap_session_open. */
int ldap_connection_ready(struct ldap_connection *c, struct err *err);
/* Gives the session up after it failed. */
void ldap_connection_drop(struct ldap_connection *c);

/* Who we are, for a person who gives or takes rights. */
const char *ldap_connection_account(const struct ldap_connection *c);
/* For paged_search_open: the setting, or 0 where the server does not know pages. */
int ldap_connection_page_size(const struct ldap_connection *c);
/*
 * An id as text: as the server wrote it, or the text of a binary one (objectGUID), appended. False,
 * and nothing appended, when it cannot be one.
 */
bool ldap_id_text(const struct ldap_connection *c, str value, struct buf *ret);

/* The source id that a value of the mark's attribute names, a view; false when it is no mark. */
bool mark_parse(str value, str *ret_source_id);

/* The verb `check` of the connector. */
int ldap_check(struct connection *connection, struct findings *findings, struct err *err);

#endif
