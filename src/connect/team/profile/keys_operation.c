/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of an operation: its call or steps, and what the engine may count on. */
#include "connect/team/profile/keys.h"

/* Rows that the call of an operation and each of its steps have. */
#define BODY .name = "body", .type = KEY_TREE, .doc = "what is sent, as JSON"
#define EACH                                                                                       \
	.name = "each", .type = KEY_TREE,                                                          \
	.doc = "what is sent for one person; the body is the list of them"
#define FORM .name = "form", PATTERN, .shape = KEY_MAP, .doc = "what is sent, as a form"
#define CAPTURE                                                                                    \
	.name = "capture", JSON_PATH, .shape = KEY_MAP, .names = NAMES_PLAIN,                      \
	.doc = "values of the answer that later steps need; `id` is the invitation's"

static const struct key step_keys[] = {
	{CALL, .required = true},
	{QUERY},
	{HEADERS},
	{BODY},
	{EACH},
	{FORM},
	{CAPTURE},
	{.name = "roles",
	 .type = KEY_TEXT,
	 .shape = KEY_LIST,
	 .doc = "the step is taken for these roles only"},
	{.name = "needs",
	 .type = KEY_TEXT,
	 .doc = "the step is taken only when this {NAME} has a value, such as old_role"},
	{.name = NULL},
};

/* What `as` may name: operations with calls of their own. */
static const char *const as_words[] = {"invite", "revoke", "remove", "set_role", NULL};

const struct key profile_operation_keys[] = {
	{CALL},
	{QUERY},
	{HEADERS},
	{BODY},
	{EACH},
	{FORM},
	{CAPTURE},
	{.name = "steps",
	 .type = KEY_TABLE,
	 .shape = KEY_LIST,
	 .keys = step_keys,
	 .doc = "several calls, one after the other"},
	{.name = "as",
	 .type = KEY_CHOICE,
	 .shape = KEY_ONE_OR_LIST,
	 .words = as_words,
	 .doc = "the same as these operations, one after the other"},
	{.name = "most",
	 .type = KEY_INTEGER,
	 .min = 1,
	 .max = 1000,
	 .fallback = "1",
	 .doc = "people of one role in one request"},
	{.name = "refusals",
	 JSON_PATH,
	 .doc = "reasons by address, in an answer that is good for the others"},
	{.name = "repeatable",
	 .type = KEY_BOOLEAN,
	 .fallback = "false",
	 .doc = "doing it twice does no harm"},
	{.name = "every",
	 .type = KEY_DURATION,
	 .max = 86400,
	 .fallback = "0s",
	 .doc = "resend: the time that the service wants between two mails to one person"},
	{.name = "refused",
	 .type = KEY_TEXT,
	 .doc = "invite: what a person does about someone whom the service refuses for good "
		"(as: person)"},
	{.name = "missing",
	 .type = KEY_TEXT,
	 .doc = "why the service cannot do it, and what a person does instead"},
	{.name = NULL},
};
