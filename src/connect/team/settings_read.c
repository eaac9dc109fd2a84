/* SPDX-License-Identifier: Apache-2.0 */
/* What a connection is opened with: the profile, the parameters' values, and the client's settings
 * that the two make together. */
#include <string.h>

#include "base/url.h"
#include "connect/settings_http.h"
#include "connect/team/internal.h"

enum { IN_FLIGHT_DEFAULT = 8 };

/* What a profile's relative path counts from: the folder of the configuration. */
static const char *profile_folder(const struct settings *s, struct arena *arena)
{
	const char *file = setting_pos(s, "profile").file;
	const char *slash = file ? strrchr(file, '/') : NULL;

	return slash ? arena_text(arena, str_make(file, (size_t)(slash - file))) : ".";
}

const struct profile *team_profile_load(const struct settings *s, struct arena *arena,
					struct diagnostics *diags)
{
	return profile_load(setting_text(s, "profile"), profile_folder(s, arena),
			    setting_pos(s, "profile"), arena, diags);
}

static bool is_pattern(str pattern)
{
	struct placeholder placeholder;
	size_t at = 0;

	return placeholder_next(pattern, &at, &placeholder, NULL) > 0;
}

/* Defaults that are made of other parameters, or of the address that is asked. */
static int render_defaults(struct team_connection *c, struct err *err)
{
	struct values own = {.outer = &c->parameters};
	int rc = 0;

	values_put(&own, STR("url"), str_of(c->settings.url));
	list_each (struct named_value, v, &c->parameters.items) {
		const struct parameter *parameter = profile_parameter(c->profile, v->name);
		struct buf b = {0};

		if (!is_pattern(v->text) || !str_equal(v->text, parameter->fallback))
			continue;
		if (render_text(v->text, &own, RENDER_PLAIN, &b, err) == RENDER_FAILED)
			rc = -1;
		v->text = buf_keep(&b, &c->arena);
	}
	list_clear(&own.items);
	return rc;
}

static void read_parameter_values(const struct settings *s, struct team_connection *c)
{
	list_each (const struct parameter, parameter, &c->profile->parameters) {
		const struct setting *extra = setting_extra(s, parameter->name);

		values_put(&c->parameters, parameter->name,
			   extra && extra->present ? extra->text : parameter->fallback);
	}
}

static int render_setting(struct team_connection *c, str pattern, enum render_encoding encoding,
			  const char **ret, struct err *err)
{
	struct buf b = {0};
	enum rendered rendered = render_text(pattern, &c->parameters, encoding, &b, err);

	*ret = rendered == RENDER_DONE && b.n ? arena_text(&c->arena, buf_str(&b)) : NULL;
	buf_clear(&b);
	return rendered == RENDER_FAILED ? err_wrap(err, "profile %s", c->profile->name) : 0;
}

static int render_headers(struct team_connection *c, struct err *err)
{
	const struct profile *p = c->profile;
	struct http_header *headers = arena_array(&c->arena, struct http_header, p->header_count);
	size_t count = 0;

	for (size_t i = 0; i < p->header_count; i++) {
		const char *value;

		if (render_setting(c, p->headers[i].text, RENDER_PLAIN, &value, err) < 0)
			return -1;
		/* The client sends an Accept of its own, unless it is told another one. */
		if (value && str_equal_nocase(p->headers[i].name, STR("Accept")))
			c->accept = value;
		else if (value)
			headers[count++] = (struct http_header){
				arena_text(&c->arena, p->headers[i].name), value};
	}
	c->settings.headers = headers;
	c->settings.header_count = count;
	return 0;
}

/* A token_url that is a path lies at the host of url, so that replacing url replaces both. */
static void token_url_complete(struct team_connection *c, const char **url)
{
	struct buf whole = {0};

	if (*url && **url == '/' && url_resolve(str_of(c->settings.url), str_of(*url), &whole))
		*url = arena_text(&c->arena, buf_str(&whole));
	buf_clear(&whole);
}

