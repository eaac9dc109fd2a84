/* SPDX-License-Identifier: Apache-2.0 */
/* Removals: what is deleted for good, what is held because too much left in too short a time. */
#include "base/clock.h"
#include "store/inbox/internal.h"

static int64_t delete_rows(struct inbox *inbox, const char *sql, int64_t row)
{
	struct query *q = db_query(inbox->db, sql);

	query_bind_int(q, row);
	query_run(q);
	return (int64_t)db_changes(inbox->db);
}

static void tombstone_put(struct inbox *inbox, const struct inbox_resource *r)
{
	struct query *q = db_query(inbox->db, "INSERT INTO tombstone VALUES (?, ?, ?, ?, ?)");
	uint8_t packed[ID_SIZE_MAX];

	query_bind_int(q, version_next(inbox));
	query_bind_blob(q, packed, id_pack(r->id, packed));
	query_bind_int(q, r->kind);
	if (r->external.n > 0)
		query_bind_str(q, r->external);
	else
		query_bind_null(q);
	query_bind_int(q, clock_now());
	query_run(q);
}

/* Groups that lose a member by its deletion have changed too. */
static void groups_touch(struct inbox *inbox, int64_t member)
{
	struct query *q = db_query(inbox->db, "UPDATE resource SET version = ?, modified = ? WHERE "
					      "row IN (SELECT team FROM member WHERE person = ?)");

	query_bind_int(q, version_next(inbox));
	query_bind_int(q, clock_now());
	query_bind_int(q, member);
	query_run(q);
}

static void totals_take_out(struct inbox *inbox, enum inbox_kind kind)
{
	if (kind == INBOX_USER)
		totals_of(inbox)->users--;
	else if (kind == INBOX_GROUP)
		totals_of(inbox)->groups--;
}

/* On both sides. */
static int64_t memberships_count(struct inbox *inbox, int64_t row)
{
	struct query *q = db_query(inbox->db,
				   "SELECT (SELECT count(*) FROM member WHERE team = ?1 AND "
				   "held = 0) + (SELECT count(*) FROM member WHERE person = ?1 AND "
				   "held = 0)");

	query_bind_int(q, row);
	return query_first_int(q);
}

void inbox_delete(struct inbox *inbox, const struct inbox_resource *r)
{
	int64_t visible = memberships_count(inbox, r->row);

	tombstone_put(inbox, r);
	groups_touch(inbox, r->row);
	delete_rows(inbox, "DELETE FROM member WHERE team = ?", r->row);
	delete_rows(inbox, "DELETE FROM member WHERE person = ?", r->row);
	delete_rows(inbox, "DELETE FROM resource WHERE row = ?", r->row);
	totals_of(inbox)->members -= visible;
	if (!r->held)
		totals_take_out(inbox, r->kind);
}

void inbox_forget(struct inbox *inbox, str id)
{
	struct query *q = db_query(inbox->db, "SELECT row FROM resource WHERE id = ? AND kind = 0");
	uint8_t packed[ID_SIZE_MAX];
	int64_t row;

	query_bind_blob(q, packed, id_pack(id, packed));
	row = query_first_int(q);
	if (row == 0)
		return;
	groups_touch(inbox, row);
	totals_of(inbox)->members -= delete_rows(inbox, "DELETE FROM member WHERE person = ?", row);
	delete_rows(inbox, "DELETE FROM resource WHERE row = ?", row);
}

void inbox_hold(struct inbox *inbox, struct inbox_resource *r, int64_t since)
{
	struct query *q =
		db_query(inbox->db, "UPDATE resource SET held = ?, version = ?, modified = ? "
				    "WHERE row = ? AND held = 0");

	r->held = since;
	query_bind_int(q, r->held);
	query_bind_int(q, version_next(inbox));
	query_bind_int(q, clock_now());
	query_bind_int(q, r->row);
	query_run(q);
	/* Its groups do not show it any more. */
	groups_touch(inbox, r->row);
	totals_take_out(inbox, r->kind);
}

void inbox_unhold(struct inbox *inbox, struct inbox_resource *r)
{
	struct query *q = db_query(inbox->db, "UPDATE resource SET held = 0 WHERE row = ?");
	struct inbox_totals *totals = totals_of(inbox);

	query_bind_int(q, r->row);
	query_run(q);
	if (r->kind == INBOX_USER)
		totals->users++;
	else
		totals->groups++;
}

int64_t inbox_removals_since(struct inbox *inbox, enum inbox_kind kind, int64_t since)
{
	struct query *q = db_query(inbox->db, "SELECT coalesce(sum(count), 0) FROM removal WHERE "
					      "at >= ? AND kind = ?");

	query_bind_int(q, since);
	query_bind_int(q, kind);
	return query_first_int(q);
}

void inbox_removal_add(struct inbox *inbox, enum inbox_kind kind, int64_t count, str token,
		       int64_t held)
{
	struct query *q = db_query(inbox->db, "INSERT INTO removal (at, kind, count, token, held) "
					      "VALUES (?, ?, ?, ?, ?)");

	query_bind_int(q, held ? held : clock_now());
	query_bind_int(q, kind);
	query_bind_int(q, count);
	query_bind_str(q, token);
	query_bind_int(q, held != 0);
	query_run(q);
}

void inbox_removals_forget(struct inbox *inbox, int64_t before)
{
	struct query *q = db_query(inbox->db, "DELETE FROM removal WHERE at < ? AND held = 0");

	query_bind_int(q, before);
	query_run(q);
}

int64_t inbox_stamp(struct inbox *inbox)
{
	return db_stamp(inbox->db);
}
