/* SPDX-License-Identifier: Apache-2.0 */
/* What a request was answered (RFC 4511 4.1.9), and the error that a person reads. */
#ifndef CONNECT_LDAP_SESSION_RESULT_H
#define CONNECT_LDAP_SESSION_RESULT_H

#include <ldap.h>

#include "base/err.h"

struct ldap_session;

struct ldap_result {
	int code; /* LDAP result code, or one of libldap's negative ones */
	char text[256]; /* the server's diagnostic message, "" when it sent none */
	LDAPControl **controls; /* only when asked for; the caller frees */
};

/* Reads code and diagnostics from a message of a result type; controls only when `with_controls`.
 * A message that cannot be decoded has libldap's code for that. */
void ldap_result_read(struct ldap_session *s, LDAPMessage *m, bool with_controls,
		      struct ldap_result *ret);

/* "insufficientAccessRights (50)": by RFC 4511 appendix A. */
#define RESULT_NAME_SIZE 64
void ldap_result_name(int code, char ret[RESULT_NAME_SIZE]);

/* Did the server, or the way to it, fail (and not the request)? */
bool ldap_result_is_outage(int code);

/*
 * Puts an error of the system together: "URL: WHAT: insufficientAccessRights (50): diagnostic;
 * advice". Exit code and `again` follow from the result code. Returns -1.
 */
int ldap_result_err(const struct ldap_session *s, const struct ldap_result *result, struct err *err,
		    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
