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
		list_each (const struct named_value, v, &values->items)
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

static str text_at(const struct json_path *path, const json_t *json,
		   const struct team_connection *c, struct arena *arena)
{
	str text = STR("");
	const json_t *value = json_path_first(path, json, &c->parameters);

	if (value && !json_to_text(value, arena, &text))
		return STR("");
	return str_slice(text, 0, TEXT_SHOWN);
}

static struct problem problem_read(const struct team_connection *c, const json_t *json,
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

static bool is_of(const struct error_rule *rule, enum team_op op)
{
	for (size_t i = 0; i < rule->op_count; i++)
		if (rule->ops[i].number == (int64_t)op)
			return true;
	return rule->op_count == 0;
}

static const struct error_rule *rule_for(const struct team_connection *c, enum team_op op,
					 int status, const struct problem *p)
{
	list_each (const struct error_rule, rule, &c->profile->errors)
		if (is_of(rule, op) && has_status(rule, status) && has_code(rule, p->code) &&
		    has_message(rule, p->message))
			return rule;
	return NULL;
}

/* What a status means where the profile says nothing. */
static enum answer_class default_class(const struct http_response *r, enum team_op op)
{
	if (r->err.code == CODE_LATER || r->status >= 500 || r->status == 408 || r->status == 425)
		return CLASS_RETRY;
	switch (r->status) {
	case 401:
		return CLASS_AUTH;
	case 402:
		return CLASS_QUOTA;
	case 404:
	case 410:
		return op == OP_INVITE || op == OP_LIST ? CLASS_REFUSED : CLASS_GONE;
	case 409:
		return op == OP_INVITE ? CLASS_ALREADY : CLASS_REFUSED;
	default:
		return CLASS_REFUSED;
	}
}

enum answer_class reason_class(const struct team_connection *c, enum team_op op, str reason,
			       str *ret_hint)
{
	struct problem p = {.code = reason, .message = reason};

	*ret_hint = STR("");
	list_each (const struct error_rule, rule, &c->profile->errors) {
		/* Inside a good answer there is no status: a rule that asks for one does not fit.
		 */
		if (rule->status_count || !is_of(rule, op) || !has_message(rule, p.message) ||
		    !has_code(rule, p.code))
			continue;
		*ret_hint = rule->hint;
		return rule->as;
	}
	return CLASS_REFUSED;
}

/* --- the outcome */

static enum code code_of(enum answer_class class, const struct http_response *r, enum team_op op)
{
	switch (class) {
	case CLASS_AUTH:
	case CLASS_FORBIDDEN:
		return CODE_REFUSED;
	case CLASS_RETRY:
		return r->err.code == CODE_LATER ? CODE_LATER : CODE_UNAVAILABLE;
	case CLASS_QUOTA:
		return op == OP_LIST ? CODE_REFUSED : CODE_FAILED;
	case CLASS_PERSON:
		/* It is told, and is no failure of the run. */
		return op == OP_LIST ? CODE_REFUSED : CODE_DONE;
	default:
		if (r->status == 403)
			return CODE_REFUSED;
		return op == OP_LIST ? CODE_DATA : CODE_FAILED;
	}
}

/* An invitation that may have gone out is looked for before anything else is done; all else may be
 * repeated. */
static bool is_doubtful(enum team_op op, const struct http_response *r, enum answer_class class)
{
	if (op == OP_LIST || !r->perhaps_done)
		return false;
	return op == OP_INVITE || op == OP_RESEND ? class == CLASS_RETRY || class == CLASS_REFUSED
						  : r->status < 500 && class == CLASS_REFUSED;
}

static enum outcome outcome_of(enum team_op op, const struct http_response *r,
			       enum answer_class class)
{
	if (is_doubtful(op, r, class))
		return OUTCOME_UNKNOWN;
	switch (class) {
	case CLASS_DONE:
		return OUTCOME_DONE;
	case CLASS_ALREADY:
		return OUTCOME_ALREADY;
	case CLASS_GONE:
		return op == OP_REVOKE || op == OP_REMOVE ? OUTCOME_ALREADY : OUTCOME_LATER;
	case CLASS_RETRY:
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

static void explain(const struct team_connection *c, enum team_op op, const struct http_response *r,
		    const struct values *values, const struct problem *p, str hint,
		    struct team_reply *ret)
{
	struct buf text = {0};
	bool out = ret->class == CLASS_AUTH || ret->class == CLASS_FORBIDDEN;

	if (http_is_good(r))
		buf_printf(&text, "%s: answered %d with an error inside", c->profile->title.p,
			   r->status);
	else if (ret->class == CLASS_FORBIDDEN && r->status == 401)
		buf_text(&text, "answered 401: the key has no right to do that");
	else
		put_request(r, values, &text);
	if (!hint.n && op == OP_LIST && (r->status == 404 || r->status == 405))
		hint = STR("is url right, its version included, and the path in the profile?");
	put_problem(p, hint, values, &text);
	err_set(&ret->err, out || op == OP_LIST ? REACH_SYSTEM : REACH_ENTRY,
		code_of(ret->class, r, op), "%s", text.p);
	ret->err.again = ret->class == CLASS_RETRY;
	ret->out = out;
	buf_clear(&text);
}

static bool shows_good(const struct team_connection *c, const json_t *json)
{
	list_each (const struct condition, condition, &c->profile->good)
		if (json && !condition_holds(condition, json, &c->parameters))
			return false;
	return true;
}

/* No answer at all: what the client says holds. */
static void reply_none(const struct http_response *r, const struct values *values,
		       struct team_reply *ret)
{
	struct buf text = {0};

	ret->outcome = http_outcome_of(r);
	ret->class = ret->outcome == OUTCOME_REFUSED ? CLASS_REFUSED : CLASS_RETRY;
	ret->out = r->err.reach == REACH_SYSTEM && r->outcome == HTTP_NOT_SENT;
	put_request(r, values, &text);
	ret->err = r->err;
	err_set(&ret->err, r->err.reach, r->err.code, "%s", text.n ? text.p : "no answer");
	ret->err.again = r->err.again;
	buf_clear(&text);
}

static void reply_good(struct team_reply *ret, enum team_op op)
{
	ret->class = CLASS_DONE;
	ret->outcome = OUTCOME_DONE;
	if (!ret->is_html || op == OP_LIST)
		return;
	/* A login page or a proxy's: the service itself may never have seen the request. */
	ret->outcome = OUTCOME_UNKNOWN;
	err_set(&ret->err, REACH_ENTRY, CODE_DATA,
		"answered with HTML where JSON or nothing is expected: it must be looked up");
}

void team_reply_read(const struct team_connection *c, enum team_op op,
		     const struct http_response *r, const struct values *values,
		     struct team_reply *ret)
{
	struct arena scratch = {0};
	const struct error_rule *rule;
	struct problem p;

	*ret = (struct team_reply){0};
	if (r->outcome != HTTP_ANSWERED) {
		reply_none(r, values, ret);
		return;
	}
	ret->is_html = http_is_html(r);
	if (http_is_json(r))
		ret->json = json_loadb(r->body.p, r->body.n, JSON_DECODE_ANY, NULL);
	if (http_is_good(r) && shows_good(c, ret->json)) {
		reply_good(ret, op);
		return;
	}
	p = problem_read(c, ret->json, &scratch);
	rule = rule_for(c, op, r->status, &p);
	ret->class = rule ? rule->as : default_class(r, op);
	ret->outcome = outcome_of(op, r, ret->class);
	if (ret->class == CLASS_DONE)
		ret->outcome = OUTCOME_DONE;
	else
		explain(c, op, r, values, &p, rule ? rule->hint : STR(""), ret);
	arena_clear(&scratch);
}

void team_reply_clear(struct team_reply *a)
{
	json_decref(a->json);
	*a = (struct team_reply){0};
}
