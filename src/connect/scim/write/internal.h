/* SPDX-License-Identifier: Apache-2.0 */
/* A batch being carried out: one task for each user or team, each a row of requests one after the
 * other. */
#ifndef CONNECT_SCIM_WRITE_INTERNAL_H
#define CONNECT_SCIM_WRITE_INTERNAL_H

#include "connect/batch.h"
#include "connect/scim/read/read.h"
#include "connect/scim/write/write.h"

struct apply;
struct task;

/* What a task does with the answer to its request. */
typedef void task_step(struct task *t, const struct http_response *r);

/* A part of the changes of a team, as [from, to) of task.parts. */
struct range {
	size_t from, to;
};

struct task {
	struct apply *apply;
	struct object *object; /* the user or team */
	struct change **parts; /* the changes: one for a user, any number for a team */
	size_t part_count;
	task_step *next; /* what takes the next answer */
	struct change *create; /* of a team; NULL: it is there */
	bool done, may_go_by_bulk;
	/* users */
	bool searched_mark;
	bool lost; /* a creation without an answer that can be trusted */
	struct err err; /* why the first request failed, while the second one looks closer */
	/* teams */
	LIST(struct range) ranges; /* still to be sent, the last one first */
	struct range sent; /* under way */
	bool without_members; /* the creation with members was refused */
	struct buf etag;
	/* the request that goes out next */
	enum http_method method;
	struct buf target, body;
	bool repeatable;
};

struct apply {
	struct scim_connection *c;
	struct plan *plan;
	struct task *tasks;
	size_t count, next;
	size_t bulk_at; /* the next task that may go by bulk */
	struct change_batch batch;
	struct change **sorted;
	void (*go_on)(struct apply *a); /* after an answer: fills the window again */
};

/* task.c */
void task_open(struct task *t); /* before its first request: the version that is known */
void task_send(struct task *t, task_step *next); /* what method, target and body say */
void task_end(struct task *t); /* all its changes have their outcome, or the system is out */
void task_outcome(struct task *t, struct change *change, enum outcome outcome, str id,
		  const struct err *err);
/* True when the answer says that the whole system is out: the task then ends without outcomes. */
bool task_system_out(struct task *t, const struct http_response *r);
void task_target(struct task *t, enum http_method method, enum entry_kind kind, str id);
void task_body(struct task *t, json_t *body); /* takes the document over */
str object_id(const struct task *t); /* of the task's object at the target; "" when unknown */
void object_created(struct task *t, str id);

/* user.c, team.c: the first request of a task */
void user_begin(struct task *t);
void team_begin(struct task *t);
bool user_may_go_by_bulk(const struct task *t);
void user_prepare(struct task *t); /* makes the first request and leaves the sending to others */

/* bulk.c: sends the first requests of several tasks as one; false: nothing is left that could */
bool bulk_send(struct apply *a);

/* document.c, patch.c: what is sent; documents are the caller's to release */
json_t *user_document(const struct scim_connection *c, const struct object *object, str role);
json_t *group_document(const struct scim_connection *c, const struct object *object);
void document_put(json_t *resource, str text, str value); /* text: the path; one more value */
void document_edit(json_t *resource, const struct change *change);
json_t *json_of_text(str text); /* a JSON string */
json_t *patch_document(void);
void patch_edits(json_t *patch, const struct scim_connection *c, const struct object *object,
		 const struct change *change);
void patch_add(json_t *patch, const char *op, const char *path, json_t *value);
void patch_members(json_t *patch, const struct scim_connection *c, const str *ids, size_t count,
		   bool add);

#endif
