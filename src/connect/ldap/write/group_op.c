/* SPDX-License-Identifier: Apache-2.0 */
/* Outcomes of one group's operation, and its way from step to step. */
#include "connect/ldap/write/internal.h"

void outcome_tell(struct write_batch *w, struct change *change, enum outcome outcome, str id,
		  const struct err *err)
{
	w->sink(w->context, change, outcome, id, err);
	w->told++;
	connection_progress(&w->c->base, w->told);
}

void group_op_err(const struct write_batch *w, const struct group_op *op,
		  const struct ldap_result *result, struct err *ret, const char *what)
{
	char name[RESULT_NAME_SIZE];
	const char *colon = *result->text ? ": " : "";

	ldap_result_name(result->code, name);
	if (result->code == LDAP_INSUFFICIENT_ACCESS)
		err_set(ret, REACH_ENTRY, CODE_REFUSED,
			"%.*s: no right to %s: %s%s%s; give %s write access to it%s%s",
			STR_ARG(op->dn), what, name, colon, result->text,
			ldap_connection_account(w->c), op->class ? " and its " : "",
			op->class ? op->class->members : "");
	else
		err_set(ret, REACH_ENTRY,
			ldap_result_is_outage(result->code) ? CODE_LATER : CODE_PARTLY,
			"%.*s: cannot %s: %s%s%s", STR_ARG(op->dn), what, name, colon,
			result->text);
	ret->again = ldap_result_is_outage(result->code);
}

void group_op_advance(struct group_op *op)
{
	if (op->chunk == 0)
		op->chunk = CHUNK_MAX;
	if (op->create)
		op->step = STEP_CREATE;
	else if (op->rename)
		op->step = STEP_RENAME;
	else if (op->adds.left || op->removes.left)
		op->step = STEP_MEMBERS;
	else
		op->step = op->remove ? STEP_DELETE : STEP_OVER;
}

int group_op_lost(const struct write_batch *w, struct group_op *op, int code, struct err *err,
		  const char *what)
{
	const struct ldap_result result = {.code = code};

	op->message_id = 0;
	op->is_uncertain = true;
	return ldap_result_err(w->c->session, &result, err, "%s %.*s", what, STR_ARG(op->dn));
}

/* --- members */

void pending_settle(struct write_batch *w, struct pending_members *pending, struct member_change *m,
		    enum outcome outcome, const struct err *err)
{
	if (m->settled)
		return;
	m->settled = true;
	pending->left--;
	while (pending->first < pending->items.count &&
	       pending->items.items[pending->first].settled)
		pending->first++;
	outcome_tell(w, m->change, outcome, STR(""), err);
}

static struct pending_members *pending_of(struct group_op *op, size_t in_flight)
{
	return in_flight < op->in_flight_removes ? &op->removes : &op->adds;
}

void in_flight_settle(struct write_batch *w, struct group_op *op, enum outcome outcome,
		      const struct err *err)
{
	for (size_t i = 0; i < op->in_flight.count; i++)
		pending_settle(w, pending_of(op, i), op->in_flight.items[i], outcome, err);
	op->in_flight.count = 0;
}

static void pending_end(struct write_batch *w, struct pending_members *pending,
			enum outcome outcome, const struct err *err)
{
	list_each (struct member_change, m, &pending->items) {
		if (m->settled)
			continue;
		m->settled = true;
		pending->left--;
		outcome_tell(w, m->change, outcome, STR(""), err);
	}
	pending->first = pending->items.count;
}

void group_op_end(struct write_batch *w, struct group_op *op, enum outcome outcome,
		  const struct err *err)
{
	struct change **changes[] = {&op->create, &op->rename, &op->remove};
	enum outcome others = op->create ? OUTCOME_SKIPPED : outcome;

	for (size_t i = 0; i < 3; i++) {
		if (*changes[i])
			outcome_tell(w, *changes[i], outcome, STR(""), err);
		*changes[i] = NULL;
	}
	/* Members of a group that could not be made were not tried. */
	pending_end(w, &op->removes, others, err);
	pending_end(w, &op->adds, others, err);
	op->in_flight.count = 0;
	op->step = STEP_OVER;
}
