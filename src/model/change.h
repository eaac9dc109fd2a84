/* SPDX-License-Identifier: Apache-2.0 */
/* One change of a plan as data: what it is about, before, after and the reason, and what can become
 * of it. */
#ifndef MODEL_CHANGE_H
#define MODEL_CHANGE_H

#include "model/entry.h"
#include "model/snapshot.h"

/* In the order in which a plan is carried out; see plan/diff/order.c. */
enum change_kind {
	CHANGE_ADOPT_USER, /* nothing is sent: the link is remembered */
	CHANGE_ADOPT_TEAM,
	CHANGE_CREATE_USER,
	CHANGE_CREATE_TEAM,
	CHANGE_UPDATE_USER, /* attributes; a return ("active: false -> true") is one of them */
	CHANGE_UPDATE_TEAM, /* a rename */
	CHANGE_INVITE,
	CHANGE_RESEND,
	CHANGE_ADD_MEMBER,
	CHANGE_SET_ROLE, /* of a member, of a user (ROLE_USER) or of a pending invitation */
	CHANGE_REMOVE_MEMBER,
	CHANGE_REVOKE,
	CHANGE_DISABLE_USER,
	CHANGE_DELETE_USER, /* abilities.removal says what that does */
	CHANGE_DELETE_TEAM,
	CHANGE_HANDOFF, /* a task for a person; nothing is sent */
	/* nothing is sent: the link remembers since when the source entry is missed, or (`returns`)
	   that it is there again */
	CHANGE_MISS,
	CHANGE_FORGET, /* nothing is sent: the entry is gone on both sides, the link is dropped */
};

/* One attribute of a change: before and after, "" and p == NULL when absent. Several values are
 * several edits. */
struct edit {
	str path;
	str before, after;
};

/* A user or team that some change speaks of. */
struct object {
	enum entry_kind kind;
	/* "" for what only the target has; a link takes the place of any other of target_id */
	str source_id;
	str target_id; /* "" until it was created; filled from the outcome */
	str label; /* userName or displayName at the target */
	str name; /* a person's name, for reading */
	str address; /* how an invitation reaches the person */
	str origin; /* where it comes from, for reading: "cn=staff" */
	uint32_t target_row; /* in the target snapshot, or ROW_NONE */
	uint32_t source_row;
	struct field *fields; /* all desired fields, for create and for PUT; NULL when not needed */
	size_t field_count;
	str etag, dn; /* of the target entry, when known */
	uint64_t digest; /* of the desired attributes, for the link */
};

/* What a revocation is for. */
enum revoke_why {
	/* nobody waits for the invitation any more: gone, a member already, never answered, twice
	 */
	REVOKE_UNWANTED,
	REVOKE_REPLACED, /* another one is sent instead: nobody loses anything */
	REVOKE_BY_HAND, /* a person asked for it */
};
const char *revoke_why_text(enum revoke_why why); /* as it is kept */
enum revoke_why revoke_why_find(str text); /* REVOKE_UNWANTED when nobody knows the word */

struct change {
	enum change_kind kind;
	uint32_t user; /* index in plan.objects, or ROW_NONE */
	uint32_t team;
	str role, old_role;
	struct edit *edits;
	size_t edit_count;
	str reason; /* in words: "gone from corp since 2026-11-20; delete after 2026-12-20" */
	str invitation; /* id at the system, for resend, revoke and the role of a pending one */
	/* of a hand-off: what makes it the same task next time; of an invitation: the task that it
	 * becomes when it is refused for good */
	str key;
	bool returns; /* someone who had left comes back */
	/* of an adoption: muster made the entry (its mark, its invitation); the link says so */
	bool created;
	enum revoke_why why; /* of a revocation */
	uint32_t number; /* stable within the plan, from 1; the journal uses it */
	/* number of an earlier change that must be done first (a name to be freed); 0: none */
	uint32_t after;
};
/* Whom a change is about, and whose digest and fields it means: the user, else the team. */
static inline uint32_t change_subject(const struct change *c)
{
	return c->user == ROW_NONE ? c->team : c->user;
}
/* Does this kind of change send something to the target? */
bool change_sends(enum change_kind kind);
/* Does it take something away from somebody at the target? */
bool change_removes(enum change_kind kind);
const char *change_kind_text(enum change_kind kind); /* "create user", for reports and JSON */
int change_kind_find(str text); /* -1 when nobody knows the word */

/* What became of a change. */
enum outcome {
	OUTCOME_DONE,
	OUTCOME_ALREADY, /* it held before */
	OUTCOME_REFUSED, /* the target said no; trying again as it is will not help */
	OUTCOME_LATER, /* not done; trying again later may help */
	OUTCOME_UNKNOWN, /* it was sent and nobody knows: to be settled */
	OUTCOME_SKIPPED, /* not tried, because something it needs failed */
	/* refused, and no failure of the run: a person must see to it; kept and shown as refused */
	OUTCOME_REFUSED_FOR_GOOD,
};
const char *outcome_text(enum outcome outcome);
/* The fallback when nobody knows the word. */
enum outcome outcome_find(str text, enum outcome fallback);

#endif
