/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out a batch: one job a group, many groups under way on one connection, lost connections
 * taken up again. */
#include "connect/ldap/write/write.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/crashpoint.h"
#include "connect/ldap/session/session.h"

/* --- outcomes */

void job_tell(struct writing *w, struct change *change, enum outcome outcome, str id,
	      const struct err *err)
{
	w->sink(w->context, change, outcome, id, err);
	w->told++;
	connection_progress(&w->c->base, w->told);
}

static const char *account(const struct writing *w)
{
	return w->c->settings.bind_dn ? w->c->settings.bind_dn : "muster's account";
}

void job_err(const struct writing *w, const struct job *job, const struct ldap_result *a,
	     struct err *ret, const char *what)
{
	char name[RESULT_NAME_SIZE];
	const char *colon = *a->text ? ": " : "";

	ldap_result_name(a->code, name);
	if (a->code == LDAP_INSUFFICIENT_ACCESS)
		err_set(ret, REACH_ENTRY, CODE_REFUSED,
			"%.*s: no right to %s: %s%s%s; give %s write access to it%s%s",
			STR_ARG(job->dn), what, name, colon, a->text, account(w),
			job->class ? " and its " : "", job->class ? job->class->members : "");
	else
		err_set(ret, REACH_ENTRY, ldap_result_is_outage(a->code) ? CODE_LATER : CODE_PARTLY,
			"%.*s: cannot %s: %s%s%s", STR_ARG(job->dn), what, name, colon, a->text);
	ret->again = ldap_result_is_outage(a->code);
}

static void end_side(struct writing *w, struct side *side, enum outcome outcome,
		     const struct err *err)
{
	list_each (struct member_change, m, &side->items) {
		if (m->settled)
			continue;
		m->settled = true;
		side->left--;
		job_tell(w, m->change, outcome, STR(""), err);
	}
	side->first = side->items.count;
}

void job_end(struct writing *w, struct job *job, enum outcome outcome, const struct err *err)
{
	struct change **changes[] = {&job->create, &job->rename, &job->remove};
	enum outcome others = job->create ? OUTCOME_SKIPPED : outcome;

	for (size_t i = 0; i < 3; i++) {
		if (*changes[i])
			job_tell(w, *changes[i], outcome, STR(""), err);
		*changes[i] = NULL;
	}
	/* Members of a group that could not be made were not tried. */
	end_side(w, &job->removes, others, err);
	end_side(w, &job->adds, others, err);
	job->flight.count = 0;
	job->step = STEP_OVER;
}

void job_advance(struct job *job)
{
	if (job->chunk == 0)
		job->chunk = CHUNK_MAX;
	job->step = job->create                           ? STEP_CREATE
		    : job->rename                         ? STEP_RENAME
		    : job->adds.left || job->removes.left ? STEP_MEMBERS
		    : job->remove                         ? STEP_DELETE
							  : STEP_OVER;
}

/* --- from changes to jobs */

static struct job *job_of(struct writing *w, uint32_t *by_object, uint32_t team)
{
	struct job *job;

	if (by_object[team] == 0) {
		by_object[team] = (uint32_t)++w->count;
		job = &w->jobs[w->count - 1];
		*job = (struct job){.team = &w->plan->objects.items[team], .chunk = CHUNK_MAX};
	}
	return &w->jobs[by_object[team] - 1];
}

static void refuse(struct writing *w, struct change *change, const char *why)
{
	struct err err;

	err_set(&err, REACH_ENTRY, CODE_REFUSED, "%s: %s", change_kind_text(change->kind), why);
	job_tell(w, change, OUTCOME_REFUSED, STR(""), &err);
}

static void sort_change(struct writing *w, uint32_t *by_object, struct change *change)
{
	struct job *job;

	if (change->team == ROW_NONE) {
		refuse(w, change,
		       "in an LDAP directory only groups are written, people are looked up");
		return;
	}
	job = job_of(w, by_object, change->team);
	switch (change->kind) {
	case CHANGE_CREATE_TEAM:
		job->create = change;
		break;
	case CHANGE_UPDATE_TEAM:
		job->rename = change;
		break;
	case CHANGE_DELETE_TEAM:
		job->remove = change;
		break;
	case CHANGE_ADD_MEMBER:
		*list_add(&job->adds.items) = (struct member_change){.change = change};
		job->adds.left++;
		break;
	case CHANGE_REMOVE_MEMBER:
		*list_add(&job->removes.items) = (struct member_change){.change = change};
		job->removes.left++;
		break;
	default:
		refuse(w, change, "an LDAP group keeps no such thing");
	}
}

static void sort_changes(struct writing *w, struct change **batch, size_t count)
{
	uint32_t *by_object = mem_alloc(w->plan->objects.count, sizeof *by_object);

	w->jobs = mem_alloc(count, sizeof *w->jobs);
	for (size_t i = 0; i < count; i++)
		sort_change(w, by_object, batch[i]);
	free(by_object);
}

