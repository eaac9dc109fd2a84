/* SPDX-License-Identifier: Apache-2.0 */
/* The door to one directory server: a bound connection with time-outs that hold, searches over it,
 * and its errors in plain words. */
#ifndef CONNECT_LDAP_SESSION_SESSION_H
#define CONNECT_LDAP_SESSION_SESSION_H

#include <ldap.h>

#include "connect/ldap/session/dn.h"
#include "connect/ldap/session/range.h"
#include "connect/ldap/session/result.h"
#include "connect/ldap/session/rootdse.h"
#include "connect/ldap/session/search.h"
#include "connect/ldap/settings.h"

/* Not for sharing between threads. A lost connection stays lost: open another. */
struct ldap_session {
	LDAP *ld;
	const struct ldap_settings *settings;
	const volatile int *stop; /* may be NULL */
	const char *url; /* the one of settings.urls that answered */
	bool encrypted; /* TLS, or a local socket */
	uint64_t requests; /* sent so far; who sends one past this door counts it here */
};

/*
 * Tries the URLs in order, then binds. A server that is out of reach is passed over; one that
 * refuses the password ends it, so that no account is locked by trying. `settings` and `stop`
 * outlive the session. Errors: CODE_UNAVAILABLE, CODE_LATER, CODE_REFUSED, CODE_CONFIG (files of
 * TLS, a password in the clear).
 */
int ldap_session_open(const struct ldap_settings *settings, const volatile int *stop,
		      struct ldap_session **ret, struct err *err);
void ldap_session_close(struct ldap_session *s); /* NULL is fine */

/*
 * Waits for one message of a request (LDAP_RES_ANY: of any) for at most `timeout`, and ends early
 * when the process was asked to stop. all: LDAP_MSG_ONE or LDAP_MSG_ALL. Returns its type, or -1:
 * then the connection is of no more use. *ret is the caller's to free.
 */
int ldap_session_wait(struct ldap_session *s, int id, int all, LDAPMessage **ret, struct err *err);

/* Waits for the result of a request whose answer is nothing else. -1 as above. */
int ldap_session_result(struct ldap_session *s, int id, struct ldap_result *ret, struct err *err);

/* Was the process asked to end? stop: as in struct connect_options, may be NULL. */
static inline bool stop_is_asked(const volatile int *stop)
{
	return stop && *stop;
}
/* That the signal *stop ended a wait: -1 with the exit code for it. */
int stop_err(struct err *err, int by);

/* libldap takes lists of texts that it never changes without saying `const`. */
static inline char **plain_texts(const char *const *texts)
{
	union {
		const char *const *in;
		char **out;
	} u = {texts};

	return u.out;
}
static inline char *plain_text(const char *text)
{
	union {
		const char *in;
		char *out;
	} u = {text};

	return u.out;
}

#endif
