/* SPDX-License-Identifier: Apache-2.0 */
/* Members of one group: a delta in as few requests as the server takes, never a replacement of the
 * whole list. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/crashpoint.h"
#include "connect/ldap/read/read.h"
#include "connect/ldap/session/session.h"
#include "connect/ldap/write/write.h"

static bool must_not_be_empty(const struct writing *w, const struct job *job)
{
	return !group_may_be_empty(w->c->rootdse.kind, job->class);
}

static void settle(struct writing *w, struct side *side, struct member_change *m,
		   enum outcome outcome, const struct err *err)
{
	if (m->settled)
		return;
	m->settled = true;
	side->left--;
	while (side->first < side->items.count && side->items.items[side->first].settled)
		side->first++;
	job_tell(w, m->change, outcome, STR(""), err);
}

static struct side *side_of(struct job *job, size_t in_flight)
{
	return in_flight < job->flight_removes ? &job->removes : &job->adds;
}

static void settle_flight(struct writing *w, struct job *job, enum outcome outcome,
			  const struct err *err)
{
	for (size_t i = 0; i < job->flight.count; i++)
		settle(w, side_of(job, i), job->flight.items[i], outcome, err);
	job->flight.count = 0;
}

void members_arrived(struct writing *w, struct job *job)
{
	settle_flight(w, job, OUTCOME_DONE, NULL);
}

static void take_side(struct job *job, struct side *side, size_t max)
{
	for (size_t i = side->first; i < side->items.count && max; i++) {
		if (side->items.items[i].settled)
			continue;
		list_push(&job->flight, &side->items.items[i]);
		max--;
	}
}

/* Removals and additions share a request, so that a group that is exchanged whole never stands
 * empty on the way. */
static void fill_flight(struct job *job)
{
	size_t removes = job->adds.left ? (job->chunk + 1) / 2 : job->chunk;
	size_t adds;

	job->flight.count = 0;
	take_side(job, &job->removes, removes);
	job->flight_removes = job->flight.count;
	adds = job->chunk - job->flight_removes;
	take_side(job, &job->adds, adds);
}

static struct berval value_of(str text)
{
	return (struct berval){text.n, plain_text(text.p)};
}

/* One LDAPMod over flight[from, to) and perhaps the placeholder. NULL when there is nothing. */
static LDAPMod *build_mod(struct writing *w, struct job *job, int operation, size_t from, size_t to,
			  bool placeholder, struct arena *arena)
{
	size_t count = to - from + placeholder;
	struct berval *values = arena_array(arena, struct berval, count + 1);
	struct berval **list = arena_array(arena, struct berval *, count + 1);
	LDAPMod *mod = arena_new(arena, LDAPMod);

	if (count == 0)
		return NULL;
	for (size_t i = from; i < to; i++)
		values[i - from] = value_of(job->flight.items[i]->value);
	if (placeholder)
		values[count - 1] = value_of(str_of(w->c->settings.placeholder));
	for (size_t i = 0; i < count; i++)
		list[i] = &values[i];
	mod->mod_op = operation | LDAP_MOD_BVALUES;
	mod->mod_type = plain_text(job->class->members);
	mod->mod_bvalues = list;
	return mod;
}

/* The group ends with its last member, where the admin wants that. */
static int send_delete_empty(struct writing *w, struct job *job)
{
	return ldap_delete_ext(w->c->session->ld, job->dn.p, NULL, NULL, &job->id);
}

static int send_modify(struct writing *w, struct job *job)
{
	struct arena arena = {0};
	LDAPMod *mods[3] = {NULL, NULL, NULL}, *mod;
	size_t adds = job->flight.count - job->flight_removes, count = 0;
	int code;

	job->drops_placeholder = job->has_placeholder && adds > 0 && must_not_be_empty(w, job);
	job->puts_placeholder = job->needs_placeholder && !job->has_placeholder;
	mod = build_mod(w, job, LDAP_MOD_DELETE, 0, job->flight_removes, job->drops_placeholder,
			&arena);
	if (mod)
		mods[count++] = mod;
	mod = build_mod(w, job, LDAP_MOD_ADD, job->flight_removes, job->flight.count,
			job->puts_placeholder, &arena);
	if (mod)
		mods[count++] = mod;
	code = ldap_modify_ext(w->c->session->ld, job->dn.p, mods, NULL, NULL, &job->id);
	arena_clear(&arena);
	return code;
}

