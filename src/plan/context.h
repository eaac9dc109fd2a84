/* SPDX-License-Identifier: Apache-2.0 */
/* A plan in the making: what its steps hand to each other. Private to this room. */
#ifndef PLAN_CONTEXT_H
#define PLAN_CONTEXT_H

#include "expr/filter.h"
#include "expr/template.h"
#include "plan/person.h"
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
	WANT_ROLE_SAID = 1 << 4, /* the role is that of a membership, no rule's */
	WANT_SAME = 1 << 5, /* the account has the wanted attributes, and is awake */
};

/* One source user, by source row. 24 bytes, for there may be millions. */
struct want {
	uint64_t digest; /* of the desired attributes */
	uint32_t target; /* row at the target, or ROW_NONE */
	uint32_t link; /* index in memory.users, or ROW_NONE */
	uint8_t state, flags;
	uint8_t role; /* what the role rules say: number in plan_context.roles, 0 when they say
			 nothing */
	uint8_t met_by; /* which of the match keys met it */
	uint32_t role_rule; /* index + 1 in policy.roles of the rule that gives the role; 0: none */
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
	uint8_t role; /* only holders of this role (number in plan_context.roles); 0: everyone */
	bool frozen; /* a notice says why: nothing of it is touched */
	bool cut; /* its source may show too few members */
	bool met, marked, takes_over; /* as with users */
};

/* The memberships of a sealed snapshot by group: edges[starts[g]] up to edges[starts[g + 1]]. */
struct group_edges {
	const edge *edges;
	size_t *starts;
};

/* The groups of each user of a snapshot, the way up through nested groups included when that is
 * asked for. */
struct user_groups {
	uint32_t *starts, *groups; /* by user row; NULL: nobody asks for groups */
	/* by group row: in which groups it is nested; NULL: not asked for */
	uint32_t *parent_starts, *parents;
	uint32_t *stamps, stamp; /* by group row: met in this walk */
	struct arena arena; /* of the texts */
	str *labels, *id_texts; /* by group row */
};

/* What is known of a link beside what the memory holds. */
enum link_state {
	/* one of its entries was met but could not be read: nothing of it is touched */
	LINK_ODD = 1 << 0,
	LINK_TAKEN = 1 << 1, /* its account is another person's now */
	LINK_WANTED = 1 << 2,
	LINK_AT_TARGET = 1 << 3, /* the target entry is there */
};

/* The target's invitations by address, and those that muster sent by person. */
struct invitation_index {
	struct intern addresses; /* folded */
	/* by address number, by invitation: index + 1 of the (next) invitation */
	uint32_t *first, *next;
	uint32_t *members; /* by address number: row + 1 of the member who has it */
	bool *settled; /* by invitation: somebody who is wanted waits for it */
	struct intern sources; /* ids of people */
	uint32_t *sent; /* by their number: index + 1 in memory.invitations */
	struct buf fold; /* the address that was looked up last */
};

/* The roles of the policy and of both sides as numbers; 0 is "", none. */
enum { ROLES_MAX = 255 };
struct roles {
	bool are_spoken; /* the policy or the source says something of roles */
	bool per_user; /* and the target keeps one role a user */
	struct intern numbers;
	str texts[ROLES_MAX + 1];
	uint8_t ours; /* numbers below are those that the policy speaks of */
	bool said[ROLES_MAX + 1]; /* a rule or a membership names it */
	/* where the target keeps one role a user: how many are to have it, how many have it */
	uint32_t wanted[ROLES_MAX + 1], held[ROLES_MAX + 1];
	uint8_t *of_source, *of_target; /* from a snapshot's role numbers to these */
};

/* Which object speaks of an entry: open addressing by (side, kind, row). */
struct object_index {
	struct object_slot {
		uint64_t key; /* 0: free */
		uint32_t object;
	} * slots;
	size_t count, size;
};

struct plan_context {
	const struct plan_input *in;
	/* the same, at hand */
	const struct policy *policy;
	const struct abilities *abilities;
	const struct snapshot *source, *target;
	const struct memory *memory;
	bool teams_wanted;
	int64_t grace; /* seconds from a leaver's first step to the second */

	struct plan *plan;
	struct arena arena; /* until the plan is made */
	struct object_index objects;
	struct intern handoffs; /* keys of this plan */
	size_t waiting; /* how many an incomplete target keeps from being created */

	/* of shape: */
	struct plan_attributes attributes;
	struct roles roles;
	struct user_groups groups; /* of the source */
	struct want *wants;
	struct have *haves;
	LIST(struct team) teams;

	/* of join: */
	uint8_t *link_states, *group_link_states; /* by index in the memory: bits of link_state */
	uint32_t *group_haves; /* by target group row: index in teams, or ROW_NONE */
	uint32_t *group_links; /* by target group row: index in memory.groups, or ROW_NONE */
	/* by target row: the source row of a wanted person, or ROW_NONE */
	uint32_t *desired_rows;

	struct invitation_index invitations;

	/* of the teams' diff, for the guard as well: */
	struct group_edges source_edges, target_edges;
	bool *opaque; /* by target group row: its members are never listed; NULL: none is so */
	uint32_t *unlisted_starts; /* by target id number of a team, then: */
	uint32_t *unlisted_users; /* target id numbers of those remembered to be in it */
};

#endif
