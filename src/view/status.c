/* SPDX-License-Identifier: Apache-2.0 */
/* Health at a glance: a few lines a sync, what is held and what waits. */
#include "base/clock.h"
#include "view/inbox.h"

void health_clear(struct health *health)
{
	list_each (struct sync_health, s, &health->syncs)
		held_plans_clear(&s->plans);
	list_each (struct inbox_health, i, &health->inboxes) {
		list_clear(&i->list.items);
		list_clear(&i->tokens.items);
	}
	list_clear(&health->syncs);
	list_clear(&health->inboxes);
	arena_clear(&health->arena);
}

static void waiting_put(struct buf *out, int64_t now, const struct sync_status *s)
{
	const struct {
		uint64_t count;
		const char *words;
	} rows[] = {
		{s->unsettled, "changes with an unknown outcome; the next run settles them"},
		{s->pending_invitations,
		 s->pending_invitations == 1 ? "pending invitation" : "pending invitations"},
	};
	char day[11];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].count)
			buf_printf(out, "  %llu %s\n", (unsigned long long)rows[i].count,
				   rows[i].words);
	if (!s->open_handoffs)
		return;
	clock_date(s->oldest_handoff, day);
	buf_text(out, "  ");
	put_amount(out, s->open_handoffs, "hand-off", "hand-offs");
	buf_printf(out, " for a person, the oldest since %s (%lld days): muster todo\n", day,
		   (long long)((now - s->oldest_handoff) / 86400));
}

/* Does the plan wait for a person, or for the run that carries it out? */
static bool is_waiting(const struct held_plan *plan)
{
	return plan->state == PLAN_HELD || plan->state == PLAN_APPROVED;
}

static void held_plan_put(struct buf *out, int64_t now, const struct held_plan *p)
{
	str lines = p->reasons, line;

	buf_printf(out, "  plan %lld %s ", (long long)p->number, plan_state_text(p->state));
	put_ago(out, now, p->held);
	buf_text(out, ":\n");
	while (str_split(&lines, '\n', &line))
		put_safe_between(out, "    ", line, "\n");
	if (p->state == PLAN_HELD && p->approvable)
		buf_printf(out,
			   "    look: muster plan %.*s   decide: muster approve %lld %.12s, or "
			   "reject\n",
			   STR_ARG(p->sync), (long long)p->number, p->checksum.p);
}

static void success_put(struct buf *out, int64_t now, const struct sync_status *s)
{
	if (s->last_run) {
		buf_printf(out, "  last run %lld, ", (long long)s->last_run);
		put_ago(out, now, s->last_run_at);
		buf_printf(out, ": %s (%d)\n", run_code_text(s->last_code), s->last_code);
	}
	buf_text(out, "  last success ");
	put_ago(out, now, s->last_success);
	buf_text(out, ", source last read whole ");
	put_ago(out, now, s->last_complete);
	buf_text(out, "\n  ");
	put_amount(out, s->users, "user", "users");
	buf_text(out, " and ");
	put_amount(out, s->groups, "team", "teams");
	buf_text(out, " linked\n");
}

static void sync_health_put(struct buf *out, int64_t now, const struct sync_health *h)
{
	buf_printf(out, "%s: %s -> %s\n", h->sync, h->from, h->to);
	if (h->status.running)
		buf_printf(out, "  running now, process %lld\n", (long long)h->status.running);
	success_put(out, now, &h->status);
	if (h->changed > 0)
		buf_printf(out, "  %lld changed at %s since; the next run takes them\n",
			   (long long)h->changed, h->from);
	waiting_put(out, now, &h->status);
	list_each (const struct held_plan, p, &h->plans.items)
		if (is_waiting(p))
			held_plan_put(out, now, p);
}

void status_print_text(const struct health *health, struct buf *out)
{
	list_each (const struct sync_health, h, &health->syncs)
		sync_health_put(out, health->now, h);
	list_each (const struct inbox_health, i, &health->inboxes)
		inbox_health_put(out, health->now, i);
}

static void held_plan_write(struct json_writer *w, const struct held_plan *p)
{
	json_write_object(w);
	json_write_member_int(w, "plan", p->number);
	json_write_member(w, "checksum", p->checksum);
	json_write_member(w, "state", str_of(plan_state_text(p->state)));
	json_write_member_bool(w, "approvable", p->approvable);
	json_write_member(w, "reasons", p->reasons);
	json_write_member_int(w, "held", p->held);
	json_write_member_int(w, "expires", p->expires);
	json_write_object_end(w);
}

static void sync_health_write(struct json_writer *w, const struct sync_health *h)
{
	const struct sync_status *s = &h->status;

	json_write_object(w);
	json_write_member(w, "sync", str_of(h->sync));
	json_write_member(w, "from", str_of(h->from));
	json_write_member(w, "to", str_of(h->to));
	json_write_member_int(w, "last_run", s->last_run);
	json_write_member_int(w, "last_run_at", s->last_run_at);
	json_write_member_int(w, "last_code", s->last_code);
	json_write_member_int(w, "last_success", s->last_success);
	json_write_member_int(w, "last_complete", s->last_complete);
	json_write_member_int(w, "users", (int64_t)s->users);
	json_write_member_int(w, "teams", (int64_t)s->groups);
	json_write_member_int(w, "pending_invitations", (int64_t)s->pending_invitations);
	json_write_member_int(w, "open_handoffs", (int64_t)s->open_handoffs);
	json_write_member_int(w, "oldest_handoff", s->oldest_handoff);
	json_write_member_int(w, "unsettled", (int64_t)s->unsettled);
	json_write_member_int(w, "running", s->running);
	if (h->changed >= 0)
		json_write_member_int(w, "changed_since", h->changed);
	json_write_key(w, STR("plans"));
	json_write_array(w);
	list_each (const struct held_plan, p, &h->plans.items)
		if (is_waiting(p))
			held_plan_write(w, p);
	json_write_array_end(w);
	json_write_object_end(w);
}

void status_print_json(const struct health *health, struct buf *out)
{
	struct json_writer w = {.out = out};

	document_begin(&w);
	json_write_key(&w, STR("syncs"));
	json_write_array(&w);
	list_each (const struct sync_health, h, &health->syncs)
		sync_health_write(&w, h);
	json_write_array_end(&w);
	json_write_key(&w, STR("inboxes"));
	json_write_array(&w);
	list_each (const struct inbox_health, i, &health->inboxes)
		inbox_health_write(&w, health->now, i);
	json_write_array_end(&w);
	document_end(&w);
}

void plan_decided_text(const struct held_plan *plan, bool approved, struct buf *out)
{
	buf_printf(out, "plan %lld of %.*s is %s", (long long)plan->number, STR_ARG(plan->sync),
		   approved ? "approved" : "rejected");
	if (approved)
		buf_printf(out, "; carry it out with: muster sync %.*s", STR_ARG(plan->sync));
	buf_char(out, '\n');
}

void plan_decided_json(const struct held_plan *plan, bool approved, struct buf *out)
{
	struct json_writer w = {.out = out};

	document_begin(&w);
	json_write_member_int(&w, "plan", plan->number);
	json_write_member(&w, "state", approved ? STR("approved") : STR("rejected"));
	document_end(&w);
}
