/* SPDX-License-Identifier: Apache-2.0 */
/* Answers: media types, SCIM errors, entity tags. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "serve/internal.h"

static const char *media_type(const struct scim_request *x)
{
	return x->plain_json ? "application/json" : "application/scim+json";
}

void answer_json(struct scim_request *x, int status, struct buf *body)
{
	inbound_answer_header(x->inbound, "Cache-Control", "no-store");
	inbound_answer(x->inbound, status, media_type(x), body);
}

void answer_empty(struct scim_request *x, int status)
{
	inbound_answer(x->inbound, status, NULL, NULL);
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

void answer_error(struct scim_request *x, const struct scim_error *error)
{
	struct buf body = {0};

	error_write(error, &body);
	if (error->status == 401)
		inbound_answer_header(x->inbound, "WWW-Authenticate",
				      x->presented
					      ? "Bearer realm=\"muster\", error=\"invalid_token\""
					      : "Bearer realm=\"muster\"");
	if (error->status == 429 || error->status == 503)
		inbound_answer_header(x->inbound, "Retry-After", error->status == 429 ? "1" : "5");
	answer_json(x, error->status, &body);
}

void answer_fail(struct scim_request *x, int status, const char *type, const char *format, ...)
{
	struct scim_error error = {.status = status, .type = type};
	va_list args;

	va_start(args, format);
	vsnprintf(error.detail, sizeof error.detail, format, args);
	va_end(args);
	answer_error(x, &error);
}

/* By hand: each resource of a list has one. Versions are not negative. */
void etag_text(int64_t version, char ret[32])
{
	char digits[24];
	size_t n = 0, at = 3;

	do
		digits[n++] = (char)('0' + version % 10);
	while ((version /= 10) > 0);
	memcpy(ret, "W/\"", 3);
	while (n > 0)
		ret[at++] = digits[--n];
	memcpy(ret + at, "\"", 2);
}

bool etag_listed(str list, int64_t version)
{
	char wanted[32];
	str item;

	snprintf(wanted, sizeof wanted, "\"%" PRId64 "\"", version);
	while (str_split(&list, ',', &item)) {
		item = str_trim(item);
		if (str_starts_nocase(item, STR("W/")))
			item = str_slice(item, 2, item.n);
		if (str_equal(item, STR("*")) || str_equal(item, str_of(wanted)))
			return true;
	}
	return false;
}
