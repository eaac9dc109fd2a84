/* SPDX-License-Identifier: Apache-2.0 */
/* What an answer means: the service's own errors, classified as its profile says, in one clear
 * line. */
#include <stdio.h>
#include <string.h>

#include "base/unicode.h"
#include "connect/team/internal.h"

enum { TEXT_SHOWN = 300 };

/* --- what must not be seen */

static bool hides(const struct values *values, str text, size_t at, size_t *ret_skip)
{
	for (; values; values = values->outer)
		list_each (const struct value, v, &values->items)
			if (v->secret && v->text.n > 3 &&
			    str_starts(str_slice(text, at, text.n), v->text)) {
				*ret_skip = v->text.n;
				return true;
			}
	return false;
}

/* A link that a service tells may be the invitation itself: whoever has it is in. */
static bool is_link(str text, size_t at, size_t *ret_skip)
{
	str rest = str_slice(text, at, text.n);
	size_t n = 0;

	if (!str_starts_nocase(rest, STR("https://")) && !str_starts_nocase(rest, STR("http://")))
		return false;
	while (n < rest.n && (unsigned char)rest.p[n] > ' ' && rest.p[n] != '"')
		n++;
	*ret_skip = n;
	return true;
}

void text_scrub(str text, const struct values *values, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		size_t skip;

		if (is_link(text, i, &skip)) {
			buf_text(out, "(a link)");
			i += skip - 1;
		} else if (hides(values, text, i, &skip)) {
			buf_text(out, "...");
			i += skip - 1;
		} else {
			buf_char(out, text.p[i]);
		}
	}
}

/* The client's own text names the URL that was asked: it stays, without what must not be seen. */
static void put_request(const struct http_response *r, const struct values *values, struct buf *out)
{
	str text = str_of(r->err.text);

	for (size_t i = 0; i < text.n; i++) {
		size_t skip;

		if (hides(values, text, i, &skip)) {
			buf_text(out, "...");
			i += skip - 1;
		} else {
			buf_char(out, text.p[i]);
		}
	}
}

/* --- the error in the body */

struct problem {
	str code, message, request;
};

static str text_at(const struct place *place, const json_t *json, const struct connection *c,
		   struct arena *arena)
{
	str text = STR("");
	const json_t *value = place_first(place, json, &c->parameters);

	if (value && !json_to_text(value, arena, &text))
		return STR("");
	return str_slice(text, 0, TEXT_SHOWN);
}

static struct problem problem_read(const struct connection *c, const json_t *json,
				   struct arena *arena)
{
	struct problem p = {
		.code = text_at(c->profile->error_code, json, c, arena),
		.message = text_at(c->profile->error_message, json, c, arena),
		.request = text_at(c->profile->error_request, json, c, arena),
	};

	return p;
}

static bool has_status(const struct error_rule *rule, int status)
{
	for (size_t i = 0; i < rule->status_count; i++)
		if (rule->statuses[i].number == status)
			return true;
	return rule->status_count == 0;
}

static bool has_code(const struct error_rule *rule, str code)
{
	for (size_t i = 0; i < rule->code_count; i++)
		if (str_equal(rule->codes[i].text, code))
			return true;
	return rule->code_count == 0;
}

static bool contains_nocase(str text, str part)
{
	for (size_t i = 0; i + part.n <= text.n; i++)
		if (str_starts_nocase(str_slice(text, i, text.n), part))
			return true;
	return false;
}

static bool has_message(const struct error_rule *rule, str message)
{
	for (size_t i = 0; i < rule->message_count; i++)
		if (contains_nocase(message, rule->messages[i].text))
			return true;
	return rule->message_count == 0;
}

static bool is_of(const struct error_rule *rule, enum team_op verb)
{
	for (size_t i = 0; i < rule->op_count; i++)
		if (rule->verbs[i].number == (int64_t)verb)
			return true;
	return rule->op_count == 0;
}

