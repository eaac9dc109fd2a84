/* SPDX-License-Identifier: Apache-2.0 */
/* A plan in the making: what its steps hand to each other. Private to this room. */
#ifndef PLAN_WORK_H
#define PLAN_WORK_H

#include "model/filter.h"
#include "plan/plan.h"

/* What the source says of one of its users. */
enum want_state {
	WANT_NOT, /* not in the scope of the sync */
	WANT_YES,
	WANT_INACTIVE, /* in no scope either, but still there: disabled, never deleted */
	WANT_SKIPPED, /* wanted, but it cannot be said as what: nothing of it is touched */
	WANT_DOUBTFUL, /* wanted, but nobody knows which account it is: nothing of it is touched */
	WANT_WAITING, /* wanted, and on its way: an invitation, a creation that must wait */
};

enum want_flag {
	WANT_NEW = 1 << 0, /* this plan creates it, so it can be a member */
	WANT_RETURNS = 1 << 1, /* it takes over the account of someone who is gone */
	WANT_MARKED = 1 << 2, /* met by muster's own mark */
	WANT_MET = 1 << 3, /* met in this plan, not remembered: to be adopted */
};

/* One source user, by source row. 24 bytes, for there may be millions. */
struct want {
	uint64_t digest; /* of the desired attributes */
	uint32_t target; /* row at the target, or ROW_NONE */
	uint32_t link; /* index in memory.users, or ROW_NONE */
	uint32_t stamp; /* scratch of member.c: place in the team at hand */
	uint8_t state, flags;
	uint8_t role; /* what the role rules say: number in work.roles, 0 when they say nothing */
	uint8_t met_by; /* which of the match keys met it */
};

/* One target user, by target row. */
struct have {
	uint64_t digest; /* of those attributes that the sync manages */
	uint32_t source; /* row at the source, or ROW_NONE */
	uint32_t link; /* index in memory.users, or ROW_NONE */
};

/* A team as it should be: one a source group, and for ROLE_GROUP one more a role. */
struct team {
	str name; /* at the target */
	str source_id; /* "<group id>", "<group id>#<role>" */
	const struct team_rule *rule; /* NULL: there are no rules */
	uint32_t source; /* row of the source group */
	uint32_t target; /* row of the target group, or ROW_NONE */
	uint32_t link; /* index in memory.groups, or ROW_NONE */
	uint32_t object; /* in plan.objects, or ROW_NONE */
	uint8_t role; /* only holders of this role (number in work.roles); 0: everyone */
	bool frozen; /* a notice says why: nothing of it is touched */
	bool cut; /* its source may show too few members */
	bool met, marked, takes_over; /* as with users */
};

/* One attribute, as it is called at the target. */
struct name {
	str path;
	bool managed; /* it is compared and written */
	bool seen; /* somebody in scope has it */
	bool fold; /* compared without case */
	struct hash_key key; /* values are hashed under the key of their path */
};

struct value {
	const struct name *name;
	str text;
};
typedef LIST(struct value) value_list;
typedef LIST(struct field) field_list;

/* The memberships of a sealed snapshot by group: edges[starts[g]] up to edges[starts[g + 1]]. */
struct group_edges {
	const edge *edges;
	size_t *starts;
};

/* The groups of each user of a snapshot, the way up through nested groups included when that is asked for. */
struct user_groups {
	uint32_t *starts, *groups; /* by user row; NULL: nobody asks for groups */
	uint32_t *parent_starts, *parents; /* by group row: in which groups it is nested; NULL: not asked for */
	uint32_t *stamps, stamp; /* by group row: met in the walk at hand */
	LIST(uint32_t) found; /* the rows of the user at hand */
	LIST(str) displays, ids; /* and what filters and templates see of them */
	struct arena arena; /* of the texts */
	str *labels, *id_texts; /* by group row */
};

struct member {
	uint32_t user; /* source row */
	uint8_t role; /* number in work.roles */
	bool seen; /* the target has it */
};

