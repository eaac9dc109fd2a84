/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of a system of kind team: the table of keys, and what only the profile can judge. */
#include "connect/settings_http.h"
#include "connect/team/internal.h"
#include "expr/template.h"

static const str address_names[] = {{"local", 5}, {"domain", 6}, {"team", 4}};
static const struct template_rules address_rules = {.names = address_names, .name_count = 3};

const struct key team_keys[] = {
	{.name = "profile",
	 .type = KEY_TEXT,
	 .required = true,
	 .doc = "the service: scale, scalekit, scaling, github, ... (muster-profile(5)), or the "
		"path of a profile of your own",
	 .example = "scale"},
	{.name = "url",
	 .type = KEY_URL,
	 .words = http_url_schemes,
	 .doc = "replaces the profile's base address, version included",
	 .example = "https://api.example.com/v1"},
	{.name = "auth",
	 .in_example = true,
	 .type = KEY_SECRET,
	 .doc = "the key, or with OAuth2 the client's secret",
	 .example = "{credential: scale-key}"},
	{.name = "application_key",
	 .type = KEY_SECRET,
	 .doc = "a second key, where the service wants two (datadog)",
	 .example = "{credential: datadog-application-key}"},
	{.name = "address",
	 .type = KEY_TEMPLATE,
	 .rules = &address_rules,
	 .doc = "how a person's address is written there, from {local}, {domain} and {team}, the "
		"name of this system; without it, as it is",
	 .example = "\"{local}+annotators@{domain}\""},
	{.name = "tls",
	 .type = KEY_TABLE,
	 .keys = http_tls_keys,
	 .fallback = "{}",
	 .doc = "how the service proves who it is"},
	{.name = "unix_socket",
	 .type = KEY_PATH,
	 .doc = "socket of a local service; the host in url is sent all the same",
	 .example = "/run/team/api.sock"},
	{.name = "*",
	 .type = KEY_TEXT,
	 .doc = "what the profile declares: organization, site, client_id, own_account, key_kind: "
		"live | test, ..."},
	{.name = NULL}};

static const char *const *parameter_names(const struct profile *p, struct arena *arena)
{
	static const char *const own[] = {
		"profile", "url",         "auth",    "application_key", "address",
		"tls",     "unix_socket", "timeout", "insecure",        "connect_timeout"};
	size_t count = 0, own_count = sizeof own / sizeof *own;
	const char **names = arena_array(arena, const char *, p->parameters.count + own_count + 1);

	list_each (const struct parameter, parameter, &p->parameters)
		names[count++] = arena_text(arena, parameter->name);
	for (size_t i = 0; i < own_count; i++)
		names[count++] = own[i];
	return names;
}

static str parameters_text(const struct profile *p, struct arena *arena)
{
	struct buf b = {0};
	str text;

	list_each (const struct parameter, parameter, &p->parameters)
		buf_printf(&b, "%s%.*s", b.n ? ", " : "", STR_ARG(parameter->name));
	text = buf_keep(&b, arena);
	return text;
}

static void validate_extra(const struct profile *p, const struct setting *extra,
			   struct diagnostics *diags)
{
	const struct parameter *parameter = profile_parameter(p, extra->name);
	str near;
	bool fits;

	if (!parameter) {
		near = word_near(extra->name, parameter_names(p, &diags->arena));
		if (near.n)
			diag_add(diags, extra->name_pos, "unknown key '%.*s'; did you mean '%.*s'?",
				 STR_ARG(extra->name), STR_ARG(near));
		else
			diag_add(diags, extra->name_pos,
				 "unknown key '%.*s'; the profile %s knows: %.*s",
				 STR_ARG(extra->name), p->name,
				 STR_ARG(parameters_text(p, &diags->arena)));
		return;
	}
	fits = parameter->word_count == 0 || !extra->present;
	for (size_t i = 0; i < parameter->word_count; i++)
		fits = fits || str_equal(parameter->words[i].text, extra->text);
	if (str_equal(extra->name, STR("key_kind")) && extra->present)
		fits = str_equal(extra->text, STR("live")) || str_equal(extra->text, STR("test"));
	if (!fits)
		diag_add(diags, extra->pos, "'%.*s' cannot be '%.*s': %.*s", STR_ARG(extra->name),
			 STR_ARG(extra->text), STR_ARG(parameter->doc));
}

static void note_missing_parameter(const struct settings *s, const struct profile *p,
				   const struct parameter *parameter, struct diagnostics *diags)
{
	diag_add(diags, s->pos, "'%s' misses the key '%.*s' of the profile %s: %.*s", s->path,
		 STR_ARG(parameter->name), p->name, STR_ARG(parameter->doc));
}

/* What only the address is made of is not needed where the address is given. */
static void validate_url(const struct settings *s, const struct profile *p,
			 struct diagnostics *diags)
{
	struct placeholder placeholder;
	size_t at = 0;

	if (setting_given(s, "url"))
		return;
	while (placeholder_next(p->url, &at, &placeholder, NULL) > 0) {
		const struct parameter *parameter = profile_parameter(p, placeholder.name);

		if (parameter && !parameter->required && !parameter->fallback.n &&
		    !setting_extra(s, placeholder.name))
			note_missing_parameter(s, p, parameter, diags);
	}
}

static void validate_parameters(const struct settings *s, const struct profile *p,
				struct diagnostics *diags)
{
	const struct setting *kind = setting_extra(s, STR("key_kind"));

	for (size_t i = 0; i < s->extra_count; i++)
		validate_extra(p, &s->extras[i], diags);
	list_each (const struct parameter, parameter, &p->parameters)
		if (parameter->required && !setting_extra(s, parameter->name))
			note_missing_parameter(s, p, parameter, diags);
	validate_url(s, p, diags);
	if (kind && kind->present &&
	    !(str_equal(kind->text, STR("live")) ? p->auth.live.n : p->auth.test.n))
		diag_add(diags, kind->pos,
			 "the profile %s does not know what a %.*s key looks like: leave "
			 "'key_kind' out",
			 p->name, STR_ARG(kind->text));
}

void team_policy(const struct system *system, enum sync_end end, struct policy *policy)
{
	if (end == SYNC_TO)
		policy->address = setting_template(system->settings, "address");
}

/* Two teams of one service have the same profile. */
bool team_same_service(const struct system *a, const struct system *b)
{
	return str_equal(setting_text(a->settings, "profile"),
			 setting_text(b->settings, "profile"));
}

void team_validate(const struct system *system, struct diagnostics *diags)
{
	const struct settings *s = system->settings;
	const struct profile *p;

	if (!setting_given(s, "profile"))
		return;
	p = team_profile_load(s, &diags->arena, diags);
	if (!p)
		return;
	validate_parameters(s, p, diags);
	if (p->auth.kind != HTTP_AUTH_NONE && !setting_given(s, "auth"))
		diag_add(diags, s->pos, "'%s' misses the key 'auth': %s", s->path,
			 key_find(team_keys, STR("auth"))->doc);
	if (p->auth.second_header.n && !setting_given(s, "application_key"))
		diag_add(diags, s->pos,
			 "'%s' misses the key 'application_key': the profile %s wants two keys",
			 s->path, p->name);
	profile_clear(p);
}
