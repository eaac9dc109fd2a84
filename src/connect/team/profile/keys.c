/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a profile: from these rows come its parser, its checks and its manual. */
#include "connect/team/profile/internal.h"

#define END                                                                                        \
	{                                                                                          \
		.name = NULL                                                                       \
	}

static const char *const auth_words[] = {"none", "bearer", "basic", "header", "oauth2", NULL};
static const char *const style_words[] = {"body", "basic", NULL};
static const char *const time_words[] = {"text", "seconds", "milliseconds", NULL};
static const char *const unit_words[] = {"epoch", "epoch_ms", "seconds", NULL};
static const char *const page_words[] = {"none", "number", "offset", "cursor",
					 "link", "header", NULL};

/* A path is parsed where it is used; here only so that its fault has its own column. */
static int validate_json_path(str value, struct err *err)
{
	struct arena scratch = {0};
	const struct json_path *path;
	int rc = json_path_parse(value, &scratch, &path, err);

	arena_clear(&scratch);
	return rc;
}

static int validate_placeholders(str value, struct err *err)
{
	size_t at = 0;
	struct placeholder placeholder;
	int rc;

	while ((rc = placeholder_next(value, &at, &placeholder, err)) > 0)
		;
	return rc;
}

static int validate_call_text(str value, struct err *err)
{
	static const char *const methods[] = {"GET ", "POST ", "PUT ", "PATCH ", "DELETE "};

	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		str method = str_of(methods[i]);

		if (str_starts(value, method) && value.n > method.n && value.p[method.n] == '/')
			return validate_placeholders(value, err);
	}
	return err_set(err, REACH_RUN, CODE_CONFIG,
		       "expected a method and a path below url, such as \"POST /team/members\"");
}

#define JSON_PATH .type = KEY_TEXT, .validate = validate_json_path
#define PATTERN .type = KEY_TEXT, .validate = validate_placeholders

static const struct key condition_keys[] = {
	{.name = "at", JSON_PATH, .required = true, .doc = "where the value stands"},
	{.name = "equals",
	 .type = KEY_TEXT,
	 .shape = KEY_ONE_OR_LIST,
	 .doc = "it is one of these; truth values and numbers are compared as they are written"},
	{.name = "absent",
	 .type = KEY_BOOLEAN,
	 .doc = "true: nothing stands there; false: something"},
	END,
};

static const struct key state_keys[] = {
	{.name = "at",
	 JSON_PATH,
	 .doc = "where the value stands; without it the rule always holds"},
	{.name = "equals", .type = KEY_TEXT, .shape = KEY_ONE_OR_LIST, .doc = "it is one of these"},
	{.name = "absent",
	 .type = KEY_BOOLEAN,
	 .doc = "true: nothing stands there; false: something"},
	{.name = "is",
	 .type = KEY_CHOICE,
	 .words = entry_state_names,
	 .required = true,
	 .doc = "then this is what the entry is"},
	{.name = "assumed",
	 .type = KEY_BOOLEAN,
	 .fallback = "false",
	 .doc = "a rule of thumb, shown as such"},
	END,
};

