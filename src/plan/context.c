/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning and the end of a plan in the making, and how changes, notices and hand-offs get
 * into it. */
#include "plan/internal.h"

#include <stdio.h>

#include "base/clock.h"

static const int64_t USUAL_GRACE = 30 * 86400;

bool plan_can(const struct plan_context *w, enum ability_flag flag)
{
	return w->abilities->flags & (uint32_t)flag;
}

static void rows_init(struct plan_context *w)
{
	w->wants = mem_alloc(w->source->users.count + 1, sizeof *w->wants);
	w->haves = mem_alloc(w->target->users.count + 1, sizeof *w->haves);
	for (size_t i = 0; i < w->source->users.count; i++)
		w->wants[i].target = w->wants[i].link = ROW_NONE;
	for (size_t i = 0; i < w->target->users.count; i++)
		w->haves[i].source = w->haves[i].link = ROW_NONE;
	w->link_states = mem_alloc(w->memory->users.count + 1, 1);
	w->group_link_states = mem_alloc(w->memory->groups.count + 1, 1);
	w->group_haves = mem_alloc(w->target->groups.count + 1, sizeof *w->group_haves);
	w->group_links = mem_alloc(w->target->groups.count + 1, sizeof *w->group_links);
	for (size_t i = 0; i < w->target->groups.count; i++)
		w->group_haves[i] = w->group_links[i] = ROW_NONE;
}

static void heading_init(struct plan_context *w)
{
	struct plan *plan = w->plan;

	plan->sync = arena_str(&plan->arena, w->policy->sync);
	plan->from = arena_str(&plan->arena, w->policy->from);
	plan->to = arena_str(&plan->arena, w->policy->to);
	plan->removal = arena_str(&plan->arena, w->abilities->removal);
	plan->source_users = w->source->users.count;
	plan->source_groups = w->source->groups.count;
	plan->source_edges = w->source->edges.count;
	plan->source_complete = w->source->complete;
}

void context_init(struct plan_context *w, const struct plan_input *in, struct plan *plan)
{
	*w = (struct plan_context){
		.in = in,
		.policy = in->policy,
		.abilities = in->abilities,
		.source = in->source,
		.target = in->target,
		.memory = in->memory,
		.plan = plan,
	};
	w->teams_wanted = !w->policy->no_teams && !w->abilities->single_team &&
			  (plan_can(w, ABILITY_GROUPS) || plan_can(w, ABILITY_MEMBERS));
	w->grace = w->policy->leaver_after;
	if (w->grace == LEAVER_AFTER_UNSET)
		w->grace = plan_can(w, ABILITY_DISABLE_USERS) ? USUAL_GRACE : 0;
	rows_init(w);
	heading_init(w);
}

void context_clear(struct plan_context *w)
{
	free(w->wants);
	free(w->haves);
	free(w->link_states);
	free(w->group_link_states);
	free(w->group_haves);
	free(w->group_links);
	free(w->source_edges.starts);
	free(w->target_edges.starts);
	free(w->group_stamps);
	free(w->target_rows);
	free(w->unlisted_starts);
	free(w->unlisted_users);
	free(w->opaque);
	free(w->objects.slots);
	for (size_t i = 0; w->mapped && i < w->policy->users.count; i++)
		buf_clear(&w->mapped[i]);
	user_groups_clear(&w->groups);
	intern_clear(&w->roles);
	intern_clear(&w->handoffs);
	intern_clear(&w->invitations.addresses);
	intern_clear(&w->invitations.sources);
	list_clear(&w->raw);
	list_clear(&w->desired);
	list_clear(&w->actual);
	list_clear(&w->teams);
	list_clear(&w->members);
	list_clear(&w->there);
	list_clear(&w->others);
	free(w->desired_rows);
	free(w->wanted_bits);
	free(w->member_bits);
	free(w->only_team);
	list_clear(&w->walk);
	buf_clear(&w->address);
	buf_clear(&w->fold);
	arena_clear(&w->arena);
}

str plan_text(struct plan_context *w, const char *format, ...)
{
	struct buf b = {0};
	va_list args;
	str kept;

	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	kept = arena_str(&w->plan->arena, buf_str(&b));
	buf_clear(&b);
	return kept;
}

