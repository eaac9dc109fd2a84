/* SPDX-License-Identifier: Apache-2.0 */
/* What we were told: the configuration, checked as a whole, and all that is printed from its
 * tables. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "config/key/key.h"
#include "model/policy.h"

#define CONFIG_VERSION 1

struct system;

enum sync_end { SYNC_FROM, SYNC_TO };

/* A kind of system, as its connector describes it. */
struct kind {
	const char *name; /* the value of `kind:` */
	const char *summary; /* one line for the example and the manual */
	const struct key *keys; /* beside those that every system has; ends with a nameless row */
	bool reads, writes; /* may stand in `from:`, in `to:` */
	bool manages; /* default of users.manage: people are created and removed there */
	const char *example; /* a system's name for the example; NULL: "my-KIND" */
	/* The three hooks by which a kind says what only it knows; each may be NULL. Notes what
	 * contradicts itself where no table can say so (a profile and its parameters). */
	void (*validate)(const struct system *system, struct diagnostics *diags);
	/* Puts into the policy of a sync what the system's own settings say of it. */
	void (*policy)(const struct system *system, enum sync_end end, struct policy *policy);
	/* Whether two systems of this kind are parts of one service, so that who is in the one is
	 * known to the other; NULL: no two are. */
	bool (*same_service)(const struct system *a, const struct system *b);
};

struct system {
	const char *name;
	const struct kind *kind;
	const struct settings *settings; /* path: its name; keys of every system and of the kind */
};

struct sync {
	const char *name;
	const struct system *from, *to;
	const struct settings *settings; /* path: "syncs.NAME" */
	struct policy policy;
};

/* Read-only after config_load. */
struct config {
	const char *file;
	str text; /* of the file, for the lines of later faults */
	const char *state; /* path of the state file */
	int64_t lock_wait; /* seconds to wait for another run */
	int64_t keep_runs; /* seconds that past runs are kept */
	LIST(struct system) systems; /* in the order of the file, as are the syncs */
	LIST(struct sync) syncs;
	const struct settings *serve; /* never NULL; see serve_keys in keys.c */
	const struct settings *settings; /* everything */
	const struct kind *kinds;
	size_t kind_count;
	struct arena arena;
};

/*
 * Loads and checks a whole configuration. Every fault is noted; with errors among them the result
 * is -1 and there is no configuration. Warnings (an unprotected connection that was asked for) come
 * with a 0. Nothing is resolved: no secret is fetched, no name looked up. `kinds` must outlive the
 * result.
 */
int config_load(const char *file, const struct kind *kinds, size_t kind_count, struct config **ret,
		struct diagnostics *diags);
/* The same for a text; `file` names it in faults, relative paths count from its folder. */
int config_parse(const char *file, str text, const struct kind *kinds, size_t kind_count,
		 struct config **ret, struct diagnostics *diags);
void config_free(struct config *c); /* NULL is fine */

const struct system *config_system(const struct config *c, str name); /* NULL: there is none */
const struct sync *config_sync(const struct config *c, str name); /* NULL: there is none */
/* A person's word for a system or sync that is not there, with a guess: "no sync 'crn'; did you
 * mean 'crm'?" */
int config_no_sync(const struct config *c, str name, struct err *err);
int config_no_system(const struct config *c, str name, struct err *err);

/* Fetches every secret once and drops it: what cannot be had is noted. Commands are run only when
 * asked for. */
void config_check_secrets(const struct config *c, bool commands, struct diagnostics *diags);

/*
 * A YAML file against a table of its own: for profiles and the like. Faults are noted; NULL when
 * there is no tree.
 */
const struct settings *config_load_table(struct arena *arena, const char *file,
					 const struct key *keys, struct diagnostics *diags);
/* The same for a text, which must outlive the faults; `file` names it in them. */
const struct settings *config_parse_table(struct arena *arena, const char *file, str text,
					  const struct key *keys, struct diagnostics *diags);

#include "config/doc/doc.h"

#endif