static const struct key set_keys[] = {
	{.name = "items",
	 JSON_PATH,
	 .required = true,
	 .doc = "the list; $ when the answer is the list"},
	{.name = "optional",
	 .type = KEY_BOOLEAN,
	 .fallback = "false",
	 .doc = "the list may be missing when nothing is in it"},
	{.name = "repeats",
	 .type = KEY_BOOLEAN,
	 .fallback = "false",
	 .doc = "who was met in an earlier list is passed over"},
	{.name = "invitations",
	 .type = KEY_BOOLEAN,
	 .fallback = "false",
	 .doc = "roles are told in the words for invitations (invite_value)"},
	{.name = "where",
	 .type = KEY_TABLE,
	 .shape = KEY_LIST,
	 .keys = condition_keys,
	 .doc = "entries that do not fulfil all of these are passed over"},
	{.name = "id", JSON_PATH, .required = true, .doc = "what identifies the entry for good"},
	{.name = "fold_id",
	 .type = KEY_BOOLEAN,
	 .fallback = "false",
	 .doc = "the id is an address, whose case does not count"},
	{.name = "email", JSON_PATH, .doc = "e-mail address"},
	{.name = "login", JSON_PATH, .doc = "name by which the service addresses a member"},
	{.name = "name", JSON_PATH, .doc = "whole name of the person"},
	{.name = "given", JSON_PATH, .doc = "given name"},
	{.name = "family", JSON_PATH, .doc = "family name"},
	{.name = "role", JSON_PATH, .doc = "role or roles"},
	{.name = "role_is", .type = KEY_TEXT, .doc = "the role of everyone in this list"},
	{.name = "sent", JSON_PATH, .doc = "when it was sent"},
	{.name = "expires", JSON_PATH, .doc = "when it ends"},
	{.name = "state",
	 .type = KEY_TABLE,
	 .shape = KEY_LIST,
	 .required = true,
	 .keys = state_keys,
	 .doc = "what the entries are; the first rule that holds counts"},
	{.name = "read_only",
	 .type = KEY_TABLE,
	 .shape = KEY_LIST,
	 .keys = condition_keys,
	 .doc = "entries that fulfil any of these are never changed"},
	{.name = "self",
	 .type = KEY_TABLE,
	 .shape = KEY_LIST,
	 .keys = condition_keys,
	 .doc = "and so is the one that is muster's own"},
	{.name = "keep",
	 .type = KEY_TEXT,
	 .validate = validate_json_path,
	 .shape = KEY_MAP,
	 .names = NAMES_PLAIN,
	 .doc = "further values that calls need, by the name they have there"},
	{.name = "secrets",
	 .type = KEY_TEXT,
	 .validate = validate_json_path,
	 .shape = KEY_MAP,
	 .names = NAMES_PLAIN,
	 .doc = "the same for codes and links: never shown, never stored"},
	END,
};

static const struct key page_keys[] = {
	{.name = "kind",
	 .type = KEY_CHOICE,
	 .words = page_words,
	 .fallback = "none",
	 .doc = "how the next page is asked for"},
	{.name = "parameter",
	 .type = KEY_TEXT,
	 .doc = "query parameter of the page, offset or cursor"},
	{.name = "size_parameter", .type = KEY_TEXT, .doc = "query parameter of the page's size"},
	{.name = "size", .type = KEY_INTEGER, .min = 1, .max = 1000, .doc = "entries of a page"},
	{.name = "first",
	 .type = KEY_INTEGER,
	 .max = 1,
	 .fallback = "1",
	 .doc = "number of the first page"},
	{.name = "next", JSON_PATH, .doc = "cursor: where the next one stands"},
	{.name = "more", JSON_PATH, .doc = "where it says whether more follow"},
	{.name = "total", JSON_PATH, .doc = "where it says how many entries there are"},
	{.name = "pages", JSON_PATH, .doc = "where it says how many pages there are"},
	{.name = "header", .type = KEY_TEXT, .doc = "header that holds the next page"},
	{.name = "attribute",
	 .type = KEY_TEXT,
	 .doc = "link: what must stand beside rel=\"next\" for it to count"},
	END,
};

/* What every call has. */
#define CALL_ROWS                                                                                  \
	{.name = "query",                                                                          \
	 PATTERN,                                                                                  \
	 .shape = KEY_MAP,                                                                         \
	 .doc = "query parameters; NAME[] is sent once for each value between bars"},              \
	{                                                                                          \
		.name = "headers", PATTERN, .shape = KEY_MAP, .doc = "headers of this call"        \
	}

static const struct key list_keys[] = {
	{.name = "call",
	 .type = KEY_TEXT,
	 .validate = validate_call_text,
	 .required = true,
	 .doc = "method and path"},
	CALL_ROWS,
	{.name = "page", .type = KEY_TABLE, .keys = page_keys, .fallback = "{}", .doc = "paging"},
	{.name = "sets",
	 .type = KEY_TABLE,
	 .shape = KEY_LIST,
	 .required = true,
	 .keys = set_keys,
	 .doc = "the lists in the answer"},
	END,
};

