/* SPDX-License-Identifier: Apache-2.0 */
/* Why someone is, or is not, at the target: the facts of one person. */
#include "base/unicode.h"
#include "plan/explain/internal.h"
#include "plan/internal.h"
#include "plan/invite/invite.h"
#include "plan/join/join.h"
#include "plan/shape/shape.h"

/* -- source and scope -- */

static const struct link *link_at_target(const struct inquiry *q)
{
	uint32_t link = q->target == ROW_NONE ? ROW_NONE : q->w.haves[q->target].link;

	return link == ROW_NONE ? NULL : &q->w.memory->users.items[link];
}

static str link_source_id(struct inquiry *q, const struct link *link)
{
	char space[37];

	return plan_copy(&q->w, intern_text(&q->w.source->ids, link->source, space));
}

static void explain_source(struct inquiry *q)
{
	struct explained_source *s = &q->answer.source;
	const struct link *link = link_at_target(q);

	if (q->source != ROW_NONE) {
		s->entry = SOURCE_PRESENT;
		s->is_active = !(q->w.source->users.items[q->source].flags & ENTRY_INACTIVE);
		s->place = source_place(&q->w, ENTRY_USER, q->source);
	} else if (link) {
		s->entry = SOURCE_GONE;
		s->id = link_source_id(q, link);
		s->gone_since = link->gone_since;
	}
}

static str filter_words(struct plan_context *w, const struct filter_node *node)
{
	struct buf b = {0};
	str words;

	filter_print(node, &b);
	words = plan_copy(w, buf_str(&b));
	buf_clear(&b);
	return words;
}

/* Which part of the filter says no: of `a and b and c` those that do. */
static void explain_mismatch(struct inquiry *q, const struct filter *where)
{
	struct flat_view view =
		flat_view_of(q->person.fields.items, q->person.fields.count, NULL, 0);

	if (where->root->kind != FILTER_AND)
		return;
	for (const struct filter_node *part = where->root->first; part; part = part->next)
		if (!filter_match_node(part, &view.view, NULL))
			list_push(&q->answer.scope.not_true, filter_words(&q->w, part));
}

static enum explained_want want_of_person(const struct inquiry *q)
{
	static const enum explained_want wants[] = {
		[WANT_NOT] = SCOPE_OUTSIDE,       [WANT_YES] = SCOPE_WANTED,
		[WANT_INACTIVE] = SCOPE_INACTIVE, [WANT_SKIPPED] = SCOPE_SKIPPED,
		[WANT_DOUBTFUL] = SCOPE_DOUBTFUL, [WANT_WAITING] = SCOPE_WANTED,
	};

	return q->source == ROW_NONE ? SCOPE_UNKNOWN : wants[q->w.wants[q->source].state];
}

static void explain_scope(struct inquiry *q)
{
	const struct filter *where = q->w.policy->users_where;

	q->answer.scope.want = want_of_person(q);
	if (!where)
		return;
	q->answer.scope.where = plan_copy(&q->w, where->text);
	if (q->answer.scope.want == SCOPE_OUTSIDE)
		explain_mismatch(q, where);
}

/* -- target, invitation and role -- */

static void explain_link(struct inquiry *q, struct explained_target *t)
{
	const struct link *link = link_at_target(q);
	uint32_t source = q->w.haves[q->target].source;

	if (link) {
		t->link = LINK_REMEMBERED;
		t->source_id = link_source_id(q, link);
		t->link_flags = link->flags;
		t->gone_since = link->gone_since;
	} else if (source != ROW_NONE) {
		t->link = LINK_MET;
		t->met_by = plan_copy(&q->w, met_words(&q->w, source));
	}
}

static void explain_target(struct inquiry *q)
{
	struct explained_target *t = &q->answer.target;
	const struct entry *e;
	char space[37];

	if (q->target == ROW_NONE)
		return;
	e = &q->w.target->users.items[q->target];
	t->is_there = true;
	t->label = target_label(&q->w, ENTRY_USER, q->target);
	t->id = plan_copy(&q->w, snapshot_id(q->w.target, e, space));
	t->flags = e->flags;
	explain_link(q, t);
}

static void explain_invitation(struct inquiry *q)
{
	struct explained_invitation *i = &q->answer.invitation;
	const struct sent_invitation *sent;
	const struct invitation *listed;

	if (!q->is_said || !by_invitation(&q->w))
		return;
	sent = find_sent_invitation(&q->w, q->source);
	listed = find_listed_invitation(&q->w, buf_str(&q->person.address));
	i->is_known = sent || listed;
	i->is_sent = sent;
	i->is_listed = listed;
	i->address = plan_copy(&q->w, buf_str(&q->person.address));
	if (sent)
		i->state = sent->state;
	if (listed) {
		i->state = listed->state;
		i->sent_at = listed->sent_at;
		i->expires_at = listed->expires_at;
	}
	if (sent)
		i->sent_at = sent->last_sent;
}

