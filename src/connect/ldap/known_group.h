/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of groups without asking for them again, by their id. */
#ifndef CONNECT_LDAP_KNOWN_GROUP_H
#define CONNECT_LDAP_KNOWN_GROUP_H

#include "base/intern.h"
#include "base/list.h"
#include "connect/ldap/server.h"

struct known_group {
	str dn;
	const struct group_class *class; /* NULL: of no class that is known */
	bool has_empty_member; /* the member that stands for nobody (groups.placeholder) */
};

/* Zero-initialise; known_groups_clear frees and leaves it empty. */
struct known_groups {
	struct intern ids;
	LIST(struct known_group) items; /* by number in ids */
	struct arena arena; /* of the DNs */
};

void known_groups_clear(struct known_groups *g);
/* Remembers a group, or what it is like now; the DN is copied. */
void known_groups_put(struct known_groups *g, str id, const struct known_group *group);
/* Its new DN, if the group is known. */
void known_groups_rename(struct known_groups *g, str id, str dn);
/* NULL: not known. Valid until the next put. */
struct known_group *known_groups_find(const struct known_groups *g, str id);

#endif
