/* SPDX-License-Identifier: Apache-2.0 */
/* Which LDAP attributes are asked for, and how SCIM fields are made of their values. */
#ifndef CONNECT_LDAP_READ_ATTRIBUTE_MAP_H
#define CONNECT_LDAP_READ_ATTRIBUTE_MAP_H

#include <lber.h>

#include "connect/ldap/settings.h"

#define SLOT_NONE SIZE_MAX

/* One field: a plain attribute, or a template over several. */
struct attribute_map_rule {
	const char *path;
	uint32_t number; /* of the path in the snapshot's names, by attribute_map_bind */
	size_t slot; /* SLOT_NONE: template */
	const struct template *value;
	bool lower; /* the value in lower case */
	bool all; /* every value, not only the first */
	bool reference; /* the value is a DN, the field the id of its entry */
};

/*
 * Built once for a read, in this order: attribute_map_init, the defaults, attribute_map_add_own,
 * further slots, attribute_map_bind. Rows of one path stand together: the first that yields a value
 * has it. What a search asks for follows this order.
 */
struct attribute_map {
	const struct attribute_rule *own; /* of the settings; they replace defaults of their path */
	size_t own_count;
	const char **attributes; /* by slot; ends with NULL, as searches want it */
	size_t slot_count;
	LIST(struct attribute_map_rule) rules;
	struct arena arena;
};

void attribute_map_init(struct attribute_map *m, const struct attribute_rule *own,
			size_t own_count);
/* A default of the server's kind, unless a rule of the settings has the path. */
void attribute_map_add_default(struct attribute_map *m, const char *path, const char *attribute,
			       bool lower);
/* The rules of the settings. */
void attribute_map_add_own(struct attribute_map *m);
/* The slot of an attribute; it is asked for from now on. */
size_t attribute_map_slot(struct attribute_map *m, const char *attribute);
/* Takes the rule of a path out; false when there is none. Its attributes are still asked for. */
bool attribute_map_remove(struct attribute_map *m, const char *path,
			  struct attribute_map_rule *ret);
/* Before the first attribute_map_put into a snapshot. */
void attribute_map_bind(struct attribute_map *m, struct snapshot *into);
void attribute_map_clear(struct attribute_map *m);

/* The slot of what the server sent, SLOT_NONE when it was not asked for. from: where to begin
 * looking. */
size_t attribute_map_find(const struct attribute_map *m, str attribute, size_t from);

/* The values of one entry by slot; NULL where there are none. Lists end with a NULL bv_val. */
struct entry_values {
	str dn;
	struct berval **slots;
};
/* The first value, empty with p == NULL when there is none. */
str value_first(const struct entry_values *v, size_t slot);

/*
 * Puts the fields of an entry into a snapshot that is building one. -1, with an error of the entry,
 * when a value cannot be taken.
 */
int attribute_map_put(const struct attribute_map *m, const struct entry_values *v,
		      struct snapshot *into, struct err *err);

/* The first value of one rule, appended; false when there is none. */
bool attribute_map_text(const struct attribute_map *m, const struct attribute_map_rule *r,
			const struct entry_values *v, struct buf *ret);

#endif
