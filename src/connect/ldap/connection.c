/* SPDX-License-Identifier: Apache-2.0 */
/* A connection as reading and writing use it: its session taken up again, and what it is asked
 * about itself. */
#include "base/clock.h"
#include "connect/ldap/internal.h"

enum { IDLE_TRUST = 30 * 1000 }; /* milliseconds for which an unused session is taken to be alive */

/* One request that any server answers: a session that was idle may have died unnoticed. */
static int session_ping(struct ldap_session *s, struct err *err)
{
	LDAPMessage *m = NULL;

	if (search_entry(s, "", search_no_attributes, &m, err) < 0)
		return -1;
	ldap_msgfree(m);
	return 0;
}

int ldap_connection_ready(struct ldap_connection *c, struct err *err)
{
	struct err ignored;

	if (c->session && clock_ticks() - c->used_at >= IDLE_TRUST &&
	    session_ping(c->session, &ignored) < 0)
		ldap_connection_drop(c);
	if (!c->session &&
	    ldap_session_open(&c->settings, c->base.options.stop, &c->session, err) < 0)
		return -1;
	c->used_at = clock_ticks();
	return 0;
}

void ldap_connection_drop(struct ldap_connection *c)
{
	ldap_session_close(c->session);
	c->session = NULL;
}

const char *ldap_connection_account(const struct ldap_connection *c)
{
	return c->settings.bind_dn ? c->settings.bind_dn : "muster's account";
}

int ldap_connection_page_size(const struct ldap_connection *c)
{
	return c->rootdse.paging ? (int)c->settings.page_size : 0;
}

bool ldap_id_text(const struct ldap_connection *c, str value, struct buf *ret)
{
	str attribute = str_of(c->id_attribute);

	if (server_is_binary(attribute))
		return server_binary_text(attribute, value, ret);
	buf_put(ret, value);
	return true;
}

bool mark_parse(str value, str *ret_source_id)
{
	const str prefix = STR(MARK_PREFIX);

	if (!str_starts(value, prefix))
		return false;
	*ret_source_id = str_slice(value, prefix.n, value.n);
	return true;
}
