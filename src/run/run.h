/* SPDX-License-Identifier: Apache-2.0 */
/* The door of the working day: one sync from reading to report. The only room that both thinks and
 * acts. */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include <signal.h>
#include <stdatomic.h>

#include "config/config.h"
#include "connect/connect.h"
#include "model/memory.h"
#include "model/plan.h"
#include "model/run.h"
#include "plan/plan.h"
#include "store/store.h"
#include "view/view.h"

/* Long work tells how far it is; all calls come from the thread that called run_*. */
struct run_watcher {
	/* phase: "reading", "changing"; total 0 when nobody knows it yet */
	void (*progress)(void *context, const char *phase, uint64_t done, uint64_t total);
	void *context;
};

struct run_options {
	const struct config *config;
	const struct sync *sync;
	/* NULL: by the kinds of the sync's systems; tests bring their own. */
	const struct connector *from, *to;
	struct state *state;
	const char *command; /* for the record of the run */
	int64_t now;
	const volatile sig_atomic_t *stop; /* the signal that asked for the end, 0 for none */
	struct run_watcher watcher;
};

/* Both sides of a sync as they were read, and what is remembered of them. It must not move while it
 * is open. */
struct session {
	const struct run_options *options;
	const struct connector *from, *to;
	struct connection *source, *target;
	struct abilities abilities;
	struct snapshot source_read, target_read;
	struct memory memory;
	struct arena arena;
	_Atomic uint64_t entries[2]; /* read so far: source, target */
};

int session_open(const struct run_options *options, struct session *ret, struct err *err);
/* Reads source and target at the same time. */
int session_collect(struct session *s, struct err *err);
/* Loads what is remembered of what was read. */
int session_recall(struct session *s, struct err *err);
/* What plan_* is asked with; holds while the session is open. */
struct plan_input session_input(const struct session *s);
int session_plan(const struct session *s, struct plan *ret, struct err *err);
void session_close(struct session *s);

/* Reads and plans; changes nothing anywhere. A plan that is held is kept, so that it can be
 * decided. */
int run_plan(const struct run_options *options, struct run_result *ret, struct err *err);
/* Settles, reads, plans, guards, applies. ret->code says how it ended; -1 only when there is no
 * plan to show. */
int run_sync(const struct run_options *options, struct run_result *ret, struct err *err);
/* The same, but only when the plan that comes out has this checksum; else CODE_STALE and nothing is
 * applied. */
int run_apply(const struct run_options *options, str checksum, struct run_result *ret,
	      struct err *err);

/*
 * What a person asks for about one invitation at the sync's target: CHANGE_RESEND (one that is no
 * longer listed is sent anew) or CHANGE_REVOKE. Journaled as any change; the plan holds just it.
 */
int run_invitation(const struct run_options *options, enum change_kind kind, str address,
		   struct run_result *ret, struct err *err);
/*
 * Remembers under which address someone is at the target: `user` is the id, user name or e-mail at
 * the source. The empty address takes it back.
 */
int run_link(const struct run_options *options, str user, str address, struct err *err);

/*
 * Explains a person of the sync, or the person in one team (team.n > 0), by a fresh read and plan
 * of both sides: appended to `out`, one JSON object or a text. CODE_DATA: nobody is called so.
 */
int run_explain(const struct run_options *options, str who, str team, bool json, struct buf *out,
		struct err *err);
/* How many entries the source can tell to have changed since the sync last took them; -1: it cannot
 * tell. */
int64_t run_pending(struct state *state, const struct sync *sync);

#endif
