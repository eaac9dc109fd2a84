/* SPDX-License-Identifier: Apache-2.0 */
/* What the admin wants of one sync: plain data that config fills and plan reads. */
#ifndef MODEL_POLICY_H
#define MODEL_POLICY_H

#include "base/list.h"

struct filter; /* expr/filter.h */
struct template; /* expr/template.h */

/* One target attribute and the template that makes it from the source's attributes. */
struct mapping {
	str path; /* canonical SCIM path */
	const struct template *value;
};

/* Which source groups become teams, and under which name. */
struct team_rule {
	const struct filter *where; /* over the source group; NULL: every group */
	const struct template *name; /* NULL: displayName as it is */
	str label; /* "teams[0]", for reasons */
};

struct role_rule {
	str role;
	const struct filter *where; /* over the source user */
	str label; /* "roles.rules[1]" */
};

#define LEAVER_AFTER_UNSET (-1)
enum leaver_step { LEAVER_DISABLE, LEAVER_DELETE, LEAVER_REMOVE, LEAVER_KEEP };
enum invitation_end { INVITATION_END_REVOKE, INVITATION_END_LEAVE };

/* CONTRACT "The guard, on by default"; the defaults are those of config's table. */
struct guard_policy {
	uint64_t removals_count, removals_percent;
	uint64_t team_percent, team_from;
	uint64_t rewrites_percent, rewrites_from;
	uint64_t invitations;
	int64_t window; /* seconds */
	uint64_t shrink; /* percent */
	uint64_t min_admins;
	LIST(const struct filter *) protect; /* over the target's entries */
};

struct policy {
	str sync, from, to; /* names in the configuration */
	/* users are created, changed and removed; else they are only looked up */
	bool manage_users;
	const struct filter *users_where; /* NULL: everyone */
	LIST(str) match; /* canonical paths, tried in order */
	LIST(struct mapping) users; /* what the target's users get beside the built-in mapping */
	bool users_default; /* the built-in mapping is in force too (always, today) */
	LIST(struct team_rule) teams; /* none: every source group, by its displayName */
	bool no_teams; /* the target has a single team: users.where says who is wanted */
	bool expand_nested; /* members of nested groups count as members */
	str role_default; /* "" when no roles are spoken of */
	LIST(struct role_rule)
	roles; /* first match wins; sorted by rank of the target where it has ranks */
	bool owns_all;
	enum leaver_step leaver_first, leaver_then;
	/* Seconds from the first step to the second; LEAVER_AFTER_UNSET: 30 days where accounts can
	 * be disabled, else 0. */
	int64_t leaver_after;
	struct {
		int64_t resend_after; /* seconds */
		uint64_t resend_max;
		enum invitation_end then;
	} invitations;
	/* how a person is addressed at the target; NULL: the e-mail */
	const struct template *address;
	struct guard_policy guard;
	struct {
		uint64_t in_flight, per_second; /* 0: no limit */
	} pace;
	/* digest of where, match, attributes, teams, roles: the meaning of a read */
	uint64_t fingerprint;
};

#endif
