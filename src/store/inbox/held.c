/* SPDX-License-Identifier: Apache-2.0 */
/* Held removals: counted, listed, told by a checksum, and decided in one transaction. */
#include "store/inbox/held.h"

#include "base/clock.h"
#include "base/hash.h"
#include "store/inbox/internal.h"

struct inbox_held inbox_held(struct inbox *inbox)
{
	struct inbox_held held = {0};
	struct query *q =
		db_query(inbox->db, "SELECT count(*) FILTER (WHERE kind = 1), count(*) "
				    "FILTER (WHERE kind = 2), coalesce(min(held), 0) FROM "
				    "resource WHERE held <> 0");

	if (query_next(q))
		held = (struct inbox_held){query_int(q, 0), query_int(q, 1), 0, query_int(q, 2)};
	query_end(q);
	q = db_query(inbox->db,
		     "SELECT count(*), coalesce(min(held), 0) FROM member WHERE held <> 0");
	if (query_next(q)) {
		int64_t since = query_int(q, 1);

		held.members = query_int(q, 0);
		if (held.since == 0 || (since != 0 && since < held.since))
			held.since = since;
	}
	query_end(q);
	return held;
}

/* Each id with its length in front, so that no two sets read the same. */
static void column_add(struct buf *out, struct query *q, int column)
{
	str bytes = query_blob(q, column);

	buf_printf(out, "%zu:", bytes.n);
	buf_put(out, bytes);
}

void inbox_held_checksum(struct inbox *inbox, char ret[HELD_CHECKSUM_SIZE])
{
	struct query *q =
		db_query(inbox->db, "SELECT id FROM resource WHERE held <> 0 ORDER BY id");
	struct buf all = {0};

	while (query_next(q))
		column_add(&all, q, 0);
	buf_char(&all, '\n');
	q = db_query(inbox->db,
		     "SELECT t.id, p.id FROM member AS m JOIN resource AS t ON t.row = m.team JOIN "
		     "resource AS p ON p.row = m.person WHERE m.held <> 0 ORDER BY t.id, p.id");
	while (query_next(q)) {
		column_add(&all, q, 0);
		column_add(&all, q, 1);
	}
	ret[0] = '\0';
	if (all.n > 1)
		sha256_hex(buf_str(&all), ret);
	buf_clear(&all);
}

/* Tokens of one second are not told apart; the list is cut before they are looked up. */
static const char held_sql[] =
	"WITH who AS MATERIALIZED (SELECT at, group_concat(DISTINCT token) AS tokens FROM removal "
	"WHERE held = 1 GROUP BY at), "
	"things AS (SELECT kind, NULL AS team, coalesce(label, name) AS name, id, held FROM "
	"resource WHERE held <> 0 ORDER BY kind, 3), "
	"places AS (SELECT p.kind, t.label AS team, coalesce(p.label, p.name) AS name, p.id, "
	"m.held "
	"FROM member AS m JOIN resource AS t ON t.row = m.team JOIN resource AS p ON p.row = "
	"m.person WHERE m.held <> 0 ORDER BY t.name, 3), "
	"listed AS (SELECT * FROM things UNION ALL SELECT * FROM places LIMIT ?) "
	"SELECT listed.*, (SELECT tokens FROM who WHERE at = listed.held) FROM listed";

int inbox_held_list(struct inbox *inbox, int64_t limit, struct arena *arena, struct held_list *ret,
		    struct err *err)
{
	struct held_list list = {0};
	struct query *q = db_query(inbox->db, held_sql);
	char space[37];

	query_bind_int(q, limit);
	while (query_next(q)) {
		struct held_removal *h = list_add(&list.items);
		str name = query_str(q, 2);

		*h = (struct held_removal){.user = query_int(q, 0) == INBOX_USER,
					   .tokens = arena_str(arena, query_str(q, 5)),
					   .since = query_int(q, 4)};
		if (!query_is_null(q, 1))
			h->group = arena_str(arena, query_str(q, 1));
		h->name = arena_str(arena, name.n > 0 ? name : id_unpack(query_blob(q, 3), space));
	}
	if (inbox_error(inbox, err) < 0) {
		list_clear(&list.items);
		return -1;
	}
	*ret = list;
	return 0;
}