static int read_token(struct team_connection *c, struct err *err)
{
	const struct profile_auth *a = &c->profile->auth;
	struct http_token *t = &c->settings.token;

	if (render_setting(c, a->token_url, RENDER_PLAIN, &t->url, err) < 0 ||
	    render_setting(c, a->scope, RENDER_PLAIN, &t->scope, err) < 0 ||
	    render_setting(c, a->audience, RENDER_PLAIN, &t->audience, err) < 0)
		return -1;
	token_url_complete(c, &t->url);
	t->client_id = arena_text(&c->arena, str_of(values_text(&c->parameters, "client_id").p));
	t->client_secret = c->key;
	t->basic = a->basic;
	if (!*t->client_id)
		return err_set(err, REACH_SYSTEM, CODE_CONFIG,
			       "the profile %s authenticates with OAuth2: set client_id",
			       c->profile->name);
	return 0;
}

static int read_keys(const struct settings *s, struct team_connection *c, struct err *err)
{
	const struct profile_auth *a = &c->profile->auth;

	if (setting_secret_fetch(s, "auth", &c->key, err) < 0 ||
	    setting_secret_fetch(s, "application_key", &c->second_key, err) < 0)
		return -1;
	c->settings.auth = a->kind;
	c->settings.secret = c->key;
	c->secret_headers[0] = (struct http_secret_header){
		a->header.n ? arena_text(&c->arena, a->header) : NULL,
		a->prefix.n ? arena_text(&c->arena, a->prefix) : NULL, c->key};
	if (a->second_header.n)
		c->secret_headers[1] = (struct http_secret_header){
			arena_text(&c->arena, a->second_header), NULL, c->second_key};
	c->settings.secret_headers = c->secret_headers;
	c->settings.secret_header_count = a->second_header.n ? 2 : 1;
	return a->kind == HTTP_AUTH_TOKEN ? read_token(c, err) : 0;
}

const char *key_kind_of(const struct team_connection *c)
{
	const struct profile_auth *a = &c->profile->auth;
	str key = str_of(c->key ? secret_reveal(c->key) : "");

	if (a->live.n && str_starts(key, a->live))
		return "live";
	return a->test.n && str_starts(key, a->test) ? "test" : NULL;
}

/* A key of the wrong kind would do for real what was meant as a trial, or the other way round. */
static int check_key_kind(const struct team_connection *c, struct err *err)
{
	str wanted = values_text(&c->parameters, "key_kind");
	const char *kind = key_kind_of(c);

	if (!wanted.n || (kind && str_equal(wanted, str_of(kind))))
		return 0;
	if (kind)
		return err_set(err, REACH_SYSTEM, CODE_REFUSED,
			       "auth is a %s key, and key_kind says %.*s: nothing was sent", kind,
			       STR_ARG(wanted));
	return err_set(err, REACH_SYSTEM, CODE_REFUSED,
		       "auth is no %.*s key: it does not begin with \"%.*s\"; nothing was sent",
		       STR_ARG(wanted),
		       STR_ARG(str_equal(wanted, STR("live")) ? c->profile->auth.live
							      : c->profile->auth.test));
}

static void read_team_pace(struct team_connection *c)
{
	const struct profile *p = c->profile;
	struct http_settings *http = &c->settings;

	settings_http_pace(&c->base.options,
			   p->in_flight ? (unsigned)p->in_flight : IN_FLIGHT_DEFAULT,
			   (double)p->per_second, http);
	http->attempts = (unsigned)p->attempts;
	if (p->quota_remaining.n && p->quota_reset.n) {
		http->quota.remaining = arena_text(&c->arena, p->quota_remaining);
		http->quota.reset = arena_text(&c->arena, p->quota_reset);
		http->quota.unit = (unsigned)p->quota_unit;
	}
}

int team_settings_read(const struct system *system, struct team_connection *c, struct err *err)
{
	const struct settings *s = system->settings;
	const char *url = setting_text_or_null(s, "url");

	c->profile = team_profile_load(s, &c->arena, &c->diags);
	if (!c->profile)
		return diag_err(&c->diags, err);
	c->system = s;
	read_parameter_values(s, c);
	if (!url && render_setting(c, c->profile->url, RENDER_PLAIN, &url, err) < 0)
		return -1;
	settings_http_read(s, &c->base.options, &c->settings);
	c->settings.url = url;
	c->settings.body_limit = TEAM_BODY_LIMIT;
	read_team_pace(c);
	if (render_defaults(c, err) < 0)
		return -1;
	if (render_headers(c, err) < 0 || read_keys(s, c, err) < 0)
		return -1;
	return check_key_kind(c, err);
}
