/* SPDX-License-Identifier: Apache-2.0 */
/* Error answers: the SCIM form (RFC 7644 3.12) and what services send instead, as one clear line.
 */
#include <stdio.h>
#include <string.h>

#include "connect/scim/internal.h"

struct scim_error_body {
	struct buf detail, type;
};

/* "detail" is the standard's; the others were met at Slack, Zoom, Google, Sentry, OAuth gateways.
 */
static bool is_detail(const struct json_reader *r)
{
	static const char *const places[] = {"detail",
					     "message",
					     "error_description",
					     "error.message",
					     "Errors.description",
					     "errors[].message",
					     "errors[].detail",
					     "errorMessage"};

	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (json_reader_at(r, places[i]))
			return true;
	return false;
}

static int scim_error_event(void *user, struct json_reader *r, enum json_event event, str text,
			    struct err *err)
{
	struct scim_error_body *p = user;

	(void)err;
	if (event != JSON_EVENT_STRING)
		return 0;
	if (json_reader_at(r, "scimType")) {
		buf_reset(&p->type);
		buf_put(&p->type, str_slice(text, 0, 60));
	} else if (p->detail.n == 0 && is_detail(r)) {
		buf_put(&p->detail, str_slice(text, 0, 400));
	}
	return 0;
}

static void scim_error_read(const struct http_response *r, struct scim_error_body *ret)
{
	*ret = (struct scim_error_body){0};
	if (r->outcome == HTTP_ANSWERED && http_is_json(r))
		json_read(r->body, NULL, scim_error_event, ret, NULL);
}

static void scim_error_clear(struct scim_error_body *p)
{
	buf_clear(&p->detail);
	buf_clear(&p->type);
}

void scim_error_explain(const struct http_response *r, struct err *err)
{
	struct scim_error_body p;
	struct err precise = r->err;

	scim_error_read(r, &p);
	if (r->outcome == HTTP_ANSWERED && (p.detail.n || p.type.n)) {
		size_t used = strlen(precise.text);

		snprintf(precise.text + used, sizeof precise.text - used, "%s%s%s%s%s",
			 p.type.n ? ", " : "", p.type.n ? p.type.p : "", p.detail.n ? " \"" : "",
			 p.detail.n ? p.detail.p : "", p.detail.n ? "\"" : "");
		/* Once more through the house's own door, which makes control characters visible.
		 */
		err_set(err, precise.reach, precise.code, "%s", precise.text);
		err->again = precise.again;
	} else {
		*err = precise;
	}
	scim_error_clear(&p);
}
