/* SPDX-License-Identifier: Apache-2.0 */
/* Members of one group: a delta in as few requests as the server takes, never a replacement of the
 * whole list. */
#include "base/clock.h"
#include "base/crashpoint.h"
#include "connect/ldap/write/internal.h"

static bool group_must_not_be_empty(const struct write_batch *w, const struct group_op *op)
{
	return !group_may_be_empty(w->c->rootdse.kind, op->class);
}

static void in_flight_add(struct group_op *op, struct pending_members *pending, size_t max)
{
	for (size_t i = pending->first; i < pending->items.count && max; i++) {
		if (pending->items.items[i].settled)
			continue;
		list_push(&op->in_flight, &pending->items.items[i]);
		max--;
	}
}

/* Removals and additions share a request, so that a group that is exchanged whole never stands
 * empty on the way. */
static void in_flight_fill(struct group_op *op)
{
	size_t removes = op->adds.left ? (op->chunk + 1) / 2 : op->chunk;
	size_t adds;

	op->in_flight.count = 0;
	in_flight_add(op, &op->removes, removes);
	op->in_flight_removes = op->in_flight.count;
	adds = op->chunk - op->in_flight_removes;
	in_flight_add(op, &op->adds, adds);
}

/* LDAP_MOD_DELETE of the removals under way or LDAP_MOD_ADD of the additions, and perhaps of the
 * empty member. NULL when there is nothing. */
static LDAPMod *members_mod(struct write_batch *w, const struct group_op *op, int operation,
			    bool with_empty, struct arena *arena)
{
	bool removes = operation == LDAP_MOD_DELETE;
	size_t from = removes ? 0 : op->in_flight_removes;
	size_t to = removes ? op->in_flight_removes : op->in_flight.count, count = 0;
	str *values = arena_array(arena, str, to - from + 1);

	for (size_t i = from; i < to; i++)
		values[count++] = op->in_flight.items[i]->value;
	if (with_empty)
		values[count++] = str_of(w->c->settings.empty_member);
	return count ? mod_build(operation, op->class->members, values, count, arena) : NULL;
}

/* The group ends with its last member, where the admin wants that. */
static int empty_group_send_delete(struct write_batch *w, struct group_op *op)
{
	return ldap_delete_ext(w->c->session->ld, op->dn.p, NULL, NULL, &op->message_id);
}

static int members_send_modify(struct write_batch *w, struct group_op *op)
{
	struct arena arena = {0};
	LDAPMod *mods[3] = {NULL, NULL, NULL}, *mod;
	size_t adds = op->in_flight.count - op->in_flight_removes, count = 0;
	int code;

	op->drops_empty_member = op->has_empty_member && adds > 0 && group_must_not_be_empty(w, op);
	op->puts_empty_member = op->needs_empty_member && !op->has_empty_member;
	mod = members_mod(w, op, LDAP_MOD_DELETE, op->drops_empty_member, &arena);
	if (mod)
		mods[count++] = mod;
	mod = members_mod(w, op, LDAP_MOD_ADD, op->puts_empty_member, &arena);
	if (mod)
		mods[count++] = mod;
	code = ldap_modify_ext(w->c->session->ld, op->dn.p, mods, NULL, NULL, &op->message_id);
	arena_clear(&arena);
	return code;
}

int members_send(struct write_batch *w, struct group_op *op, struct err *err)
{
	int code;

	in_flight_fill(op);
	if (op->in_flight.count == 0) {
		group_op_advance(op);
		return 0;
	}
	crashpoint_pass("LDAP change of members");
	code = op->deletes_empty ? empty_group_send_delete(w, op) : members_send_modify(w, op);
	return code == LDAP_SUCCESS ? 0 : group_op_lost(w, op, code, err, "change members of");
}

/* --- results */

/* Halves the request until the one value is found that the server does not take. */
static void members_narrow(struct write_batch *w, struct group_op *op,
			   const struct ldap_result *result)
{
	struct err why;

	if (op->in_flight.count > 1) {
		op->chunk = op->in_flight.count / 2;
		return;
	}
	group_op_err(w, op, result, &why, "change the member");
	in_flight_settle(w, op, OUTCOME_REFUSED, &why);
}

