/* SPDX-License-Identifier: Apache-2.0 */
/* The state file: links, invitations, hand-offs, trusted reads, held plans and cursors, kept from
 * run to run. */
#ifndef STORE_STATE_STATE_H
#define STORE_STATE_STATE_H

#include "base/err.h"
#include "base/list.h"
#include "model/decision.h"
#include "model/memory.h"
#include "model/plan.h"
#include "model/status.h"

/*
 * One SQLite file (schemas/state.sql) for all syncs of a configuration. Several processes may have
 * it open; each holds the lock of the sync it works on. Not for sharing between threads. Errors are
 * those of store/db/db.h and reach the run. Losing the file is survivable: it is made anew, with a
 * new digest key, and memory.fresh says so. Times are seconds since 1970; those that are not given
 * come from clock_now.
 */
struct state;

/* A missing file is made (mode 0600, its folder must exist) unless read_only. */
int state_open(const char *path, bool read_only, struct state **ret, struct err *err);
void state_close(struct state *s); /* what was not flushed stays unsettled; NULL is fine */

/*
 * Keeps two runs of one sync apart, across processes and handles. The lock dies with the process,
 * however it dies. CODE_LOCKED (again) tells the process id that holds it and since when.
 */
int state_lock(struct state *s, str name, struct err *err);
void state_unlock(struct state *s, str name);

/*
 * All that plan_build needs to remember of a sync. Remembered ids are interned into source->ids and
 * target->ids, so the snapshots are sealed but not in use by another thread; they may have been
 * read incompletely. The window holds what runs applied within the last `window` seconds before
 * `now`, in doubt counted as applied. memory.claims stays empty: the run knows the other syncs.
 * `ret` is zero-initialised; use memory_clear, also after an error.
 */
int state_memory_load(struct state *s, str sync, struct snapshot *source, struct snapshot *target,
		      int64_t now, int64_t window, struct memory *ret, struct err *err);
/* The same without what needs snapshots: no links, no unlisted members. For lists and status. */
int state_memory_brief(struct state *s, str sync, int64_t now, int64_t window, struct memory *ret,
		       struct err *err);

/* The people whom a sync is linked to, by source id and target id; both valid during the call. */
int state_links_each(struct state *s, str sync, void (*each)(void *context, str source, str target),
		     void *context, struct err *err);

/* Remembers a read that was trusted and whose plan was applied; later reads are measured against
 * it. */
struct trusted_read {
	uint64_t users, groups, edges;
	uint64_t scope; /* snapshot.scope */
	uint64_t mapping; /* policy.fingerprint */
};
int state_trust_save(struct state *s, str sync, const struct trusted_read *read, struct err *err);

/* Puts one invitation as it stands now (one a person and sync), whatever was remembered before. */
int state_invitation_put(struct state *s, str sync, const struct sent_invitation *invitation,
			 struct err *err);
/* An address under which a person accepted, said by hand; the empty address takes it back. */
int state_alias_put(struct state *s, str sync, str source, str address, struct err *err);
/* Remembers what a read showed of invitations (plan.seen_invitations). Before applying. */
int state_invitations_see(struct state *s, str sync, const struct seen_invitation *seen,
			  size_t count, struct err *err);
/* Drops the hand-offs of which a read showed that they are done: all but `keys`
 * (plan.open_handoffs). Before applying. */
int state_handoffs_keep(struct state *s, str sync, const str *keys, size_t count, struct err *err);

/* How far a sync took its source's changes (snapshot.cursor); the empty view when there is none. */
int state_cursor_load(struct state *s, str sync, struct arena *arena, str *ret, struct err *err);
int state_cursor_save(struct state *s, str sync, str cursor, struct err *err);

/* -- held plans -- */

/*
 * Stores a plan whole under a number. The same plan (sync and checksum) held again keeps its
 * number, gets a new time and text, and keeps a decision that still counts; another held plan of
 * the sync is replaced.
 */
int state_plan_hold(struct state *s, const struct plan *plan, str text, str json,
		    int64_t *ret_number, struct err *err);
/* No plan stands in the way of the sync any more: held and approved ones are replaced. */
int state_plans_replace(struct state *s, str sync, struct err *err);
/* sync "": all */
int state_plans(struct state *s, str sync, size_t limit, struct held_plans *ret, struct err *err);
/* CODE_USAGE when there is no such plan */
int state_plan_load(struct state *s, int64_t number, struct arena *arena, struct held_plan *ret,
		    struct err *err);
/*
 * A person approves or rejects: decision_check_plan says what `checksum` must be and what else is
 * refused. CODE_USAGE also: there is no such plan.
 */
int state_plan_decide(struct state *s, int64_t number, str checksum, bool approve, str who,
		      struct err *err);
/* The number of an approval of exactly this plan that still counts, or 0. */
int state_plan_approved(struct state *s, str sync, str checksum, int64_t *ret_number,
			struct err *err);
int state_plan_used(struct state *s, int64_t number, struct err *err);

/* -- health at a glance -- */

int state_status(struct state *s, str sync, struct sync_status *ret, struct err *err);

#include "store/state/journal.h"

#endif
