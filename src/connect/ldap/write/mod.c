/* SPDX-License-Identifier: Apache-2.0 */
/* One change of an attribute as libldap wants it. */
#include "connect/ldap/write/internal.h"

LDAPMod *mod_build(int operation, const char *attribute, const str *values, size_t count,
		   struct arena *arena)
{
	struct berval *bytes = arena_array(arena, struct berval, count);
	struct berval **list = arena_array(arena, struct berval *, count + 1);
	LDAPMod *mod = arena_new(arena, LDAPMod);

	for (size_t i = 0; i < count; i++) {
		bytes[i] = (struct berval){values[i].n, plain_text(values[i].p)};
		list[i] = &bytes[i];
	}
	mod->mod_op = operation | LDAP_MOD_BVALUES;
	mod->mod_type = plain_text(attribute);
	mod->mod_bvalues = list;
	return mod;
}