static void explain_role(struct inquiry *q)
{
	struct plan_context *w = &q->w;

	if (!w->roles.are_spoken || q->source == ROW_NONE || w->wants[q->source].state != WANT_YES)
		return;
	q->answer.role.name = role_text(w, role_of(w, q->source, 0));
	q->answer.role.reason = role_reason(w, q->source);
}

/* -- what happens -- */

static bool is_about_person(const struct inquiry *q, const struct object *o)
{
	return o->kind == ENTRY_USER && ((q->source != ROW_NONE && o->source_row == q->source) ||
					 (q->target != ROW_NONE && o->target_row == q->target));
}

/* The team of a change, by any of its names. */
static bool change_is_meant(struct inquiry *q, const struct object *object, str name)
{
	if (text_equal(object->label, name))
		return true;
	list_each (struct team, team, &q->w.teams)
		if (str_equal(team->source_id, object->source_id))
			return team_is_meant(&q->w, team, name);
	return false;
}

static void explain_changes(struct inquiry *q, str name)
{
	const struct plan *plan = q->plan;

	for (uint32_t i = 0; i < plan->changes.count; i++) {
		const struct change *c = &plan->changes.items[i];
		const struct object *team =
			c->team == ROW_NONE ? NULL : &plan->objects.items[c->team];

		if (c->user != ROW_NONE && is_about_person(q, &plan->objects.items[c->user]) &&
		    (!name.n || !team || change_is_meant(q, team, name)))
			list_push(&q->answer.changes, i);
	}
}

/* What notices call the person: a label or place of either side, or the address of an invitation,
 * which need not be the user name. */
struct person_names {
	str items[4];
};

static struct person_names names_of_person(struct inquiry *q)
{
	struct person_names names = {0};

	if (q->source != ROW_NONE) {
		names.items[0] = source_label(&q->w, ENTRY_USER, q->source);
		names.items[1] = source_place(&q->w, ENTRY_USER, q->source);
	}
	if (q->is_said && by_invitation(&q->w))
		names.items[2] = buf_str(&q->person.address);
	if (q->target != ROW_NONE)
		names.items[3] = target_label(&q->w, ENTRY_USER, q->target);
	return names;
}

static bool is_one_of(const struct person_names *names, str subject)
{
	for (size_t i = 0; i < sizeof names->items / sizeof *names->items; i++)
		if (names->items[i].n && str_equal(subject, names->items[i]))
			return true;
	return false;
}

static void explain_blocks(struct inquiry *q)
{
	struct person_names names = names_of_person(q);

	list_each (struct notice, n, &q->plan->notices)
		if (is_one_of(&names, n->subject))
			list_push(&q->answer.blocked, plan_copy(&q->w, n->text));
	list_each (struct handoff, h, &q->w.memory->handoffs)
		if (handoff_is_of(&q->w, h, q->source, q->target))
			list_push(&q->answer.todo, plan_copy(&q->w, h->what));
	if (q->plan->verdict != VERDICT_GO)
		list_each (str, reason, &q->plan->reasons)
			list_push(&q->answer.held, plan_copy(&q->w, *reason));
}

/* -- the road -- */

static void explain_heading(struct inquiry *q, str who, str team)
{
	struct explanation *e = &q->answer;

	e->sync = plan_copy(&q->w, q->plan->sync);
	e->from = plan_copy(&q->w, q->w.policy->from);
	e->to = plan_copy(&q->w, q->w.policy->to);
	e->who = plan_copy(&q->w, who);
	e->team = plan_copy(&q->w, team);
	e->plan = q->plan;
}

static int inquire(struct inquiry *q, const struct plan_input *in, str who, str team,
		   struct err *err)
{
	struct err ill;

	context_init(&q->w, in, &q->scratch);
	if (step_shape(&q->w, err) < 0 || step_join(&q->w, err) < 0 || find_person(q, who, err) < 0)
		return -1;
	invitation_index_init(&q->w);
	group_edges_init(&q->w.target_edges, in->target);
	user_groups_init(&q->groups, in->source, true);
	if (q->source != ROW_NONE)
		q->is_said = person_build(&q->w, q->source, &q->person, &ill) == 0;
	explain_heading(q, who, team);
	explain_source(q);
	explain_scope(q);
	explain_target(q);
	explain_invitation(q);
	explain_role(q);
	explain_teams(q, team);
	explain_changes(q, team);
	explain_blocks(q);
	return 0;
}

int plan_explain(const struct plan_input *in, const struct plan *plan, str who, str team,
		 struct explanation *ret, struct err *err)
{
	struct inquiry q = {.plan = plan};
	int result = inquire(&q, in, who, team, err);

	if (result == 0) {
		*ret = q.answer;
		ret->arena = q.scratch.arena;
		q.scratch.arena = (struct arena){0};
	}
	user_groups_clear(&q.groups);
	person_clear(&q.person);
	context_clear(&q.w);
	plan_clear(&q.scratch);
	return result;
}
