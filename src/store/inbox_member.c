/* SPDX-License-Identifier: Apache-2.0 */
/* Memberships: one row each, found from either side, counted. */
#include "store/inbox_inner.h"

struct inbox_walk inbox_members(struct inbox *inbox, int64_t team, int64_t after, bool held)
{
	struct query *q = db_query(
		inbox->db,
		"SELECT m.person, r.id, r.kind, m.display, r.label, m.held FROM member AS m CROSS "
		"JOIN resource AS r ON r.row = m.person WHERE m.team = ? AND m.person > ? AND "
		"(?3 OR (m.held = 0 AND r.held = 0)) ORDER BY m.person");

	query_bind_int(q, team);
	query_bind_int(q, after);
	query_bind_int(q, held);
	return (struct inbox_walk){inbox, q};
}

struct inbox_walk inbox_teams(struct inbox *inbox, int64_t person)
{
	struct query *q = db_query(
		inbox->db,
		"SELECT m.team, r.id, r.kind, NULL, r.label, m.held FROM member AS m CROSS JOIN "
		"resource AS r ON r.row = m.team WHERE m.person = ? AND m.held = 0 AND r.held = 0 "
		"ORDER BY m.team");

	query_bind_int(q, person);
	return (struct inbox_walk){inbox, q};
}

bool inbox_member_next(struct inbox_walk *walk, struct inbox_member *ret, char space[37])
{
	struct query *q = walk->query;

	if (!query_next(q))
		return false;
	*ret = (struct inbox_member){.row = query_int(q, 0),
				     .id = id_unpack(query_blob(q, 1), space),
				     .kind = (enum inbox_kind)query_int(q, 2),
				     .display = query_str(q, 3),
				     .label = query_str(q, 4),
				     .held = query_int(q, 5)};
	return true;
}

static int64_t number_of(struct query *q)
{
	int64_t number = query_next(q) ? query_int(q, 0) : 0;

	query_end(q);
	return number;
}

int64_t inbox_members_count(struct inbox *inbox, int64_t team)
{
	struct query *q =
		db_query(inbox->db, "SELECT count(*) FROM member WHERE team = ? AND held = 0");

	query_bind_int(q, team);
	return number_of(q);
}

bool inbox_members_exceed(struct inbox *inbox, int64_t team, int64_t count)
{
	struct query *q = db_query(inbox->db, "SELECT count(*) FROM (SELECT 1 FROM member WHERE "
					      "team = ? AND held = 0 LIMIT ?)");

	query_bind_int(q, team);
	query_bind_int(q, count + 1);
	return number_of(q) > count;
}

bool inbox_is_member(struct inbox *inbox, int64_t team, int64_t person)
{
	struct query *q = db_query(inbox->db, "SELECT 1 FROM member WHERE team = ? AND person = ? "
					      "AND held = 0");

	query_bind_int(q, team);
	query_bind_int(q, person);
	return number_of(q) != 0;
}

bool inbox_member_add(struct inbox *inbox, int64_t team, int64_t person, str display)
{
	struct query *q;

	if (inbox_is_member(inbox, team, person)) {
		if (display.n == 0)
			return false;
		q = db_query(inbox->db, "UPDATE member SET display = ? WHERE team = ? AND "
					"person = ? AND display IS NOT ?1");
		query_bind_str(q, display);
		query_bind_int(q, team);
		query_bind_int(q, person);
		query_run(q);
		return db_changes(inbox->db) > 0;
	}
	q = db_query(inbox->db, "INSERT INTO member (team, person, display, held) VALUES "
				"(?, ?, ?, 0) ON CONFLICT DO UPDATE SET held = 0, display = "
				"coalesce(excluded.display, display)");
	query_bind_int(q, team);
	query_bind_int(q, person);
	if (display.n > 0)
		query_bind_str(q, display);
	else
		query_bind_null(q);
	query_run(q);
	totals_of(inbox)->members++;
	return true;
}

bool inbox_member_remove(struct inbox *inbox, int64_t team, int64_t person, int64_t held)
{
	struct query *q = held ? db_query(inbox->db, "UPDATE member SET held = ?3 WHERE team = ?1 "
						     "AND person = ?2 AND held = 0")
			       : db_query(inbox->db, "DELETE FROM member WHERE team = ?1 AND "
						     "person = ?2 AND held = 0");

	query_bind_int(q, team);
	query_bind_int(q, person);
	if (held)
		query_bind_int(q, held);
	query_run(q);
	if (db_changes(inbox->db) == 0)
		return false;
	totals_of(inbox)->members--;
	return true;
}

int64_t inbox_members_clear(struct inbox *inbox, int64_t team, int64_t held)
{
	struct query *q =
		held ? db_query(inbox->db,
				"UPDATE member SET held = ?2 WHERE team = ?1 AND held = 0")
		     : db_query(inbox->db, "DELETE FROM member WHERE team = ?1 AND held = 0");
	int64_t count;

	query_bind_int(q, team);
	if (held)
		query_bind_int(q, held);
	query_run(q);
	count = (int64_t)db_changes(inbox->db);
	totals_of(inbox)->members -= count;
	return count;
}
