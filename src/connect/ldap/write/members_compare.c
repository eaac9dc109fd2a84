/* SPDX-License-Identifier: Apache-2.0 */
/* Which members a group has now, and what of a batch holds already. */
#include "connect/ldap/write/internal.h"

static void member_key(const struct group_op *op, str value, struct buf *key)
{
	buf_reset(key);
	if (!op->class->members_are_dns || !dn_key(value, key))
		buf_put(key, value);
}

/* Settles what holds: an added member that is there, a removed one that is not. */
static void pending_compare(struct write_batch *w, struct group_op *op,
			    struct pending_members *pending, bool there,
			    const struct intern *members)
{
	struct buf key = {0};

	for (size_t i = pending->first; i < pending->items.count; i++) {
		struct member_change *m = &pending->items.items[i];

		member_key(op, m->value, &key);
		if (!m->settled && (intern_find(members, buf_str(&key)) != INTERN_NONE) == there)
			pending_settle(w, pending, m, OUTCOME_ALREADY, NULL);
	}
	buf_clear(&key);
}

/* The members that a read has shown so far. */
struct members_seen {
	const struct group_op *op;
	struct intern keys;
	struct buf key; /* scratch */
};

static void members_see(void *context, str value)
{
	struct members_seen *seen = context;

	member_key(seen->op, value, &seen->key);
	intern_put(&seen->keys, buf_str(&seen->key));
}

/* *ret_gone: there is no such group. */
static int members_read_all(struct write_batch *w, const struct group_op *op,
			    struct members_seen *seen, bool *ret_gone, struct err *err)
{
	bool ad = w->c->rootdse.kind == SERVER_AD;
	const struct range_query query = {op->dn.p, op->class->members, ad, 0};
	enum range_end end;

	if (range_read(w->c->session, &query, members_see, seen, &end, err) < 0)
		return -1;
	*ret_gone = end == RANGE_GONE;
	if (end != RANGE_CUT)
		return 0;
	/* What a list that is cut does not show may be there all the same. */
	return err_set(err, REACH_SYSTEM, CODE_DATA, "%s: the members of %.*s have no end",
		       w->c->session->url, STR_ARG(op->dn));
}

/* Nobody is a member of a group that is gone. */
static void group_end_gone(struct write_batch *w, struct group_op *op,
			   const struct members_seen *seen)
{
	struct err why;

	pending_compare(w, op, &op->removes, false, &seen->keys);
	err_set(&why, REACH_ENTRY, CODE_PARTLY, "%.*s: the group is gone", STR_ARG(op->dn));
	group_op_end(w, op, OUTCOME_REFUSED, &why);
}

int members_compare(struct write_batch *w, struct group_op *op, struct err *err)
{
	struct members_seen seen = {.op = op};
	bool gone;
	int done = members_read_all(w, op, &seen, &gone, err);

	if (done == 0 && gone) {
		group_end_gone(w, op, &seen);
	} else if (done == 0) {
		member_key(op, str_of(w->c->settings.empty_member), &seen.key);
		op->has_empty_member = intern_find(&seen.keys, buf_str(&seen.key)) != INTERN_NONE;
		pending_compare(w, op, &op->removes, false, &seen.keys);
		pending_compare(w, op, &op->adds, true, &seen.keys);
	}
	buf_clear(&seen.key);
	intern_clear(&seen.keys);
	return done;
}
