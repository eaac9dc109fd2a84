/* SPDX-License-Identifier: Apache-2.0 */
/* What an answer means: the service's own errors, classified as its profile says, in one clear
 * line. */
#include "connect/team/call/call.h"
#include "connect/team/call/internal.h"
#include "connect/team/internal.h"

static enum code code_of_class(enum answer_class class, const struct http_response *r,
			       enum team_op op)
{
	switch (class) {
	case CLASS_AUTH:
	case CLASS_FORBIDDEN:
		return CODE_REFUSED;
	case CLASS_RETRY:
		return r->err.code == CODE_LATER ? CODE_LATER : CODE_UNAVAILABLE;
	case CLASS_QUOTA:
	case CLASS_PERSON:
		return op == OP_LIST ? CODE_REFUSED : CODE_FAILED;
	default:
		if (r->status == 403)
			return CODE_REFUSED;
		return op == OP_LIST ? CODE_DATA : CODE_FAILED;
	}
}

/* An invitation that may have gone out is looked for before anything else is done; all else may be
 * repeated. */
static bool is_reply_doubtful(enum team_op op, const struct http_response *r,
			      enum answer_class class)
{
	if (op == OP_LIST || !r->perhaps_done)
		return false;
	return op == OP_INVITE || op == OP_RESEND ? class == CLASS_RETRY || class == CLASS_REFUSED
						  : r->status < 500 && class == CLASS_REFUSED;
}

static enum outcome outcome_of_class(enum team_op op, const struct http_response *r,
				     enum answer_class class)
{
	if (is_reply_doubtful(op, r, class))
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
	case CLASS_PERSON:
		return OUTCOME_REFUSED_FOR_GOOD;
	default:
		return OUTCOME_REFUSED;
	}
}

static void put_service_error(const struct service_error *e, str hint, const struct values *values,
			      struct buf *out)
{
	if (e->code.n) {
		buf_text(out, ", ");
		text_scrub(e->code, values, out);
	}
	if (e->message.n) {
		buf_text(out, " \"");
		text_scrub(e->message, values, out);
		buf_char(out, '"');
	}
	if (e->request.n) {
		buf_text(out, " (request ");
		text_scrub(e->request, values, out);
		buf_char(out, ')');
	}
	if (hint.n)
		buf_printf(out, "; %.*s", STR_ARG(hint));
}

static void reply_explain(const struct team_connection *c, enum team_op op,
			  const struct http_response *r, const struct values *values,
			  const struct service_error *e, str hint, struct team_reply *ret)
{
	struct buf text = {0};
	bool out = ret->class == CLASS_AUTH || ret->class == CLASS_FORBIDDEN;

	if (http_is_good(r))
		buf_printf(&text, "%s: answered %d with an error inside", c->profile->title.p,
			   r->status);
	else if (ret->class == CLASS_FORBIDDEN && r->status == 401)
		buf_text(&text, "answered 401: the key has no right to do that");
	else
		text_scrub_secrets(str_of(r->err.text), values, &text);
	if (!hint.n && op == OP_LIST && (r->status == 404 || r->status == 405))
		hint = STR("is url right, its version included, and the path in the profile?");
	put_service_error(e, hint, values, &text);
	err_set(&ret->err, out || op == OP_LIST ? REACH_SYSTEM : REACH_ENTRY,
		code_of_class(ret->class, r, op), "%s", text.p);
	ret->err.again = ret->class == CLASS_RETRY;
	ret->out = out;
	buf_clear(&text);
}

static bool is_good_answer(const struct team_connection *c, const json_t *json)
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
	text_scrub_secrets(str_of(r->err.text), values, &text);
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
	struct service_error e;

	*ret = (struct team_reply){0};
	if (r->outcome != HTTP_ANSWERED) {
		reply_none(r, values, ret);
		return;
	}
	ret->is_html = http_is_html(r);
	if (http_is_json(r))
		ret->json = json_loadb(r->body.p, r->body.n, JSON_DECODE_ANY, NULL);
	if (http_is_good(r) && is_good_answer(c, ret->json)) {
		reply_good(ret, op);
		return;
	}
	e = service_error_read(c, ret->json, &scratch);
	rule = error_rule_find(c, op, r->status, &e);
	ret->class = rule ? rule->as : class_of_status(r, op);
	ret->outcome = outcome_of_class(op, r, ret->class);
	if (ret->class == CLASS_DONE)
		ret->outcome = OUTCOME_DONE;
	else
		reply_explain(c, op, r, values, &e, rule ? rule->hint : STR(""), ret);
	arena_clear(&scratch);
}

void team_reply_clear(struct team_reply *reply)
{
	json_decref(reply->json);
	*reply = (struct team_reply){0};
}
