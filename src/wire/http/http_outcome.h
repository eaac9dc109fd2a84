/* SPDX-License-Identifier: Apache-2.0 */
/* What an answer means for a change that was asked for, as far as HTTP itself tells. */
#ifndef WIRE_HTTP_HTTP_OUTCOME_H
#define WIRE_HTTP_HTTP_OUTCOME_H

#include "model/plan.h"
#include "wire/http/http.h"

bool http_is_good(const struct http_response *r); /* a whole answer with 2xx */
/* Does the body begin like a JSON document? And like a page for a browser? */
bool http_is_json(const struct http_response *r);
bool http_is_html(const struct http_response *r);
/* For a change that does no harm when it is done twice. */
enum outcome http_outcome_of(const struct http_response *r);

#endif
