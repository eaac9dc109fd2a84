/* SPDX-License-Identifier: Apache-2.0 */
/* OAuth2 client credentials (RFC 6749 4.4): fetching a token, keeping it, and renewing it before it
 * ends. */
#include <stdlib.h>
#include <string.h>

#include "wire/http/internal.h"
#include "wire/json/json.h"

enum { RENEW_BEFORE = 60 * 1000, LIFETIME_DEFAULT = 3600 };

struct grant {
	struct secret *token;
	int64_t lifetime; /* seconds */
	str fault, description; /* of an error answer; parts of `texts` */
	struct buf texts;
};

bool http_token_needed(const struct http_client *c)
{
	if (c->settings.auth != HTTP_AUTH_TOKEN)
		return false;
	return !c->token || http_ticks(c) >= c->token_until;
}

void http_token_drop(struct http_client *c, uint64_t number)
{
	if (number != c->token_number)
		return;
	secret_free(c->token);
	c->token = NULL;
}

static void grant_take_token(struct grant *g, str text)
{
	char *copy = mem_alloc(text.n + 1, 1);

	memcpy(copy, text.p, text.n);
	secret_free(g->token);
	g->token = secret_take(copy, text.n);
	free(copy);
}

static int on_grant_json(void *user, struct json_reader *r, enum json_event event, str text,
			 struct err *err)
{
	struct grant *g = user;

	(void)err;
	if (event == JSON_EVENT_STRING && json_reader_at(r, "access_token") && text.n)
		grant_take_token(g, text);
	else if (json_reader_at(r, "expires_in") && !str_to_int(text, &g->lifetime))
		g->lifetime = LIFETIME_DEFAULT;
	else if (event == JSON_EVENT_STRING &&
		 (json_reader_at(r, "error") || json_reader_at(r, "error_description")))
		buf_printf(&g->texts, "%s%.*s", g->texts.n ? ": " : "", STR_ARG(text));
	return 0;
}

static int grant_read(const struct http_client *c, const struct http_response *r, struct grant *g,
		      struct err *err)
{
	const char *url = c->settings.token.url;
	bool refused = r->status == 400 || r->status == 401 || r->status == 403;
	bool json = r->outcome == HTTP_ANSWERED &&
		    json_read(r->body, NULL, on_grant_json, g, NULL) == 0;

	if (r->outcome == HTTP_ANSWERED && refused)
		return err_set(err, REACH_SYSTEM, CODE_REFUSED,
			       "the token service %s refused the client credentials: %s", url,
			       g->texts.n ? g->texts.p : "no reason given");
	if (r->outcome != HTTP_ANSWERED || r->status != 200) {
		*err = r->err;
		if (!*err->text)
			err_set(err, REACH_SYSTEM, CODE_DATA, "answered %d", r->status);
		err->reach = REACH_SYSTEM;
		return err_wrap(err, "no token for the system");
	}
	if (!json || !g->token)
		return err_set(err, REACH_SYSTEM, CODE_DATA,
			       "the token service %s answered 200 without an access_token in JSON",
			       url);
	return 0;
}

static void token_keep(struct http_client *c, struct grant *g)
{
	int64_t lifetime = g->lifetime > 0 ? g->lifetime : LIFETIME_DEFAULT;

	if (lifetime > 7 * 24 * 3600)
		lifetime = 7 * 24 * 3600;
	lifetime *= 1000;
	/* A token that lives shorter than the margin is used for half its life. */
	lifetime -= lifetime > 2 * RENEW_BEFORE ? RENEW_BEFORE : lifetime / 2;
	secret_free(c->token);
	c->token = g->token;
	g->token = NULL;
	c->token_until = http_ticks(c) + lifetime;
	c->token_number++;
}

static void on_grant(void *user, const struct http_response *response)
{
	struct http_client *c = user;
	struct grant g = {0};
	struct err err = {0};

	c->token_asked = false;
	if (grant_read(c, response, &g, &err) == 0)
		token_keep(c, &g);
	else
		http_down(c, &err);
	if (response->body.n)
		explicit_bzero(response->body_bytes.p, response->body_bytes.n);
	secret_free(g.token);
	buf_clear(&g.texts);
}

static void form_put(struct buf *form, const char *name, str value)
{
	buf_printf(form, "%s%s=", form->n ? "&" : "", name);
	url_escape(value, form);
}

static void form_write(const struct http_token *t, struct buf *form)
{
	/* Room enough from the start, so that no copy of the secret stays behind when the text
	 * grows. */
	buf_reserve(form, 4096 + 3 * secret_size(t->client_secret));
	form_put(form, "grant_type", STR("client_credentials"));
	if (!t->basic) {
		form_put(form, "client_id", str_of(t->client_id));
		form_put(form, "client_secret",
			 str_make(secret_reveal(t->client_secret), secret_size(t->client_secret)));
	}
	if (t->scope)
		form_put(form, "scope", str_of(t->scope));
	if (t->audience)
		form_put(form, "audience", str_of(t->audience));
}

struct http_job *http_token_ask(struct http_client *c)
{
	struct http_job *job = mem_alloc(1, sizeof *job);

	*job = (struct http_job){
		.client = c,
		.method = HTTP_POST,
		.may_repeat = true,
		.reads = true,
		.is_token = true,
		.has_body = true,
		.done = on_grant,
		.user = c,
		.first_try = -1,
	};
	buf_text(&job->response.url, c->settings.token.url);
	form_write(&c->settings.token, &job->body);
	job->lines = curl_slist_append(NULL, "Content-Type: application/x-www-form-urlencoded");
	if (!job->lines || !curl_slist_append(job->lines, "Accept: application/json"))
		mem_out();
	c->token_asked = true;
	return job;
}