static const struct error_rule *rule_for(const struct connection *c, enum team_op verb, int status,
					 const struct problem *p)
{
	list_each (const struct error_rule, rule, &c->profile->errors)
		if (is_of(rule, verb) && has_status(rule, status) && has_code(rule, p->code) &&
		    has_message(rule, p->message))
			return rule;
	return NULL;
}

/* What a status means where the profile says nothing. */
static enum meaning usual_meaning(const struct http_response *r, enum team_op verb)
{
	if (r->err.code == CODE_LATER || r->status >= 500 || r->status == 408 || r->status == 425)
		return MEANING_RETRY;
	switch (r->status) {
	case 401:
		return MEANING_AUTH;
	case 402:
		return MEANING_QUOTA;
	case 404:
	case 410:
		return verb == OP_INVITE || verb == OP_LIST ? MEANING_REFUSED : MEANING_GONE;
	case 409:
		return verb == OP_INVITE ? MEANING_ALREADY : MEANING_REFUSED;
	default:
		return MEANING_REFUSED;
	}
}

enum meaning reason_meaning(const struct connection *c, enum team_op verb, str reason,
			    str *ret_hint)
{
	struct problem p = {.code = reason, .message = reason};

	*ret_hint = STR("");
	list_each (const struct error_rule, rule, &c->profile->errors) {
		/* Inside a good answer there is no status: a rule that asks for one does not fit.
		 */
		if (rule->status_count || !is_of(rule, verb) || !has_message(rule, p.message) ||
		    !has_code(rule, p.code))
			continue;
		*ret_hint = rule->hint;
		return rule->as;
	}
	return MEANING_REFUSED;
}

/* --- the outcome */

static enum code code_of(enum meaning meaning, const struct http_response *r, enum team_op verb)
{
	switch (meaning) {
	case MEANING_AUTH:
	case MEANING_FORBIDDEN:
		return CODE_REFUSED;
	case MEANING_RETRY:
		return r->err.code == CODE_LATER ? CODE_LATER : CODE_UNAVAILABLE;
	case MEANING_QUOTA:
		return verb == OP_LIST ? CODE_REFUSED : CODE_FAILED;
	case MEANING_PERSON:
		/* It is told, and is no failure of the run. */
		return verb == OP_LIST ? CODE_REFUSED : CODE_DONE;
	default:
		if (r->status == 403)
			return CODE_REFUSED;
		return verb == OP_LIST ? CODE_DATA : CODE_FAILED;
	}
}

/* An invitation that may have gone out is looked for before anything else is done; all else may be
 * repeated. */
static bool is_doubtful(enum team_op verb, const struct http_response *r, enum meaning meaning)
{
	if (verb == OP_LIST || !r->perhaps_done)
		return false;
	return verb == OP_INVITE || verb == OP_RESEND
		       ? meaning == MEANING_RETRY || meaning == MEANING_REFUSED
		       : r->status < 500 && meaning == MEANING_REFUSED;
}

static enum outcome outcome_of(enum team_op verb, const struct http_response *r,
			       enum meaning meaning)
{
	if (is_doubtful(verb, r, meaning))
		return OUTCOME_UNKNOWN;
	switch (meaning) {
	case MEANING_DONE:
		return OUTCOME_DONE;
	case MEANING_ALREADY:
		return OUTCOME_ALREADY;
	case MEANING_GONE:
		return verb == OP_REVOKE || verb == OP_REMOVE ? OUTCOME_ALREADY : OUTCOME_LATER;
	case MEANING_RETRY:
		return OUTCOME_LATER;
	default:
		return OUTCOME_REFUSED;
	}
}

static void put_problem(const struct problem *p, str hint, const struct values *values,
			struct buf *out)
{
	if (p->code.n) {
		buf_text(out, ", ");
		text_scrub(p->code, values, out);
	}
	if (p->message.n) {
		buf_text(out, " \"");
		text_scrub(p->message, values, out);
		buf_char(out, '"');
	}
	if (p->request.n) {
		buf_text(out, " (request ");
		text_scrub(p->request, values, out);
		buf_char(out, ')');
	}
	if (hint.n)
		buf_printf(out, "; %.*s", STR_ARG(hint));
}

