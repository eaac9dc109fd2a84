/* SPDX-License-Identifier: Apache-2.0 */
/* How the health of syncs and inboxes is shown. Taken in by view/view.h. */
#ifndef VIEW_STATUS_H
#define VIEW_STATUS_H

#include "base/err.h"
#include "model/held.h"
#include "model/inbox_held.h"
#include "model/status.h"
#include "model/token.h"

struct sync_health {
	const char *sync, *from, *to;
	struct sync_status status;
	struct held_plans plans; /* the newest first; only those that wait are shown */
	int64_t changed; /* entries at the source since the last run; -1: it cannot tell */
};

/* An inbox of the SCIM service: what its guard holds, and its tokens. */
struct inbox_health {
	const char *system, *store;
	bool unread; /* it could not be read, and err says why */
	struct err err;
	struct inbox_held held;
	char checksum[HELD_CHECKSUM_SIZE]; /* of what is held */
	struct held_list list; /* the first of what is held */
	struct token_list tokens; /* only those that end soon are shown */
};

/* Zero-initialise; health_clear frees. Texts live in the arena, or as long as whoever fills it
 * says. */
struct health {
	int64_t now;
	LIST(struct sync_health) syncs;
	LIST(struct inbox_health) inboxes;
	struct arena arena;
};
void health_clear(struct health *health);

/* A few lines a sync; of an inbox where something is held or ends soon. */
void status_print_text(const struct health *health, struct buf *out);
/* {"format_version": 1, "syncs": [...], "inboxes": [...]} */
void status_print_json(const struct health *health, struct buf *out);

/* Is anything held in the inbox? */
bool inbox_holds(const struct inbox_held *held);
/* A person's decision about a held plan, or about what an inbox held: one line. */
void plan_decided_text(const struct held_plan *plan, bool approved, struct buf *out);
void plan_decided_json(const struct held_plan *plan, bool approved, struct buf *out);
void inbox_decided_text(const char *system, const struct inbox_held *held, bool approved,
			struct buf *out);
void inbox_decided_json(const char *system, const struct inbox_held *held, bool approved,
			struct buf *out);

#endif
