/* SPDX-License-Identifier: Apache-2.0 */
/* What the reading of answers is made of: the error in a body, its rule, and what is not shown. */
#ifndef CONNECT_TEAM_CALL_INTERNAL_H
#define CONNECT_TEAM_CALL_INTERNAL_H

#include "connect/team/call/call.h"

/* The error that a body tells, each part "" when it is not there, and cut where it gets long. */
struct service_error {
	str code, message, request;
};

/* error_class.c */
struct service_error service_error_read(const struct team_connection *c, const json_t *json,
					struct arena *arena);
/* The profile's first rule that fits; NULL when there is none. */
const struct error_rule *error_rule_find(const struct team_connection *c, enum team_op op,
					 int status, const struct service_error *e);
/* What a status means where the profile says nothing. */
enum answer_class class_of_status(const struct http_response *r, enum team_op op);

/* scrub.c: secrets out of a text of our own, which may name the URL that was asked. */
void text_scrub_secrets(str text, const struct values *values, struct buf *out);

#endif