static void explain(const struct connection *c, enum team_op verb, const struct http_response *r,
		    const struct values *values, const struct problem *p, str hint,
		    struct answer *ret)
{
	struct buf text = {0};
	bool out = ret->meaning == MEANING_AUTH || ret->meaning == MEANING_FORBIDDEN;

	if (http_is_good(r))
		buf_printf(&text, "%s: answered %d with an error inside", c->profile->title.p,
			   r->status);
	else if (ret->meaning == MEANING_FORBIDDEN && r->status == 401)
		buf_text(&text, "answered 401: the key has no right to do that");
	else
		put_request(r, values, &text);
	if (!hint.n && verb == OP_LIST && (r->status == 404 || r->status == 405))
		hint = STR("is url right, its version included, and the path in the profile?");
	put_problem(p, hint, values, &text);
	err_set(&ret->err, out || verb == OP_LIST ? REACH_SYSTEM : REACH_ENTRY,
		code_of(ret->meaning, r, verb), "%s", text.p);
	ret->err.again = ret->meaning == MEANING_RETRY;
	ret->out = out;
	buf_clear(&text);
}

static bool shows_good(const struct connection *c, const json_t *json)
{
	list_each (const struct condition, condition, &c->profile->good)
		if (json && !condition_holds(condition, json, &c->parameters))
			return false;
	return true;
}

/* No answer at all: what the client says holds. */
static void without_answer(const struct http_response *r, const struct values *values,
			   struct answer *ret)
{
	struct buf text = {0};

	ret->outcome = http_outcome_of(r);
	ret->meaning = ret->outcome == OUTCOME_REFUSED ? MEANING_REFUSED : MEANING_RETRY;
	ret->out = r->err.reach == REACH_SYSTEM && r->outcome == HTTP_NOT_SENT;
	put_request(r, values, &text);
	ret->err = r->err;
	err_set(&ret->err, r->err.reach, r->err.code, "%s", text.n ? text.p : "no answer");
	ret->err.again = r->err.again;
	buf_clear(&text);
}

static void good_answer(struct answer *ret, enum team_op verb)
{
	ret->meaning = MEANING_DONE;
	ret->outcome = OUTCOME_DONE;
	if (!ret->is_html || verb == OP_LIST)
		return;
	/* A login page or a proxy's: the service itself may never have seen the request. */
	ret->outcome = OUTCOME_UNKNOWN;
	err_set(&ret->err, REACH_ENTRY, CODE_DATA,
		"answered with HTML where JSON or nothing is expected: it must be looked up");
}

void team_answer_read(const struct connection *c, enum team_op verb, const struct http_response *r,
		      const struct values *values, struct answer *ret)
{
	struct arena scratch = {0};
	const struct error_rule *rule;
	struct problem p;

	*ret = (struct answer){0};
	if (r->outcome != HTTP_ANSWERED) {
		without_answer(r, values, ret);
		return;
	}
	ret->is_html = http_is_html(r);
	if (http_is_json(r))
		ret->json = json_loadb(r->body.p, r->body.n, JSON_DECODE_ANY, NULL);
	if (http_is_good(r) && shows_good(c, ret->json)) {
		good_answer(ret, verb);
		return;
	}
	p = problem_read(c, ret->json, &scratch);
	rule = rule_for(c, verb, r->status, &p);
	ret->meaning = rule ? rule->as : usual_meaning(r, verb);
	ret->outcome = outcome_of(verb, r, ret->meaning);
	if (ret->meaning == MEANING_DONE)
		ret->outcome = OUTCOME_DONE;
	else
		explain(c, verb, r, values, &p, rule ? rule->hint : STR(""), ret);
	arena_clear(&scratch);
}

void team_answer_clear(struct answer *a)
{
	json_decref(a->json);
	*a = (struct answer){0};
}
