/* SPDX-License-Identifier: Apache-2.0 */
/* Why someone is, or is not, at the target: the road of the plan once more, for one person, in
 * words. */
#include "base/json.h"
#include "base/unicode.h"
#include "plan/internal.h"
#include "plan/invite/invite.h"
#include "plan/join/join.h"
#include "plan/shape/shape.h"

/* One thing that is true of the person; the topic is "source", "scope", "target", "role", "team",
 * "planned", ... */
struct fact {
	const char *topic;
	str text;
};

struct inquiry {
	struct plan_context w; /* shaped and joined anew, for itself */
	struct plan scratch; /* what the work writes into; nobody reads it */
	const struct plan *plan; /* the plan that is explained */
	uint32_t source, target; /* rows, or ROW_NONE */
	struct user_groups groups;
	struct person person; /* at the source */
	bool is_said; /* it can be said at the target */
	LIST(struct fact) facts;
};

static void fact_add(struct inquiry *q, const char *topic, str words)
{
	list_push(&q->facts, ((struct fact){topic, words}));
}

/* -- who is meant -- */

static bool is_known_as(const struct snapshot *s, uint32_t row, str who)
{
	const struct entry *e = &s->users.items[row];
	struct field_walk walk = field_walk_begin(s, e);
	char id[37], space[37], bare[PATH_SPACE];
	uint32_t number;
	str value;

	if (str_equal(snapshot_id(s, e, id), who))
		return true;
	while (field_next(&walk, &number, &value)) {
		str path = path_bare(intern_text(&s->names, number, space), bare);
		bool names = str_equal(path, STR(PATH_USERNAME)) ||
			     str_equal(path, STR(PATH_EMAILS)) ||
			     str_equal(path, STR(PATH_DISPLAYNAME)) ||
			     str_equal(path, STR(FIELD_DN)) || str_equal(path, STR(FIELD_LOGIN));

		if (names && text_equal(value, who))
			return true;
	}
	return false;
}

struct candidate {
	uint32_t source, target;
};
typedef LIST(struct candidate) candidate_list;

static void person_add(candidate_list *people, struct candidate person)
{
	list_each (struct candidate, p, people)
		if (p->source == person.source && p->target == person.target)
			return;
	list_push(people, person);
}

static void find_people(struct inquiry *q, str who, candidate_list *ret)
{
	struct plan_context *w = &q->w;

	for (uint32_t row = 0; row < w->source->users.count; row++)
		if (is_known_as(w->source, row, who))
			person_add(ret, (struct candidate){row, w->wants[row].target});
	for (uint32_t row = 0; row < w->target->users.count; row++)
		if (is_known_as(w->target, row, who))
			person_add(ret, (struct candidate){w->haves[row].source, row});
}

/* Of one who is at the source and others who are only at the target, the one is meant. */
static void prefer_source(candidate_list *people)
{
	size_t count = 0, at = 0;

	for (size_t i = 0; i < people->count; i++)
		if (people->items[i].source != ROW_NONE) {
			count++;
			at = i;
		}
	if (count == 1) {
		people->items[0] = people->items[at];
		people->count = 1;
	}
}

static int find_person(struct inquiry *q, str who, struct err *err)
{
	const struct policy *p = q->w.policy;
	candidate_list people = {0};
	int result = 0;

	find_people(q, who, &people);
	prefer_source(&people);
	if (people.count == 0)
		result = err_set(
			err, REACH_ENTRY, CODE_DATA,
			"nobody at %.*s or %.*s has the user name, e-mail, id, DN or display "
			"name %.*s",
			STR_ARG(p->from), STR_ARG(p->to), STR_ARG(who));
	else if (people.count > 1)
		result = err_set(err, REACH_ENTRY, CODE_DATA,
				 "%zu people are known as %.*s at %.*s and %.*s; ask by id",
				 people.count, STR_ARG(who), STR_ARG(p->from), STR_ARG(p->to));
	if (result == 0) {
		q->source = people.items[0].source;
		q->target = people.items[0].target;
	}
	list_clear(&people);
	return result;
}

/* -- source and scope -- */

