/* SPDX-License-Identifier: Apache-2.0 */
/* What the root DSE tells of the server (RFC 4512 5.1). */
#ifndef CONNECT_LDAP_SESSION_ROOTDSE_H
#define CONNECT_LDAP_SESSION_ROOTDSE_H

#include "base/err.h"
#include "base/list.h"
#include "connect/ldap/server.h"

struct ldap_session;

/* Texts live in the arena of rootdse_read. */
struct rootdse {
	enum server_kind kind; /* never SERVER_AUTO */
	bool kind_known; /* detected or configured; otherwise taken for OpenLDAP */
	bool paging; /* RFC 2696 */
	bool post_read; /* RFC 4527 */
	str vendor; /* name and version, "" when it tells neither */
	LIST(str) contexts; /* naming contexts */
	str default_context; /* AD's own domain */
};

/* One request. The setting `server` overrules what the server says of its kind. */
int rootdse_read(struct ldap_session *s, struct arena *arena, struct rootdse *ret, struct err *err);
void rootdse_clear(struct rootdse *r);

#endif
