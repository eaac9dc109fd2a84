/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the root DSE: which kind of server this is and what it can do. */
#include <string.h>

#include "connect/ldap/session/session.h"

#define OID_POST_READ "1.3.6.1.1.13.2"
#define OID_ACTIVE_DIRECTORY "1.2.840.113556.1.4.800" /* MS-ADTS 3.1.1.3.4.3.1 */

static void take_value(struct arena *arena, struct root *root, const char *name, str value,
		       enum server_kind *found)
{
	if (strcasecmp(name, "supportedControl") == 0) {
		root->paging |= str_equal(value, STR(LDAP_CONTROL_PAGEDRESULTS));
		root->post_read |= str_equal(value, STR(OID_POST_READ));
	} else if (strcasecmp(name, "namingContexts") == 0) {
		list_push(&root->contexts, arena_str(arena, value));
	} else if (strcasecmp(name, "defaultNamingContext") == 0) {
		root->default_context = arena_str(arena, value);
	} else if (strcasecmp(name, "supportedCapabilities") == 0) {
		if (str_equal(value, STR(OID_ACTIVE_DIRECTORY)))
			*found = SERVER_AD;
	} else if (strcasecmp(name, "objectClass") == 0) {
		if (str_equal_nocase(value, STR("OpenLDAProotDSE")))
			*found = SERVER_OPENLDAP;
	} else if (strcasecmp(name, "vendorName") == 0 || strcasecmp(name, "vendorVersion") == 0) {
		root->vendor = root->vendor.n ? arena_printf(arena, "%.*s %.*s",
							     STR_ARG(root->vendor), STR_ARG(value))
					      : arena_str(arena, value);
		if (str_contains(value, STR("389")))
			*found = SERVER_389DS;
	}
}

static void take_entry(struct ldap_session *s, LDAPMessage *entry, struct arena *arena,
		       struct root *root, enum server_kind *found)
{
	BerElement *ber = NULL;

	for (char *name = ldap_first_attribute(s->ld, entry, &ber); name;
	     name = ldap_next_attribute(s->ld, entry, ber)) {
		struct berval **values = ldap_get_values_len(s->ld, entry, name);

		for (size_t i = 0; values && values[i]; i++)
			take_value(arena, root, name,
				   str_make(values[i]->bv_val, values[i]->bv_len), found);
		ldap_value_free_len(values);
		ldap_memfree(name);
	}
	ber_free(ber, 0);
}

int root_read(struct ldap_session *s, struct arena *arena, struct root *ret, struct err *err)
{
	static const char *const attributes[] = {"objectClass",          "vendorName",
						 "vendorVersion",        "namingContexts",
						 "supportedControl",     "supportedCapabilities",
						 "defaultNamingContext", NULL};
	enum server_kind found = SERVER_AUTO, wanted = s->settings->server;
	LDAPMessage *m = NULL, *entry;

	if (ldap_session_read(s, "", LDAP_SCOPE_BASE, "(objectClass=*)", attributes, 0, &m, err) <
	    0)
		return -1;
	*ret = (struct root){0};
	entry = ldap_first_entry(s->ld, m);
	if (entry)
		take_entry(s, entry, arena, ret, &found);
	ldap_msgfree(m);
	ret->kind = wanted != SERVER_AUTO ? wanted : found != SERVER_AUTO ? found : SERVER_OPENLDAP;
	ret->kind_known = wanted != SERVER_AUTO || found != SERVER_AUTO;
	return 0;
}

void root_clear(struct root *r)
{
	list_clear(&r->contexts);
}
