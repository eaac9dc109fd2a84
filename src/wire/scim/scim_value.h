/* SPDX-License-Identifier: Apache-2.0 */
/* Values of attributes, as clients send them, in the one form that is stored. */
#ifndef WIRE_SCIM_SCIM_VALUE_H
#define WIRE_SCIM_SCIM_VALUE_H

#include <jansson.h>

#include "wire/scim/scim_dialect.h"
#include "wire/scim/scim_schema.h"

/* One value or list of an attribute in canonical form; *ret NULL when it comes to "unassigned".
 * Owned by the caller. */
int scim_value_read(const struct scim_attribute *attribute, const json_t *value,
		    struct scim_dialect *dialect, json_t **ret, struct scim_error *error);
/* The same for one element of a multi-valued attribute. */
int scim_element_read(const struct scim_attribute *attribute, const json_t *value,
		      struct scim_dialect *dialect, json_t **ret, struct scim_error *error);

/* The object that holds an attribute: the document or its extension part, which is made when `make`
 * is set. */
json_t *scim_container(const struct scim_resource *resource, json_t *attributes,
		       const struct scim_attribute *attribute, bool make);

/* Are the required attributes there, and not empty? */
int scim_document_check(const struct scim_resource *resource, const json_t *attributes,
			struct scim_error *error);

#endif
