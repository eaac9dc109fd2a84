/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON document in the terms of a filter (expr/filter.h). */
#ifndef WIRE_SCIM_SCIM_VIEW_H
#define WIRE_SCIM_SCIM_VIEW_H

#include <jansson.h>

#include "expr/filter.h"

struct json_view {
	struct filter_view view;
	const json_t *document; /* canonical: names as the schemas spell them */
};

struct json_view json_view_of(const json_t *document);

#endif
