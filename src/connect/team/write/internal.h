/* SPDX-License-Identifier: Apache-2.0 */
/* A batch on its way: its tasks, the values that their calls are rendered with, their outcomes. */
#ifndef CONNECT_TEAM_WRITE_INTERNAL_H
#define CONNECT_TEAM_WRITE_INTERNAL_H

#include "connect/batch.h"
#include "connect/team/internal.h"

struct team_apply;

/* The calls for one person, or for several who go into one request. */
struct team_task {
	struct team_apply *apply;
	enum team_op op;
	const struct team_operation *operation;
	struct change **parts; /* NULL: it has its outcome */
	struct values *people; /* by part */
	size_t count;
	struct values values; /* what the call is rendered with: the first person's, and lists */
	size_t step;
	bool did; /* an earlier step was carried out */
	bool was_there; /* an earlier step found that it was done before */
	str id; /* of the invitation, captured */
	bool lost, looked_up; /* the list is to tell how an earlier step ended; it did */
	enum outcome lost_as;
	struct err lost_err;
};

struct team_apply {
	struct team_connection *c;
	struct plan *plan;
	struct change_batch batch;
	struct team_task *tasks;
	struct values *people; /* by change of the batch */
	struct change **sorted;
	size_t count, room, next; /* tasks; people; the next task to begin */
	struct arena arena;
};

/* person.c: what calls for the operation are rendered with, of the person of a change. */
void person_values(const struct team_apply *a, const struct change *change, enum team_op op,
		   struct values *v);

/* outcome.c */
/* Tells everyone of the task who has no outcome yet, and ends it. */
void team_task_end(struct team_task *t, enum outcome outcome, const struct err *err);
/* A good answer may say of some of the people that they were refused. */
void read_refusals(struct team_task *t, const json_t *json);

/* task.c */
/* Sends the next step of a task; steps for other roles are passed over. */
void team_task_go(struct team_task *t);
/* Begins tasks while the client has room. */
void team_tasks_begin(struct team_apply *a);

/* find.c */
/* Where someone stands in the list as it is now; ret_id: of a pending invitation, else empty. */
int team_lookup(struct team_connection *c, str address, bool anew, enum found *ret,
		struct arena *arena, str *ret_id, struct err *err);

#endif
