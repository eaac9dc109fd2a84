/* SPDX-License-Identifier: Apache-2.0 */
/* What a batch does to one group, step by step: at most one request of it is under way. */
#ifndef CONNECT_LDAP_WRITE_INTERNAL_H
#define CONNECT_LDAP_WRITE_INTERNAL_H

#include "connect/ldap/internal.h"

enum {
	CHUNK_MAX = 1000, /* member values in one request */
	WINDOW_MAX = 32, /* requests under way on the connection; slapd ends it above 1000 */
	TRIES_MAX = 4, /* of a request that met a busy server, and of lost connections in a row */
};

/* One change of a member. */
struct member_change {
	struct change *change;
	str value; /* the member's DN, or user name in a posixGroup */
	bool settled; /* has its outcome */
};

/* Changes of members in one direction. */
struct pending_members {
	LIST(struct member_change) items;
	size_t first; /* all before are settled */
	size_t left; /* not settled */
};

/* In the order in which they are done. */
enum group_step { STEP_CREATE, STEP_RENAME, STEP_MEMBERS, STEP_DELETE, STEP_OVER };

struct group_op {
	struct object *team;
	struct change *create, *rename, *remove; /* NULL: not wanted, or has its outcome */
	struct pending_members removes, adds;
	str dn;
	const struct group_class *class;
	bool is_prepared; /* dn, class and member values are known */
	bool has_empty_member; /* the group holds the member that stands for nobody */
	bool needs_empty_member; /* the next request has to add it */
	bool was_compared; /* the members were read again after a conflict */
	bool is_uncertain; /* a request was sent and its answer lost */
	size_t chunk; /* member values in the next request at most */
	int tries;
	enum group_step step;
	int message_id; /* of the request under way; 0: none */
	LIST(struct member_change *) in_flight; /* what it carries; removals stand first */
	size_t in_flight_removes;
	bool drops_empty_member, puts_empty_member; /* and so does the request */
	bool deletes_empty; /* the request ends the group because it would be empty */
};

struct write_batch {
	struct ldap_connection *c;
	struct plan *plan;
	outcome_sink *sink;
	void *context;
	struct group_op *ops; /* one a group */
	size_t count;
	uint64_t told; /* outcomes so far */
	int64_t second; /* clock_ticks at which the current second of the pace began */
	uint64_t sent_in_second;
	int losses; /* of the connection, in a row */
	int64_t next_gid; /* 0: not asked yet */
	struct arena arena;
};

/* --- batch.c: from changes to operations */

/* One operation a group; what a directory cannot do is refused at once. */
void batch_sort(struct write_batch *w, struct change **changes, size_t count);
void batch_clear(struct write_batch *w);
/* Before the first request: where the group is, and what its members are called. What cannot be
 * found is refused. */
int group_op_prepare(struct write_batch *w, struct group_op *op, struct err *err);

/* --- group_op.c: outcomes, and the way from step to step */

void outcome_tell(struct write_batch *w, struct change *change, enum outcome outcome, str id,
		  const struct err *err);
/* Puts an error of the entry together: "cn=eng,...: WHAT: insufficientAccessRights (50): text;
 * advice". */
void group_op_err(const struct write_batch *w, const struct group_op *op,
		  const struct ldap_result *result, struct err *ret, const char *what);
/* Refuses or delays all that is left of the operation, and ends it. */
void group_op_end(struct write_batch *w, struct group_op *op, enum outcome outcome,
		  const struct err *err);
/* Moves on to the next step that there is something to do for. */
void group_op_advance(struct group_op *op);
/* A request that could not be sent, by libldap's code: what became of it is uncertain. -1. */
int group_op_lost(const struct write_batch *w, struct group_op *op, int code, struct err *err,
		  const char *what);
/* Gives a member its outcome, once. */
void pending_settle(struct write_batch *w, struct pending_members *pending, struct member_change *m,
		    enum outcome outcome, const struct err *err);
/* The same for all that the request carried. */
void in_flight_settle(struct write_batch *w, struct group_op *op, enum outcome outcome,
		      const struct err *err);

/* --- mod.c */

/* LDAP_MOD_ADD, _DELETE or _REPLACE of values, in the arena; the texts stay where they are. */
LDAPMod *mod_build(int operation, const char *attribute, const str *values, size_t count,
		   struct arena *arena);

/* --- group.c, group_create.c, members.c, members_compare.c: the steps */

/*
 * Each sends the next request (op->message_id), or finds that there is none to send. -1: the
 * connection failed. The err of the operation's own trouble goes to the outcomes.
 */
int group_send(struct write_batch *w, struct group_op *op, struct err *err);
int members_send(struct write_batch *w, struct group_op *op, struct err *err);
/* Act on the result of that request. -1: the connection failed. */
int group_on_result(struct write_batch *w, struct group_op *op, const struct ldap_result *result,
		    struct err *err);
int members_on_result(struct write_batch *w, struct group_op *op, const struct ldap_result *result,
		      struct err *err);
/* Finds out what became of a request whose result was lost. */
int group_recheck(struct write_batch *w, struct group_op *op, struct err *err);
int members_recheck(struct write_batch *w, struct group_op *op, struct err *err);

/* Sends the new entry with its mark and first members. *ret: libldap's code. -1: the connection
 * failed before. */
int create_send(struct write_batch *w, struct group_op *op, int *ret, struct err *err);
/* The entry was made. */
int create_on_success(struct write_batch *w, struct group_op *op, const struct ldap_result *result,
		      struct err *err);
/* An entry of this name exists: ours from before, or somebody's. */
int create_on_existing(struct write_batch *w, struct group_op *op, const struct ldap_result *result,
		       struct err *err);
/* Reads which members there are and settles what holds already; a group that is gone is ended. */
int members_compare(struct write_batch *w, struct group_op *op, struct err *err);

/* --- lookup.c: small searches */

/* DN, class and empty member of a group by its id, else by its DN, remembered by the connection.
 * *ret_found false: there is no such group. */
int group_lookup(struct ldap_connection *c, str id, str dn, struct known_group *ret,
		 bool *ret_found, struct err *err);

struct group_identity {
	bool found; /* there is such an entry */
	str id; /* empty when it shows none */
	str mark; /* source id of the group it was made for; empty when muster did not make it */
};
/* Of the entry with this DN; texts in the arena. */
int group_identify(struct ldap_connection *c, const char *dn, struct arena *arena,
		   struct group_identity *ret, struct err *err);
/* Of the group that carries the mark of a source id. */
int group_identify_by_mark(struct ldap_connection *c, str source_id, struct arena *arena,
			   struct group_identity *ret, struct err *err);

/* Asks whether the group has the member by comparison, so big groups cost nothing: ret->code is
 * LDAP_COMPARE_TRUE or _FALSE, or what went wrong at the server. */
int member_compare(struct ldap_connection *c, const struct known_group *group, str member,
		   struct ldap_result *ret, struct err *err);
/* A person's member value for the class, in the arena; empty when the person is not there. */
int member_lookup(struct ldap_connection *c, const struct group_class *class,
		  const struct object *user, struct arena *arena, str *ret, struct err *err);

/* An id as text in the arena; empty when it cannot be one. */
str id_keep(const struct ldap_connection *c, str value, struct arena *arena);
/* The DN of a new group of this name, in the arena. */
str group_new_dn(const struct ldap_connection *c, str name, struct arena *arena);
/* The name that a change gives: of a rename, of a new team, else the team's label. */
str team_new_name(const struct object *team, const struct change *change);

#endif