const char *date_text(int64_t seconds, char space[11])
{
	clock_date(seconds, space);
	return space;
}

struct change *change_add(struct plan_context *w, enum change_kind kind, uint32_t user,
			  uint32_t team)
{
	enum { STEP = 512 };
	struct change *c = list_add(&w->plan->changes);

	if (w->plan->changes.count % STEP == 0)
		reads_trim(w);
	*c = (struct change){.kind = kind, .user = user, .team = team};
	return c;
}

void notice_add(struct plan_context *w, enum notice_kind kind, str subject, const char *format, ...)
{
	struct notice *notice = list_add(&w->plan->notices);
	struct buf b = {0};
	va_list args;

	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	*notice = (struct notice){
		.kind = kind,
		.subject = arena_str(&w->plan->arena, subject),
		.text = arena_str(&w->plan->arena, buf_str(&b)),
	};
	buf_clear(&b);
}

static bool is_open_handoff(const struct plan_context *w, str key)
{
	list_each (struct handoff, h, &w->memory->handoffs)
		if (str_equal(h->key, key))
			return true;
	return false;
}

/* The same task is told once: what is remembered stays open, what is new becomes a change. */
void handoff_add(struct plan_context *w, uint32_t user, uint32_t team, str task, str what)
{
	const struct object *o = &w->plan->objects.items[user];
	/* Who accepts an invitation gets another id there, and the task stays the same. */
	str whom = o->source_id.n ? o->source_id : o->target_id;
	str key = plan_text(w, "%.*s: %.*s", STR_ARG(task), STR_ARG(whom));
	uint32_t known = w->handoffs.count;
	struct change *c;

	if (intern_put(&w->handoffs, key) < known)
		return;
	if (is_open_handoff(w, key)) {
		list_push(&w->plan->open_handoffs, key);
		return;
	}
	c = change_add(w, CHANGE_HANDOFF, user, team);
	c->key = key;
	c->reason = what;
}

/* A key ends in ": " and the id of whom the task is about. */
static bool is_of_entry(const struct handoff *h, const struct snapshot *s, uint32_t row)
{
	char space[37];
	str id;

	if (row == ROW_NONE)
		return false;
	id = snapshot_id(s, snapshot_entry(s, ENTRY_USER, row), space);
	return str_ends(h->key, id) && str_ends(str_slice(h->key, 0, h->key.n - id.n), STR(": "));
}

bool handoff_is_of(const struct plan_context *w, const struct handoff *h, uint32_t source,
		   uint32_t target)
{
	return is_of_entry(h, w->source, source) || is_of_entry(h, w->target, target);
}

static str entry_value(const struct snapshot *s, enum entry_kind kind, uint32_t row, str path)
{
	return snapshot_value(s, snapshot_entry(s, kind, row), path);
}

/* What a person would look for: a name, else where the entry is, else its id. */
static str label_of(struct plan_context *w, const struct snapshot *s, enum entry_kind kind,
		    uint32_t row)
{
	static const char *const paths[] = {PATH_USERNAME, PATH_DISPLAYNAME, FIELD_DN};
	char space[37];

	for (size_t i = kind == ENTRY_GROUP; i < sizeof paths / sizeof *paths; i++) {
		str value = entry_value(s, kind, row, str_of(paths[i]));

		if (value.n)
			return arena_str(&w->plan->arena, value);
	}
	return arena_str(&w->plan->arena, snapshot_id(s, snapshot_entry(s, kind, row), space));
}

str source_label(struct plan_context *w, enum entry_kind kind, uint32_t row)
{
	return label_of(w, w->source, kind, row);
}

str target_label(struct plan_context *w, enum entry_kind kind, uint32_t row)
{
	return label_of(w, w->target, kind, row);
}

str source_place(struct plan_context *w, enum entry_kind kind, uint32_t row)
{
	str dn = entry_value(w->source, kind, row, STR(FIELD_DN));
	char space[37];

	if (dn.n)
		return plan_text(w, "%.*s", STR_ARG(dn));
	return plan_text(
		w, "%.*s (id %.*s)", STR_ARG(source_label(w, kind, row)),
		STR_ARG(snapshot_id(w->source, snapshot_entry(w->source, kind, row), space)));
}
