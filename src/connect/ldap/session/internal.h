/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of opening a session, which nobody outside needs. */
#ifndef CONNECT_LDAP_SESSION_INTERNAL_H
#define CONNECT_LDAP_SESSION_INTERNAL_H

#include "connect/ldap/session/session.h"

enum { STOP_SLICE = 500 }; /* milliseconds between two looks at `stop` */

/*
 * A handle whose socket is connected; no TLS yet and no bind. All addresses of a name share the
 * setting connect_timeout. Errors: CODE_UNAVAILABLE, CODE_CONFIG (the path of a local socket).
 */
int connect_url(const struct ldap_settings *settings, const volatile int *stop,
		const LDAPURLDesc *url, LDAP **ret, struct err *err);

/* Starts TLS on a connected handle, by StartTLS (RFC 4511 4.14) unless the URL is ldaps://. When
 * the certificate is refused, the error says why. */
int tls_start(struct ldap_session *s, const LDAPURLDesc *url, struct err *err);

#endif
