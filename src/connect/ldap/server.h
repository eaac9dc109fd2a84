/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between the kinds of directory servers: ids, locks, filters, group classes and the
 * built-in mapping. */
#ifndef CONNECT_LDAP_SERVER_H
#define CONNECT_LDAP_SERVER_H

#include "base/str.h"

/* In the order of the setting `server`. */
enum server_kind { SERVER_AUTO, SERVER_OPENLDAP, SERVER_389DS, SERVER_AD };

/* A reference: the attribute is a DN, the value the id of that entry at the same system. */
#define PATH_MANAGER "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value"

/*
 * The built-in mapping of people, beside externalId. Rows of one path are tried in their order; the
 * first that yields a value is taken.
 */
struct server_default {
	const char *path; /* canonical SCIM path */
	const char *attribute, *ad_attribute; /* NULL: there is none for this path */
	bool lower; /* as the template {attribute|lower} */
};
extern const struct server_default server_user_defaults[]; /* ends with a row without path */

struct server_facts {
	const char *name; /* as in the setting */
	const char *title;
	const char *id; /* attribute of the immutable id */
	const char *users_filter, *groups_filter;
	/* attributes that say whether an account is locked; ends with NULL */
	const char *const *locks;
	const char *mark; /* attribute that carries the mark of ownership of a group */
	const char *group_class; /* object class of new groups */
};

const struct server_facts *server_facts_get(enum server_kind kind); /* not for SERVER_AUTO */

/* Does this value of this lock attribute say that the account is locked, disabled or has expired by
 * `now`? */
bool server_says_locked(enum server_kind kind, str attribute, str value, int64_t now);

/* A class of groups: where its members are, and whether it may stand empty. */
struct group_class {
	const char *name;
	const char *members; /* attribute */
	bool members_are_dns; /* otherwise they are user names */
	bool may_be_empty; /* by the schema of OpenLDAP (RFC 4519, RFC 2307) */
};
const struct group_class *group_class_find(str name); /* NULL when it is not known */
bool group_may_be_empty(enum server_kind kind, const struct group_class *class);

/* Is the attribute binary and known here (objectGUID, objectSid)? Then its value is given as text
 * in `ret`. */
bool server_is_binary(str attribute);
bool server_binary_text(str attribute, str value, struct buf *ret); /* false: malformed */
/* A filter that finds an entry by its id as server_binary_text or the server wrote it. */
void server_put_id_filter(const char *attribute, str id, struct buf *filter);
/* A value as it must be written in a filter (RFC 4515 3). */
void filter_put_value(struct buf *filter, str value);

#endif
