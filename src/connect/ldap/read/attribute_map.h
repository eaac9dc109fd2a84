/* SPDX-License-Identifier: Apache-2.0 */
/* Which LDAP attributes are asked for, and how SCIM fields are made of their values. */
#ifndef CONNECT_LDAP_READ_ATTRIBUTE_MAP_H
#define CONNECT_LDAP_READ_ATTRIBUTE_MAP_H

#include <lber.h>

#include "connect/ldap/settings.h"

#define SLOT_NONE SIZE_MAX

/* One field: a plain attribute, or a template over several. */
struct translation_rule {
	const char *path;
	uint32_t number; /* of the path in the snapshot's names, by translation_bind */
	size_t slot; /* SLOT_NONE: template */
	const struct template *value;
	bool lower; /* the value in lower case */
	bool all; /* every value, not only the first */
	bool reference; /* the value is a DN, the field the id of its entry */
};

/* Built once for a connection; attributes ends with NULL, as searches want it. */
struct translation {
	const char **attributes; /* by slot */
	size_t slot_count;
	LIST(struct translation_rule) rules;
	struct arena arena;
};

/* `own` replaces the rows of `usual` of the same path. externalId is made of `id` unless `own` says
 * otherwise. */
void translation_build(struct translation *m, const struct server_mapping *in_example,
		       const char *id, const struct attribute_rule *own, size_t own_count);
/* Before the first translation_put into a snapshot. */
void translation_bind(struct translation *m, struct snapshot *into);
void translation_clear(struct translation *m);
/* The slot of an attribute; it is asked for from now on. */
size_t translation_slot(struct translation *m, const char *attribute);
/* The slot of what the server sent, SLOT_NONE when it was not asked for. from: where to begin
 * looking. */
size_t translation_find(const struct translation *m, str attribute, size_t from);

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
int translation_put(const struct translation *m, const struct entry_values *v,
		    struct snapshot *into, struct err *err);

/* The first value of one rule, appended; false when there is none. */
bool translation_text(const struct translation *t, const struct translation_rule *r,
		      const struct entry_values *v, struct buf *ret);
/* Takes the rule of a path out of the translation; false when there is none. Its attributes are
 * still asked for. */
bool translation_take_rule(struct translation *t, const char *path, struct translation_rule *ret);

#endif
