/* SPDX-License-Identifier: Apache-2.0 */
/* Memberships: one row each, found from either side, counted. */
#include "store/inbox/internal.h"

enum { LOOK_AGAIN = 1024 }; /* members, before it is weighed anew how they are looked up */

static struct query *members_joined(struct inbox *inbox)
{
	return db_query(inbox->db,
			"SELECT m.person, m.display, m.held, r.id, r.kind FROM member AS m CROSS "
			"JOIN resource AS r ON r.row = m.person WHERE m.team = ? AND m.person > ? "
			"AND (?3 OR (m.held = 0 AND r.held = 0)) ORDER BY m.person");
}

static struct query *members_apart(struct inbox *inbox)
{
	return db_query(inbox->db, "SELECT person, display, held FROM member WHERE team = ? AND "
				   "person > ? AND (?3 OR held = 0) ORDER BY person");
}

static void members_ask(struct inbox_walk *walk, int64_t after)
{
	walk->seen = 0;
	walk->query = walk->apart ? members_apart(walk->inbox) : members_joined(walk->inbox);
	query_bind_int(walk->query, walk->group);
	query_bind_int(walk->query, after);
	query_bind_int(walk->query, walk->held);
}

struct inbox_walk inbox_members_begin(struct inbox *inbox, int64_t group, int64_t after, bool held)
{
	struct inbox_walk walk = {.inbox = inbox, .group = group, .held = held};

	walk.last = after;
	walk.apart = member_id_cache_prepare(inbox);
	members_ask(&walk, after);
	return walk;
}

struct inbox_walk inbox_memberships_begin(struct inbox *inbox, int64_t member)
{
	struct query *q =
		db_query(inbox->db, "SELECT person, team FROM member WHERE person = ? AND "
				    "held = 0 ORDER BY person, team");

	query_bind_int(q, member);
	return (struct inbox_walk){.inbox = inbox, .query = q};
}

struct inbox_walk inbox_memberships_begin_after(struct inbox *inbox, int64_t member)
{
	struct query *q =
		db_query(inbox->db, "SELECT person, team FROM member WHERE person > ? AND "
				    "held = 0 ORDER BY person, team");

	query_bind_int(q, member);
	return (struct inbox_walk){.inbox = inbox, .query = q};
}

bool inbox_membership_next(struct inbox_walk *walk, int64_t *ret_member, int64_t *ret_group)
{
	if (!query_next(walk->query))
		return false;
	*ret_member = query_int(walk->query, 0);
	*ret_group = query_int(walk->query, 1);
	return true;
}

/* The same walk from the last row on, the other way. */
static void members_turn(struct inbox_walk *walk, bool apart)
{
	query_end(walk->query);
	walk->apart = apart;
	members_ask(walk, walk->last);
}

static bool member_joined_next(struct inbox_walk *walk, struct inbox_member *ret, char space[37])
{
	struct query *q = walk->query;

	if (!query_next(q)) {
		member_lookups_add(walk->inbox, walk->seen);
		return false;
	}
	*ret = (struct inbox_member){.row = query_int(q, 0),
				     .display = query_str(q, 1),
				     .held = query_int(q, 2),
				     .id = id_unpack(query_blob(q, 3), space),
				     .kind = (enum inbox_kind)query_int(q, 4)};
	walk->last = ret->row;
	walk->seen++;
	return true;
}

bool inbox_member_next(struct inbox_walk *walk, struct inbox_member *ret, char space[37])
{
	const struct member_id *known;
	struct query *q;

	if (walk->seen == LOOK_AGAIN && !walk->stays) {
		member_lookups_add(walk->inbox, walk->seen);
		members_turn(walk, member_id_cache_prepare(walk->inbox));
	}
	if (!walk->apart)
		return member_joined_next(walk, ret, space);
	q = walk->query;
	if (!query_next(q))
		return false;
	*ret = (struct inbox_member){
		.row = query_int(q, 0), .display = query_str(q, 1), .held = query_int(q, 2)};
	known = member_id_find(walk->inbox, ret->row);
	if (!known) {
		walk->stays = true;
		members_turn(walk, false);
		return member_joined_next(walk, ret, space);
	}
	uuid_unpack(known->id, space);
	ret->id = str_make(space, 36);
	ret->kind = (enum inbox_kind)known->kind;
	walk->last = ret->row;
	return true;
}

int64_t inbox_members_count(struct inbox *inbox, int64_t group)
{
	struct query *q =
		db_query(inbox->db, "SELECT count(*) FROM member WHERE team = ? AND held = 0");

	query_bind_int(q, group);
	return query_first_int(q);
}

bool inbox_members_exceed(struct inbox *inbox, int64_t group, int64_t count)
{
	struct query *q = db_query(inbox->db, "SELECT count(*) FROM (SELECT 1 FROM member WHERE "
					      "team = ? AND held = 0 LIMIT ?)");

	query_bind_int(q, group);
	query_bind_int(q, count + 1);
	return query_first_int(q) > count;
}

bool inbox_is_member(struct inbox *inbox, int64_t group, int64_t member)
{
	struct query *q = db_query(inbox->db, "SELECT 1 FROM member WHERE team = ? AND person = ? "
					      "AND held = 0");

	query_bind_int(q, group);
	query_bind_int(q, member);
	return query_first_int(q) != 0;
}

bool inbox_member_add(struct inbox *inbox, int64_t group, int64_t member, str display)
{
	struct query *q;

	if (inbox_is_member(inbox, group, member)) {
		if (display.n == 0)
			return false;
		q = db_query(inbox->db, "UPDATE member SET display = ? WHERE team = ? AND "
					"person = ? AND display IS NOT ?1");
		query_bind_str(q, display);
		query_bind_int(q, group);
		query_bind_int(q, member);
		query_run(q);
		return db_changes(inbox->db) > 0;
	}
	q = db_query(inbox->db, "INSERT INTO member (team, person, display, held) VALUES "
				"(?, ?, ?, 0) ON CONFLICT DO UPDATE SET held = 0, display = "
				"coalesce(excluded.display, display)");
	query_bind_int(q, group);
	query_bind_int(q, member);
	if (display.n > 0)
		query_bind_str(q, display);
	else
		query_bind_null(q);
	query_run(q);
	totals_of(inbox)->members++;
	return true;
}

bool inbox_member_remove(struct inbox *inbox, int64_t group, int64_t member, int64_t held)
{
	struct query *q = held ? db_query(inbox->db, "UPDATE member SET held = ?3 WHERE team = ?1 "
						     "AND person = ?2 AND held = 0")
			       : db_query(inbox->db, "DELETE FROM member WHERE team = ?1 AND "
						     "person = ?2 AND held = 0");

	query_bind_int(q, group);
	query_bind_int(q, member);
	if (held)
		query_bind_int(q, held);
	query_run(q);
	if (db_changes(inbox->db) == 0)
		return false;
	totals_of(inbox)->members--;
	return true;
}

void inbox_memberships_hold(struct inbox *inbox, int64_t row, int64_t since)
{
	static const char *const sides[] = {
		"UPDATE member SET held = ? WHERE team = ? AND held = 0",
		"UPDATE member SET held = ? WHERE person = ? AND held = 0"};

	for (size_t i = 0; i < 2; i++) {
		struct query *q = db_query(inbox->db, sides[i]);

		query_bind_int(q, since);
		query_bind_int(q, row);
		query_run(q);
		totals_of(inbox)->members -= (int64_t)db_changes(inbox->db);
	}
}
