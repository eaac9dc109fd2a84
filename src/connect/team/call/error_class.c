/* SPDX-License-Identifier: Apache-2.0 */
/* The errors of a service: where its body says which, and what class the profile puts it in. */
#include "connect/team/call/call.h"
#include "connect/team/call/internal.h"
#include "connect/team/internal.h"

enum { TEXT_SHOWN = 300 };

static str error_text(const struct json_path *path, const json_t *json,
		      const struct team_connection *c, struct arena *arena)
{
	str text = STR("");
	const json_t *value = json_path_first(path, json, &c->parameters);

	if (value && !json_to_text(value, arena, &text))
		return STR("");
	return str_slice(text, 0, TEXT_SHOWN);
}

struct service_error service_error_read(const struct team_connection *c, const json_t *json,
					struct arena *arena)
{
	struct service_error e = {
		.code = error_text(c->profile->error_code, json, c, arena),
		.message = error_text(c->profile->error_message, json, c, arena),
		.request = error_text(c->profile->error_request, json, c, arena),
	};

	return e;
}

static bool rule_has_status(const struct error_rule *rule, int status)
{
	for (size_t i = 0; i < rule->status_count; i++)
		if (rule->statuses[i].number == status)
			return true;
	return rule->status_count == 0;
}

static bool rule_has_code(const struct error_rule *rule, str code)
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

static bool rule_has_message(const struct error_rule *rule, str message)
{
	for (size_t i = 0; i < rule->message_count; i++)
		if (contains_nocase(message, rule->messages[i].text))
			return true;
	return rule->message_count == 0;
}

static bool rule_is_for(const struct error_rule *rule, enum team_op op)
{
	for (size_t i = 0; i < rule->op_count; i++)
		if (rule->ops[i].number == (int64_t)op)
			return true;
	return rule->op_count == 0;
}

const struct error_rule *error_rule_find(const struct team_connection *c, enum team_op op,
					 int status, const struct service_error *e)
{
	list_each (const struct error_rule, rule, &c->profile->errors)
		if (rule_is_for(rule, op) && rule_has_status(rule, status) &&
		    rule_has_code(rule, e->code) && rule_has_message(rule, e->message))
			return rule;
	return NULL;
}

/* What a status means where the profile says nothing. */
enum answer_class class_of_status(const struct http_response *r, enum team_op op)
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
	struct service_error e = {.code = reason, .message = reason};

	*ret_hint = STR("");
	list_each (const struct error_rule, rule, &c->profile->errors) {
		/* Inside a good answer there is no status: a rule that asks for one does not fit.
		 */
		if (rule->status_count || !rule_is_for(rule, op) ||
		    !rule_has_message(rule, e.message) || !rule_has_code(rule, e.code))
			continue;
		*ret_hint = rule->hint;
		return rule->as;
	}
	return CLASS_REFUSED;
}
