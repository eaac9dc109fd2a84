/* SPDX-License-Identifier: Apache-2.0 */
/* What the SCIM schemas say (RFC 7643): attributes with their rules, read from schemas/scim, found
 * by any spelling. */
#ifndef WIRE_SCIM_SCIM_SCHEMA_H
#define WIRE_SCIM_SCIM_SCHEMA_H

#include "base/arena.h"
#include "base/err.h"

#define SCIM_USER_URN "urn:ietf:params:scim:schemas:core:2.0:User"
#define SCIM_GROUP_URN "urn:ietf:params:scim:schemas:core:2.0:Group"
#define SCIM_ENTERPRISE_URN "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
#define SCIM_MESSAGE_URN "urn:ietf:params:scim:api:messages:2.0:"

enum scim_type {
	SCIM_TYPE_STRING,
	SCIM_TYPE_BOOLEAN,
	SCIM_TYPE_DECIMAL,
	SCIM_TYPE_INTEGER,
	SCIM_TYPE_DATETIME,
	SCIM_TYPE_BINARY,
	SCIM_TYPE_REFERENCE,
	SCIM_TYPE_COMPLEX,
};

enum scim_mutability {
	SCIM_MUTABILITY_READ_WRITE,
	SCIM_MUTABILITY_READ_ONLY,
	SCIM_MUTABILITY_IMMUTABLE,
	SCIM_MUTABILITY_WRITE_ONLY,
};

enum scim_returned {
	SCIM_RETURNED_DEFAULT,
	SCIM_RETURNED_ALWAYS,
	SCIM_RETURNED_NEVER,
	SCIM_RETURNED_REQUEST,
};

struct scim_attribute {
	str name; /* as the schema spells it */
	enum scim_type type;
	bool multi, required, case_exact;
	enum scim_mutability mutability;
	enum scim_returned returned;
	const struct scim_attribute *parent; /* NULL for a top attribute */
	struct scim_attribute *subs;
	size_t sub_count;
};

struct scim_schema {
	str id; /* the URN */
	str name;
	/* the document as /Schemas serves it, compact, without its closing brace and `meta` */
	str text;
	struct scim_attribute *attributes;
	size_t count;
};

/* A kind of resource that the service keeps. */
struct scim_resource {
	str name; /* "User" */
	str endpoint; /* "/Users" */
	str description;
	const struct scim_schema *core;
	const struct scim_schema *extension; /* NULL when there is none */
	const struct scim_schema *common; /* id, externalId, meta, schemas */
};

/* All schemas and both kinds; const after scim_schemas_load, so any thread may read it. */
struct scim_schemas {
	struct arena arena;
	struct scim_schema *items; /* those that are served */
	size_t count;
	struct scim_schema common;
	struct scim_resource user, group;
};

/* Reads the schemas that the program carries. A fault in them is ours: it fails an assertion. */
void scim_schemas_load(struct scim_schemas *schemas);
void scim_schemas_clear(struct scim_schemas *schemas);

/* NULL when no schema has that URN; URNs compare without case. */
const struct scim_schema *scim_schema_find(const struct scim_schemas *schemas, str urn);

/*
 * A top attribute of a resource by its name, without case. urn: "" looks in the common attributes
 * and the core schema, the core URN there too, the extension's URN in the extension. NULL when
 * there is none.
 */
const struct scim_attribute *scim_attribute_find(const struct scim_resource *resource, str urn,
						 str name);
const struct scim_attribute *scim_sub_find(const struct scim_attribute *attribute, str name);
/* True when the attribute is one of the extension's: its values live below the extension's URN. */
bool scim_attribute_extends(const struct scim_resource *resource,
			    const struct scim_attribute *attribute);

#endif
