/* SPDX-License-Identifier: Apache-2.0 */
/* What the inbox counts: how much there is, and the versions it gives. */
#include "store/inbox/internal.h"

struct inbox_totals inbox_totals(struct inbox *inbox)
{
	struct inbox_totals totals = {0};
	struct query *q;

	if (inbox->counted)
		return inbox->totals;
	q = db_query(inbox->db, "SELECT users, teams, members FROM total");
	if (query_next(q))
		totals = (struct inbox_totals){query_int(q, 0), query_int(q, 1), query_int(q, 2)};
	query_end(q);
	return totals;
}

struct inbox_totals *totals_of(struct inbox *inbox)
{
	if (!inbox->counted)
		inbox->totals = inbox_totals(inbox);
	inbox->counted = true;
	return &inbox->totals;
}

void totals_store(struct inbox *inbox)
{
	struct query *q;

	if (!inbox->counted)
		return;
	q = db_query(inbox->db, "UPDATE total SET users = ?, teams = ?, members = ?");
	query_bind_int(q, inbox->totals.users);
	query_bind_int(q, inbox->totals.groups);
	query_bind_int(q, inbox->totals.members);
	query_run(q);
	inbox->counted = false;
}

int64_t inbox_version(struct inbox *inbox)
{
	struct query *q = db_query(inbox->db, "SELECT max(coalesce((SELECT max(version) FROM "
					      "resource), 0), coalesce((SELECT max(version) FROM "
					      "tombstone), 0))");

	return query_first_int(q);
}

int64_t version_next(struct inbox *inbox)
{
	if (inbox->version == 0)
		inbox->version = inbox_version(inbox);
	return ++inbox->version;
}
