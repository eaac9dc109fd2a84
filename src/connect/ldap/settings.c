/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of an LDAP system, and their values as the connector wants them. */
#include "connect/ldap/settings.h"

#include <ldap.h>

#include "base/hash.h"

static const char *const schemes[] = {"ldaps", "ldap", "ldapi", NULL};
static const char *const kinds[] = {"auto", "openldap", "389ds", "ad", NULL};
static const char *const scopes[] = {"subtree", "one", NULL};
enum { NESTING_EXPAND }; /* in `nestings` */
static const char *const nestings[] = {"expand", "direct", NULL};
static const char *const empties[] = {"placeholder", "delete", "keep", NULL};
static const char *const class_words[] = {
	"auto", "groupOfNames", "groupOfUniqueNames", "groupOfMembers", "posixGroup", "group",
	NULL};

static bool is_attribute_char(char c)
{
	c = ascii_lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

static int validate_attribute(str value, struct err *err)
{
	for (size_t i = 0; i < value.n; i++)
		if (!is_attribute_char(value.p[i]))
			return err_set(err, REACH_RUN, CODE_CONFIG,
				       "expected the name of an LDAP attribute, such as cn");
	return 0;
}

/* Only what a slip of the pen does; the rest is the server's to say. */
static int validate_filter(str value, struct err *err)
{
	int depth = 0;

	for (size_t i = 0; i < value.n && depth >= 0; i++) {
		depth += (value.p[i] == '(') - (value.p[i] == ')');
		if (depth == 0 && i + 1 < value.n)
			depth = -1;
	}
	if (depth == 0 && str_starts(value, STR("(")))
		return 0;
	return err_set(err, REACH_RUN, CODE_CONFIG,
		       "expected an LDAP filter in balanced parentheses, such as "
		       "(objectClass=inetOrgPerson)");
}

/* The text must tell the parts of a role group apart, or reading could never be the reverse of
 * writing. */
static int validate_roles(str value, struct err *err)
{
	if (str_contains(value, STR("{team}")) && str_contains(value, STR("{role}")))
		return 0;
	return err_set(err, REACH_RUN, CODE_CONFIG, "expected {team} and {role} in it");
}

#define END                                                                                        \
	{                                                                                          \
		.name = NULL                                                                       \
	}

static const struct key ldap_tls_keys[] = {
	{.name = "ca",
	 .type = KEY_PATH,
	 .doc = "PEM file of the authority that signed the server's certificate; by default the "
		"system's authorities",
	 .example = "/etc/ssl/certs/corp.pem"},
	{.name = "cert",
	 .type = KEY_PATH,
	 .doc = "PEM file of muster's own certificate; without bind_dn it is who muster is "
		"(EXTERNAL)",
	 .example = "/etc/muster/ldap.crt"},
	{.name = "key",
	 .type = KEY_PATH,
	 .doc = "PEM file of its key; by default the one of cert",
	 .example = "/etc/muster/ldap.key"},
	{.name = "starttls",
	 .type = KEY_BOOLEAN,
	 .role = KEY_ROLE_STARTTLS,
	 .fallback = "false",
	 .doc = "whether ldap:// is encrypted with StartTLS before anything is said"},
	END,
};

static const struct key user_keys[] = {
	{.name = "base",
	 .type = KEY_DN,
	 .required = true,
	 .doc = "where people are",
	 .example = "ou=people,dc=example,dc=com"},
	{.name = "filter",
	 .type = KEY_TEXT,
	 .validate = validate_filter,
	 .doc = "LDAP filter of people; by default by the kind of server, "
		"(objectClass=inetOrgPerson)",
	 .example = "(objectClass=inetOrgPerson)"},
	{.name = "scope",
	 .type = KEY_CHOICE,
	 .words = scopes,
	 .fallback = "subtree",
	 .doc = "the whole tree below base, or one level of it"},
	{.name = "attributes",
	 .type = KEY_TEMPLATE,
	 .shape = KEY_MAP,
	 .names = NAMES_ATTRIBUTE,
	 .doc = "SCIM attributes and the templates that make them from LDAP attributes; others "
		"keep the server kind's default",
	 .example = "{userName: \"{uid}\"}"},
	END,
};

static const struct key group_keys[] = {
	{.name = "base",
	 .type = KEY_DN,
	 .required = true,
	 .doc = "where groups are",
	 .example = "ou=groups,dc=example,dc=com"},
	{.name = "filter",
	 .type = KEY_TEXT,
	 .validate = validate_filter,
	 .doc = "LDAP filter of groups; by default every class of groups that is known",
	 .example = "(objectClass=groupOfNames)"},
	{.name = "scope",
	 .type = KEY_CHOICE,
	 .words = scopes,
	 .fallback = "subtree",
	 .doc = "the whole tree below base, or one level of it"},
	{.name = "nested",
	 .type = KEY_CHOICE,
	 .words = nestings,
	 .fallback = "expand",
	 .doc = "whether members of a group's member groups count as its members"},
	{.name = "attributes",
	 .type = KEY_TEMPLATE,
	 .shape = KEY_MAP,
	 .names = NAMES_ATTRIBUTE,
	 .doc = "SCIM attributes of groups and the templates that make them",
	 .example = "{displayName: \"{cn}\"}"},
	{.name = "create_in",
	 .type = KEY_DN,
	 .doc = "where new groups are created; by default in base",
	 .example = "ou=teams,ou=groups,dc=example,dc=com"},
	{.name = "class",
	 .type = KEY_CHOICE,
	 .words = class_words,
	 .fallback = "auto",
	 .doc = "object class of new groups; auto is groupOfNames, in Active Directory group"},
	{.name = "name",
	 .type = KEY_TEXT,
	 .fallback = "cn",
	 .validate = validate_attribute,
	 .doc = "the attribute that names a group: a new name is written there and in its DN"},
	{.name = "mark",
	 .type = KEY_TEXT,
	 .validate = validate_attribute,
	 .doc = "the attribute where groups that muster creates say \"managed by muster: ID\"; by "
		"default description, in Active Directory adminDescription",
	 .example = "description"},
	{.name = "empty",
	 .type = KEY_CHOICE,
	 .words = empties,
	 .fallback = "placeholder",
	 .doc = "what becomes of a group that loses its last member, where its class forbids that: "
		"a member that stands for nobody, the end of the group, or an error"},
	{.name = "placeholder",
	 .type = KEY_DN,
	 .fallback = "cn=empty-membership-placeholder",
	 .doc = "that member; it is never read as one"},
	{.name = "roles",
	 .type = KEY_TEXT,
	 .validate = validate_roles,
	 .doc = "name of a further group for each team and role; without it, roles are not kept "
		"here",
	 .example = "\"{team}-{role}\""},
	{.name = "gid_from",
	 .type = KEY_INTEGER,
	 .min = 1,
	 .max = 4294967294,
	 .fallback = "10000",
	 .doc = "the least gidNumber of a new posixGroup; the next free one above is taken"},
	END,
};

const struct key ldap_keys[] = {
	{.name = "url",
	 .type = KEY_URL,
	 .shape = KEY_ONE_OR_LIST,
	 .words = schemes,
	 .required = true,
	 .doc = "the server, or several with the same data, tried in order; a local socket is "
		"ldapi://%2Frun%2Fslapd%2Fldapi",
	 .example = "ldaps://ldap.example.com"},
	{.name = "bind_dn",
	 .type = KEY_TEXT,
	 .doc = "the account that muster uses; without it EXTERNAL over ldapi:// or with tls.cert, "
		"else nobody",
	 .example = "cn=muster,ou=services,dc=example,dc=com"},
	{.name = "password",
	 .type = KEY_SECRET,
	 .doc = "its password",
	 .example = "{credential: corp-ldap}"},
	{.name = "tls",
	 .type = KEY_TABLE,
	 .keys = ldap_tls_keys,
	 .fallback = "{}",
	 .doc = "how the connection is protected"},
	{.name = "server",
	 .type = KEY_CHOICE,
	 .words = kinds,
	 .fallback = "auto",
	 .doc = "kind of server; auto asks it"},
	{.name = "id",
	 .type = KEY_TEXT,
	 .validate = validate_attribute,
	 .doc = "the attribute that never changes; by default entryUUID, nsUniqueId or objectGUID",
	 .example = "entryUUID"},
	{.name = "users",
	 .type = KEY_TABLE,
	 .role = KEY_ROLE_SCOPE,
	 .keys = user_keys,
	 .required = true,
	 .doc = "where people are and how they are read"},
	{.name = "groups",
	 .type = KEY_TABLE,
	 .role = KEY_ROLE_SCOPE,
	 .keys = group_keys,
	 .doc = "where groups are, how they are read and written"},
	{.name = "canaries",
	 .type = KEY_DN,
	 .shape = KEY_LIST,
	 .doc = "entries that must be seen, or the read is not trusted",
	 .example = "[\"uid=canary,ou=people,dc=example,dc=com\"]"},
	{.name = "page_size",
	 .type = KEY_INTEGER,
	 .max = 100000,
	 .fallback = "1000",
	 .doc = "entries asked for at a time; 0 asks for all at once"},
	END,
};

/* A base or filter in the URL would be taken for something that counts. */
static bool is_plain_url(const char *text)
{
	LDAPURLDesc *url = NULL;
	bool plain = ldap_url_parse(text, &url) == LDAP_URL_SUCCESS &&
		     (!url->lud_dn || !*url->lud_dn) && !url->lud_attrs && !url->lud_exts;

	ldap_free_urldesc(url);
	return plain;
}

static void validate_urls(const struct settings *table, struct diagnostics *diags)
{
	bool starttls = setting_bool(setting_table(table, "tls"), "starttls");
	size_t count;
	const struct setting *items = setting_items(table, "url", &count);

	for (size_t i = 0; i < count; i++) {
		if (!is_plain_url(items[i].text.p))
			diag_add(diags, items[i].pos,
				 "'%s': expected ldaps://HOST[:PORT], ldap://HOST[:PORT] or "
				 "ldapi://PATH with %%2F for each slash, and nothing behind it",
				 items[i].text.p);
		else if (starttls && str_starts(items[i].text, STR("ldaps:")))
			diag_add(diags, items[i].pos,
				 "'%s' is encrypted from the start: write ldap://, or leave "
				 "tls.starttls out",
				 items[i].text.p);
	}
}

void ldap_validate(const struct system *system, struct diagnostics *diags)
{
	const struct settings *table = system->settings, *tls = setting_table(table, "tls");

	validate_urls(table, diags);
	if (setting_given(table, "bind_dn") && !setting_given(table, "password"))
		diag_add(diags, setting_pos(table, "bind_dn"),
			 "'bind_dn' needs 'password' beside it");
	if (setting_given(table, "password") && !setting_given(table, "bind_dn"))
		diag_add(diags, setting_pos(table, "password"),
			 "'password' needs 'bind_dn' beside it: whose it is");
	if (setting_given(tls, "key") && !setting_given(tls, "cert"))
		diag_add(diags, setting_pos(tls, "key"), "'key' needs 'cert' beside it");
}

void ldap_policy(const struct system *system, enum sync_end end, struct policy *policy)
{
	const struct settings *groups = setting_table(system->settings, "groups");

	if (end == SYNC_FROM && groups)
		policy->expand_nested = setting_choice(groups, "nested") == NESTING_EXPAND;
}

static void load_urls(const struct settings *table, struct ldap_settings *s)
{
	const struct setting *items = setting_items(table, "url", &s->url_count);

	s->urls = arena_array(&s->arena, const char *, s->url_count + 1);
	for (size_t i = 0; i < s->url_count; i++)
		s->urls[i] = items[i].text.p;
}

static int load_account(const struct settings *table, struct ldap_settings *s, struct err *err)
{
	const struct settings *tls = setting_table(table, "tls");
	const struct secret_source *password = setting_secret(table, "password");

	s->bind_dn = setting_text_or_null(table, "bind_dn");
	s->tls.ca = setting_text_or_null(tls, "ca");
	s->tls.cert = setting_text_or_null(tls, "cert");
	s->tls.key = setting_text_or_null(tls, "key");
	s->tls.starttls = setting_bool(tls, "starttls");
	/* A name with an empty password is an anonymous bind that looks like a success (RFC
	 * 4513 5.1.2). */
	if (s->bind_dn && !password)
		return err_set(err, REACH_SYSTEM, CODE_CONFIG,
			       "bind_dn needs a password beside it");
	if (s->bind_dn)
		return secret_fetch(password, &s->password, err);
	return 0;
}

static void load_rules(const struct settings *table, const struct attribute_rule **ret,
		       size_t *ret_count, struct arena *arena)
{
	const struct setting *items = setting_items(table, "attributes", ret_count);
	struct attribute_rule *rules = arena_array(arena, struct attribute_rule, *ret_count + 1);

	for (size_t i = 0; i < *ret_count; i++)
		rules[i] = (struct attribute_rule){items[i].name.p, items[i].template};
	*ret = rules;
}

static void load_groups(const struct settings *table, struct ldap_settings *s)
{
	size_t class;

	s->groups.base = setting_text_or_null(table, "base");
	s->groups.filter = setting_text_or_null(table, "filter");
	s->groups.scope = setting_choice(table, "scope") ? LDAP_SCOPE_ONELEVEL : LDAP_SCOPE_SUBTREE;
	load_rules(table, &s->groups.attributes, &s->groups.attribute_count, &s->arena);
	s->new_base = setting_text_or_null(table, "create_in");
	if (!s->new_base)
		s->new_base = s->groups.base;
	class = setting_choice(table, "class");
	s->group_class = class ? class_words[class] : NULL;
	s->name_attribute = setting_text_or_null(table, "name");
	s->mark = setting_text_or_null(table, "mark");
	s->empty_member = setting_text_or_null(table, "placeholder");
	s->empty = (enum empty_policy)setting_choice(table, "empty");
	s->roles = setting_text_or_null(table, "roles");
	s->gid_from = setting_number(table, "gid_from");
}

static void load_canaries(const struct settings *table, struct ldap_settings *s)
{
	const struct setting *items = setting_items(table, "canaries", &s->canary_count);

	s->canaries = arena_array(&s->arena, const char *, s->canary_count + 1);
	for (size_t i = 0; i < s->canary_count; i++)
		s->canaries[i] = items[i].text.p;
}

int ldap_settings_load(const struct system *system, struct ldap_settings *ret, struct err *err)
{
	const struct settings *table = system->settings, *users = setting_table(table, "users"),
			      *groups = setting_table(table, "groups");

	*ret = (struct ldap_settings){0};
	load_urls(table, ret);
	if (load_account(table, ret, err) < 0) {
		ldap_settings_clear(ret);
		return -1;
	}
	ret->server = (enum server_kind)setting_choice(table, "server");
	ret->id = setting_text_or_null(table, "id");
	ret->users.base = setting_text_or_null(users, "base");
	ret->users.filter = setting_text_or_null(users, "filter");
	ret->users.scope =
		setting_choice(users, "scope") ? LDAP_SCOPE_ONELEVEL : LDAP_SCOPE_SUBTREE;
	load_rules(users, &ret->users.attributes, &ret->users.attribute_count, &ret->arena);
	if (groups)
		load_groups(groups, ret);
	load_canaries(table, ret);
	ret->timeout = setting_number(table, "timeout");
	ret->connect_timeout = setting_number(table, "connect_timeout");
	ret->insecure = setting_bool(table, "insecure");
	ret->page_size = setting_number(table, "page_size");
	return 0;
}

void ldap_settings_clear(struct ldap_settings *s)
{
	secret_free(s->password);
	arena_clear(&s->arena);
	*s = (struct ldap_settings){0};
}

static void scope_put(struct buf *b, const char *text)
{
	buf_text(b, text ? text : "");
	buf_char(b, '\0');
}

uint64_t ldap_settings_scope(const struct ldap_settings *s, enum server_kind kind)
{
	const struct server_facts *facts = server_facts_get(kind);
	struct buf b = {0};
	uint8_t digest[32];
	uint64_t scope = 0;

	scope_put(&b, facts->name);
	for (size_t i = 0; i < s->url_count; i++)
		scope_put(&b, s->urls[i]);
	scope_put(&b, s->id ? s->id : facts->id);
	scope_put(&b, s->users.base);
	scope_put(&b, s->users.filter ? s->users.filter : facts->users_filter);
	scope_put(&b, s->users.scope == LDAP_SCOPE_ONELEVEL ? "one" : "subtree");
	scope_put(&b, s->groups.base);
	if (s->groups.base) {
		scope_put(&b, s->groups.filter ? s->groups.filter : facts->groups_filter);
		scope_put(&b, s->groups.scope == LDAP_SCOPE_ONELEVEL ? "one" : "subtree");
	}
	sha256(buf_str(&b), digest);
	buf_clear(&b);
	for (size_t i = 0; i < sizeof scope; i++)
		scope = scope << 8 | digest[i];
	return scope;
}
