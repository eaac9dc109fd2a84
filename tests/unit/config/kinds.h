/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of systems for the tests: tables with a row of every type and shape. */
#ifndef TESTS_CONFIG_KINDS_H
#define TESTS_CONFIG_KINDS_H

#include "config/config.h"

static const char *const ldap_schemes[] = {"ldaps", "ldap", "ldapi", NULL};
static const char *const http_schemes[] = {"https", "http", NULL};
static const char *const server_words[] = {"auto", "openldap", "389ds", "ad", NULL};
static const char *const nested_words[] = {"expand", "direct", NULL};

static const struct key tls_keys[] = {
	{.name = "ca",
	 .type = KEY_PATH,
	 .doc = "certificates to trust",
	 .example = "/etc/ssl/corp.pem"},
	{.name = "starttls",
	 .type = KEY_BOOLEAN,
	 .role = KEY_ROLE_STARTTLS,
	 .fallback = "false",
	 .doc = "StartTLS on ldap://"},
	{.name = NULL},
};

static const struct key ldap_part_keys[] = {
	{.name = "base",
	 .type = KEY_DN,
	 .required = true,
	 .doc = "where to search",
	 .example = "ou=people,dc=example,dc=com"},
	{.name = "filter", .type = KEY_TEXT, .fallback = "(objectClass=*)", .doc = "LDAP filter"},
	{.name = "attributes",
	 .type = KEY_TEMPLATE,
	 .shape = KEY_MAP,
	 .names = NAMES_ATTRIBUTE,
	 .doc = "mapping",
	 .example = "{userName: \"{mail|lower}\"}"},
	{.name = "nested",
	 .type = KEY_CHOICE,
	 .words = nested_words,
	 .fallback = "expand",
	 .doc = "nested groups"},
	{.name = NULL},
};

static const struct key ldap_keys[] = {
	{.name = "url",
	 .type = KEY_URL,
	 .shape = KEY_ONE_OR_LIST,
	 .words = ldap_schemes,
	 .required = true,
	 .doc = "one or a list, tried in order",
	 .example = "ldaps://ldap.example.com"},
	{.name = "bind_dn",
	 .type = KEY_DN,
	 .doc = "who binds",
	 .example = "cn=muster,dc=example,dc=com"},
	{.name = "password",
	 .type = KEY_SECRET,
	 .doc = "its password",
	 .example = "{credential: corp-ldap}"},
	{.name = "tls", .type = KEY_TABLE, .keys = tls_keys, .fallback = "{}", .doc = "TLS"},
	{.name = "server",
	 .type = KEY_CHOICE,
	 .words = server_words,
	 .fallback = "auto",
	 .doc = "server kind"},
	{.name = "page_size",
	 .type = KEY_INTEGER,
	 .min = 1,
	 .max = 10000,
	 .fallback = "500",
	 .doc = "entries a page"},
	{.name = "users",
	 .type = KEY_TABLE,
	 .role = KEY_ROLE_SCOPE,
	 .keys = ldap_part_keys,
	 .required = true,
	 .doc = "where people are"},
	{.name = "groups",
	 .type = KEY_TABLE,
	 .role = KEY_ROLE_SCOPE,
	 .keys = ldap_part_keys,
	 .doc = "where groups are"},
	{.name = "canaries",
	 .type = KEY_DN,
	 .shape = KEY_LIST,
	 .fallback = "[]",
	 .doc = "entries that must be seen",
	 .example = "['uid=canary,ou=people,dc=example,dc=com']"},
	{.name = NULL},
};

static const struct key scim_keys[] = {
	{.name = "url",
	 .type = KEY_URL,
	 .words = http_schemes,
	 .required = true,
	 .doc = "base URL",
	 .example = "https://crm.example.com/scim/v2"},
	{.name = "token",
	 .type = KEY_SECRET,
	 .doc = "bearer token",
	 .example = "{credential: crm-scim}"},
	/* Its name does not say that it is one. */
	{.name = "proof", .type = KEY_SECRET, .doc = "a secret", .example = "{file: /etc/proof}"},
	{.name = "profile", .type = KEY_TEXT, .fallback = "generic", .doc = "dialect"},
	{.name = NULL},
};

static const struct key team_system_keys[] = {
	{.name = "profile",
	 .type = KEY_TEXT,
	 .required = true,
	 .doc = "profile",
	 .example = "scale"},
	{.name = "auth",
	 .type = KEY_SECRET,
	 .required = true,
	 .doc = "its key",
	 .example = "{credential: scale-key}"},
	{.name = "address",
	 .type = KEY_TEMPLATE,
	 .doc = "how people are addressed",
	 .example = "\"{local}+annotators@{domain}\""},
	{.name = "*", .type = KEY_TEXT, .doc = "parameters that the profile declares"},
	{.name = NULL},
};

static const struct key inbox_keys[] = {
	{.name = "store",
	 .type = KEY_PATH,
	 .role = KEY_ROLE_INBOX,
	 .fallback = "/var/lib/muster/inbox.db",
	 .doc = "the inbox"},
	{.name = NULL},
};

/* Stands for a connector's judgement of what its profile says. */
static void validate_team(const struct system *system, struct diagnostics *diags)
{
	if (setting_given(system->settings, "profile") &&
	    !str_equal(setting_text(system->settings, "profile"), STR("scale")))
		diag_add(diags, setting_pos(system->settings, "profile"), "no profile '%.*s'",
			 STR_ARG(setting_text(system->settings, "profile")));
}

static void team_policy(const struct system *system, enum sync_end end, struct policy *policy)
{
	if (end == SYNC_TO)
		policy->address = setting_template(system->settings, "address");
}

static void ldap_policy(const struct system *system, enum sync_end end, struct policy *policy)
{
	const struct settings *groups = setting_table(system->settings, "groups");

	if (end == SYNC_FROM && groups)
		policy->expand_nested = setting_choice(groups, "nested") == 0;
}

static const struct kind kinds[] = {
	{.name = "ldap",
	 .summary = "a directory",
	 .keys = ldap_keys,
	 .reads = true,
	 .writes = true,
	 .example = "corp",
	 .policy = ldap_policy},
	{.name = "scim",
	 .summary = "a SCIM 2.0 service",
	 .keys = scim_keys,
	 .reads = true,
	 .writes = true,
	 .manages = true,
	 .example = "crm"},
	{.name = "team",
	 .summary = "a team API",
	 .keys = team_system_keys,
	 .reads = true,
	 .writes = true,
	 .manages = true,
	 .example = "annotators",
	 .validate = validate_team,
	 .policy = team_policy},
	{.name = "inbox",
	 .summary = "what identity providers push",
	 .keys = inbox_keys,
	 .reads = true},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

#endif
