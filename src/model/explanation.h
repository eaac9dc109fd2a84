/* SPDX-License-Identifier: Apache-2.0 */
/* Why a person is, or is not, at the target: the facts, without a word around them. */
#ifndef MODEL_EXPLANATION_H
#define MODEL_EXPLANATION_H

#include "model/memory.h"
#include "model/plan.h"

/* What is there of the person at the source. */
struct explained_source {
	enum explained_entry {
		SOURCE_NOBODY, /* nobody who matches */
		SOURCE_PRESENT,
		SOURCE_GONE, /* a link remembers an entry that the read does not show */
	} entry;
	bool is_active; /* of one that is present */
	str place; /* of one that is present: its DN, or its name and id */
	str id; /* of one that is gone */
	int64_t gone_since; /* seconds since 1970, 0 when unknown */
};

/* Is the person wanted at the target? */
struct explained_scope {
	enum explained_want {
		SCOPE_UNKNOWN, /* there is no source entry */
		SCOPE_WANTED,
		SCOPE_OUTSIDE, /* users.where does not match, or it is no person */
		SCOPE_INACTIVE,
		SCOPE_SKIPPED, /* it cannot be said at the target */
		SCOPE_DOUBTFUL, /* nobody knows which account it is */
	} want;
	str where; /* users.where, "" when there is none */
	LIST(str) not_true; /* of `a and b and c` those that do not hold */
};

struct explained_target {
	bool is_there;
	str label, id;
	uint32_t flags; /* bits of entry_flag */
	enum explained_link {
		LINK_NONE, /* muster does not know the account */
		LINK_MET, /* in this plan, remembered by no run yet */
		LINK_REMEMBERED,
	} link;
	str met_by; /* of LINK_MET: "userName" */
	/* of LINK_REMEMBERED: */
	str source_id;
	uint32_t link_flags; /* bits of link_flag */
	int64_t gone_since; /* 0: the source entry is there */
};

/* The invitation of the person, by muster's memory and by what the target lists. */
struct explained_invitation {
	bool is_known;
	bool is_sent, is_listed; /* muster sent it; the target lists it */
	str address;
	enum invitation_state state;
	int64_t sent_at, expires_at; /* 0 when unknown */
};

struct explained_role {
	str name; /* "": nothing is said of roles */
	str reason; /* "" : the default, for no rule matches */
};

/* One team, or a group of the source that was asked about. */
struct explained_team {
	str name;
	enum explained_membership {
		MEMBER_WANTED,
		MEMBER_NO_PERSON, /* nobody at the source */
		MEMBER_NOT_IN_GROUP,
		MEMBER_OUT_OF_SCOPE, /* in the group, but not wanted at all */
		MEMBER_WITHOUT_ROLE, /* in the group, but without the role that the team is of */
		GROUP_WITHOUT_RULE, /* no rule makes a team of the group */
		GROUP_UNKNOWN,
	} membership;
	LIST(str)
	path; /* the person, a group of it, ... up to the group; empty: in no such group */
	str group; /* the source's group */
	str role; /* of MEMBER_WITHOUT_ROLE */
	str rule; /* label of the rule that makes the team, "" for none */
	bool is_member; /* at the target, now */
	bool is_frozen; /* in conflict or doubtful: nothing of it is touched */
};

struct explanation {
	str sync, from, to; /* names in the configuration */
	str who, team; /* as asked; team "" for all */
	struct explained_source source;
	struct explained_scope scope;
	struct explained_target target;
	struct explained_invitation invitation;
	struct explained_role role;
	bool has_teams; /* the sync has anything to do with teams */
	LIST(struct explained_team) teams; /* by name */
	const struct plan *plan;
	LIST(uint32_t) changes; /* of the person: indexes in plan->changes */
	LIST(str) blocked; /* notices about the person */
	LIST(str) todo; /* open tasks about the person, in words */
	LIST(str) held; /* why the whole plan does not go */
	struct arena arena; /* of the texts above */
};

void explanation_clear(struct explanation *e);

#endif