static const struct key catalogue_keys[] = {
	{.name = "call",
	 .type = KEY_TEXT,
	 .validate = validate_call_text,
	 .required = true,
	 .doc = "method and path"},
	CALL_ROWS,
	{.name = "page", .type = KEY_TABLE, .keys = page_keys, .fallback = "{}", .doc = "paging"},
	{.name = "items", JSON_PATH, .required = true, .doc = "the list of roles"},
	{.name = "id", JSON_PATH, .required = true, .doc = "a role's id, as members have it"},
	{.name = "name",
	 JSON_PATH,
	 .required = true,
	 .doc = "its name, as `value` of a role has it"},
	END,
};

#define STEP_ROWS                                                                                  \
	CALL_ROWS, {.name = "body", .type = KEY_TREE, .doc = "what is sent, as JSON"},             \
		{.name = "each",                                                                   \
		 .type = KEY_TREE,                                                                 \
		 .doc = "what is sent for one person; the body is the list of them"},              \
		{.name = "form", PATTERN, .shape = KEY_MAP, .doc = "what is sent, as a form"},     \
	{                                                                                          \
		.name = "capture", .type = KEY_TEXT, .validate = validate_json_path,               \
		.shape = KEY_MAP, .names = NAMES_PLAIN,                                            \
		.doc = "values of the answer that later steps need; `id` is the invitation's"      \
	}

static const struct key step_keys[] = {
	{.name = "call",
	 .type = KEY_TEXT,
	 .validate = validate_call_text,
	 .required = true,
	 .doc = "method and path"},
	STEP_ROWS,
	{.name = "roles",
	 .type = KEY_TEXT,
	 .shape = KEY_LIST,
	 .doc = "the step is taken for these roles only"},
	{.name = "needs",
	 .type = KEY_TEXT,
	 .doc = "the step is taken only when this {NAME} has a value, such as old_role"},
	END,
};

static const char *const again_words[] = {"invite", "revoke", "remove", "set_role", NULL};

