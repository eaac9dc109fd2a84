/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong with a client's request, and what was overlooked: errors and leniencies. */
#include "wire/scim/scim_dialect.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int scim_fail(struct scim_error *error, int status, const char *type, const char *format, ...)
{
	va_list args;

	if (error->status != 0)
		return -1;
	error->status = status;
	error->type = type;
	va_start(args, format);
	vsnprintf(error->detail, sizeof error->detail, format, args);
	va_end(args);
	/* A text that was cut inside a character would make the answer invalid. */
	for (size_t n = strlen(error->detail); !str_is_utf8(str_make(error->detail, n));)
		error->detail[--n] = '\0';
	return -1;
}

bool scim_lenient(struct scim_dialect *dialect, enum scim_leniency what)
{
	if (dialect->strict)
		return false;
	dialect->met |= 1u << what;
	return true;
}

const char *scim_leniency_text(enum scim_leniency what)
{
	static const char *const texts[LENIENCY_COUNT] = {
		"capitalised operations (\"op\": \"Add\")",
		"booleans as text (\"False\")",
		"numbers where text is due",
		"dotted or full names as keys (\"name.givenName\")",
		"remove with a list of values instead of a filter",
		"a plain value where an object is due (\"manager\": \"id\")",
		"one value where a list is due, or a list of one",
		"add with a filter that matches nothing creates the value",
		"`schemas` absent or of another version",
		"attributes that no schema has (passed over)",
		"null for a required value or for members (passed over)",
		"members that are not known here",
		"more than one primary value (the first counts)",
		"filter values without quotes",
	};

	return texts[what];
}
