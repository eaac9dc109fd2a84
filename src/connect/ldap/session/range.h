/* SPDX-License-Identifier: Apache-2.0 */
/* Long lists of members that a server gives in ranges, "member;range=0-1499" (MS-ADTS
 * 3.1.1.3.1.3.3). */
#ifndef CONNECT_LDAP_SESSION_RANGE_H
#define CONNECT_LDAP_SESSION_RANGE_H

#include "base/err.h"
#include "base/str.h"

struct ldap_session;

/* False when it is no such attribute. *ret_from is where the list goes on, 0 when nothing is left.
 */
bool range_parse(str attribute, uint64_t *ret_from);

/* The rest of a list: the member attribute of one entry from this value on. */
struct range_query {
	const char *dn, *attribute;
	bool ranged; /* the server gives it in ranges; else `from` is 0 and one request is all */
	uint64_t from;
};

/* Takes one value, valid during the call. */
typedef void value_sink(void *context, str value);

enum range_end {
	RANGE_WHOLE, /* every value was handed on */
	RANGE_CUT, /* the server does not get on: there is more than was handed on */
	RANGE_GONE, /* there is no such entry, or no more */
};

/* Reads range after range, a request each, and hands the values on. */
int range_read(struct ldap_session *s, const struct range_query *query, value_sink *sink,
	       void *context, enum range_end *ret, struct err *err);

#endif
