/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the state file share: a private folder, a standing clock, plans in a few words.
 */
#ifndef UNIT_STORE_STATE_HELP_H
#define UNIT_STORE_STATE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/crashpoint.h"
#include "store/state/internal.h"
#include "store/store.h"

#define NOW ((int64_t)1800000000)
#define DAY ((int64_t)86400)

struct place {
	char folder[64];
	char path[80];
};

static inline int place_make(void **state)
{
	struct place *place = calloc(1, sizeof *place);

	crashpoint_set(0);
	clock_set(NOW);
	strcpy(place->folder, "/tmp/muster-test-state-XXXXXX");
	if (!mkdtemp(place->folder))
		return -1;
	snprintf(place->path, sizeof place->path, "%s/s", place->folder);
	*state = place;
	return 0;
}

static inline void place_empty(const struct place *place)
{
	static const char *const names[] = {"s", "s-wal", "s-shm", "s.lock"};
	char path[100];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", place->folder, names[i]);
		remove(path);
	}
}

static inline int place_drop(void **state)
{
	struct place *place = *state;

	crashpoint_set(0);
	clock_set(0);
	place_empty(place);
	assert_int_equal(rmdir(place->folder), 0);
	free(place);
	return 0;
}

/* For calls that must succeed. */
#define OK(call)                                                                                   \
	do {                                                                                       \
		struct err err = {0};                                                              \
		if ((call) != 0)                                                                   \
			fail_msg("%s", err.text);                                                  \
	} while (0)
/* For calls that must fail with this code and a text that has this part. */
#define REFUSED(call, wanted, part)                                                                \
	do {                                                                                       \
		struct err err = {0};                                                              \
		assert_int_equal((call), -1);                                                      \
		if (err.code != (wanted) || !strstr(err.text, part))                               \
			fail_msg("code %d: %s", (int)err.code, err.text);                          \
	} while (0)

static inline struct state *reopen(const struct place *place, struct state *old)
{
	struct state *s = NULL;

	state_close(old);
	OK(state_open(place->path, false, &s, &err));
	return s;
}

static inline void assert_str(str s, const char *expected)
{
	if (!str_equal(s, str_of(expected)))
		fail_msg("\"%.*s\" instead of \"%s\"", STR_ARG(s), expected);
}

/* -- plans -- */

static inline uint32_t plan_object(struct plan *plan, enum entry_kind kind, const char *source,
				   const char *target, const char *label)
{
	list_push(&plan->objects, ((struct object){
					  .kind = kind,
					  .source_id = arena_str(&plan->arena, str_of(source)),
					  .target_id = arena_str(&plan->arena, str_of(target)),
					  .label = arena_str(&plan->arena, str_of(label)),
					  .address = arena_str(&plan->arena, str_of(label)),
					  .target_row = ROW_NONE,
					  .source_row = ROW_NONE,
					  .digest = 0x8000000000000001,
				  }));
	return (uint32_t)plan->objects.count - 1;
}

static inline uint32_t plan_user(struct plan *plan, const char *source, const char *target)
{
	return plan_object(plan, ENTRY_USER, source, target, source);
}

static inline uint32_t plan_team(struct plan *plan, const char *source, const char *target)
{
	return plan_object(plan, ENTRY_GROUP, source, target, source);
}

/* The list may move: ask for the change by its number - 1 when more were added. */
static inline struct change *plan_change(struct plan *plan, enum change_kind kind, uint32_t user,
					 uint32_t team)
{
	struct change *c = list_add(&plan->changes);

	*c = (struct change){
		.kind = kind,
		.user = user,
		.team = team,
		.reason = STR("because"),
		.number = (uint32_t)plan->changes.count,
	};
	return c;
}

static inline void intend_all(struct state *s, int64_t run, struct plan *plan)
{
	struct change **changes = calloc(plan->changes.count + 1, sizeof(struct change *));

	for (size_t i = 0; i < plan->changes.count; i++)
		changes[i] = &plan->changes.items[i];
	OK(state_intend(s, run, plan, changes, plan->changes.count, &err));
	free(changes);
}

/* A run that carries a plan out with one outcome for all; "t-SOURCE" is the id of what is created.
 */
static inline int64_t carry_out(struct state *s, struct plan *plan, enum outcome outcome)
{
	int64_t run;

	OK(state_run_begin(s, STR("crm"), STR("sync"), &run, &err));
	intend_all(s, run, plan);
	list_each (struct change, c, &plan->changes) {
		const struct object *o =
			&plan->objects.items[c->user == ROW_NONE ? c->team : c->user];
		char id[60] = "";

		if (c->kind == CHANGE_CREATE_USER || c->kind == CHANGE_CREATE_TEAM ||
		    c->kind == CHANGE_INVITE || c->kind == CHANGE_RESEND)
			snprintf(id, sizeof id, "t-%.*s", STR_ARG(o->source_id));
		OK(state_outcome(s, run, plan, c, outcome, str_of(id), NULL, &err));
	}
	OK(state_run_end(s, run, 0, plan, STR(""), &err));
	return run;
}

/* One number from the file, past every other layer. */
static inline int64_t number_of(struct state *s, const char *sql)
{
	struct query *q = db_query(s->db, sql);
	int64_t n = -1;

	if (query_next(q))
		n = query_int(q, 0);
	query_end(q);
	OK(db_error(s->db, &err));
	return n;
}

/* -- memory -- */

struct remembered {
	struct snapshot source, target;
	struct memory memory;
};

static inline void remember(struct state *s, struct remembered *r, int64_t window)
{
	OK(snapshot_open(&r->source, NULL, &err));
	OK(snapshot_open(&r->target, NULL, &err));
	OK(snapshot_seal(&r->source, &err));
	OK(snapshot_seal(&r->target, &err));
	OK(state_memory_load(s, STR("crm"), &r->source, &r->target, clock_now(), window, &r->memory,
			     &err));
}

static inline void remembered_clear(struct remembered *r)
{
	memory_clear(&r->memory);
	snapshot_close(&r->source);
	snapshot_close(&r->target);
}

/* "source -> target flags gone_since" of the only link there is, of users or groups; "" for none.
 */
static inline const char *only_link(struct state *s, enum entry_kind kind, char *text, size_t size)
{
	struct remembered r = {0};
	char source[37], target[37];

	remember(s, &r, DAY);
	text[0] = '\0';
	for (size_t i = 0; i < (kind == ENTRY_USER ? r.memory.users.count : r.memory.groups.count);
	     i++) {
		const struct link *link =
			kind == ENTRY_USER ? &r.memory.users.items[i] : &r.memory.groups.items[i];
		str from = intern_text(&r.source.ids, link->source, source);
		str to = intern_text(&r.target.ids, link->target, target);

		snprintf(text + strlen(text), size - strlen(text), "%s%.*s -> %.*s %u %u",
			 i ? ", " : "", STR_ARG(from), STR_ARG(to), link->flags, link->gone_since);
	}
	remembered_clear(&r);
	return text;
}

#endif
