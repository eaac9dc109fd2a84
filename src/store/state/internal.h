/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the state file share: the handle, syncs by number, ids and texts in columns,
 * the columns of the journal. */
#ifndef STORE_STATE_INTERNAL_H
#define STORE_STATE_INTERNAL_H

#include "base/intern.h"
#include "model/columns.h"
#include "store/db/db.h"
#include "store/state/journal.h"
#include "store/state/state.h"

struct known_sync {
	str name;
	int64_t number;
	struct intern opaque; /* target ids of teams whose members the target does not list */
	bool creates_opaque; /* teams that are created now may be such teams too */
};

/* An outcome that waits for its commit. */
struct queued {
	int64_t sync, run;
	const struct plan *plan;
	const struct change *change;
	uint32_t number;
	enum outcome outcome;
	str id, error; /* in queue_texts */
	int64_t at;
	bool is_look; /* settling */
};

/* The columns of a change as the journal keeps them: journal_columns.c. */
enum journal_whose { OF_CHANGE, OF_USER, OF_TEAM, OF_MAIN /* whom the change is about */ };
enum { JOURNAL_COLUMNS_MAX = 64 };
/* What `select` yields before them. */
enum journal_fixed {
	FIXED_RUN,
	FIXED_INTENDED,
	FIXED_OUTCOME,
	FIXED_AT,
	FIXED_ID,
	FIXED_ERROR,
	FIXED_LOOKS,
	JOURNAL_FIXED_COLUMNS,
};
struct journal_columns {
	struct journal_column {
		enum journal_whose whose;
		const struct plan_column *column;
	} items[JOURNAL_COLUMNS_MAX];
	size_t count;
	const char *insert; /* binds run, intended, weight, then the columns */
	const char *select; /* up to FROM change */
};
/* A row read back; `objects` by whose they are. */
struct journal_row {
	struct change change;
	struct object objects[4];
	bool is_there[4];
};

enum { STATE_STEPS_MAX = 32 };

struct state {
	struct db *db;
	str steps[STATE_STEPS_MAX]; /* of the schema */
	struct db_schema schema;
	bool read_only;
	struct hash_key key;
	struct arena texts; /* as long as the handle */
	struct journal_columns columns;
	LIST(struct known_sync) syncs;
	LIST(struct queued) queue;
	struct arena queue_texts;
	int64_t queued_since; /* ticks, when the oldest in the queue came */
	int64_t run, run_sync; /* of the last outcome: the sync of its run */
};

/* The number of a sync; 0 when the file does not know it, or on an error, which sticks to s->db. */
int64_t sync_find(struct state *s, str name);
/* The same, made when missing. Outside of transactions: it commits. */
int sync_get(struct state *s, str name, int64_t *ret, struct err *err);
/* NULL when it was not asked for yet */
struct known_sync *sync_known(struct state *s, int64_t number);
/* Who holds the lock of a sync: process id and time, 0 for nobody. */
void sync_holder(struct state *s, int64_t number, int64_t *ret_process, int64_t *ret_since);

/* Ids: a canonical UUID as 16 bytes, other texts as they are. */
void bind_id(struct query *q, str id);
str column_id(struct query *q, int column, char space[37]);
str column_id_copy(struct query *q, int column, struct arena *arena);
str column_copy(struct query *q, int column, struct arena *arena);
/* "" as NULL */
void bind_text_or_null(struct query *q, str text);
void bind_id_or_null(struct query *q, str id);

/* What follows from a change that was done, for links, invitations, hand-offs. In a transaction to
 * write. */
void consequence_write(struct state *s, const struct queued *change);
/* Whom a service refuses for good is remembered, so that nobody asks again at every run. */
void refusal_write(struct state *s, const struct queued *change);

/* The record of a run; false when there is none, or on an error, which sticks. In a transaction. */
bool run_record_read(struct state *s, int64_t run, struct arena *arena, struct run_record *ret);

void journal_columns_init(struct journal_columns *all, struct arena *arena); /* zeroed before */
void journal_columns_bind(struct query *q, const struct journal_columns *all,
			  const struct plan *plan, const struct change *c, str edits);
/* False for a kind of change of a program that knew more: nothing here can act on it. */
bool journal_columns_read(struct query *q, const struct journal_columns *all, struct arena *arena,
			  struct journal_row *ret);

/* Edits as one JSON text: [[path, before, after], ...], null for what is absent. */
void edits_write(const struct edit *edits, size_t count, struct buf *out);
void edits_read(str text, struct arena *arena, struct edit **ret, size_t *ret_count);

#endif