/* Which object speaks of an entry: open addressing by (side, kind, row). */
struct object_index {
	struct object_slot {
		uint64_t key; /* 0: free */
		uint32_t object;
	} *slots;
	size_t count, size;
};

struct work {
	const struct plan_input *in;
	/* the same, at hand */
	const struct policy *policy;
	const struct abilities *abilities;
	const struct snapshot *source, *target;
	const struct memory *memory;
	struct plan *plan;
	struct arena arena; /* until the plan is made */
	bool roles_spoken; /* the policy or the source says something of roles */
	bool user_roles; /* and the target keeps one role a user */
	bool teams_wanted;
	int64_t grace; /* seconds from a leaver's first step to the second */

	struct want *wants;
	struct have *haves;
	LIST(struct team) teams;
	struct table roles; /* number 0 is "" */
	uint8_t *source_roles, *target_roles; /* from a snapshot's role numbers to those of `roles` */
	struct name *source_names, *target_names; /* by name number */
	struct name *mapped_names; /* by policy.users */
	struct name mark_name; /* externalId as muster's mark */
	struct buf *mapped; /* by policy.users: the values of the user at hand */
	field_list raw; /* the source entry at hand */
	value_list desired; /* what is to be of it at the target */
	value_list actual; /* the target entry at hand */
	struct user_groups groups;
	struct group_edges source_edges, target_edges;
	LIST(struct member) members; /* of the team at hand */
	uint32_t member_base; /* first stamp of the team at hand */
	struct object_index objects;
	uint32_t *group_haves; /* by target group row: index in teams, or ROW_NONE */
};

enum { PATH_SPACE = 256 };

/* plan.c: the road */
int shape(struct work *w, struct err *err);
int join(struct work *w, struct err *err);
void diff(struct work *w);
void order(struct work *w);
void guard(struct work *w);

/* work.c: beginnings, ends, and the three things that a plan is made of */
void work_init(struct work *w, const struct plan_input *in, struct plan *plan);
void work_clear(struct work *w);
bool can(const struct work *w, enum ability_flag flag);
str text(struct work *w, const char *format, ...) __attribute__((format(printf, 2, 3))); /* kept with the plan */
/* The object of a source user (or ROW_NONE) and of a target user (or ROW_NONE), made when it is not there yet. */
uint32_t object_user(struct work *w, uint32_t source, uint32_t target);
uint32_t object_team(struct work *w, struct team *team); /* a team as it should be */
uint32_t object_other_team(struct work *w, uint32_t target, str source_id); /* a team that should not be */
struct change *change_add(struct work *w, enum change_kind kind, uint32_t user, uint32_t team);
void notice_add(struct work *w, enum notice_kind kind, str subject, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
str source_label(struct work *w, enum entry_kind kind, uint32_t row);
str target_label(struct work *w, enum entry_kind kind, uint32_t row);
const char *date_text(int64_t seconds, char space[11]);
/* Rows by id number, ROW_NONE where the read shows no such entry; free() it. */
uint32_t *rows_by_id(const struct snapshot *s, enum entry_kind kind);

/* field.c: entries as fields and values, and what of them is compared */
void fields_read(const struct snapshot *s, const struct entry *e, field_list *into);
str fields_value(const field_list *fields, str path);
void names_init(struct work *w);
void names_match_target(struct work *w); /* after shape: what the desired entries speak of is managed */
void values_read_target(struct work *w, uint32_t row); /* into work.actual, managed ones only */
uint64_t value_digest(const struct value *value);
bool value_equal(const struct value *a, const struct value *b);
uint64_t values_digest(const value_list *values);
str path_bare(str path, char space[PATH_SPACE]); /* `emails[type eq "work"].value` -> `emails.value` */

/* groups.c: who is in which group */
void group_edges_init(struct group_edges *g, const struct snapshot *s);
void user_groups_init(struct user_groups *g, const struct snapshot *s, bool nested);
void user_groups_clear(struct user_groups *g);
void user_groups_find(struct user_groups *g, uint32_t user); /* fills found, displays, ids */
bool filter_asks_groups(const struct filter *filter);

#endif
