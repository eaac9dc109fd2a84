/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of a SCIM system: the table of keys, and what they make of the quirks. */
#include <string.h>

#include "connect/scim/internal.h"
#include "connect/settings_http.h"

static const char *const paging_words[] = {"auto", "index", "cursor", "none", NULL};
static const char *const update_words[] = {"auto", "patch", "put", NULL};
static const char *const members_words[] = {"listed", "each", "never", NULL};
static const char *const role_words[] = {"none", "attribute", "group", NULL};
static const char *const style_words[] = {"body", "basic", NULL};

static const struct key auth_keys[] = {
	{.name = "user",
	 .type = KEY_TEXT,
	 .doc = "user name, for a password (HTTP Basic)",
	 .example = "muster"},
	{.name = "password",
	 .type = KEY_SECRET,
	 .doc = "password of that user",
	 .example = "{credential: crm-password}"},
	{.name = "header",
	 .type = KEY_TEXT,
	 .doc = "name of a header that carries the token, instead of Authorization: Bearer",
	 .example = "X-Api-Key"},
	{.name = "prefix",
	 .type = KEY_TEXT,
	 .doc = "text in front of the token in that header",
	 .example = "\"Token \""},
	{.name = "token_url",
	 .type = KEY_URL,
	 .words = http_url_schemes,
	 .doc = "where OAuth2 client credentials are turned into a token",
	 .example = "https://login.example.com/oauth2/token"},
	{.name = "client_id", .type = KEY_TEXT, .doc = "OAuth2 client", .example = "muster"},
	{.name = "client_secret",
	 .type = KEY_SECRET,
	 .doc = "its secret",
	 .example = "{credential: crm-client}"},
	{.name = "scope",
	 .type = KEY_TEXT,
	 .doc = "OAuth2 scope, when the service wants one",
	 .example = "scim"},
	{.name = "audience",
	 .type = KEY_TEXT,
	 .doc = "OAuth2 audience, when the service wants one",
	 .example = "https://crm.example.com"},
	{.name = "style",
	 .type = KEY_CHOICE,
	 .words = style_words,
	 .fallback = "body",
	 .doc = "where the client's credentials go: in the form, or in an Authorization header"},
	{.name = NULL}};

static const struct key user_keys[] = {
	{.name = "filter",
	 .type = KEY_TEXT,
	 .doc = "SCIM filter that the service applies to its list of users: the rest is not seen",
	 .example = "'userType eq \"Employee\"'"},
	{.name = "update",
	 .type = KEY_CHOICE,
	 .words = update_words,
	 .fallback = "auto",
	 .doc = "how users are changed; auto: as the profile or the service says"},
	{.name = NULL}};

static const struct key group_keys[] = {
	{.name = "filter",
	 .type = KEY_TEXT,
	 .doc = "SCIM filter that the service applies to its list of groups",
	 .example = "'displayName sw \"eng-\"'"},
	{.name = "update",
	 .type = KEY_CHOICE,
	 .words = update_words,
	 .fallback = "auto",
	 .doc = "how groups are changed; auto: as the profile or the service says"},
	{.name = "members",
	 .type = KEY_CHOICE,
	 .words = members_words,
	 .doc = "where members are seen: in the list, in each group by itself, or never; by "
		"default as the profile says",
	 .example = "listed"},
	{.name = "chunk",
	 .type = KEY_INTEGER,
	 .min = 1,
	 .max = 100000,
	 .doc = "members changed in one request; by default as the profile says, else 100",
	 .example = "100"},
	{.name = NULL}};

const struct key scim_keys[] = {
	{.name = "url",
	 .type = KEY_URL,
	 .words = http_url_schemes,
	 .required = true,
	 .doc = "base address of the service, up to the part before /Users",
	 .example = "https://crm.example.com/scim/v2"},
	{.name = "token",
	 .type = KEY_SECRET,
	 .doc = "bearer token; or see auth",
	 .example = "{credential: crm-scim}"},
	{.name = "profile",
	 .type = KEY_CHOICE,
	 .words = scim_quirks_names,
	 .fallback = "generic",
	 .doc = "the service's manners that it does not announce itself"},
	{.name = "auth",
	 .type = KEY_TABLE,
	 .keys = auth_keys,
	 .fallback = "{}",
	 .doc = "other ways to authenticate: a password, a header, OAuth2 client credentials"},
	{.name = "tls",
	 .type = KEY_TABLE,
	 .keys = http_tls_keys,
	 .fallback = "{}",
	 .doc = "how the service proves who it is"},
	{.name = "unix_socket",
	 .type = KEY_PATH,
	 .doc = "socket of a local service; the host in url is sent all the same",
	 .example = "/run/crm/scim.sock"},
	{.name = "users",
	 .type = KEY_TABLE,
	 .role = KEY_ROLE_SCOPE,
	 .keys = user_keys,
	 .fallback = "{}",
	 .doc = "which users are seen, how they are changed"},
	{.name = "groups",
	 .type = KEY_TABLE,
	 .role = KEY_ROLE_SCOPE,
	 .keys = group_keys,
	 .fallback = "{}",
	 .doc = "which groups are seen, how they are changed"},
	{.name = "roles",
	 .type = KEY_CHOICE,
	 .words = role_words,
	 .doc = "where roles are kept: in the attribute roles, or as a group a team and role; by "
		"default "
		"as the profile says, which for generic is the attribute where /Schemas has it",
	 .example = "attribute"},
	{.name = "role_group",
	 .type = KEY_TEXT,
	 .fallback = "\"{team}-{role}\"",
	 .doc = "name of the group of a team and role, for roles: group"},
	{.name = "paging",
	 .type = KEY_CHOICE,
	 .words = paging_words,
	 .fallback = "auto",
	 .doc = "how lists are read; auto: as the profile or the service says"},
	{.name = "page_size",
	 .type = KEY_INTEGER,
	 .min = 1,
	 .max = 1000,
	 .doc = "entries of a page; by default as the profile or the service says, else 100",
	 .example = "100"},
	{.name = "bulk",
	 .type = KEY_BOOLEAN,
	 .fallback = "true",
	 .doc = "whether Bulk is used where the service offers it"},
	{.name = NULL}};

