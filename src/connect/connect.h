/* SPDX-License-Identifier: Apache-2.0 */
/* The door to other systems: one table of verbs for each kind, and the array of all kinds. */
#ifndef CONNECT_CONNECT_H
#define CONNECT_CONNECT_H

#include "base/err.h"
#include "config/config.h"
#include "connect/connection.h"
#include "model/ability.h"
#include "model/finding.h"
#include "model/plan.h"
#include "model/policy.h"
#include "model/snapshot.h"

enum connector_can {
	CAN_READ = 1 << 0, /* a source */
	CAN_WRITE = 1 << 1, /* a target */
	CAN_CHANGES = 1 << 2,
	CAN_WATCH = 1 << 3,
	CAN_MANAGE = 1 << 4, /* people are created and removed there: the default of users.manage */
};

/* What of a target the plan needs: a connector need not read what nobody compares. */
struct wanted {
	bool as_source; /* read by the rules for a source: users and groups with their filters */
	bool groups; /* teams are part of the sync */
	bool invitations; /* and so are invitations */
};

/* The answer of `find`. */
enum found {
	FOUND_NOT, /* it is surely not there now */
	FOUND, /* it is there; ret_id is its id */
	FOUND_UNCLEAR, /* the system cannot tell yet */
};

/*
 * Called once for each change of a batch, in any order. ret_id: the id of what was created, else
 * empty. err: the reason, for anything but DONE and ALREADY. Both are valid during the call only.
 */
typedef void outcome_sink(void *context, struct change *change, enum outcome outcome, str ret_id,
			  const struct err *err);

/* An entry that changed since a cursor. Its id is valid during the call only. */
struct changed {
	enum entry_kind kind;
	str id;
	bool gone;
};
typedef void changed_sink(void *context, const struct changed *changed);

struct connector {
	const char *kind; /* "ldap": the value of `kind:` */
	const char *summary; /* one line for the manual */
	unsigned can;
	const char *example; /* a system's name in the example configuration */
	/* Beside the keys that every system has; ends with a nameless row. */
	const struct key *settings;

	/* What only this kind can say of its settings: the hooks of struct kind, each may be NULL.
	 */
	void (*validate)(const struct system *system, struct diagnostics *diags);
	void (*policy)(const struct system *system, enum sync_end end, struct policy *policy);
	bool (*same_service)(const struct system *a, const struct system *b);

	/*
	 * Opens the system: connects and authenticates when that takes no request of its own, else
	 * with the first verb. Settings outlive the connection. Errors: CODE_CONFIG,
	 * CODE_UNAVAILABLE, CODE_REFUSED.
	 */
	int (*open)(const struct system *system, const struct connect_options *options,
		    struct connection **ret, struct err *err);

	/* Reaches the system and reports what it found; 0 also when findings are bad, -1 when it is
	 * out of reach. */
	int (*check)(struct connection *c, struct findings *findings, struct err *err);

	/*
	 * Optional: for whoever writes a profile. Reads only, and reports the first entries as they
	 * are understood, with the place of each value.
	 */
	int (*profile_test)(struct connection *c, struct findings *findings, struct err *err);

	/* What the system can do as a target; may ask it (ServiceProviderConfig, rootDSE, a
	 * profile). */
	int (*abilities)(struct connection *c, struct arena *arena, struct abilities *ret,
			 struct err *err);

	/*
	 * Reads the system into `into` (opened, empty) and seals it. Returns 0 with into->complete
	 * saying whether the read proves what it does not show, or -1 when there is nothing to use:
	 * CODE_UNAVAILABLE, CODE_LATER, CODE_REFUSED, CODE_DATA (answers that make no sense). Entry
	 * errors become rejected.
	 */
	int (*snapshot)(struct connection *c, const struct wanted *wanted, struct snapshot *into,
			struct err *err);

	/*
	 * Optional (CAN_CHANGES): what changed since a cursor, each entry once, those that are gone
	 * first, the others by their last change; a change of members is one of the group. A cursor
	 * comes from a snapshot (snapshot.cursor) or from an earlier call; *ret_cursor, in the
	 * arena, is where the next one goes on. CODE_STALE: the system does not know the cursor,
	 * only a snapshot helps.
	 */
	int (*changes)(struct connection *c, str cursor, changed_sink *sink, void *context,
		       struct arena *arena, str *ret_cursor, struct err *err);

	/*
	 * Settling: looks a change up whose outcome is unknown, by its mark or natural key, at the
	 * system itself. For a create or an invitation FOUND says that it was done; for a removal
	 * that what it takes away is still there; for other changes that the new state holds.
	 */
	int (*find)(struct connection *c, const struct plan *plan, const struct change *change,
		    enum found *ret, struct arena *arena, str *ret_id, struct err *err);

	/*
	 * Carries out changes that do not depend on each other: no two of them touch one user. What
	 * a batch says of one team comes together and is combined into as few requests as the
	 * system allows: its members to add and to remove in one, and a new team
	 * (CHANGE_CREATE_TEAM) with its first members. Many requests may be in flight, at most one
	 * write an object. Target ids of objects are filled in. A change that already holds answers
	 * ALREADY. Returns -1 only when the system is out as a whole; changes without an outcome
	 * call by then were not tried.
	 */
	int (*apply)(struct connection *c, struct plan *plan, struct change **batch, size_t count,
		     outcome_sink *sink, void *context, struct err *err);

	void (*close)(struct connection *c); /* NULL is fine */
};

/* By the value of `kind:`; NULL when there is none. A new kind is one line in connect.c. */
const struct connector *connector_find(str kind);
/* A sealed snapshot as a roster in YAML, which the connector `file` reads back
 * (connect/file/roster_write.c). */
void roster_write(const struct snapshot *s, struct buf *out);
/* The kinds for config_load, in the arena. */
const struct kind *connector_kinds(struct arena *arena, size_t *ret_count);

#endif
