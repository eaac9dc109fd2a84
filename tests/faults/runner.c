/* SPDX-License-Identifier: Apache-2.0 */
/* Stops every golden case at each of its steps: taken up again, it must end like an uninterrupted
 * run, one more run must plan nothing, and nothing may have been made twice. */
#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crashpoint.h"
#include "base/log.h"
#include "lib/remote.h"
#include "lib/unit.h"
#include "plans/case.h"
#include "run/run.h"

#define FOLDER "tests/plans"

enum {
	TRIES = 6,
	LATER = 60, /* seconds that pass before a stopped run is taken up again */
	WORKERS = 3, /* most of a stop is waiting for processes to begin and end */
};

/* One attempt at a case: a folder with the remote's state and ours. */
struct stage {
	const struct plan_case *golden;
	char folder[32];
	struct arena arena;
	const char *remote_path, *state_path;
	struct remote remote;
};

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "fault runner: %s\n", what);
	abort();
}

/* --- what the case remembers goes into the state file --- */

static void put_links(sqlite3 *db, const struct plan_case *c, int kind)
{
	const struct memory *m = &c->memory;
	size_t count = kind ? m->groups.count : m->users.count;
	const struct link *links = kind ? m->groups.items : m->users.items;
	sqlite3_stmt *insert;
	char space[37], other[37];

	must(sqlite3_prepare_v2(db, "INSERT INTO link VALUES (1, ?, ?, ?, 0, ?, ?)", -1, &insert,
				NULL) == SQLITE_OK,
	     "the table of links has another shape");
	for (size_t i = 0; i < count; i++) {
		str source = intern_text(&c->source.ids, links[i].source, space);
		str target = intern_text(&c->target.ids, links[i].target, other);

		sqlite3_bind_int(insert, 1, kind);
		sqlite3_bind_text(insert, 2, source.p, (int)source.n, SQLITE_TRANSIENT);
		sqlite3_bind_text(insert, 3, target.p, (int)target.n, SQLITE_TRANSIENT);
		sqlite3_bind_int64(insert, 4, links[i].gone_since);
		sqlite3_bind_int(insert, 5, (int)links[i].flags);
		must(sqlite3_step(insert) == SQLITE_DONE, "a link is not taken");
		sqlite3_reset(insert);
	}
	sqlite3_finalize(insert);
}

static void put_handoffs(sqlite3 *db, const struct memory *m)
{
	sqlite3_stmt *insert;

	must(sqlite3_prepare_v2(db, "INSERT INTO handoff VALUES (1, ?, ?, ?)", -1, &insert, NULL) ==
		     SQLITE_OK,
	     "the table of hand-offs has another shape");
	list_each (struct handoff, h, &m->handoffs) {
		sqlite3_bind_text(insert, 1, h->key.p, (int)h->key.n, SQLITE_TRANSIENT);
		sqlite3_bind_text(insert, 2, h->what.n ? h->what.p : "", (int)h->what.n,
				  SQLITE_TRANSIENT);
		sqlite3_bind_int64(insert, 3, h->opened);
		must(sqlite3_step(insert) == SQLITE_DONE, "a hand-off is not taken");
		sqlite3_reset(insert);
	}
	sqlite3_finalize(insert);
}

static void seed_state(struct stage *s)
{
	const struct plan_case *c = s->golden;
	const struct memory *m = &c->memory;
	struct trusted_read trusted = {m->trusted_users, m->trusted_groups, m->trusted_edges,
				       m->trusted_scope, m->trusted_mapping};
	str sync = c->policy->sync;
	struct state *state;
	struct err err;
	sqlite3 *db;
	int64_t run;

	must(state_open(s->state_path, false, &state, &err) == 0, "no state file");
	if (!m->fresh) {
		/* A run makes the sync known, under number 1. */
		must(state_run_begin(state, sync, STR("seed"), &run, &err) == 0 &&
			     state_run_end(state, run, 0, NULL, STR(""), &err) == 0,
		     "no run");
		if (m->trusted_users)
			must(state_trust_save(state, sync, &trusted, &err) == 0, "no trust");
		list_each (struct sent_invitation, i, &m->invitations)
			must(state_invitation_put(state, sync, i, &err) == 0, "no invitation");
		list_each (struct alias, a, &m->aliases)
			must(state_alias_put(state, sync, a->source, a->address, &err) == 0,
			     "no alias");
	}
	state_close(state);
	if (m->fresh)
		return;
	must(sqlite3_open(s->state_path, &db) == SQLITE_OK, "the state file cannot be opened");
	put_links(db, c, 0);
	put_links(db, c, 1);
	put_handoffs(db, m);
	sqlite3_close(db);
}

