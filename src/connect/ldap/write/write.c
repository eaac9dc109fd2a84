/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out a batch: many groups under way on one connection, lost connections taken up again.
 */
#include "connect/ldap/write/write.h"

#include "base/clock.h"
#include "base/crashpoint.h"
#include "connect/ldap/write/internal.h"

/* --- one operation */

static int group_op_send(struct write_batch *w, struct group_op *op, struct err *err)
{
	if (!op->is_prepared && group_op_prepare(w, op, err) < 0)
		return -1;
	if (op->is_uncertain) {
		if ((op->step == STEP_MEMBERS ? members_recheck : group_recheck)(w, op, err) < 0)
			return -1;
		op->is_uncertain = false;
		if (op->step == STEP_MEMBERS && !op->adds.left && !op->removes.left)
			group_op_advance(op);
	}
	if (op->step == STEP_OVER)
		return 0;
	w->c->session->requests++;
	return op->step == STEP_MEMBERS ? members_send(w, op, err) : group_send(w, op, err);
}

/* Keeps what the group is like now for the batches to come. */
static void group_op_remember(struct write_batch *w, const struct group_op *op)
{
	struct known_group *known = known_groups_find(&w->c->groups, op->team->target_id);

	if (known && op->class)
		known->has_empty_member = op->has_empty_member;
}

static int group_op_on_result(struct write_batch *w, struct group_op *op, LDAPMessage *m,
			      struct err *err)
{
	struct ldap_result result;
	int done;

	crashpoint_pass("LDAP answer");
	ldap_result_read(w->c->session, m, op->step == STEP_CREATE, &result);
	op->message_id = 0;
	done = op->step == STEP_MEMBERS ? members_on_result(w, op, &result, err)
					: group_on_result(w, op, &result, err);
	ldap_controls_free(result.controls);
	if (done == 0 && op->step == STEP_MEMBERS && !op->adds.left && !op->removes.left)
		group_op_advance(op);
	if (op->step == STEP_OVER)
		group_op_remember(w, op);
	return done;
}

/* --- all of them */

static size_t batch_window(const struct write_batch *w)
{
	uint64_t asked = w->c->base.options.in_flight;

	return asked && asked < WINDOW_MAX ? (size_t)asked : WINDOW_MAX;
}

/* Holds back what is more than per_second. False: not now. */
static bool batch_pace_allows(struct write_batch *w)
{
	uint64_t max = w->c->base.options.per_second;
	int64_t now = clock_ticks();

	if (max == 0)
		return true;
	if (now - w->second >= 1000) {
		w->second = now;
		w->sent_in_second = 0;
	}
	return w->sent_in_second < max;
}

/* Acts on one result, whoever's it is. */
static int batch_receive(struct write_batch *w, size_t first, size_t behind, struct err *err)
{
	LDAPMessage *m = NULL;
	int done = 0;

	if (ldap_session_wait(w->c->session, LDAP_RES_ANY, LDAP_MSG_ALL, &m, err) < 0)
		return -1;
	for (size_t i = first; i < behind; i++) {
		if (w->ops[i].message_id && w->ops[i].message_id == ldap_msgid(m)) {
			done = group_op_on_result(w, &w->ops[i], m, err);
			break;
		}
	}
	ldap_msgfree(m);
	w->losses = 0;
	return done;
}

/* Sends the next request of an operation; counts the one under way. */
static int group_op_start(struct write_batch *w, struct group_op *op, size_t *under_way,
			  struct err *err)
{
	if (group_op_send(w, op, err) < 0)
		return -1;
	if (op->message_id) {
		++*under_way;
		w->sent_in_second++;
	} else if (op->step == STEP_OVER) {
		group_op_remember(w, op);
	}
	return 0;
}

static size_t batch_count_under_way(const struct write_batch *w, size_t first, size_t behind)
{
	size_t count = 0;

	for (size_t i = first; i < behind; i++)
		count += w->ops[i].message_id != 0;
	return count;
}

/*
 * Runs the operations first..behind of a sliding window. Returns -1 when the connection failed;
 * what was under way is then uncertain.
 */
static int batch_run_window(struct write_batch *w, size_t *first, struct err *err)
{
	while (*first < w->count) {
		size_t behind = *first + batch_window(w), under_way;

		if (behind > w->count)
			behind = w->count;
		under_way = batch_count_under_way(w, *first, behind);
		for (size_t i = *first;
		     i < behind && batch_pace_allows(w) && !connection_is_stopped(&w->c->base); i++)
			while (!w->ops[i].message_id && w->ops[i].step != STEP_OVER)
				if (group_op_start(w, &w->ops[i], &under_way, err) < 0)
					return -1;
		if (under_way && batch_receive(w, *first, behind, err) < 0)
			return -1;
		if (!under_way && connection_is_stopped(&w->c->base))
			return stop_err(err, *w->c->base.options.stop);
		if (!under_way && !batch_pace_allows(w))
			clock_sleep(20);
		while (*first < w->count && w->ops[*first].step == STEP_OVER &&
		       !w->ops[*first].message_id)
			++*first;
	}
	return 0;
}

/* After a failure nobody knows about requests that were under way. */
static void batch_mark_uncertain(struct write_batch *w, size_t first)
{
	for (size_t i = first; i < w->count; i++) {
		if (w->ops[i].message_id)
			w->ops[i].is_uncertain = true;
		w->ops[i].message_id = 0;
	}
}

/* What was under way of an operation is unknown. */
static void group_op_give_up(struct write_batch *w, const struct group_op *op,
			     const struct err *err)
{
	struct change *const by_step[] = {
		[STEP_CREATE] = op->create, [STEP_RENAME] = op->rename, [STEP_MEMBERS] = NULL,
		[STEP_DELETE] = op->remove, [STEP_OVER] = NULL,
	};

	if (by_step[op->step])
		outcome_tell(w, by_step[op->step], OUTCOME_UNKNOWN, STR(""), err);
	for (size_t i = 0; i < op->in_flight.count; i++)
		if (!op->in_flight.items[i]->settled)
			outcome_tell(w, op->in_flight.items[i]->change, OUTCOME_UNKNOWN, STR(""),
				     err);
}

/* The system is out: what was sent is unknown, what was not is left without a word. */
static void batch_give_up(struct write_batch *w, size_t first, const struct err *err)
{
	for (size_t i = first; i < w->count; i++)
		if (w->ops[i].is_uncertain)
			group_op_give_up(w, &w->ops[i], err);
}

static int batch_run(struct write_batch *w, struct err *err)
{
	size_t first = 0;

	while (batch_run_window(w, &first, err) < 0) {
		batch_mark_uncertain(w, first);
		ldap_connection_drop(w->c);
		if (connection_is_stopped(&w->c->base) || ++w->losses > TRIES_MAX ||
		    ldap_connection_ready(w->c, err) < 0) {
			batch_give_up(w, first, err);
			return -1;
		}
	}
	return 0;
}

int ldap_apply(struct connection *connection, struct plan *plan, struct change **batch,
	       size_t count, outcome_sink *sink, void *context, struct err *err)
{
	struct ldap_connection *c = connection_own(ldap_connection, connection);
	struct write_batch w = {.c = c, .plan = plan, .sink = sink, .context = context};
	int done;

	if (!c->settings.groups.base)
		return err_set(err, REACH_SYSTEM, CODE_CONFIG,
			       "groups.base is not set: there is nothing to write");
	if (ldap_connection_ready(c, err) < 0)
		return -1;
	batch_sort(&w, batch, count);
	done = batch_run(&w, err);
	batch_clear(&w);
	c->used_at = clock_ticks();
	return done;
}