static void explain_source(struct inquiry *q)
{
	struct plan_context *w = &q->w;
	const struct have *have = q->target == ROW_NONE ? NULL : &w->haves[q->target];
	const struct link *link =
		have && have->link != ROW_NONE ? &w->memory->users.items[have->link] : NULL;
	char space[37], day[11];

	if (q->source != ROW_NONE) {
		bool active = !(w->source->users.items[q->source].flags & ENTRY_INACTIVE);

		fact_add(q, "source",
			 plan_text(w, "%.*s has %.*s, %s", STR_ARG(w->policy->from),
				   STR_ARG(source_place(w, ENTRY_USER, q->source)),
				   active ? "active" : "inactive"));
	} else if (link) {
		str since = link->gone_since
				    ? plan_text(w, " since %s", date_text(link->gone_since, day))
				    : STR("");

		fact_add(q, "source",
			 plan_text(w, "%.*s no longer has the entry with the id %.*s%.*s",
				   STR_ARG(w->policy->from),
				   STR_ARG(intern_text(&w->source->ids, link->source, space)),
				   STR_ARG(since)));
	} else {
		fact_add(q, "source",
			 plan_text(w, "%.*s has nobody who matches", STR_ARG(w->policy->from)));
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
	struct plan_context *w = &q->w;
	struct flat_view view =
		flat_view_of(q->person.fields.items, q->person.fields.count, NULL, 0);

	fact_add(
		q, "scope",
		plan_text(w, "not wanted: users.where does not match: %.*s", STR_ARG(where->text)));
	if (where->root->kind != FILTER_AND)
		return;
	for (const struct filter_node *part = where->root->first; part; part = part->next)
		if (!filter_match_node(part, &view.view, NULL))
			fact_add(q, "scope",
				 plan_text(w, "not true here: %.*s",
					   STR_ARG(filter_words(w, part))));
}

static void explain_scope(struct inquiry *q)
{
	struct plan_context *w = &q->w;
	const struct filter *where = w->policy->users_where;

	if (q->source == ROW_NONE)
		return;
	switch (w->wants[q->source].state) {
	case WANT_INACTIVE:
		fact_add(q, "scope", STR("not wanted: the entry is inactive"));
		break;
	case WANT_NOT:
		if (where)
			explain_mismatch(q, where);
		break;
	case WANT_SKIPPED:
		fact_add(q, "scope", STR("wanted, but skipped: it cannot be said at the target"));
		break;
	case WANT_DOUBTFUL:
		fact_add(q, "scope", STR("wanted, but nobody knows for sure which account it is"));
		break;
	default:
		fact_add(q, "scope",
			 where ? plan_text(w, "wanted: users.where matches: %.*s",
					   STR_ARG(where->text))
			       : STR("wanted: there is no users.where, so everyone is"));
	}
}

/* -- target and role -- */

static void explain_link(struct inquiry *q)
{
	struct plan_context *w = &q->w;
	const struct have *have = &w->haves[q->target];
	const struct link *link;
	char space[37], day[11];

	if (have->link == ROW_NONE) {
		if (have->source != ROW_NONE)
			fact_add(q, "link",
				 plan_text(w, "none yet; recognised by %.*s",
					   STR_ARG(met_words(w, have->source))));
		else
			fact_add(q, "link", STR("none: muster does not know this account"));
		return;
	}
	link = &w->memory->users.items[have->link];
	fact_add(q, "link",
		 plan_text(w, "id %.*s at %.*s, %s%s%s%s",
			   STR_ARG(intern_text(&w->source->ids, link->source, space)),
			   STR_ARG(w->policy->from),
			   link->flags & LINK_CREATED ? "made by muster" : "adopted",
			   link->flags & LINK_BY_HAND ? ", linked by hand" : "",
			   link->flags & LINK_DISABLED ? ", disabled by muster" : "",
			   link->gone_since
				   ? arena_text(&w->arena,
						plan_text(w, ", missed since %s",
							  date_text(link->gone_since, day)))
				   : ""));
}

static void explain_target(struct inquiry *q)
{
	struct plan_context *w = &q->w;
	uint32_t flags;
	char space[37];

	if (q->target == ROW_NONE) {
		fact_add(
			q, "target",
			plan_text(w, "%.*s has no account of this person", STR_ARG(w->policy->to)));
		return;
	}
	flags = w->target->users.items[q->target].flags;
	fact_add(q, "target",
		 plan_text(
			 w, "%.*s has %.*s (id %.*s), %s%s%s", STR_ARG(w->policy->to),
			 STR_ARG(target_label(w, ENTRY_USER, q->target)),
			 STR_ARG(snapshot_id(w->target, &w->target->users.items[q->target], space)),
			 flags & ENTRY_INACTIVE ? "inactive" : "active",
			 flags & ENTRY_READONLY ? ", read-only there" : "",
			 flags & ENTRY_SELF ? ", muster's own account" : ""));
	explain_link(q);
}

static str date_words(struct plan_context *w, const char *before, int64_t at)
{
	char day[11];

	return at ? plan_text(w, "%s%s", before, date_text(at, day)) : STR("");
}

static str invitation_address(struct inquiry *q)
{
	return q->is_said && by_invitation(&q->w) ? buf_str(&q->person.address) : STR("");
}

static str invited_words(struct inquiry *q)
{
	struct plan_context *w = &q->w;
	const struct sent_invitation *sent;
	const struct invitation *listed;
	struct invitation shown = {0};

	if (!by_invitation(w) || !q->is_said)
		return STR("");
	sent = invitation_sent(w, q->source);
	listed = invitation_listed(w, buf_str(&q->person.address));
	if (!sent && !listed)
		return STR("");
	if (sent)
		shown.state = sent->state;
	if (listed)
		shown = *listed;
	if (sent)
		shown.sent_at = sent->last_sent;
	return plan_text(w, "%.*s: %s%s%.*s%s%.*s", STR_ARG(buf_str(&q->person.address)),
			 sent ? "by muster, " : "not by muster, ",
			 invitation_state_text(shown.state),
			 STR_ARG(date_words(w, ", last sent ", shown.sent_at)),
			 !listed && shown.state == INVITATION_PENDING ? ", not listed there" : "",
			 STR_ARG(date_words(w, ", ends ", shown.expires_at)));
}

static void explain_invitation(struct inquiry *q)
{
	str words = q->source == ROW_NONE ? (str){"", 0} : invited_words(q);

	if (words.n)
		fact_add(q, "invited", words);
}

static void explain_role(struct inquiry *q)
{
	struct plan_context *w = &q->w;
	str role, why;

	if (!w->roles.are_spoken || q->source == ROW_NONE || w->wants[q->source].state != WANT_YES)
		return;
	role = role_text(w, role_of(w, q->source, 0));
	why = role_reason(w, q->source);
	if (!why.n)
		why = STR("roles.default, no rule matches");
	if (role.n)
		fact_add(q, "role", plan_text(w, "%.*s by %.*s", STR_ARG(role), STR_ARG(why)));
}

/* -- teams -- */

/* "ada <- g3 <- g1": breadth first from the person up, so the shortest way is told. */
static bool nested_path(struct inquiry *q, uint32_t group, str *ret)
{
	struct plan_context *w = &q->w;
	struct user_groups *g = &q->groups;
	uint32_t *from = mem_alloc(w->source->groups.count + 1, sizeof *from);
	str path = source_label(w, ENTRY_USER, q->source);
	row_list queue = {0};
	bool found = false;

	/* from: group + 1 below, or UINT32_MAX for the person; searched from the person upwards */
	for (uint32_t i = g->starts[q->source]; i < g->starts[q->source + 1]; i++)
		if (!from[g->groups[i]]) {
			from[g->groups[i]] = UINT32_MAX;
			list_push(&queue, g->groups[i]);
		}
	for (size_t i = 0; i < queue.count && w->policy->expand_nested; i++) {
		uint32_t row = queue.items[i];

		for (uint32_t p = g->parent_starts[row]; p < g->parent_starts[row + 1]; p++)
			if (!from[g->parents[p]]) {
				from[g->parents[p]] = row + 1;
				list_push(&queue, g->parents[p]);
			}
	}
	if (from[group]) {
		str tail = (str){"", 0};

		found = true;
		for (uint32_t at = group;; at = from[at] - 1) {
			tail = plan_text(w, " <- %.*s%.*s",
					 STR_ARG(source_label(w, ENTRY_GROUP, at)), STR_ARG(tail));
			if (from[at] == UINT32_MAX)
				break;
		}
		*ret = plan_text(w, "%.*s%.*s", STR_ARG(path), STR_ARG(tail));
	}
	list_clear(&queue);
	free(from);
	return found;
}

static bool is_member(const struct plan_context *w, uint32_t group, uint32_t user)
{
	if (group == ROW_NONE || user == ROW_NONE)
		return false;
	for (size_t i = w->target_edges.starts[group]; i < w->target_edges.starts[group + 1]; i++)
		if (!edge_nested(w->target_edges.edges[i]) &&
		    edge_member(w->target_edges.edges[i]) == user)
			return true;
	return false;
}

static bool is_wanted_in(struct inquiry *q, const struct team *team, str *ret_why)
{
	struct plan_context *w = &q->w;
	str path;

	if (!nested_path(q, team->source, &path)) {
		*ret_why = plan_text(w, "not a member of %.*s at %.*s",
				     STR_ARG(source_label(w, ENTRY_GROUP, team->source)),
				     STR_ARG(w->policy->from));
		return false;
	}
	if (w->wants[q->source].state != WANT_YES) {
		*ret_why = plan_text(w, "%.*s, but not wanted at all", STR_ARG(path));
		return false;
	}
	if (team->role && role_of(w, q->source, 0) != team->role) {
		*ret_why = plan_text(w, "%.*s, but without the role %.*s", STR_ARG(path),
				     STR_ARG(role_text(w, team->role)));
		return false;
	}
	*ret_why = path;
	return true;
}

static bool explain_team(struct inquiry *q, const struct team *team, bool asked)
{
	struct plan_context *w = &q->w;
	bool member = is_member(w, team->target, q->target), wanted = false;
	str why = STR("nobody at the source");

	if (q->source != ROW_NONE)
		wanted = is_wanted_in(q, team, &why);
	if (!asked && !member && !wanted)
		return false;
	fact_add(q, "team",
		 plan_text(
			 w, "%.*s: %s (%.*s%s%.*s); %s%s", STR_ARG(team->name),
			 wanted ? "wanted" : "not wanted", STR_ARG(why),
			 wanted && team->rule ? "; rule " : "",
			 STR_ARG(wanted && team->rule ? team->rule->label : STR("")),
			 member ? "is a member there" : "is no member there",
			 team->frozen
				 ? "; the team is in conflict or doubtful, nothing of it is touched"
				 : ""));
	return true;
}

static bool team_is_meant(struct plan_context *w, const struct team *team, str name)
{
	return text_equal(team->name, name) ||
	       text_equal(source_label(w, ENTRY_GROUP, team->source), name) ||
	       str_equal(team->source_id, name) ||
	       (team->target != ROW_NONE &&
		text_equal(target_label(w, ENTRY_GROUP, team->target), name));
}

/* A group that no rule makes a team. */
static void explain_no_team(struct inquiry *q, str name)
{
	struct plan_context *w = &q->w;
	str path = {"", 0};

	for (uint32_t row = 0; row < w->source->groups.count; row++) {
		if (!text_equal(source_label(w, ENTRY_GROUP, row), name))
			continue;
		if (q->source == ROW_NONE || !nested_path(q, row, &path))
			path = STR("the person is no member of it");
		fact_add(q, "team",
			 plan_text(w, "%.*s: no rule of teams names this group (%.*s)",
				   STR_ARG(name), STR_ARG(path)));
		return;
	}
	fact_add(q, "team",
		 plan_text(w, "%.*s: %.*s has no such group", STR_ARG(name),
			   STR_ARG(w->policy->from)));
}

static int compare_team_names(const void *a, const void *b)
{
	const struct team *x = *(const struct team *const *)a, *y = *(const struct team *const *)b;

	return str_compare(x->name, y->name);
}

static void explain_teams(struct inquiry *q, str name)
{
	struct plan_context *w = &q->w;
	const struct team **teams = arena_array(&w->arena, const struct team *, w->teams.count + 1);
	size_t count = 0;
	bool any = false;

	if (!w->teams_wanted)
		return;
	list_each (struct team, team, &w->teams)
		if (!name.n || team_is_meant(w, team, name))
			teams[count++] = team;
	if (count)
		qsort(teams, count, sizeof(struct team *), compare_team_names);
	for (size_t i = 0; i < count; i++)
		any = explain_team(q, teams[i], name.n) || any;
	if (!any && name.n)
		explain_no_team(q, name);
	else if (!any)
		fact_add(q, "team", STR("none"));
}

/* -- what happens -- */

static bool is_about(struct inquiry *q, const struct object *o)
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

static str edit_words(struct plan_context *w, str value)
{
	return value.p ? plan_text(w, "\"%.*s\"", STR_ARG(value)) : STR("none");
}

static void explain_changes(struct inquiry *q, str name)
{
	const struct plan *plan = q->plan;
	bool any = false;

	list_each (struct change, c, &plan->changes) {
		const struct object *team =
			c->team == ROW_NONE ? NULL : &plan->objects.items[c->team];

		if (c->user == ROW_NONE || !is_about(q, &plan->objects.items[c->user]) ||
		    (name.n && team && !change_is_meant(q, team, name)))
			continue;
		any = true;
		fact_add(q, "planned",
			 plan_text(&q->w, "%u. %s%s%.*s%s%.*s%s%.*s%s", c->number,
				   change_kind_text(c->kind), team ? " " : "",
				   STR_ARG(team ? team->label : STR("")),
				   c->role.n ? ", role " : "", STR_ARG(c->role),
				   c->reason.n ? " (" : "", STR_ARG(c->reason),
				   c->reason.n ? ")" : ""));
		for (size_t i = 0; i < c->edit_count; i++)
			fact_add(q, "planned",
				 plan_text(&q->w, "   %.*s: %.*s -> %.*s",
					   STR_ARG(c->edits[i].path),
					   STR_ARG(edit_words(&q->w, c->edits[i].before)),
					   STR_ARG(edit_words(&q->w, c->edits[i].after))));
	}
	if (!any)
		fact_add(q, "planned", STR("nothing"));
}

static void explain_blocks(struct inquiry *q)
{
	struct plan_context *w = &q->w;
	str source = q->source == ROW_NONE ? (str){"", 0} : source_label(w, ENTRY_USER, q->source);
	str target = q->target == ROW_NONE ? (str){"", 0} : target_label(w, ENTRY_USER, q->target);

	str place = q->source == ROW_NONE ? (str){"", 0} : source_place(w, ENTRY_USER, q->source);
	/* Notices of invitations go by the address, which need not be the user name. */
	str address = q->source == ROW_NONE ? (str){"", 0} : invitation_address(q);

	list_each (struct notice, n, &q->plan->notices)
		if ((source.n && str_equal(n->subject, source)) ||
		    (place.n && str_equal(n->subject, place)) ||
		    (address.n && str_equal(n->subject, address)) ||
		    (target.n && str_equal(n->subject, target)))
			fact_add(q, "blocked", n->text);
	list_each (struct handoff, h, &w->memory->handoffs)
		if (handoff_is_of(w, h, q->source, q->target))
			fact_add(q, "todo", h->what);
	if (q->plan->verdict != VERDICT_GO)
		list_each (str, reason, &q->plan->reasons)
			fact_add(q, "held", *reason);
}

static int inquire(struct inquiry *q, const struct plan_input *in, const struct plan *plan, str who,
		   str team, struct err *err)
{
	struct err ill;

	q->plan = plan;
	context_init(&q->w, in, &q->scratch);
	if (step_shape(&q->w, err) < 0 || step_join(&q->w, err) < 0 || find_person(q, who, err) < 0)
		return -1;
	invitation_index_init(&q->w);
	if (q->source != ROW_NONE)
		q->is_said = person_build(&q->w, q->source, &q->person, &ill) == 0;
	group_edges_init(&q->w.target_edges, in->target);
	user_groups_init(&q->groups, in->source, true);
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

static void inquiry_clear(struct inquiry *q)
{
	user_groups_clear(&q->groups);
	context_clear(&q->w);
	plan_clear(&q->scratch);
	list_clear(&q->facts);
	person_clear(&q->person);
}

int plan_explain_text(const struct plan_input *in, const struct plan *plan, str who, str team,
		      struct buf *out, struct err *err)
{
	struct inquiry q = {0};
	int result = inquire(&q, in, plan, who, team, err);

	if (result == 0)
		buf_printf(out, "%.*s: %.*s%s%.*s\n", STR_ARG(plan->sync), STR_ARG(who),
			   team.n ? " in " : "", STR_ARG(team));
	list_each (struct fact, f, &q.facts)
		buf_printf(out, "  %-8s %.*s\n", f->topic, STR_ARG(f->text));
	inquiry_clear(&q);
	return result;
}

/* {"format_version": 1, "sync": "crm", "who": "...", "team": "...", "facts": [{"topic": "scope",
 * "text": "..."}]} */
int plan_explain_json(const struct plan_input *in, const struct plan *plan, str who, str team,
		      struct buf *out, struct err *err)
{
	struct json_writer w = {.out = out, .pretty = true};
	struct inquiry q = {0};
	int result = inquire(&q, in, plan, who, team, err);

	if (result == 0) {
		json_write_object(&w);
		json_write_member_int(&w, "format_version", 1);
		json_write_member(&w, "sync", plan->sync);
		json_write_member(&w, "who", who);
		json_write_member(&w, "team", team);
		json_write_key(&w, STR("facts"));
		json_write_array(&w);
		list_each (struct fact, f, &q.facts) {
			json_write_object(&w);
			json_write_member(&w, "topic", str_of(f->topic));
			json_write_member(&w, "text", f->text);
			json_write_object_end(&w);
		}
		json_write_array_end(&w);
		json_write_object_end(&w);
		buf_char(out, '\n');
	}
	inquiry_clear(&q);
	return result;
}