/* --- one attempt --- */

/* In memory where there is such a place: only the process is cut short here, never the power. */
static void folder_open(char space[32])
{
	strcpy(space, "/dev/shm/muster.fault.XXXXXX");
	if (!mkdtemp(space))
		folder_make(space);
	setenv("TMPDIR", space, 1);
}

static void stage_open(struct stage *s, const struct plan_case *c)
{
	memset(s, 0, sizeof *s);
	s->golden = c;
	folder_open(s->folder);
	s->remote_path = arena_printf(&s->arena, "%s/remote.json", s->folder).p;
	s->state_path = arena_printf(&s->arena, "%s/state.db", s->folder).p;
	s->remote = (struct remote){
		.path = s->remote_path, .abilities = &c->abilities, .source = &c->source};
	remote_use(&s->remote);
	clock_set(c->now);
	remote_seed(s->remote_path, &c->target);
	seed_state(s);
}

static void stage_close(struct stage *s)
{
	folder_remove(s->folder);
	arena_clear(&s->arena);
}

/* One run in this process; says its code, whether the plan was empty, and how many steps it took.
 */
struct ending {
	int code;
	bool empty;
	uint64_t steps;
};

static struct ending run_here(struct stage *s)
{
	const struct plan_case *c = s->golden;
	struct run_options options = {
		.config = c->config,
		.sync = &c->config->syncs.items[0],
		.from = &remote_source,
		.to = &remote_target,
		.command = "sync",
		.now = clock_now(),
	};
	struct run_result result = {0};
	struct ending ending = {0};
	struct err err;

	must(state_open(s->state_path, false, &options.state, &err) == 0, err.text);
	ending.code = run_sync(&options, &result, &err) < 0 ? (int)err.code : (int)result.code;
	ending.empty = plan_is_empty(&result.plan);
	ending.steps = crashpoint_count();
	run_result_clear(&result);
	state_close(options.state);
	return ending;
}

/* The same in a child, which stops at the step (0: never). Its ending comes through a pipe; code
 * 100: it stopped. */
static struct ending run_apart_from_us(struct stage *s, uint64_t stop_at)
{
	struct ending ending = {.code = CRASHPOINT_EXIT};
	int ends[2], status;
	pid_t child;

	must(pipe(ends) == 0, "no pipe");
	child = fork();
	must(child >= 0, "no child");
	if (child == 0) {
		crashpoint_set(stop_at);
		ending = run_here(s);
		must(write(ends[1], &ending, sizeof ending) == sizeof ending, "no answer");
		_exit(0);
	}
	close(ends[1]);
	if (read(ends[0], &ending, sizeof ending) != sizeof ending)
		ending.code = CRASHPOINT_EXIT;
	close(ends[0]);
	must(waitpid(child, &status, 0) == child, "no end");
	must(WIFEXITED(status) &&
		     (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == CRASHPOINT_EXIT),
	     "a run crashed");
	return ending;
}

static bool has_doubts(const struct stage *s)
{
	return str_contains(s->golden->expect, STR("? doubtful"));
}

/* Runs until a run ends by itself with something else than "later"; then one more must find nothing
 * to do. */
static bool finish(struct stage *s, struct ending *ret_first, str *ret_end)
{
	struct ending ending = {0};

	for (int i = 0; i < TRIES; i++) {
		ending = run_apart_from_us(s, 0);
		if (i == 0)
			*ret_first = ending;
		if (ending.code != CODE_UNSETTLED && ending.code != CODE_PARTLY)
			break;
		clock_set(clock_now() + LATER);
	}
	if (ending.code == CODE_DONE)
		ending = run_apart_from_us(s, 0);
	/* What was doubtful may be clear once the first run has changed a name: then that is done
	 * next. */
	for (int i = 0; i < TRIES && ending.code == CODE_DONE && !ending.empty && has_doubts(s);
	     i++)
		ending = run_apart_from_us(s, 0);
	*ret_end = remote_describe(s->remote_path, &s->arena);
	return ending.code != CODE_DONE || ending.empty;
}

