/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered from earlier runs: links, invitations, hand-offs, recent removals, the last
 * trusted read. */
#ifndef MODEL_MEMORY_H
#define MODEL_MEMORY_H

#include "base/hash.h"
#include "model/snapshot.h"

enum link_flag {
	LINK_CREATED = 1 << 0, /* muster made the target entry; otherwise it was adopted */
	LINK_DISABLED = 1 << 1, /* muster disabled it (a leaver in grace) */
	LINK_BY_HAND = 1 << 2, /* a person linked it */
};

/*
 * One source entry and the target entry it became. 24 bytes. The numbers are those of source.ids
 * and target.ids: the store interns remembered ids into the snapshots' tables when it loads, so an
 * id that is not in the read has a number that no entry has.
 */
struct link {
	uint32_t source;
	uint32_t target;
	uint64_t digest; /* of the attributes as last applied, by memory.key; 0 when unknown */
	/* seconds since 1970 when the source entry was first missed; 0: it is there */
	uint32_t gone_since;
	uint32_t flags;
};

/* An invitation that muster sent and still follows. */
struct sent_invitation {
	str source; /* immutable id of the person at the source */
	str address;
	str role;
	str target; /* the invitation's id at the system, "" when unknown */
	int64_t first_sent, last_sent, expires_at;
	uint32_t resent;
	enum invitation_state state;
};

/* A task for a person, because the target's API cannot do it. */
struct handoff {
	str key; /* what makes it the same task next time: kind, user, team */
	str what; /* in words */
	int64_t opened;
};

/* A link made by hand for someone who accepted under another address. */
struct alias {
	str source;
	str address;
};

/*
 * Someone whom another team has, of a service where a person can be in one team only, as the run
 * knows it from the other syncs to that service.
 */
struct claim {
	str address;
	/* the person's id, where both syncs have one source and no address of their own; else "" */
	str source;
	str system; /* whose team it is */
	enum claim_kind {
		CLAIM_HELD, /* a member or an invitation there */
		CLAIM_WANTED, /* to be one, by a sync that comes first in the configuration */
	} kind;
};

/* A membership that muster gave in a team whose members the system never lists: numbers of
 * target.ids. */
struct unlisted_member {
	uint32_t group, user;
};

/* Gross changes that were applied within the guard's window, all runs together. */
struct window {
	uint64_t users_removed, memberships_removed, invitations, rewrites;
	/* by target group id */
	LIST(struct window_team {
		str team;
		uint64_t removed;
	})
	teams;
};

struct memory {
	struct hash_key key; /* secret, per state file: digests that nobody can craft */
	bool fresh; /* nothing was remembered: a first run, or the state file was lost */
	LIST(struct link) users;
	LIST(struct link) groups;
	LIST(struct sent_invitation) invitations;
	LIST(struct handoff) handoffs;
	LIST(struct alias) aliases;
	LIST(struct claim) claims;
	LIST(struct unlisted_member) unlisted_members; /* of snapshot.opaque_groups; in any order */
	struct window window;
	/* The last read of the source that was trusted and applied; counts 0 when there was
	 * none. */
	uint64_t trusted_users, trusted_groups, trusted_edges;
	uint64_t trusted_scope; /* snapshot.scope of it */
	uint64_t trusted_mapping; /* policy.fingerprint of it */
	struct arena arena; /* of the texts above */
};

void memory_clear(struct memory *m);

#endif