/* --- one job */

static const struct group_class *class_of_new(const struct ldap_connection *c)
{
	const char *name =
		c->settings.group_class ? c->settings.group_class : c->facts->group_class;

	return group_class_find(str_of(name));
}

/* Member values of one side; who cannot be found is refused, and the others go on. */
static int find_values(struct writing *w, struct job *job, struct side *side, struct err *err)
{
	list_each (struct member_change, m, &side->items) {
		const struct object *user = &w->plan->objects.items[m->change->user];
		struct err why;

		if (m->settled)
			continue;
		if (member_value(w->c, job->class, user, &w->arena, &m->value, err) < 0)
			return -1;
		if (m->value.n)
			continue;
		err_set(&why, REACH_ENTRY, CODE_REFUSED, "%.*s: there is no such person in %s",
			STR_ARG(user->label), w->c->settings.users.base);
		m->settled = true;
		side->left--;
		job_tell(w, m->change, OUTCOME_REFUSED, STR(""), &why);
	}
	while (side->first < side->items.count && side->items.items[side->first].settled)
		side->first++;
	return 0;
}

/* Before the first request: where the group is, and what its members are called. */
static int job_prepare(struct writing *w, struct job *job, struct err *err)
{
	struct known_group known;
	bool found;

	job->looked_up = true;
	if (job->create) {
		job->class = class_of_new(w->c);
		job->dn = group_new_dn(w->c, team_name(job->team, job->create), &w->arena);
	} else {
		if (group_look_up(w->c, job->team->target_id, job->team->dn, &known, &found, err) <
		    0) {
			job->looked_up = false;
			return -1;
		}
		if (!found || !known.class) {
			struct err why;

			if (!found && job->remove) {
				job_tell(w, job->remove, OUTCOME_ALREADY, STR(""), NULL);
				job->remove = NULL;
			}
			err_set(&why, REACH_ENTRY, CODE_REFUSED, "%.*s: %s",
				STR_ARG(job->team->dn.n ? job->team->dn : job->team->label),
				found ? "its object class is none of groupOfNames, "
					"groupOfUniqueNames, groupOfMembers, posixGroup, group"
				      : "the group is gone");
			job_end(w, job, OUTCOME_REFUSED, &why);
			return 0;
		}
		job->dn = arena_str(&w->arena, known.dn);
		job->class = known.class;
		job->has_placeholder = known.placeholder;
	}
	if (find_values(w, job, &job->removes, err) < 0 ||
	    find_values(w, job, &job->adds, err) < 0) {
		job->looked_up = false;
		return -1;
	}
	job_advance(job);
	return 0;
}

static int job_send(struct writing *w, struct job *job, struct err *err)
{
	if (!job->looked_up && job_prepare(w, job, err) < 0)
		return -1;
	if (job->uncertain) {
		if ((job->step == STEP_MEMBERS ? members_recheck : group_recheck)(w, job, err) < 0)
			return -1;
		job->uncertain = false;
		if (job->step == STEP_MEMBERS && !job->adds.left && !job->removes.left)
			job_advance(job);
	}
	if (job->step == STEP_OVER)
		return 0;
	w->c->session->requests++;
	return job->step == STEP_MEMBERS ? members_send(w, job, err) : group_send(w, job, err);
}

/* Keeps what the group is like now for the batches to come. */
static void job_remember(struct writing *w, const struct job *job)
{
	struct known_group *known = known_group_find(w->c, job->team->target_id);

	if (known && job->class)
		known->placeholder = job->has_placeholder;
}

static int job_take(struct writing *w, struct job *job, LDAPMessage *m, struct err *err)
{
	struct ldap_result a;
	int done;

	crashpoint_pass("LDAP answer");
	ldap_result_read(w->c->session, m, job->step == STEP_CREATE, &a);
	job->id = 0;
	done = job->step == STEP_MEMBERS ? members_take(w, job, &a, err)
					 : group_take(w, job, &a, err);
	ldap_controls_free(a.controls);
	if (done == 0 && job->step == STEP_MEMBERS && !job->adds.left && !job->removes.left)
		job_advance(job);
	if (job->step == STEP_OVER)
		job_remember(w, job);
	return done;
}

/* --- all of them */

static size_t window(const struct writing *w)
{
	uint64_t asked = w->c->base.options.in_flight;

	return asked && asked < WINDOW_MAX ? (size_t)asked : WINDOW_MAX;
}

/* Holds back what is more than per_second. False: not now. */
static bool pace_allows(struct writing *w)
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

