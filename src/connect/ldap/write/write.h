/* SPDX-License-Identifier: Apache-2.0 */
/* What a batch does to one group, step by step: at most one request of it is under way. */
#ifndef CONNECT_LDAP_WRITE_WRITE_H
#define CONNECT_LDAP_WRITE_WRITE_H

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

struct side {
	LIST(struct member_change) items;
	size_t first; /* all before are settled */
	size_t left; /* not settled */
};

/* In the order in which they are done. */
enum step { STEP_CREATE, STEP_RENAME, STEP_MEMBERS, STEP_DELETE, STEP_OVER };

struct job {
	struct object *team;
	struct change *create, *rename, *remove; /* NULL: not wanted */
	struct side removes, adds;
	str dn;
	const struct group_class *class;
	bool looked_up; /* dn and class are known */
	bool has_placeholder; /* the group holds the member that stands for nobody */
	bool needs_placeholder; /* the next request has to add it */
	bool retried; /* the members were read again after a conflict */
	bool uncertain; /* a request was sent and its answer lost */
	size_t chunk;
	int tries;
	enum step step;
	int id; /* of the request under way; 0: none */
	LIST(struct member_change *) flight; /* what it carries; removals stand first */
	size_t flight_removes;
	bool drops_placeholder, puts_placeholder;
	bool deletes_empty; /* the request ends the group because it would be empty */
};

struct writing {
	struct ldap_connection *c;
	struct plan *plan;
	outcome_sink *sink;
	void *context;
	struct job *jobs;
	size_t count;
	uint64_t told;
	int64_t second; /* clock_ticks at which the current second of the pace began */
	uint64_t sent_in_second;
	int losses; /* of the connection, in a row */
	int64_t next_gid; /* 0: not asked yet */
	struct arena arena;
};

/* Outcomes. The text of `err` is completed by the group's DN. */
void job_tell(struct writing *w, struct change *change, enum outcome outcome, str id,
	      const struct err *err);
/* Puts an error of the entry together: "cn=eng,...: WHAT: insufficientAccessRights (50): text;
 * advice". */
void job_err(const struct writing *w, const struct job *job, const struct ldap_result *a,
	     struct err *ret, const char *what);
/* Refuses or delays all that is left of the job, and ends it. */
void job_end(struct writing *w, struct job *job, enum outcome outcome, const struct err *err);
/* Moves on to the next step that there is something to do for. */
void job_advance(struct job *job);

/*
 * Each sends the job's next request (job->id), or finds that there is none to send. -1: the
 * connection failed. The err of a job's own trouble goes to the outcomes.
 */
int group_send(struct writing *w, struct job *job, struct err *err);
int members_send(struct writing *w, struct job *job, struct err *err);
/* Take the answer. -1: the connection failed. */
int group_take(struct writing *w, struct job *job, struct ldap_result *a, struct err *err);
int members_take(struct writing *w, struct job *job, const struct ldap_result *a, struct err *err);
/* Finds out what became of a request whose answer was lost. */
int group_recheck(struct writing *w, struct job *job, struct err *err);
int members_recheck(struct writing *w, struct job *job, struct err *err);
/* The members that came with a new group are there. */
void members_arrived(struct writing *w, struct job *job);
/* Reads which members there are and settles what holds already. *ret_gone: there is no such group.
 */
int members_compare(struct writing *w, struct job *job, bool *ret_gone, struct err *err);

/* The first lines of a batch: DN, class and placeholder of a group that is there; false: there is
 * no such group. */
int group_look_up(struct ldap_connection *c, str id, str dn, struct known_group *ret,
		  bool *ret_found, struct err *err);
/* Asks whether the group has the member by comparison, so big groups cost nothing: ret->code is
 * LDAP_COMPARE_TRUE or _FALSE, or what went wrong at the server. */
int group_compare(struct ldap_connection *c, const struct known_group *group, str member,
		  struct ldap_result *ret, struct err *err);
/* A person's member value for the class, in the arena; empty when the person is not there. */
int member_value(struct ldap_connection *c, const struct group_class *class,
		 const struct object *user, struct arena *arena, str *ret, struct err *err);
/* The entry with this DN: its id and mark (empty when it has none); *ret_found false when it is not
 * there. */
int group_identify(struct ldap_connection *c, const char *dn, struct arena *arena, bool *ret_found,
		   str *ret_id, str *ret_pos, struct err *err);
/* The group that carries the mark of a source id; empty when none does. */
int group_by_mark(struct ldap_connection *c, str source_id, struct arena *arena, str *ret_dn,
		  str *ret_id, struct err *err);
str group_new_dn(const struct ldap_connection *c, str name, struct arena *arena);
str team_name(const struct object *team, const struct change *change);

#endif
