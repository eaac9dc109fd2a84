/* SPDX-License-Identifier: Apache-2.0 */
/* What a person asks for about one invitation: sending it again, taking it back, linking who
 * accepted elsewhere. */
#include <string.h>

#include "base/unicode.h"
#include "run/internal.h"

/* A pending one, else one that expired: that, too, is sent again or taken off the list. */
static const struct invitation *listed_for(const struct snapshot *s, str address)
{
	const struct invitation *best = NULL;

	list_each (const struct invitation, i, &s->invitations) {
		if ((i->state != INVITATION_PENDING && i->state != INVITATION_EXPIRED) ||
		    !text_equal(i->address, address))
			continue;
		if (!best || i->state == INVITATION_PENDING)
			best = i;
	}
	return best;
}

/* An address may have been somebody else's before: the one sent last counts. */
static const struct sent_invitation *sent_to(const struct memory *m, str address)
{
	const struct sent_invitation *best = NULL;

	list_each (const struct sent_invitation, sent, &m->invitations)
		if (text_equal(sent->address, address) &&
		    (!best || sent->last_sent >= best->last_sent))
			best = sent;
	return best;
}

static int ability_missing(const struct abilities *a, enum change_kind kind, const char *system,
			   struct err *err)
{
	str why = kind == CHANGE_RESEND   ? a->missing_resend
		  : kind == CHANGE_REVOKE ? a->missing_revoke
					  : a->missing_invite;

	return err_set(err, REACH_RUN, CODE_FAILED, "%s cannot %s: %.*s", system,
		       change_kind_text(kind), STR_ARG(why.n ? why : STR("it has no such call")));
}

/* Which change it comes to: what is no longer listed is invited anew. */
static int invitation_choose(const struct run_context *w, const struct invitation *listed,
			     const struct sent_invitation *sent, str address,
			     enum change_kind *kind, struct err *err)
{
	const struct abilities *a = &w->session->abilities;
	const char *system = w->options->sync->to->name;
	uint32_t need;

	if (!listed && (*kind == CHANGE_REVOKE || !sent))
		return err_set(err, REACH_RUN, CODE_USAGE, "%s lists no open invitation of %.*s%s",
			       system, STR_ARG(address), sent ? "" : ", and muster sent none");
	if (!listed)
		*kind = CHANGE_INVITE;
	need = *kind == CHANGE_RESEND   ? ABILITY_RESEND
	       : *kind == CHANGE_REVOKE ? ABILITY_REVOKE
					: ABILITY_INVITE;
	return a->flags & need ? 0 : ability_missing(a, *kind, system, err);
}

static void invitation_plan(struct plan *plan, const struct policy *policy, enum change_kind kind,
			    str address, const struct invitation *listed,
			    const struct sent_invitation *sent)
{
	struct arena *arena = &plan->arena;
	struct object *o = list_add(&plan->objects);
	struct change *c = list_add(&plan->changes);
	str role = listed && listed->role.n ? listed->role : sent ? sent->role : STR("");

	plan->sync = arena_str(arena, policy->sync);
	plan->from = arena_str(arena, policy->from);
	plan->to = arena_str(arena, policy->to);
	*o = (struct object){
		.kind = ENTRY_USER,
		.source_id = arena_str(arena, sent ? sent->source : STR("")),
		.label = arena_str(arena, address),
		.address = arena_str(arena, address),
		.source_row = ROW_NONE,
		.target_row = ROW_NONE,
	};
	*c = (struct change){
		.kind = kind,
		.team = ROW_NONE,
		.role = arena_str(arena, role),
		.reason = STR("asked for by hand"),
		.invitation = arena_str(arena, listed ? listed->id : STR("")),
		.why = REVOKE_BY_HAND,
		.number = 1,
	};
}

static int invitation_read_target(struct session *s, struct err *err)
{
	struct wanted wanted = {.invitations = true};

	if (snapshot_open(&s->target_read, NULL, err) < 0)
		return -1;
	if (s->to->snapshot(s->target, &wanted, &s->target_read, err) < 0)
		return err_wrap(err, "%s", s->options->sync->to->name);
	return 0;
}

