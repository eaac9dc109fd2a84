/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a team: its entries, its roles, and what a read leaves behind for the calls after it. */
#ifndef CONNECT_TEAM_READ_READ_H
#define CONNECT_TEAM_READ_READ_H

#include "base/intern.h"
#include "connect/connect.h"
#include "connect/team/profile/profile.h"

struct team_connection; /* connect/team/internal.h */

/* One member or invitation as the service showed it. Texts live in the arena of its read. */
struct entry_record {
	enum entry_state state;
	bool assumed, read_only, self;
	str id, email, login, name, given, family, role; /* role: in the house's words */
	int64_t sent, expires; /* seconds since 1970; 0: not said */
	struct values values; /* what calls about it are rendered with */
	uint32_t row; /* among the members or the invitations of the snapshot */
	/* the first thing that is not as the profile says, in words; the rest holds; NULL: none */
	const char *defect;
};

/* What an id is of; ids of members and of invitations may be the same. */
enum record_kind { RECORD_MEMBER = 'm', RECORD_INVITATION = 'i' };

/* What the last read found, for the calls that follow. Keys are the kind and the id. */
struct last_read {
	struct arena arena;
	struct intern keys;
	LIST(struct entry_record) records; /* by number of the key */
	uint64_t members, invitations;
};

/* NULL when the last read did not show it. */
const struct entry_record *last_read_find(const struct team_connection *c, enum record_kind kind,
					  str id);
void last_read_clear(struct last_read *last);

/* The verb `snapshot` of the connector. */
int team_snapshot(struct connection *connection, const struct wanted *wanted, struct snapshot *into,
		  struct err *err);
/* Fills *ret, whose values the caller clears. False: the entry is to be passed over. */
bool team_entry_read(const struct team_connection *c, const struct entry_set *set,
		     const json_t *item, struct arena *arena, struct entry_record *ret);

/* A role of the service, in catalogues that give roles an id. */
struct catalogue_role {
	str id, name;
};

/* Asks for the catalogue of roles, once; 0 where the profile has none. */
int catalogue_read(struct team_connection *c, struct err *err);
/*
 * The house's name of a role as the service says it; empty: there is none. false: it is not known.
 */
bool role_from_service(const struct team_connection *c, str value, bool invitations,
		       struct arena *arena, str *ret);
/* What is sent for a role of the house; for catalogues its id, "" for one that is not there. */
str role_to_service(const struct team_connection *c, str name, bool invitations);
/* The lowest of those that an invitation may give; "" for none. */
str role_lowest(const struct team_connection *c);
/* Higher is more powerful; a role that the profile does not name is ranked by its name. */
int32_t role_rank_of(const struct team_connection *c, str name);
/* Adds the profile's roles; one that the catalogue does not have can be given to nobody. */
void roles_put(const struct team_connection *c, struct arena *arena, struct abilities *ret);

#endif
