/* SPDX-License-Identifier: Apache-2.0 */
/* Answers: media types, and errors. */
#include "serve/answer.h"

#include <stdio.h>

#include "base/json.h"

static const char *media_type(const struct request *r)
{
	return r->plain_json ? "application/json" : "application/scim+json";
}

void answer_json(struct request *r, int status, struct buf *body)
{
	inbound_answer_header(r->inbound, "Cache-Control", "no-store");
	inbound_answer(r->inbound, status, media_type(r), body);
}

void answer_empty(struct request *r, int status)
{
	inbound_answer(r->inbound, status, NULL, NULL);
}

void error_write(const struct scim_error *error, struct buf *out)
{
	struct json_writer w = {.out = out};
	char status[12];

	snprintf(status, sizeof status, "%d", error->status);
	json_write_object(&w);
	json_write_key(&w, STR("schemas"));
	json_write_array(&w);
	json_write_string(&w, STR(SCIM_MESSAGE_URN "Error"));
	json_write_array_end(&w);
	json_write_member(&w, "status", str_of(status));
	if (error->type)
		json_write_member(&w, "scimType", str_of(error->type));
	json_write_member(&w, "detail", str_of(error->detail));
	json_write_object_end(&w);
}

void answer_error(struct request *r, const struct scim_error *error)
{
	struct buf body = {0};

	error_write(error, &body);
	if (error->status == 401)
		inbound_answer_header(r->inbound, "WWW-Authenticate",
				      r->presented
					      ? "Bearer realm=\"muster\", error=\"invalid_token\""
					      : "Bearer realm=\"muster\"");
	if (error->status == 429 || error->status == 503)
		inbound_answer_header(r->inbound, "Retry-After", error->status == 429 ? "1" : "5");
	answer_json(r, error->status, &body);
}

void answer_fail(struct request *r, int status, const char *type, const char *format, ...)
{
	struct scim_error error = {.status = status, .type = type};
	va_list args;

	va_start(args, format);
	vsnprintf(error.detail, sizeof error.detail, format, args);
	va_end(args);
	answer_error(r, &error);
}