static enum code invitation_code(const struct outcome_tally *t)
{
	if (t->unknown)
		return CODE_UNSETTLED;
	return t->refused || t->later || t->skipped ? CODE_FAILED : CODE_DONE;
}

static int invitation_act(struct run_context *w, str address, enum change_kind kind,
			  struct err *err)
{
	const struct run_options *o = w->options;
	const struct policy *policy = &o->sync->policy;
	const struct invitation *listed;
	const struct sent_invitation *sent;

	if (settle_by_lookup(w, err) < 0 || invitation_read_target(w->session, err) < 0 ||
	    state_memory_brief(o->state, policy->sync, o->now, policy->guard.window,
			       &w->session->memory, err) < 0)
		return -1;
	listed = listed_for(&w->session->target_read, address);
	sent = sent_to(&w->session->memory, address);
	if (invitation_choose(w, listed, sent, address, &kind, err) < 0)
		return -1;
	invitation_plan(&w->result->plan, policy, kind, address, listed, sent);
	if (apply_plan(w, err) < 0)
		return -1;
	if (!w->result->abort_reason[0])
		w->result->code = invitation_code(&w->result->tally);
	return 0;
}

static int invitation_run(struct run_context *w, str address, enum change_kind kind,
			  struct err *err)
{
	const struct run_options *o = w->options;
	struct err second;
	int rc;

	if (state_run_begin(o->state, o->sync->policy.sync, str_of(o->command), &w->result->run,
			    err) < 0)
		return -1;
	rc = session_open(o, w->session, err);
	if (rc == 0)
		rc = invitation_act(w, address, kind, err);
	w->result->code = rc < 0 ? err->code : w->result->code;
	if (state_run_end(o->state, w->result->run, (int)w->result->code, NULL,
			  str_of(rc < 0 ? err->text : w->result->abort_reason), &second) < 0 &&
	    rc == 0) {
		*err = second;
		rc = -1;
	}
	session_close(w->session);
	return rc;
}

int run_invitation(const struct run_options *options, enum change_kind kind, str address,
		   struct run_result *ret, struct err *err)
{
	str sync = options->sync->policy.sync;
	struct session session = {0};
	struct run_context w = {options, &session, ret};
	int rc;

	memset(ret, 0, sizeof *ret);
	if (state_lock(options->state, sync, err) < 0)
		return -1;
	rc = invitation_run(&w, address, kind, err);
	state_unlock(options->state, sync);
	return rc;
}

/* The one user of the source whom a person's word names: by id, user name or e-mail. */
static int source_user_find(const struct snapshot *s, str user, struct arena *arena, str *ret_id,
			    struct err *err)
{
	char space[37];
	size_t found = 0;

	list_each (const struct entry, e, &s->users) {
		str id = snapshot_id(s, e, space);

		if (!str_equal(id, user) &&
		    !text_equal(snapshot_value(s, e, STR(PATH_USERNAME)), user) &&
		    !text_equal(snapshot_value(s, e, STR(PATH_EMAILS)), user))
			continue;
		*ret_id = arena_str(arena, id);
		found++;
	}
	if (found == 1)
		return 0;
	return err_set(err, REACH_RUN, CODE_USAGE,
		       found ? "'%.*s' names %zu people: use the id" : "nobody is called '%.*s'",
		       STR_ARG(user), found);
}

static int source_user_link(const struct run_options *options, struct session *s, str user,
			    str address, struct err *err)
{
	struct wanted wanted = {.as_source = true, .groups = true};
	str id;

	if (snapshot_open(&s->source_read, NULL, err) < 0)
		return -1;
	if (s->from->snapshot(s->source, &wanted, &s->source_read, err) < 0 ||
	    source_user_find(&s->source_read, user, &s->arena, &id, err) < 0)
		return err_wrap(err, "%s", options->sync->from->name);
	return state_alias_put(options->state, options->sync->policy.sync, id, address, err);
}

int run_link(const struct run_options *options, str user, str address, struct err *err)
{
	struct session session;
	str sync = options->sync->policy.sync;
	int rc;

	if (session_open(options, &session, err) < 0)
		return -1;
	rc = state_lock(options->state, sync, err);
	if (rc == 0) {
		rc = source_user_link(options, &session, user, address, err);
		state_unlock(options->state, sync);
	}
	session_close(&session);
	return rc;
}
