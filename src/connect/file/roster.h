/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of rosters share: one snapshot being filled, one list of faults. */
#ifndef CONNECT_FILE_ROSTER_H
#define CONNECT_FILE_ROSTER_H

#include "config/config.h"
#include "connect/connect.h"

#define ROSTER_LIMIT ((size_t)256 * 1024 * 1024)

struct roster {
	const char *path;
	struct snapshot *into;
	struct diagnostics diags;
	struct arena arena;
	struct intern users; /* user names, lower case: who may be a member */
	struct intern teams; /* display names */
};

void roster_clear(struct roster *r); /* all but the snapshot */

/* roster_yaml.c, roster_csv.c: fill r->into. Every fault is noted in r->diags, and what has one is
 * left out. */
void roster_read_yaml(struct roster *r, str text);
void roster_read_csv(struct roster *r, str text);

/* The canonical path of an attribute that a person named, or a fault at the mark and false. */
bool roster_attribute(struct roster *r, str name, struct source_pos pos, str *ret);
/* Registers a user or team by name; a second one of the same name is a fault and false. */
bool roster_claim(struct roster *r, enum entry_kind kind, str name, struct source_pos pos);
/* The key by which members refer to a user (any case) or a team. */
str roster_key(struct roster *r, enum entry_kind kind, str name);
/* The member of a team that a name means: a user, else a team; a fault and false when it is
 * neither. */
bool roster_member(struct roster *r, str name, struct source_pos pos, enum entry_kind *ret);
/* Ends the entry begun in r->into and gives it its key; what keeps it from being taken is a fault.
 */
bool roster_end(struct roster *r, enum entry_kind kind, str id, str name, bool active,
		struct source_pos pos, uint32_t *ret_row);

#endif
