/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to a directory server: set up with time-outs that hold, bound, and with its errors
 * in plain words. */
#ifndef CONNECT_LDAP_SESSION_SESSION_H
#define CONNECT_LDAP_SESSION_SESSION_H

#include <ldap.h>

#include "connect/ldap/settings.h"

/* Not for sharing between threads. A lost connection stays lost: open another. */
struct ldap_session {
	LDAP *ld;
	const struct ldap_settings *settings;
	const volatile int *stop; /* may be NULL */
	const char *url; /* the one of settings.urls that answered */
	bool encrypted; /* TLS, or a local socket */
	uint64_t requests;
};

/*
 * Tries the URLs in order, then binds. A server that is out of reach is passed over; one that
 * refuses the password ends it, so that no account is locked by trying. Errors: CODE_UNAVAILABLE,
 * CODE_LATER, CODE_REFUSED, CODE_CONFIG (files of TLS, a password in the clear).
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

/* That a signal ended the wait: -1 with the exit code for it. */
int stopped_err(struct err *err, int by);

/* What a request was answered. */
struct answer {
	int code; /* LDAP result code, or one of libldap's negative ones */
	char text[256]; /* the server's diagnostic message, "" when it sent none */
	char matched[256]; /* the part of the name that exists, for noSuchObject */
	LDAPControl **controls; /* only when asked for; the caller frees */
};
/* Reads result and diagnostics from a message of a result type; controls only when `with_controls`.
 */
void answer_read(struct ldap_session *s, LDAPMessage *m, bool with_controls, struct answer *ret);

/*
 * A search whose answer is small: all entries in one chain (ldap_first_entry), at most `limit` of
 * them. noSuchObject (32) is an answer with no entries; other codes than 0 are errors. The caller
 * frees *ret.
 */
int ldap_session_read(struct ldap_session *s, const char *base, int scope, const char *filter,
		      const char *const *attributes, int limit, LDAPMessage **ret, struct err *err);

/* "insufficientAccess (50)": by RFC 4511 appendix A. */
#define RESULT_NAME_SIZE 64
void result_name(int code, char ret[RESULT_NAME_SIZE]);
/* Did the server, or the way to it, fail (and not the request)? */
bool result_is_outage(int code);
/*
 * Puts an error together: "URL: what: insufficientAccess (50): diagnostic". Sets reach, exit code
 * and `again` by the result code. Returns -1.
 */
int answer_err(const struct ldap_session *s, const struct answer *a, struct err *err,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* tls.c: starts TLS on a connected handle; when the certificate is refused, the error says why. */
int tls_start(struct ldap_session *s, const LDAPURLDesc *url, struct err *err);
/* dial.c: a connected handle without TLS and bind. */
int ldap_session_dial(const struct ldap_settings *settings, const volatile int *stop,
		      const LDAPURLDesc *url, LDAP **ret, struct err *err);

/* What the root of the directory tells of the server (RFC 4512 5.1). Texts live in the arena. */
struct root {
	enum server_kind kind;
	bool kind_known; /* detected or configured; otherwise taken for OpenLDAP */
	bool paging, post_read;
	str vendor; /* name and version, "" when it tells neither */
	LIST(str) contexts; /* naming contexts */
	str default_context; /* AD's own domain */
};
int root_read(struct ldap_session *s, struct arena *arena, struct root *ret, struct err *err);
void root_clear(struct root *r);

#include "connect/ldap/session/dn.h"
#include "connect/ldap/session/search.h"

#endif