/*
 * The group would be without members, and its class forbids that. True: the next request does
 * something about it.
 */
static bool group_avoid_empty(struct write_batch *w, struct group_op *op)
{
	if (op->in_flight_removes == 0 || op->needs_empty_member || op->has_empty_member)
		return false;
	if (w->c->settings.empty == EMPTY_KEEP)
		return false;
	if (w->c->settings.empty == EMPTY_DELETE && op->adds.left == 0 &&
	    op->removes.left == op->in_flight_removes)
		op->deletes_empty = true;
	else
		op->needs_empty_member = true;
	return true;
}

static void group_refuse_empty(struct write_batch *w, struct group_op *op,
			       const struct ldap_result *result)
{
	struct err why;

	if (w->c->settings.empty == EMPTY_KEEP && op->in_flight_removes &&
	    op->in_flight.count == 1) {
		err_set(&why, REACH_ENTRY, CODE_REFUSED,
			"%.*s: it is the last member, and a %s may not stand empty: set "
			"groups.empty to placeholder or delete",
			STR_ARG(op->dn), op->class->name);
		in_flight_settle(w, op, OUTCOME_REFUSED, &why);
		return;
	}
	members_narrow(w, op, result);
}

static void members_on_success(struct write_batch *w, struct group_op *op)
{
	in_flight_settle(w, op, OUTCOME_DONE, NULL);
	if (op->drops_empty_member)
		op->has_empty_member = false;
	if (op->puts_empty_member)
		op->has_empty_member = true;
	op->needs_empty_member = op->was_compared = false;
	op->tries = 0;
	op->chunk = op->chunk * 2 < CHUNK_MAX ? op->chunk * 2 : CHUNK_MAX;
	if (op->deletes_empty) {
		op->deletes_empty = false;
		op->step = STEP_OVER;
	}
}

/* What is not as we thought: somebody else changed the group, or a request of ours did more than we
 * heard. */
static int members_on_conflict(struct write_batch *w, struct group_op *op,
			       const struct ldap_result *result, struct err *err)
{
	if (op->was_compared) {
		members_narrow(w, op, result);
		return 0;
	}
	op->was_compared = true;
	return members_compare(w, op, err);
}

static void members_on_busy(struct write_batch *w, struct group_op *op,
			    const struct ldap_result *result)
{
	struct err why;

	if (++op->tries < TRIES_MAX) {
		clock_sleep(100 << op->tries);
		return;
	}
	group_op_err(w, op, result, &why, "change members");
	group_op_end(w, op, OUTCOME_LATER, &why);
}

int members_on_result(struct write_batch *w, struct group_op *op, const struct ldap_result *result,
		      struct err *err)
{
	struct err why;

	switch (result->code) {
	case LDAP_SUCCESS:
		members_on_success(w, op);
		return 0;
	case LDAP_NO_SUCH_ATTRIBUTE:
	case LDAP_TYPE_OR_VALUE_EXISTS:
	case LDAP_ALREADY_EXISTS:
	case LDAP_UNWILLING_TO_PERFORM:
	case LDAP_NO_SUCH_OBJECT:
		return members_on_conflict(w, op, result, err);
	case LDAP_OBJECT_CLASS_VIOLATION:
		if (!group_avoid_empty(w, op))
			group_refuse_empty(w, op, result);
		return 0;
	case LDAP_BUSY:
	case LDAP_UNAVAILABLE:
	case LDAP_OTHER:
	case LDAP_TIMELIMIT_EXCEEDED:
	case LDAP_ADMINLIMIT_EXCEEDED:
		members_on_busy(w, op, result);
		return 0;
	case LDAP_INSUFFICIENT_ACCESS:
		group_op_err(w, op, result, &why, "change members");
		group_op_end(w, op, OUTCOME_REFUSED, &why);
		return 0;
	default:
		members_narrow(w, op, result);
		return 0;
	}
}

int members_recheck(struct write_batch *w, struct group_op *op, struct err *err)
{
	/* A request that a server drops for its size is tried again in halves. */
	if (op->in_flight.count > 1)
		op->chunk = (op->in_flight.count + 1) / 2;
	op->in_flight.count = 0;
	op->deletes_empty = false;
	return members_compare(w, op, err);
}