int members_send(struct writing *w, struct job *job, struct err *err)
{
	struct ldap_result a = {0};

	fill_flight(job);
	if (job->flight.count == 0) {
		job_advance(job);
		return 0;
	}
	crashpoint_pass("LDAP change of members");
	a.code = job->deletes_empty ? send_delete_empty(w, job) : send_modify(w, job);
	if (a.code == LDAP_SUCCESS)
		return 0;
	job->id = 0;
	job->uncertain = true;
	return ldap_result_err(w->c->session, &a, err, "change members of %.*s", STR_ARG(job->dn));
}

/* Halves the request until the one value is found that the server does not take. */
static void narrow(struct writing *w, struct job *job, const struct ldap_result *a)
{
	struct err why;

	if (job->flight.count > 1) {
		job->chunk = job->flight.count / 2;
		return;
	}
	job_err(w, job, a, &why, "change the member");
	settle_flight(w, job, OUTCOME_REFUSED, &why);
}

/*
 * The group would be without members, and its class forbids that. True: the next request does
 * something about it.
 */
static bool avoid_empty(struct writing *w, struct job *job)
{
	if (job->flight_removes == 0 || job->needs_placeholder || job->has_placeholder)
		return false;
	if (w->c->settings.empty == EMPTY_KEEP)
		return false;
	if (w->c->settings.empty == EMPTY_DELETE && job->adds.left == 0 &&
	    job->removes.left == job->flight_removes)
		job->deletes_empty = true;
	else
		job->needs_placeholder = true;
	return true;
}

static void refuse_empty(struct writing *w, struct job *job, const struct ldap_result *a)
{
	struct err why;

	if (w->c->settings.empty == EMPTY_KEEP && job->flight_removes && job->flight.count == 1) {
		err_set(&why, REACH_ENTRY, CODE_REFUSED,
			"%.*s: it is the last member, and a %s may not stand empty: set "
			"groups.empty to placeholder or delete",
			STR_ARG(job->dn), job->class->name);
		settle_flight(w, job, OUTCOME_REFUSED, &why);
		return;
	}
	narrow(w, job, a);
}

static void take_success(struct writing *w, struct job *job)
{
	settle_flight(w, job, OUTCOME_DONE, NULL);
	if (job->drops_placeholder)
		job->has_placeholder = false;
	if (job->puts_placeholder)
		job->has_placeholder = true;
	job->needs_placeholder = job->retried = false;
	job->tries = 0;
	job->chunk = job->chunk * 2 < CHUNK_MAX ? job->chunk * 2 : CHUNK_MAX;
	if (job->deletes_empty) {
		job->deletes_empty = false;
		job->step = STEP_OVER;
	}
}

/* What is not as we thought: somebody else changed the group, or a request of ours did more than we
 * heard. */
static int take_conflict(struct writing *w, struct job *job, const struct ldap_result *a,
			 struct err *err)
{
	bool gone;

	if (job->retried) {
		narrow(w, job, a);
		return 0;
	}
	job->retried = true;
	return members_compare(w, job, &gone, err);
}

static void take_busy(struct writing *w, struct job *job, const struct ldap_result *a)
{
	struct err why;

	if (++job->tries < TRIES_MAX) {
		clock_sleep(100 << job->tries);
		return;
	}
	job_err(w, job, a, &why, "change members");
	job_end(w, job, OUTCOME_LATER, &why);
}

int members_take(struct writing *w, struct job *job, const struct ldap_result *a, struct err *err)
{
	struct err why;

	switch (a->code) {
	case LDAP_SUCCESS:
		take_success(w, job);
		return 0;
	case LDAP_NO_SUCH_ATTRIBUTE:
	case LDAP_TYPE_OR_VALUE_EXISTS:
	case LDAP_ALREADY_EXISTS:
	case LDAP_UNWILLING_TO_PERFORM:
	case LDAP_NO_SUCH_OBJECT:
		return take_conflict(w, job, a, err);
	case LDAP_OBJECT_CLASS_VIOLATION:
		if (!avoid_empty(w, job))
			refuse_empty(w, job, a);
		return 0;
	case LDAP_BUSY:
	case LDAP_UNAVAILABLE:
	case LDAP_OTHER:
	case LDAP_TIMELIMIT_EXCEEDED:
	case LDAP_ADMINLIMIT_EXCEEDED:
		take_busy(w, job, a);
		return 0;
	case LDAP_INSUFFICIENT_ACCESS:
		job_err(w, job, a, &why, "change members");
		job_end(w, job, OUTCOME_REFUSED, &why);
		return 0;
	default:
		narrow(w, job, a);
		return 0;
	}
}

