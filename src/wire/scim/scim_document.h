/* SPDX-License-Identifier: Apache-2.0 */
/* Resources as clients send them, read into the one spelling that is stored. */
#ifndef WIRE_SCIM_SCIM_DOCUMENT_H
#define WIRE_SCIM_SCIM_DOCUMENT_H

#include <jansson.h>

#include "wire/scim/scim_dialect.h"
#include "wire/scim/scim_schema.h"

/*
 * A resource in canonical form: schema spelling, schema types, nothing read-only, nothing
 * unassigned, extension values below their URN. Memberships are kept apart: they are no part of the
 * stored text.
 */
struct scim_document {
	json_t *attributes; /* object, owned */
	/* array of {value, type, display}, owned; NULL when the client gave none */
	json_t *members;
};

void scim_document_clear(struct scim_document *document);

/* Parses a body: an object, no double keys, UTF-8, nested at most SCIM_DEPTH_MAX deep. NULL on
 * failure. */
#define SCIM_DEPTH_MAX 32
json_t *scim_body_parse(str body, struct scim_error *error);

/* Reads a POST or PUT body. `required` attributes are checked by scim_document_check. */
int scim_document_read(const struct scim_resource *resource, const json_t *body,
		       struct scim_dialect *dialect, struct scim_document *ret,
		       struct scim_error *error);

#endif
