/* SPDX-License-Identifier: Apache-2.0 */
/* What a target can do, as its connector found it: the plan never asks for what would be
 * refused. */
#ifndef MODEL_ABILITY_H
#define MODEL_ABILITY_H

#include "base/list.h"

/* How roles are said at the target. */
enum role_style {
	ROLE_NONE, /* there are none */
	ROLE_MEMBERSHIP, /* on each membership */
	ROLE_USER, /* one role a user: a team API's role, SCIM's `roles` attribute */
	ROLE_GROUP, /* a further group per team and role, named by `role_group` */
};

/* A role as the target knows it. */
struct role_kind {
	str name;
	str missing; /* who gives it when it is not assignable: for a person to ask; "" unknown */
	int32_t rank; /* higher is more powerful */
	bool admin; /* counts for min_admins */
	bool assignable; /* may be given to a member */
	bool invitable; /* may be given with an invitation */
	bool is_default; /* what people get of whom nobody says a role; else the lowest rank */
	bool is_protected; /* who has it keeps it: never demoted, removed or counted as drift */
	uint32_t max_holders, min_holders; /* 0: no limit */
};

enum ability_flag {
	ABILITY_CREATE_USERS = 1 << 0,
	ABILITY_UPDATE_USERS = 1 << 1,
	ABILITY_DISABLE_USERS = 1 << 2,
	ABILITY_DELETE_USERS = 1 << 3,
	ABILITY_GROUPS = 1 << 4, /* create, rename and delete groups */
	ABILITY_MEMBERS = 1 << 5, /* add and remove members of groups */
	ABILITY_INVITE = 1 << 6, /* people come by invitation */
	ABILITY_RESEND = 1 << 7,
	ABILITY_REVOKE = 1 << 8,
	ABILITY_SET_ROLE = 1 << 9,
	/* the role of a pending invitation can be changed in place */
	ABILITY_INVITE_ROLE = 1 << 10,
	ABILITY_GROUP_EXTERNALID = 1 << 11, /* groups keep muster's mark in externalId */
	/* A group ends with its last member: one without members is neither made nor missed. */
	ABILITY_NO_EMPTY_GROUPS = 1 << 12,
};

struct abilities {
	uint32_t flags;
	enum role_style role_style;
	str role_group; /* for ROLE_GROUP: "{team}-{role}" */
	LIST(struct role_kind) roles; /* empty: any name will do */
	bool single_team; /* the system is one team: its members are its users */
	bool one_team_each; /* a person can be in one such team only (Scale) */
	bool eventual; /* a list may lag behind a write */
	int64_t eventual_grace; /* seconds */
	/* what "delete" does there, in words: "removes the membership, the account stays" */
	str removal;
	/* why not, and what a person must do; with missing_invite people are invited by hand */
	str missing_invite, missing_remove, missing_revoke, missing_resend, missing_role;
	/* what a person does about someone whom the system refuses for good; "" nothing is known */
	str refused_invite;
	/* canonical paths that the target takes; empty: all of the core and enterprise schema */
	LIST(str) attributes;
};

#endif