static const struct scim_quirks *quirks_of(const struct settings *s)
{
	return &scim_quirks_rows[setting_choice(s, "profile")];
}

/* What the configuration says goes before the quirks. */
static void override_quirks(const struct settings *s, struct scim_quirks *q)
{
	const struct settings *users = setting_table(s, "users"),
			      *groups = setting_table(s, "groups");

	if (setting_choice(s, "paging"))
		q->paging = (enum paging)setting_choice(s, "paging");
	if (setting_number(s, "page_size"))
		q->page_size = (unsigned)setting_number(s, "page_size");
	if (setting_choice(users, "update"))
		q->users = (enum update_style)setting_choice(users, "update");
	if (setting_choice(groups, "update"))
		q->groups = (enum update_style)setting_choice(groups, "update");
	if (setting_given(groups, "members"))
		q->members = (enum members_style)setting_choice(groups, "members");
	if (setting_number(groups, "chunk"))
		q->member_chunk = (unsigned)setting_number(groups, "chunk");
	if (!setting_bool(s, "bulk"))
		q->flags |= QUIRK_NO_BULK;
	if (setting_given(s, "roles")) {
		q->flags &= ~(unsigned)QUIRK_ROLES_ANNOUNCED;
		q->roles = (enum role_style[]){ROLE_NONE, ROLE_USER,
					       ROLE_GROUP}[setting_choice(s, "roles")];
	}
}

static int read_auth(const struct settings *s, struct scim_connection *c, struct err *err)
{
	const struct settings *auth = setting_table(s, "auth");
	struct http_settings *http = &c->settings.http;

	if (setting_secret_fetch(s, "token", &c->secret, err) < 0)
		return -1;
	if (!c->secret && setting_secret_fetch(auth, "password", &c->secret, err) < 0)
		return -1;
	if (setting_secret_fetch(auth, "client_secret", &c->client_secret, err) < 0)
		return -1;
	http->secret = c->secret;
	http->user = setting_text_or_null(auth, "user");
	c->secret_header =
		(struct http_secret_header){setting_text_or_null(auth, "header"),
					    setting_text_or_null(auth, "prefix"), c->secret};
	http->secret_headers = &c->secret_header;
	http->secret_header_count = 1;
	http->token = (struct http_token){
		.url = setting_text_or_null(auth, "token_url"),
		.client_id = setting_text_or_null(auth, "client_id"),
		.client_secret = c->client_secret,
		.scope = setting_text_or_null(auth, "scope"),
		.audience = setting_text_or_null(auth, "audience"),
		.basic = setting_choice(auth, "style") == 1,
	};
	if (http->token.url)
		http->auth = HTTP_AUTH_TOKEN;
	else if (http->user)
		http->auth = HTTP_AUTH_BASIC;
	else if (c->secret)
		http->auth = c->secret_header.name ? HTTP_AUTH_HEADERS : HTTP_AUTH_BEARER;
	return 0;
}

int scim_settings_read(const struct system *system, const struct connect_options *options,
		       struct scim_connection *c, struct err *err)
{
	const struct settings *s = system->settings;
	struct http_settings *http = &c->settings.http;

	c->base.options = *options;
	c->settings.quirks = *quirks_of(s);
	override_quirks(s, &c->settings.quirks);
	c->settings.users_filter = setting_text(setting_table(s, "users"), "filter");
	c->settings.groups_filter = setting_text(setting_table(s, "groups"), "filter");
	c->settings.role_group = setting_text(s, "role_group");
	settings_http_read(s, options, http);
	http->url = setting_text(s, "url").p;
	settings_http_pace(options, c->settings.quirks.in_flight, c->settings.quirks.per_second,
			   http);
	return read_auth(s, c, err);
}

static void complain(const struct settings *s, const char *name, struct diagnostics *diags,
		     const char *text)
{
	diag_add(diags, setting_pos(s, name), "%s", text);
}

/* Exactly one way to authenticate, and all that it needs. */
void scim_validate(const struct system *system, struct diagnostics *diags)
{
	const struct settings *s = system->settings, *auth = setting_table(s, "auth");
	bool token = setting_given(s, "token"), user = setting_given(auth, "user");
	bool oauth = setting_given(auth, "token_url");

	if (token + user + oauth > 1)
		complain(s, "auth", diags,
			 "expected one way to authenticate: token, auth.user or auth.token_url");
	if (setting_given(auth, "password") != user)
		complain(s, "auth", diags, "auth.user and auth.password go together");
	if (setting_given(auth, "header") && !token)
		complain(s, "auth", diags, "auth.header needs the token that it carries");
	if (oauth && (!setting_given(auth, "client_id") || !setting_given(auth, "client_secret")))
		complain(s, "auth", diags,
			 "auth.token_url needs auth.client_id and auth.client_secret");
}
