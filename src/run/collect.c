/* SPDX-License-Identifier: Apache-2.0 */
/* Opening both sides and reading them at the same time. */
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/internal.h"

enum { SOURCE, TARGET, LOOK_EVERY = 50 /* milliseconds */ };

static void entries_progress(void *context, uint64_t done)
{
	atomic_store((_Atomic uint64_t *)context, done);
}

static int side_open(struct session *s, int side, const struct system *system, struct err *err)
{
	const struct run_options *o = s->options;
	const struct connector *given = side == SOURCE ? o->from : o->to;
	const struct connector *connector =
		given ? given : connector_find(str_of(system->kind->name));
	struct connect_options *options = arena_new(&s->arena, struct connect_options);
	unsigned need = side == SOURCE ? CAN_READ : CAN_WRITE;

	if (!connector || !(connector->can & need))
		return err_set(err, REACH_RUN, CODE_CONFIG,
			       "%s: a system of kind %s cannot be a %s", system->name,
			       system->kind->name, side == SOURCE ? "source" : "target");
	*options = (struct connect_options){
		.name = system->name,
		.in_flight = o->sync->policy.pace.in_flight,
		.per_second = o->sync->policy.pace.per_second,
		.stop = o->stop,
		.progress = entries_progress,
		.progress_context = &s->entries[side],
	};
	if (side == SOURCE)
		s->from = connector;
	else
		s->to = connector;
	if (connector->open(system, options, side == SOURCE ? &s->source : &s->target, err) < 0)
		return err_wrap(err, "%s", system->name);
	return 0;
}

/* A source that cannot be read well proves nothing: whatever the cause, nothing is applied. */
static int source_distrust(struct err *err)
{
	if (err->code != CODE_CONFIG && err->code != CODE_REFUSED &&
	    err->code != CODE_INTERRUPTED && err->code != CODE_TERMINATED)
		err->code = CODE_UNTRUSTED;
	return -1;
}

int session_open(const struct run_options *options, struct session *ret, struct err *err)
{
	const struct sync *sync = options->sync;

	memset(ret, 0, sizeof *ret);
	ret->options = options;
	if (side_open(ret, SOURCE, sync->from, err) < 0) {
		source_distrust(err);
		session_close(ret);
		return -1;
	}
	if (side_open(ret, TARGET, sync->to, err) < 0) {
		session_close(ret);
		return -1;
	}
	if (ret->to->abilities(ret->target, &ret->arena, &ret->abilities, err) < 0) {
		err_wrap(err, "%s", sync->to->name);
		session_close(ret);
		return -1;
	}
	return 0;
}

void session_close(struct session *s)
{
	if (s->source)
		s->from->close(s->source);
	if (s->target)
		s->to->close(s->target);
	if (s->source_read.spool)
		snapshot_close(&s->source_read);
	if (s->target_read.spool)
		snapshot_close(&s->target_read);
	memory_clear(&s->memory);
	list_clear(&s->abilities.roles);
	list_clear(&s->abilities.attributes);
	arena_clear(&s->arena);
	memset(s, 0, sizeof *s);
}

/* One side's read, on a thread of its own. All of it belongs to that thread until `over`. */
struct side_read {
	const struct connector *connector;
	struct connection *connection;
	const struct system *system;
	struct wanted wanted;
	struct snapshot *into;
	struct err err;
	int rc;
	_Atomic bool over;
	pthread_t thread;
};

static void *side_read_thread(void *context)
{
	struct side_read *r = context;

	r->rc = snapshot_open(r->into, NULL, &r->err);
	if (r->rc == 0)
		r->rc = r->connector->snapshot(r->connection, &r->wanted, r->into, &r->err);
	if (r->rc < 0)
		err_wrap(&r->err, "%s", r->system->name);
	atomic_store(&r->over, true);
	return NULL;
}

static int side_read_start(struct side_read *r, struct err *err)
{
	if (pthread_create(&r->thread, NULL, side_read_thread, r) != 0)
		return err_set(err, REACH_RUN, CODE_FAILED, "cannot start a thread to read %s",
			       r->system->name);
	return 0;
}

/* Tells how far the reads are until both are over. */
static void reads_watch(struct session *s, const struct side_read *readings)
{
	const struct run_watcher *w = &s->options->watcher;
	int64_t told = clock_ticks();

	if (!w->progress)
		return;
	while (!readings[SOURCE].over || !readings[TARGET].over) {
		clock_sleep(clock_ticks() - told < LOOK_EVERY ? 1 : LOOK_EVERY);
		w->progress(w->context, "reading", s->entries[SOURCE] + s->entries[TARGET], 0);
	}
}

static int sides_read(struct session *s, struct side_read *readings, struct err *err)
{
	if (side_read_start(&readings[SOURCE], err) < 0)
		return -1;
	if (side_read_start(&readings[TARGET], err) < 0) {
		pthread_join(readings[SOURCE].thread, NULL);
		return -1;
	}
	reads_watch(s, readings);
	pthread_join(readings[SOURCE].thread, NULL);
	pthread_join(readings[TARGET].thread, NULL);
	if (readings[SOURCE].rc < 0) {
		*err = readings[SOURCE].err;
		return source_distrust(err);
	}
	if (readings[TARGET].rc < 0) {
		*err = readings[TARGET].err;
		return -1;
	}
	return 0;
}

int session_collect(struct session *s, struct err *err)
{
	const struct run_options *o = s->options;
	struct side_read readings[2] = {
		[SOURCE] = {.connector = s->from,
			    .connection = s->source,
			    .system = o->sync->from,
			    .wanted = {.as_source = true, .groups = true},
			    .into = &s->source_read},
		[TARGET] = {.connector = s->to,
			    .connection = s->target,
			    .system = o->sync->to,
			    .wanted = {.groups = !s->abilities.single_team,
				       .invitations = s->abilities.flags & ABILITY_INVITE},
			    .into = &s->target_read},
	};

	if (sides_read(s, readings, err) < 0)
		return -1;
	log_debug(NULL, "read %zu users, %zu groups, %zu memberships; %zu, %zu, %zu at the target",
		  s->source_read.users.count, s->source_read.groups.count,
		  s->source_read.edges.count, s->target_read.users.count,
		  s->target_read.groups.count, s->target_read.edges.count);
	return 0;
}

int session_recall(struct session *s, struct err *err)
{
	const struct run_options *o = s->options;
	const struct policy *policy = &o->sync->policy;

	if (state_memory_load(o->state, policy->sync, &s->source_read, &s->target_read, o->now,
			      policy->guard.window, &s->memory, err) < 0)
		return -1;
	return claims_load(s, err);
}

struct plan_input session_input(const struct session *s)
{
	return (struct plan_input){
		.policy = &s->options->sync->policy,
		.abilities = &s->abilities,
		.source = &s->source_read,
		.target = &s->target_read,
		.memory = &s->memory,
		.now = s->options->now,
	};
}

int session_plan(const struct session *s, struct plan *ret, struct err *err)
{
	struct plan_input input = session_input(s);

	return plan_build(&input, ret, err);
}
