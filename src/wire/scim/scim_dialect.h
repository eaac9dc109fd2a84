/* SPDX-License-Identifier: Apache-2.0 */
/* How a client and the service understand each other: the error that it gets, and the leniencies,
 * each by its name. */
#ifndef WIRE_SCIM_SCIM_DIALECT_H
#define WIRE_SCIM_SCIM_DIALECT_H

#include "base/str.h"

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

#endif
