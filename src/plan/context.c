/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning and the end of a plan in the making. */
#include "plan/internal.h"
#include "plan/shape/shape.h"

static const int64_t USUAL_GRACE = 30 * 86400;

bool plan_can(const struct plan_context *w, enum ability_flag flag)
{
	return w->abilities->flags & (uint32_t)flag;
}

bool by_invitation(const struct plan_context *w)
{
	return plan_can(w, ABILITY_INVITE) || w->abilities->missing_invite.n;
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

static void invitation_index_clear(struct invitation_index *index)
{
	intern_clear(&index->addresses);
	intern_clear(&index->sources);
	buf_clear(&index->fold);
}

void context_clear(struct plan_context *w)
{
	free(w->wants);
	free(w->haves);
	free(w->link_states);
	free(w->group_link_states);
	free(w->group_haves);
	free(w->group_links);
	free(w->desired_rows);
	free(w->source_edges.starts);
	free(w->target_edges.starts);
	free(w->opaque);
	free(w->unlisted_starts);
	free(w->unlisted_users);
	free(w->objects.slots);
	list_clear(&w->teams);
	user_groups_clear(&w->groups);
	intern_clear(&w->roles.numbers);
	intern_clear(&w->handoffs);
	invitation_index_clear(&w->invitations);
	arena_clear(&w->arena);
}

/*
 * Pages of a read that were looked at, here and there, are given back now and then, so that a large
 * read does not become resident: the kernel maps sixteen pages for each that is looked at.
 */
void reads_trim(const struct plan_context *w)
{
	spool_trim(w->source->spool, spool_size(w->source->spool));
	spool_trim(w->target->spool, spool_size(w->target->spool));
}

void rows_passed(const struct plan_context *w, uint32_t row)
{
	enum { STEP = 1 << 14 };

	if (row % STEP == STEP - 1)
		reads_trim(w);
}
