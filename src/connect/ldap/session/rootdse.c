/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the root DSE: which kind of server this is and what it can do. */
#include "connect/ldap/session/rootdse.h"

#include <string.h>

#include "connect/ldap/session/session.h"

#define OID_ACTIVE_DIRECTORY "1.2.840.113556.1.4.800" /* MS-ADTS 3.1.1.3.4.3.1 */

static void rootdse_read_value(struct arena *arena, struct rootdse *r, const char *name, str value,
			       enum server_kind *found)
{
	if (strcasecmp(name, "supportedControl") == 0) {
		r->paging |= str_equal(value, STR(LDAP_CONTROL_PAGEDRESULTS));
		r->post_read |= str_equal(value, STR(LDAP_CONTROL_POST_READ));
	} else if (strcasecmp(name, "namingContexts") == 0) {
		list_push(&r->contexts, arena_str(arena, value));
	} else if (strcasecmp(name, "defaultNamingContext") == 0) {
		r->default_context = arena_str(arena, value);
	} else if (strcasecmp(name, "supportedCapabilities") == 0) {
		if (str_equal(value, STR(OID_ACTIVE_DIRECTORY)))
			*found = SERVER_AD;
	} else if (strcasecmp(name, "objectClass") == 0) {
		if (str_equal_nocase(value, STR("OpenLDAProotDSE")))
			*found = SERVER_OPENLDAP;
	} else if (strcasecmp(name, "vendorName") == 0 || strcasecmp(name, "vendorVersion") == 0) {
		r->vendor = r->vendor.n ? arena_printf(arena, "%.*s %.*s", STR_ARG(r->vendor),
						       STR_ARG(value))
					: arena_str(arena, value);
		if (str_contains(value, STR("389")))
			*found = SERVER_389DS;
	}
}

static void rootdse_read_attributes(struct ldap_session *s, LDAPMessage *entry, struct arena *arena,
				    struct rootdse *r, enum server_kind *found)
{
	BerElement *ber = NULL;

	for (char *name = ldap_first_attribute(s->ld, entry, &ber); name;
	     name = ldap_next_attribute(s->ld, entry, ber)) {
		struct berval **values = ldap_get_values_len(s->ld, entry, name);

		for (size_t i = 0; values && values[i]; i++)
			rootdse_read_value(arena, r, name,
					   str_make(values[i]->bv_val, values[i]->bv_len), found);
		ldap_value_free_len(values);
		ldap_memfree(name);
	}
	ber_free(ber, 0);
}

int rootdse_read(struct ldap_session *s, struct arena *arena, struct rootdse *ret, struct err *err)
{
	static const char *const attributes[] = {"objectClass",          "vendorName",
						 "vendorVersion",        "namingContexts",
						 "supportedControl",     "supportedCapabilities",
						 "defaultNamingContext", NULL};
	enum server_kind found = SERVER_AUTO, wanted = s->settings->server;
	LDAPMessage *m = NULL, *entry;

	if (search_entry(s, "", attributes, &m, err) < 0)
		return -1;
	*ret = (struct rootdse){0};
	entry = ldap_first_entry(s->ld, m);
	if (entry)
		rootdse_read_attributes(s, entry, arena, ret, &found);
	ldap_msgfree(m);
	ret->kind = wanted != SERVER_AUTO ? wanted : found != SERVER_AUTO ? found : SERVER_OPENLDAP;
	ret->kind_known = wanted != SERVER_AUTO || found != SERVER_AUTO;
	return 0;
}

void rootdse_clear(struct rootdse *r)
{
	list_clear(&r->contexts);
}
