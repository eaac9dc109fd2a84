/* SPDX-License-Identifier: Apache-2.0 */
/* Error answers: the SCIM form (RFC 7644 3.12) and what services send instead, as one clear line.
 */
#include <stdio.h>
#include <string.h>

#include "connect/scim/internal.h"

struct problem {
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

static int read_problem(void *user, struct json_reader *r, enum json_event event, str text,
			struct err *err)
{
	struct problem *p = user;

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

static void problem_read(const struct http_response *r, struct problem *ret)
{
	*ret = (struct problem){0};
	if (r->outcome == HTTP_ANSWERED && answer_is_json(r))
		json_read(r->body, NULL, read_problem, ret, NULL);
}

static void problem_clear(struct problem *p)
{
	buf_clear(&p->detail);
	buf_clear(&p->type);
}

void problem_explain(const struct http_response *r, struct err *err)
{
	struct problem p;
	struct err precise = r->err;

	problem_read(r, &p);
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
	problem_clear(&p);
}

str problem_type(const struct http_response *r, struct arena *arena)
{
	struct problem p;
	str type;

	problem_read(r, &p);
	type = arena_str(arena, buf_str(&p.type));
	problem_clear(&p);
	return type;
}

bool answer_is_page(const struct http_response *r, struct err *err)
{
	str body = str_trim(r->body);

	if (!http_is_good(r) || body.n == 0 || body.p[0] != '<')
		return false;
	err_set(err, REACH_ENTRY, CODE_DATA,
		"answered %d with a page that is no JSON (HTML): is something between muster and "
		"the service?",
		r->status);
	return true;
}