static void complain(const struct plan_case *c, uint64_t step, const char *what)
{
	printf("# %s: stopped at step %llu: %s\n", c->path, (unsigned long long)step, what);
}

static bool check_step(const struct plan_case *c, uint64_t step, str expected)
{
	struct stage s;
	struct ending first;
	str end;
	bool good = true;

	stage_open(&s, c);
	run_apart_from_us(&s, step);
	clock_set(c->now + LATER);
	if (!finish(&s, &first, &end)) {
		complain(c, step, "one more run still finds something to do");
		good = false;
	}
	if (!str_equal(end, expected)) {
		complain(c, step, "the end differs");
		printf("%.*s#  expected\n%.*s", STR_ARG(end), STR_ARG(expected));
		good = false;
	}
	if (remote_max_created(s.remote_path) > 1) {
		complain(c, step, "something was made twice");
		good = false;
	}
	stage_close(&s);
	return good;
}

/* The uninterrupted run teaches the number of steps and the end; then each step is stopped at. */
static bool check_case(const char *path, uint64_t *ret_steps)
{
	struct plan_case c;
	struct stage s;
	struct ending first;
	struct err err;
	str expected, end;
	bool good;

	if (case_load(path, &c, &err) < 0) {
		printf("# %s\n", err.text);
		return false;
	}
	stage_open(&s, &c);
	good = finish(&s, &first, &expected);
	if (!good)
		printf("# %s: a second run right after the first still finds something to do\n",
		       path);
	*ret_steps = first.steps;
	end = arena_str(&c.arena, expected);
	stage_close(&s);
	for (uint64_t step = 1; good && step <= first.steps; step++)
		good = check_step(&c, step, end);
	case_clear(&c);
	return good;
}

/* What one worker says of its share of the cases. */
struct share {
	unsigned passed, failed;
	uint64_t stops;
};

static struct share check_share(struct dirent **names, int count, int worker, const char *only)
{
	struct share share = {0};

	for (int i = worker; i < count; i += WORKERS) {
		char path[512];
		uint64_t steps = 0;

		snprintf(path, sizeof path, "%s/%s", FOLDER, names[i]->d_name);
		if (only && !strstr(path, only))
			continue;
		if (check_case(path, &steps))
			share.passed++;
		else
			share.failed++;
		share.stops += steps;
		fflush(stdout);
	}
	return share;
}

/* Each worker is a process of its own; one that does not answer has failed. */
static int start_worker(struct dirent **names, int count, int worker, const char *only)
{
	struct share share;
	int ends[2];
	pid_t child;

	must(pipe(ends) == 0, "no pipe");
	child = fork();
	must(child >= 0, "no worker");
	if (child == 0) {
		share = check_share(names, count, worker, only);
		must(write(ends[1], &share, sizeof share) == sizeof share, "no answer");
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

static int is_case(const struct dirent *entry)
{
	return str_ends(str_of(entry->d_name), STR(".case"));
}

int main(int argc, char **argv)
{
	struct dirent **names;
	int count = scandir(FOLDER, &names, is_case, alphasort), answers[WORKERS];
	struct share all = {0};

	log_level_set(LOG_LEVEL_ERROR);
	fflush(stdout);
	for (int i = 0; i < WORKERS; i++)
		answers[i] = start_worker(names, count, i, argc > 1 ? argv[1] : NULL);
	for (int i = 0; i < WORKERS; i++) {
		struct share share = {.failed = 1};

		if (read(answers[i], &share, sizeof share) != sizeof share)
			share = (struct share){.failed = 1};
		all.passed += share.passed;
		all.failed += share.failed;
		all.stops += share.stops;
	}
	while (wait(NULL) > 0)
		;
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
	printf("%llu stops in all\n%u passed, %u failed\n", (unsigned long long)all.stops,
	       all.passed, all.failed);
	return all.failed || !all.passed;
}
