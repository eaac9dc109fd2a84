/* SPDX-License-Identifier: Apache-2.0 */
/* The attributes of RFC 7643 by name: their spelling, their type, what they consist of. */
#ifndef EXPR_ATTRIBUTE_H
#define EXPR_ATTRIBUTE_H

#include "base/str.h"

enum attribute_type {
	ATTRIBUTE_TEXT,
	ATTRIBUTE_BOOLEAN,
	ATTRIBUTE_DATE,
	ATTRIBUTE_REFERENCE,
	ATTRIBUTE_BINARY,
	ATTRIBUTE_COMPLEX, /* consists of parts */
};

struct attribute {
	const char *name; /* as RFC 7643 spells it */
	const char *urn; /* of the schema extension; "" for the core schemas, NULL for parts */
	enum attribute_type type;
	bool multiple; /* multi-valued */
	bool exact; /* caseExact: compared with case */
	bool secret; /* never returned, hence never compared (RFC 7643 7, "returned: never") */
	const struct attribute *parts; /* sub-attributes of a complex one */
	size_t part_count;
};

#define CORE_USER_URN "urn:ietf:params:scim:schemas:core:2.0:User"
#define CORE_GROUP_URN "urn:ietf:params:scim:schemas:core:2.0:Group"

/*
 * The attribute of User, Group or the enterprise extension with this name (case does not matter),
 * NULL when there is none. An empty urn means the core schemas, then the extension's names in
 * short (`department`).
 */
const struct attribute *attribute_find(str urn, str name);
const struct attribute *attribute_find_part(const struct attribute *of, str name);
/*
 * The closest name for "did you mean", NULL when none is close; *best as in str_nearer. of: whose
 * sub-attributes, NULL for whole attributes.
 */
const char *attribute_guess(const struct attribute *of, str name, size_t *best);
/* The spelling of a schema URN that is known (core or enterprise), NULL otherwise. */
const char *schema_find(str urn);

#endif
