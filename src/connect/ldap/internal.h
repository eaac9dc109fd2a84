/* SPDX-License-Identifier: Apache-2.0 */
/* The connection as the parts of the LDAP connector share it. */
#ifndef CONNECT_LDAP_INTERNAL_H
#define CONNECT_LDAP_INTERNAL_H

#include "connect/ldap/session/session.h"

/* What a value of the mark's attribute begins with; the source id follows. */
#define MARK_PREFIX "managed by muster: "

/* What is known of a group without asking for it again. */
struct known_group {
	str dn;
	const struct group_class *class; /* NULL: of no class that is known */
	bool placeholder; /* holds the member that stands for nobody */
};

struct ldap_connection {
	struct connection base;
	struct ldap_settings settings;
	const struct server_facts *facts;
	struct rootdse rootdse;
	const char *id; /* attribute of the immutable id */
	const char *mark;
	const char *name_attribute;
	struct ldap_session *session; /* NULL: was lost */
	int64_t used_at; /* clock_ticks of the last use */
	str self_key; /* of our own account; empty when unknown */
	str self_name; /* the account's user principal name, AD; empty when unknown */
	str placeholder_key;

	/* Groups by id: from the last read as a target, from creations and renames. */
	struct intern group_ids;
	LIST(struct known_group) groups; /* by number in group_ids */
	struct arena group_arena; /* of their DNs */
	struct intern names; /* DN keys of people whose uid was looked up */
	LIST(str) uids; /* by number in names */
	struct arena arena;
};

/* A session that answers: opens one when there is none, or when the old one has died while it was
 * idle. */
int connection_ready(struct ldap_connection *c, struct err *err);
/* Gives the session up after it failed. */
void connection_drop(struct ldap_connection *c);
void known_group_put(struct ldap_connection *c, str id, struct known_group group);
void known_groups_clear(struct ldap_connection *c);
struct known_group *known_group_find(struct ldap_connection *c, str id); /* NULL: not known */

/* read.c */
int ldap_snapshot(struct connection *connection, const struct wanted *wanted, struct snapshot *into,
		  struct err *err);
bool is_placeholder(const struct ldap_connection *c, str key);

/* check.c */
int ldap_check(struct connection *connection, struct findings *findings, struct err *err);

/* find.c */
int ldap_abilities(struct connection *connection, struct arena *arena, struct abilities *ret,
		   struct err *err);
int ldap_find(struct connection *connection, const struct plan *plan, const struct change *change,
	      enum found *ret, struct arena *arena, str *ret_id, struct err *err);

/* write.c */
int ldap_apply(struct connection *connection, struct plan *plan, struct change **batch,
	       size_t count, outcome_sink *sink, void *context, struct err *err);

#endif