/* --- what is there now */

static void key_of(const struct job *job, str value, struct buf *key)
{
	buf_reset(key);
	if (!job->class->members_are_dns || !dn_key(value, key))
		buf_put(key, value);
}

static void collect_values(const struct job *job, struct berval *values, struct intern *members)
{
	struct buf key = {0};

	for (; values && values->bv_val; values++) {
		key_of(job, str_make(values->bv_val, values->bv_len), &key);
		intern_put(members, buf_str(&key));
	}
	buf_clear(&key);
}

/* One read of the member attribute; AD gives large lists in ranges. *from: where they go on, 0 at
 * the end. */
static int read_members(struct writing *w, const struct job *job, struct intern *members,
			uint64_t *from, bool *ret_gone, struct err *err)
{
	struct ldap_session *s = w->c->session;
	char range[64];
	const char *attributes[] = {job->class->members, NULL};
	struct entry_view e = {.session = s};
	LDAPMessage *m = NULL;
	struct berval dn, *values;
	str name;

	if (w->c->rootdse.kind == SERVER_AD) {
		snprintf(range, sizeof range, "member;range=%llu-*", (unsigned long long)*from);
		attributes[0] = range;
	}
	if (search_entry(s, job->dn.p, attributes, &m, err) < 0)
		return -1;
	*from = 0;
	e.message = ldap_first_entry(s->ld, m);
	*ret_gone = !e.message;
	if (e.message && ldap_get_dn_ber(s->ld, e.message, &e.ber, &dn) == LDAP_SUCCESS) {
		while (entry_next(&e, &name, &values)) {
			range_parse(name, from);
			collect_values(job, values, members);
			ber_memfree(values);
		}
	}
	ber_free(e.ber, 0);
	ldap_msgfree(m);
	return 0;
}

/* Settles what holds: an added member that is there, a removed one that is not. */
static void compare_side(struct writing *w, struct job *job, struct side *side, bool there,
			 const struct intern *members)
{
	struct buf key = {0};

	for (size_t i = side->first; i < side->items.count; i++) {
		struct member_change *m = &side->items.items[i];

		key_of(job, m->value, &key);
		if (!m->settled && (intern_find(members, buf_str(&key)) != INTERN_NONE) == there)
			settle(w, side, m, OUTCOME_ALREADY, NULL);
	}
	buf_clear(&key);
}

int members_compare(struct writing *w, struct job *job, bool *ret_gone, struct err *err)
{
	struct intern members = {0};
	struct buf key = {0};
	uint64_t from = 0;
	int done;

	do {
		done = read_members(w, job, &members, &from, ret_gone, err);
	} while (done == 0 && from);
	if (done == 0 && !*ret_gone) {
		key_of(job, str_of(w->c->settings.placeholder), &key);
		job->has_placeholder = intern_find(&members, buf_str(&key)) != INTERN_NONE;
		compare_side(w, job, &job->removes, false, &members);
		compare_side(w, job, &job->adds, true, &members);
	} else if (done == 0) {
		struct err why;

		compare_side(w, job, &job->removes, false, &members);
		err_set(&why, REACH_ENTRY, CODE_PARTLY, "%.*s: the group is gone",
			STR_ARG(job->dn));
		job_end(w, job, OUTCOME_REFUSED, &why);
	}
	buf_clear(&key);
	intern_clear(&members);
	return done;
}

int members_recheck(struct writing *w, struct job *job, struct err *err)
{
	bool gone;

	/* A request that a server drops for its size is tried again in halves. */
	if (job->flight.count > 1)
		job->chunk = (job->flight.count + 1) / 2;
	job->flight.count = 0;
	job->deletes_empty = false;
	return members_compare(w, job, &gone, err);
}
