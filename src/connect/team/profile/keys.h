/* SPDX-License-Identifier: Apache-2.0 */
/* How the tables of a profile's keys are written: what their rows share, and each other's tables.
 */
#ifndef CONNECT_TEAM_PROFILE_KEYS_H
#define CONNECT_TEAM_PROFILE_KEYS_H

#include "config/config.h"
#include "wire/wire.h"

/* keys_value.c: of a row's .validate */
int validate_json_path(str value, struct err *err);
int validate_placeholders(str value, struct err *err);
int validate_call_text(str value, struct err *err);
/* "POST /team/members" in its two parts. The error says what was expected. */
int call_parse(str text, enum http_method *ret_method, str *ret_path, struct err *err);

/* Types of values beside those of config: a path in answers, a text with placeholders. */
#define JSON_PATH .type = KEY_TEXT, .validate = validate_json_path
#define PATTERN .type = KEY_TEXT, .validate = validate_placeholders

/* Rows that every call has. */
#define CALL                                                                                       \
	.name = "call", .type = KEY_TEXT, .validate = validate_call_text, .doc = "method and path"
#define QUERY                                                                                      \
	.name = "query", PATTERN, .shape = KEY_MAP,                                                \
	.doc = "query parameters; NAME[] is sent once for each value between bars"
#define HEADERS .name = "headers", PATTERN, .shape = KEY_MAP, .doc = "headers of this call"

/* Tables end with a nameless row. */
extern const struct key profile_condition_keys[]; /* keys_list.c */
extern const struct key profile_list_keys[];
extern const struct key profile_catalogue_keys[];
extern const struct key profile_operation_keys[]; /* keys_operation.c */

#endif
