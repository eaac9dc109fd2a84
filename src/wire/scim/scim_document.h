/* SPDX-License-Identifier: Apache-2.0 */
/* Resources as clients send them, read into the one spelling that is stored; every leniency has a
 * name. */
#ifndef WIRE_SCIM_SCIM_DOCUMENT_H
#define WIRE_SCIM_SCIM_DOCUMENT_H

#include <jansson.h>

#include "wire/scim/scim_schema.h"

/* What a SCIM error body says (RFC 7644 3.12). */
struct scim_error {
	int status; /* HTTP status; 0 while nothing went wrong */
	const char *type; /* scimType, NULL when the status has none */
	char detail[400];
};

/* Returns -1. The first error stays. */
int scim_fail(struct scim_error *error, int status, const char *type, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* What clients do beside the standard and the service takes, unless it is strict. */
enum scim_leniency {
	LENIENCY_OPERATION_CASE, /* "op": "Add" */
	LENIENCY_TEXT_BOOLEAN, /* "active": "False" */
	LENIENCY_TEXT_NUMBER, /* "employeeNumber": 123 */
	LENIENCY_DOTTED_KEY, /* {"name.givenName": "Ada"} */
	LENIENCY_VALUE_LIST, /* remove members with a list of values instead of a filter */
	LENIENCY_PLAIN_VALUE, /* "manager": "id" */
	LENIENCY_SINGLE_VALUE, /* one value where a list is due, or a list of one */
	LENIENCY_FILTER_CREATES, /* add emails[type eq "work"].value where there is no such value */
	LENIENCY_SCHEMAS, /* `schemas` absent or of another version */
	LENIENCY_UNKNOWN_ATTRIBUTE, /* passed over */
	LENIENCY_NULL, /* null where it would take a required value away */
	LENIENCY_UNKNOWN_MEMBER, /* a member that is no user or group here */
	LENIENCY_PRIMARY, /* more than one primary value: the first counts */
	LENIENCY_FILTER_TEXT, /* filter values without quotes */
	LENIENCY_COUNT,
};

struct scim_dialect {
	bool strict;
	unsigned met; /* bits of enum scim_leniency */
};

/* True, and noted, unless the service is strict. */
bool scim_lenient(struct scim_dialect *dialect, enum scim_leniency what);
const char *scim_leniency_text(enum scim_leniency what);

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
/* Are the required attributes there, and not empty? */
int scim_document_check(const struct scim_resource *resource, const json_t *attributes,
			struct scim_error *error);

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

#endif
