/* SPDX-License-Identifier: Apache-2.0 */
/* `attributes` and `excludedAttributes`: which parts of a resource an answer has (RFC 7644 3.9). */
#ifndef SERVE_SCIM_PROJECTION_H
#define SERVE_SCIM_PROJECTION_H

#include <jansson.h>

#include "base/str.h"

struct scim_request;

struct projection_item {
	str urn, name, sub; /* name "": the whole extension */
};
struct projection {
	bool given, excluding;
	const struct projection_item *items;
	size_t count;
	bool members, groups; /* must be read at all */
	bool plain; /* nothing else is left out: the stored text can be copied */
};

/* Fills x->projection from the texts of both parameters. -1: x->error says what is wrong. */
int projection_read(struct scim_request *x, str attributes, str excluded);
/* Takes out of a whole document what is not wanted. */
void projection_apply(const struct projection *p, json_t *document);

#endif
