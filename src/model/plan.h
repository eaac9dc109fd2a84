/* SPDX-License-Identifier: Apache-2.0 */
/* A plan as data: the objects it speaks of, its changes, and the guard's verdict. */
#ifndef MODEL_PLAN_H
#define MODEL_PLAN_H

#include "base/list.h"
#include "model/change.h"

/* Something that needs a person's eye and is never acted on. */
enum notice_kind {
	NOTICE_DOUBTFUL, /* two candidates, or a candidate that is taken */
	NOTICE_SKIPPED, /* an entry that cannot be mapped */
	NOTICE_UNMATCHED, /* looked up and not found */
	/* wanted in two teams where only one is possible, two entries of one name */
	NOTICE_CONFLICT,
	NOTICE_PROTECTED,
	NOTICE_NOTE,
};

struct notice {
	enum notice_kind kind;
	str subject; /* whom or what it is about */
	str text;
};

/* One limit of the guard, as it was met. */
struct limit_check {
	str what; /* "users removed", "members of \"eng\" removed" */
	uint64_t value; /* of this plan and the window together */
	uint64_t in_window; /* the part that earlier runs brought */
	uint64_t of; /* the base of the percentage */
	uint64_t limit; /* what would still pass */
	str limit_text; /* "10 %, at least 5" */
	bool over;
};

/* What the read showed of an invitation that is remembered otherwise; nothing is sent for it. */
struct seen_invitation {
	str source;
	enum invitation_state state;
	int64_t expires_at;
	bool is_over; /* it says nothing about the person any more: forgotten */
};

enum verdict {
	VERDICT_GO,
	VERDICT_HELD, /* 12: a person may approve it */
	/* 12: nobody may: too few admins, a protected entry, muster's own account */
	VERDICT_REFUSED,
	VERDICT_UNTRUSTED, /* 13: the source's read proves nothing */
};

const char *verdict_text(enum verdict verdict); /* "go", "held", as it is kept and in JSON */
/* A word that nobody knows, of a newer program, is a refusal. */
enum verdict verdict_find(str text);

struct counts {
	uint64_t create, update, disable, remove; /* users */
	uint64_t teams_create, teams_update, teams_delete;
	uint64_t members_add, members_remove, roles;
	uint64_t invite, resend, revoke, handoffs, adopt, miss, forget;
};

struct plan {
	str sync, from, to;
	str removal; /* what a deletion of a user does there, in words; "" when it just deletes */
	LIST(struct object) objects;
	LIST(struct change) changes; /* in order */
	LIST(struct notice) notices;
	LIST(struct limit_check) limit_checks;
	LIST(str) reasons; /* of the verdict, in words */
	LIST(str)
	open_handoffs; /* keys of remembered hand-offs that still stand; others are done */
	LIST(struct seen_invitation) seen_invitations; /* remembered before applying */
	enum verdict verdict;
	/* a person may let it pass: held, or distrusted for a reason that may be meant */
	bool approvable;
	struct counts counts;
	uint64_t source_users, source_groups, source_edges; /* what the read showed */
	bool source_complete;
	/* SHA-256 over the canonical JSON of the changes; "" until plan_checksum */
	char checksum[65];
	struct arena arena; /* of every text above */
};

void plan_clear(struct plan *plan);
/* NULL for ROW_NONE. */
static inline const struct object *plan_object_at(const struct plan *plan, uint32_t index)
{
	return index == ROW_NONE ? NULL : &plan->objects.items[index];
}
/* Does anything have to be sent or remembered? */
static inline bool plan_is_empty(const struct plan *plan)
{
	return plan->changes.count == 0;
}

#endif