static const struct key operation_keys[] = {
	{.name = "call",
	 .type = KEY_TEXT,
	 .validate = validate_call_text,
	 .doc = "method and path"},
	STEP_ROWS,
	{.name = "steps",
	 .type = KEY_TABLE,
	 .shape = KEY_LIST,
	 .keys = step_keys,
	 .doc = "several calls, one after the other"},
	{.name = "as",
	 .type = KEY_CHOICE,
	 .shape = KEY_ONE_OR_LIST,
	 .words = again_words,
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
	END,
};

static const struct key role_keys[] = {
	{.name = "value", .type = KEY_TEXT, .required = true, .doc = "as the service calls it"},
	{.name = "invite_value",
	 .type = KEY_TEXT,
	 .doc = "as it is called in invitations, when that differs"},
	{.name = "rank",
	 .type = KEY_INTEGER,
	 .min = -1000,
	 .max = 1000,
	 .fallback = "0",
	 .doc = "higher is more powerful"},
	{.name = "admin",
	 .type = KEY_BOOLEAN,
	 .fallback = "false",
	 .doc = "counts for guard.min_admins"},
	{.name = "give",
	 .type = KEY_BOOLEAN,
	 .fallback = "true",
	 .doc = "may be given to a member"},
	{.name = "invite",
	 .type = KEY_BOOLEAN,
	 .fallback = "true",
	 .doc = "may be given with an invitation"},
	{.name = "missing",
	 .type = KEY_TEXT,
	 .doc = "who gives it where give is false, and how a person gets there"},
	{.name = "default",
	 .type = KEY_BOOLEAN,
	 .fallback = "false",
	 .doc = "what people get of whom muster.yaml says no role; without it the lowest rank"},
	{.name = "protected",
	 .type = KEY_BOOLEAN,
	 .fallback = "false",
	 .doc = "who has it keeps it"},
	{.name = "most",
	 .type = KEY_INTEGER,
	 .max = 1000000,
	 .fallback = "0",
	 .doc = "how many may have it"},
	{.name = "least",
	 .type = KEY_INTEGER,
	 .max = 1000,
	 .fallback = "0",
	 .doc = "how many must have it"},
	END,
};

static const struct key parameter_keys[] = {
	{.name = "doc", .type = KEY_TEXT, .required = true, .doc = "what it is"},
	{.name = "required", .type = KEY_BOOLEAN, .fallback = "false", .doc = "must be given"},
	{.name = "words", .type = KEY_TEXT, .shape = KEY_LIST, .doc = "what it may be"},
	{.name = "default",
	 PATTERN,
	 .doc = "what it is when it is not given; may speak of {url} and of parameters without "
		"such a default"},
	END,
};

static const struct key auth_keys[] = {
	{.name = "kind",
	 .type = KEY_CHOICE,
	 .words = auth_words,
	 .required = true,
	 .doc = "how the key is sent; basic: as user name, with an empty password"},
	{.name = "header", .type = KEY_TEXT, .doc = "header: its name"},
	{.name = "prefix", .type = KEY_TEXT, .doc = "header: what stands before the key"},
	{.name = "second_header",
	 .type = KEY_TEXT,
	 .doc = "header of the second key (application_key of the system)"},
	{.name = "token_url", PATTERN, .doc = "oauth2: where the token is had, below url or whole"},
	{.name = "credentials",
	 .type = KEY_CHOICE,
	 .words = style_words,
	 .fallback = "body",
	 .doc = "oauth2: where client_id and key go"},
	{.name = "scope", PATTERN, .doc = "oauth2: scope"},
	{.name = "audience", PATTERN, .doc = "oauth2: audience"},
	{.name = "live", .type = KEY_TEXT, .doc = "what live keys begin with"},
	{.name = "test", .type = KEY_TEXT, .doc = "what test keys begin with"},
	END,
};

static const struct key class_keys[] = {
	{.name = "status",
	 .type = KEY_INTEGER,
	 .shape = KEY_ONE_OR_LIST,
	 .min = 100,
	 .max = 599,
	 .doc = "the answer's status is one of these"},
	{.name = "code",
	 .type = KEY_TEXT,
	 .shape = KEY_ONE_OR_LIST,
	 .doc = "its code (errors.code) is one of these"},
	{.name = "message",
	 .type = KEY_TEXT,
	 .shape = KEY_ONE_OR_LIST,
	 .doc = "its message holds one of these, whatever the case"},
	{.name = "of",
	 .type = KEY_CHOICE,
	 .shape = KEY_ONE_OR_LIST,
	 .words = op_names,
	 .doc = "only for these operations"},
	{.name = "as",
	 .type = KEY_CHOICE,
	 .words = class_names,
	 .required = true,
	 .doc = "then this is what it means"},
	{.name = "hint", .type = KEY_TEXT, .doc = "what a person may do about it"},
	END,
};

static const struct key error_keys[] = {
	{.name = "code", JSON_PATH, .doc = "where an error's code stands"},
	{.name = "message", JSON_PATH, .doc = "where its text stands"},
	{.name = "request", JSON_PATH, .doc = "where the request's number stands"},
	{.name = "classes",
	 .type = KEY_TABLE,
	 .shape = KEY_LIST,
	 .keys = class_keys,
	 .doc = "what errors mean; the first that fits counts"},
	END,
};

static const struct key pace_keys[] = {
	{.name = "per_second",
	 .type = KEY_INTEGER,
	 .max = 1000,
	 .fallback = "0",
	 .doc = "requests a second"},
	{.name = "in_flight",
	 .type = KEY_INTEGER,
	 .max = 64,
	 .fallback = "8",
	 .doc = "requests at once"},
	{.name = "attempts",
	 .type = KEY_INTEGER,
	 .min = 1,
	 .max = 20,
	 .fallback = "5",
	 .doc = "attempts of a request that may be repeated"},
	{.name = "remaining",
	 .type = KEY_TEXT,
	 .doc = "header that tells how many requests are left"},
	{.name = "reset", .type = KEY_TEXT, .doc = "header that tells when there are more"},
	{.name = "unit",
	 .type = KEY_CHOICE,
	 .words = unit_words,
	 .fallback = "epoch",
	 .doc = "its unit"},
	END,
};

static const struct key answer_keys[] = {
	{.name = "good",
	 .type = KEY_TABLE,
	 .shape = KEY_LIST,
	 .keys = condition_keys,
	 .doc = "an answer with a status of 2xx is an error all the same unless it fulfils all of "
		"these"},
	END,
};

#define OPERATION(word, text)                                                                      \
	{                                                                                          \
		.name = (word), .type = KEY_TABLE, .keys = operation_keys, .required = true,       \
		.doc = (text)                                                                      \
	}

const struct key profile_keys[] = {
	{.name = "profile",
	 .type = KEY_INTEGER,
	 .required = true,
	 .min = 1,
	 .max = 1,
	 .doc = "version of this format: 1"},
	{.name = "title", .type = KEY_TEXT, .required = true, .doc = "the service, for people"},
	{.name = "url", PATTERN, .required = true, .doc = "base address, with the version"},
	{.name = "notes", .type = KEY_TEXT, .shape = KEY_LIST, .doc = "what an admin should know"},
	{.name = "unverified",
	 .type = KEY_TEXT,
	 .shape = KEY_LIST,
	 .doc = "what no source of the profile's maker could prove; `check` shows it"},
	{.name = "removal",
	 .type = KEY_TEXT,
	 .required = true,
	 .doc = "what removing someone does there; the plan shows it"},
	{.name = "parameters",
	 .type = KEY_TABLE,
	 .shape = KEY_MAP,
	 .names = NAMES_PLAIN,
	 .keys = parameter_keys,
	 .doc = "keys that the system has in muster.yaml(5), used as {NAME} here"},
	{.name = "auth",
	 .type = KEY_TABLE,
	 .required = true,
	 .keys = auth_keys,
	 .doc = "authentication"},
	{.name = "headers", PATTERN, .shape = KEY_MAP, .doc = "headers of every call"},
	{.name = "address_most",
	 .type = KEY_INTEGER,
	 .max = 10000,
	 .fallback = "320",
	 .doc = "bytes that an address may have"},
	{.name = "eventual",
	 .type = KEY_DURATION,
	 .max = 86400,
	 .fallback = "0s",
	 .doc = "how long the list may lag behind an invitation"},
	{.name = "lasts",
	 .type = KEY_DURATION,
	 .fallback = "0s",
	 .doc = "how long an invitation is good for, when the list does not say"},
	{.name = "one_team_each",
	 .type = KEY_BOOLEAN,
	 .fallback = "false",
	 .doc = "a person can be in one team of this service only"},
	{.name = "times",
	 .type = KEY_CHOICE,
	 .words = time_words,
	 .fallback = "text",
	 .doc = "how times are written; text: ISO 8601"},
	{.name = "roles",
	 .type = KEY_TABLE,
	 .shape = KEY_MAP,
	 .keys = role_keys,
	 .doc = "the roles, by the name that muster.yaml uses; without it any name will do"},
	{.name = "catalogue",
	 .type = KEY_TABLE,
	 .keys = catalogue_keys,
	 .doc = "where role ids are looked up by name"},
	{.name = "list",
	 .type = KEY_TABLE,
	 .shape = KEY_LIST,
	 .required = true,
	 .keys = list_keys,
	 .doc = "how members and invitations are listed, in this order"},
	{.name = "answers",
	 .type = KEY_TABLE,
	 .keys = answer_keys,
	 .fallback = "{}",
	 .doc = "what every answer has"},
	OPERATION("invite", "how someone is invited"),
	{.name = "invite_role",
	 .type = KEY_TABLE,
	 .keys = operation_keys,
	 .doc = "how a pending invitation gets another role; without it by another invitation"},
	OPERATION("set_role", "how a member gets another role"),
	OPERATION("revoke", "how an invitation is taken back"),
	OPERATION("remove", "how a member is removed"),
	OPERATION("resend", "how an invitation is sent again"),
	{.name = "errors",
	 .type = KEY_TABLE,
	 .keys = error_keys,
	 .fallback = "{}",
	 .doc = "what errors look like"},
	{.name = "pace",
	 .type = KEY_TABLE,
	 .keys = pace_keys,
	 .fallback = "{}",
	 .doc = "how fast it may be asked"},
	END,
};