/* Takes one answer, whoever's it is. */
static int take_one(struct writing *w, size_t first, size_t behind, struct err *err)
{
	LDAPMessage *m = NULL;
	int done = 0;

	if (ldap_session_wait(w->c->session, LDAP_RES_ANY, LDAP_MSG_ALL, &m, err) < 0)
		return -1;
	for (size_t i = first; i < behind; i++) {
		if (w->jobs[i].id && w->jobs[i].id == ldap_msgid(m)) {
			done = job_take(w, &w->jobs[i], m, err);
			break;
		}
	}
	ldap_msgfree(m);
	w->losses = 0;
	return done;
}

/* Sends the next request of a job; counts the one under way. */
static int start(struct writing *w, struct job *job, size_t *under_way, struct err *err)
{
	if (job_send(w, job, err) < 0)
		return -1;
	if (job->id) {
		++*under_way;
		w->sent_in_second++;
	} else if (job->step == STEP_OVER) {
		job_remember(w, job);
	}
	return 0;
}

static size_t count_under_way(const struct writing *w, size_t first, size_t behind)
{
	size_t count = 0;

	for (size_t i = first; i < behind; i++)
		count += w->jobs[i].id != 0;
	return count;
}

/*
 * Runs the jobs first..behind of a sliding window. Returns -1 when the connection failed; what was
 * under way is then uncertain.
 */
static int run_jobs(struct writing *w, size_t *first, struct err *err)
{
	while (*first < w->count) {
		size_t behind = *first + window(w), under_way;

		if (behind > w->count)
			behind = w->count;
		under_way = count_under_way(w, *first, behind);
		for (size_t i = *first;
		     i < behind && pace_allows(w) && !connection_is_stopped(&w->c->base); i++)
			while (!w->jobs[i].id && w->jobs[i].step != STEP_OVER)
				if (start(w, &w->jobs[i], &under_way, err) < 0)
					return -1;
		if (under_way && take_one(w, *first, behind, err) < 0)
			return -1;
		if (!under_way && connection_is_stopped(&w->c->base))
			return stop_err(err, *w->c->base.options.stop);
		if (!under_way && !pace_allows(w))
			clock_sleep(20);
		while (*first < w->count && w->jobs[*first].step == STEP_OVER &&
		       !w->jobs[*first].id)
			++*first;
	}
	return 0;
}

/* After a failure nobody knows about requests that were under way. */
static void mark_uncertain(struct writing *w, size_t first)
{
	for (size_t i = first; i < w->count; i++) {
		if (w->jobs[i].id)
			w->jobs[i].uncertain = true;
		w->jobs[i].id = 0;
	}
}

/* The system is out: what was sent is unknown, what was not is left without a word. */
static void give_up(struct writing *w, size_t first, const struct err *err)
{
	for (size_t i = first; i < w->count; i++) {
		struct job *job = &w->jobs[i];
		struct change *step = job->step == STEP_CREATE   ? job->create
				      : job->step == STEP_RENAME ? job->rename
				      : job->step == STEP_DELETE ? job->remove
								 : NULL;

		if (!job->uncertain)
			continue;
		if (step)
			job_tell(w, step, OUTCOME_UNKNOWN, STR(""), err);
		for (size_t k = 0; k < job->flight.count; k++)
			if (!job->flight.items[k]->settled)
				job_tell(w, job->flight.items[k]->change, OUTCOME_UNKNOWN, STR(""),
					 err);
	}
}

static int run_all(struct writing *w, struct err *err)
{
	size_t first = 0;

	while (run_jobs(w, &first, err) < 0) {
		mark_uncertain(w, first);
		connection_drop(w->c);
		if (connection_is_stopped(&w->c->base) || ++w->losses > TRIES_MAX ||
		    connection_ready(w->c, err) < 0) {
			give_up(w, first, err);
			return -1;
		}
	}
	return 0;
}

static void writing_clear(struct writing *w)
{
	for (size_t i = 0; i < w->count; i++) {
		list_clear(&w->jobs[i].removes.items);
		list_clear(&w->jobs[i].adds.items);
		list_clear(&w->jobs[i].flight);
	}
	free(w->jobs);
	arena_clear(&w->arena);
}

int ldap_apply(struct connection *connection, struct plan *plan, struct change **batch,
	       size_t count, outcome_sink *sink, void *context, struct err *err)
{
	struct ldap_connection *c = connection_own(ldap_connection, connection);
	struct writing w = {.c = c, .plan = plan, .sink = sink, .context = context};
	int done;

	if (!c->settings.groups.base)
		return err_set(err, REACH_SYSTEM, CODE_CONFIG,
			       "groups.base is not set: there is nothing to write");
	if (connection_ready(c, err) < 0)
		return -1;
	sort_changes(&w, batch, count);
	done = run_all(&w, err);
	writing_clear(&w);
	c->used_at = clock_ticks();
	return done;
}
