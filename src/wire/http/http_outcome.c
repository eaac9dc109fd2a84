/* SPDX-License-Identifier: Apache-2.0 */
/* From an answer to the outcome of a change. */
#include "wire/http/http_outcome.h"

bool http_is_good(const struct http_response *r)
{
	return r->outcome == HTTP_ANSWERED && r->status >= 200 && r->status < 300;
}

bool http_is_json(const struct http_response *r)
{
	str body = str_trim(r->body);

	return body.n && (body.p[0] == '{' || body.p[0] == '[');
}

bool http_is_html(const struct http_response *r)
{
	str body = str_trim(r->body);

	return body.n && body.p[0] == '<';
}

enum outcome http_outcome_of(const struct http_response *r)
{
	if (r->outcome == HTTP_UNKNOWN)
		return OUTCOME_UNKNOWN;
	if (http_is_good(r))
		return OUTCOME_DONE;
	if (r->outcome == HTTP_NOT_SENT)
		return r->err.again ? OUTCOME_LATER : OUTCOME_REFUSED;
	/* Refused now, after an earlier attempt that got no answer: nobody knows which of the two
	 * was it. */
	if (r->perhaps_done && r->status < 500)
		return OUTCOME_UNKNOWN;
	return r->err.again || r->status == 412 || r->status >= 500 ? OUTCOME_LATER
								    : OUTCOME_REFUSED;
}