/* Deciding -------------------------------------------------------------------- */

#define HELD_ROWS "(SELECT row FROM resource WHERE held <> 0)"
#define HELD_TEAMS "(SELECT team FROM member WHERE held <> 0)"

static void run_at(struct inbox *inbox, const char *sql, int64_t version)
{
	struct query *q = db_query(inbox->db, sql);

	query_bind_int(q, version);
	query_bind_int(q, clock_now());
	query_run(q);
}

static int64_t delete_members(struct inbox *inbox, const char *sql)
{
	db_run(inbox->db, sql);
	return (int64_t)db_changes(inbox->db);
}

/* By sets, not one by one: the service waits for this transaction. */
static void held_approve(struct inbox *inbox, const struct inbox_held *held)
{
	struct inbox_totals *totals = totals_of(inbox);
	int64_t version = version_next(inbox);

	/* Every tombstone has a version of its own. */
	run_at(inbox,
	       "INSERT INTO tombstone SELECT ?1 + row_number() OVER (ORDER BY row), id, kind, "
	       "external, ?2 FROM resource WHERE held <> 0",
	       version);
	inbox->version = version + held->users + held->groups;
	run_at(inbox,
	       "UPDATE resource SET version = ?, modified = ? WHERE row IN " HELD_TEAMS
	       " OR row IN (SELECT team FROM member WHERE person IN " HELD_ROWS ")",
	       version_next(inbox));
	db_run(inbox->db, "DELETE FROM member WHERE held <> 0");
	totals->members -= delete_members(inbox, "DELETE FROM member WHERE team IN " HELD_ROWS);
	totals->members -= delete_members(inbox, "DELETE FROM member WHERE person IN " HELD_ROWS);
	db_run(inbox->db, "DELETE FROM address WHERE row IN " HELD_ROWS);
	db_run(inbox->db, "DELETE FROM resource WHERE held <> 0");
	db_run(inbox->db, "UPDATE removal SET held = 0 WHERE held = 1");
}

static void held_reject(struct inbox *inbox, const struct inbox_held *held)
{
	struct inbox_totals *totals = totals_of(inbox);

	totals->users += held->users;
	totals->groups += held->groups;
	totals->members += held->members;
	run_at(inbox,
	       "UPDATE resource SET version = ?, modified = ? WHERE held <> 0 OR row IN " HELD_TEAMS
	       " OR row IN (SELECT team FROM member WHERE person IN " HELD_ROWS ")",
	       version_next(inbox));
	db_run(inbox->db, "UPDATE resource SET held = 0 WHERE held <> 0");
	db_run(inbox->db, "UPDATE member SET held = 0 WHERE held <> 0");
	db_run(inbox->db, "DELETE FROM removal WHERE held = 1");
}

static int held_checksum_check(struct inbox *inbox, str checksum, bool approve, struct err *err)
{
	char now[HELD_CHECKSUM_SIZE];

	inbox_held_checksum(inbox, now);
	if (inbox_error(inbox, err) < 0)
		return -1;
	if (now[0] == '\0')
		return err_set(err, REACH_RUN, CODE_DATA, "no removals are held");
	return decision_check(
		&(struct held_thing){str_of(now), "what is held", "`muster status`",
				     "it moved since; look at it again with `muster status`"},
		checksum, approve, err);
}

int inbox_decide(struct inbox *inbox, str checksum, bool approve, struct inbox_held *ret_decided,
		 struct err *err)
{
	struct inbox_held held;

	inbox_begin(inbox);
	if (held_checksum_check(inbox, checksum, approve, err) < 0) {
		inbox_rollback(inbox);
		return -1;
	}
	held = inbox_held(inbox);
	if (approve)
		held_approve(inbox, &held);
	else
		held_reject(inbox, &held);
	if (inbox_commit(inbox, err) < 0)
		return -1;
	*ret_decided = held;
	return 0;
}
