/* SPDX-License-Identifier: Apache-2.0 */
/* Where an operation points: a PATCH path resolved against the schema; private to the SCIM part of
 * wire. */
#ifndef WIRE_SCIM_SCIM_PATCH_PATH_H
#define WIRE_SCIM_SCIM_PATCH_PATH_H

#include <jansson.h>

#include "wire/scim/scim_dialect.h"
#include "wire/scim/scim_schema.h"

struct filter_node;

struct scim_patch_path {
	/* the path is a bare schema URN; then nothing else is set */
	const struct scim_schema *whole;
	const struct scim_attribute *attribute; /* NULL: no schema has it */
	const struct scim_attribute *sub; /* NULL: the attribute as a whole */
	const struct filter_node *filter; /* NULL: all values */
};

/*
 * Resolves a path. urn: the schema that a key stood in, "" for the path's own. A path that does not
 * parse is invalidPath, a filter in it that does not is invalidFilter. An attribute that no schema
 * has leaves attribute NULL: the caller knows whether that matters.
 */
int scim_patch_path_read(const struct scim_resource *resource, str urn, str path,
			 struct arena *arena, struct scim_dialect *dialect,
			 struct scim_patch_path *ret, struct scim_error *error);

/* -1: 400 mutability, "name.familyName <why>". */
int scim_patch_path_fail(const struct scim_patch_path *t, struct scim_error *error,
			 const char *why);

/* Does an element of a multi-valued attribute match the filter of a path? */
bool scim_element_matches(const struct scim_attribute *attribute, const struct filter_node *filter,
			  const json_t *element);

/*
 * The element that `type eq "work"` (and more such terms joined by `and`) describes; NULL when the
 * filter says more than that.
 */
json_t *scim_element_from_filter(const struct scim_attribute *attribute,
				 const struct filter_node *filter);

#endif
