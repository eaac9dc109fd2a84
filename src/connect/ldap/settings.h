/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of an LDAP system, read once from the configuration's table into plain data. */
#ifndef CONNECT_LDAP_SETTINGS_H
#define CONNECT_LDAP_SETTINGS_H

#include "base/list.h"
#include "base/secret.h"
#include "config/config.h"
#include "connect/connect.h"
#include "connect/ldap/server.h"

struct template;

/* What a group does when it loses its last member. In the order of the setting's words. */
enum empty_policy { EMPTY_MEMBER, EMPTY_DELETE, EMPTY_KEEP };

struct attribute_rule {
	const char *path; /* canonical SCIM path */
	const struct template *value;
};

/* Texts live in the arena of the configuration or in `arena`. NULL: not set, the server kind's
 * default holds. */
struct ldap_settings {
	const char **urls; /* scheme, host and port alone; tried in order */
	size_t url_count;
	/* NULL: EXTERNAL where there is a client certificate or ldapi, else anonymous */
	const char *bind_dn;
	struct secret *password; /* owned */
	struct {
		const char *ca, *cert, *key;
		bool starttls;
	} tls;
	enum server_kind server;
	const char *id;
	struct {
		const char *base, *filter;
		int scope; /* LDAP_SCOPE_... */
		const struct attribute_rule *attributes;
		size_t attribute_count;
	} users, groups; /* groups.base NULL: groups are not read */
	const char *new_base; /* where new groups go; groups.base when not set */
	const char *group_class, *name_attribute, *mark;
	const char *empty_member; /* the member that stands for nobody */
	enum empty_policy empty;
	const char *roles; /* "{team}-{role}", NULL: no roles */
	int64_t gid_from; /* of new posixGroups */
	const char **canaries;
	size_t canary_count;
	int64_t timeout, connect_timeout; /* seconds */
	bool insecure;
	int64_t page_size; /* 0: no paging */
	struct arena arena;
};

extern const struct key ldap_keys[];

/* What the table cannot say: account and password, URLs, TLS files that need each other. */
void ldap_validate(const struct system *system, struct diagnostics *diags);
/* Of a source: whether members of nested groups count. */
void ldap_policy(const struct system *system, enum sync_end end, struct policy *policy);
/* CODE_CONFIG: bind_dn without a password, or a secret that cannot be read. *ret is cleared then.
 */
int ldap_settings_load(const struct system *system, struct ldap_settings *ret, struct err *err);
void ldap_settings_clear(struct ldap_settings *s);
/* A digest of what a read covers, by the server kind that was found: two snapshots of different
 * scopes cannot be compared (snapshot.scope). */
uint64_t ldap_settings_scope(const struct ldap_settings *s, enum server_kind kind);

#endif
