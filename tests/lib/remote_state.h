/* SPDX-License-Identifier: Apache-2.0 */
/* The remote's state as the connector and the comparison see it; private to the fault tests. */
#ifndef TESTS_LIB_REMOTE_STATE_H
#define TESTS_LIB_REMOTE_STATE_H

#include "model/snapshot.h"

struct thing {
	enum entry_kind kind;
	bool gone;
	uint32_t flags;
	str id;
	LIST(struct field) fields;
};

struct tie {
	bool gone;
	str group, member, role; /* ids */
	bool nested;
};

struct guest {
	bool gone;
	struct invitation invitation;
};

struct remote_state {
	struct arena arena;
	uint64_t next; /* for ids */
	LIST(struct thing) things;
	LIST(struct tie) ties;
	LIST(struct guest) guests;
	LIST(str) made; /* the source id of everything that was ever created or invited */
};

void remote_load(const char *path, struct remote_state *ret);
void remote_save(const char *path, const struct remote_state *state); /* at once or not at all */
void remote_clear(struct remote_state *state);

/* NULL: not there */
struct thing *thing_find(struct remote_state *state, enum entry_kind kind, str id);
struct thing *thing_add(struct remote_state *state, enum entry_kind kind, str id, uint32_t flags);
void thing_put(struct remote_state *state, struct thing *thing, str name, str value);
void thing_drop(struct thing *thing, str name, str value); /* value with p NULL: all of that name */
str thing_value(const struct thing *thing, const char *name);

#endif
