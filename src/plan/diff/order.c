/* SPDX-License-Identifier: Apache-2.0 */
/* The order of carrying out: by kind, then by name; what must wait for something else is said in
 * change.after. */
#include <string.h>

#include "plan/diff/diff.h"
#include "plan/diff/internal.h"
#include "plan/internal.h"
#include "plan/shape/shape.h"

/*
 * create < update < join team < change role < leave team < disable < delete, as enum change_kind
 * has it. Two things come earlier: names that somebody else needs are freed before anything is
 * created, and an invitation that is to be replaced is revoked before the new one is sent.
 */
static const int32_t EARLY = CHANGE_ADOPT_TEAM;

struct order_place {
	int32_t phase;
	uint32_t depth; /* how many must go before it in its phase */
	str team, user, ids[2], detail;
	uint32_t index;
};

static int compare_places(const void *a, const void *b)
{
	const struct order_place *x = a, *y = b;
	const str *left[] = {&x->team, &x->user, &x->ids[0], &x->ids[1], &x->detail};
	const str *right[] = {&y->team, &y->user, &y->ids[0], &y->ids[1], &y->detail};

	if (x->phase != y->phase)
		return x->phase < y->phase ? -1 : 1;
	if (x->depth != y->depth)
		return x->depth < y->depth ? -1 : 1;
	for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
		int order = str_compare(*left[i], *right[i]);

		if (order)
			return order;
	}
	return x->index < y->index ? -1 : x->index > y->index;
}

static const struct object *object_or_none(const struct plan *plan, uint32_t object)
{
	static const struct object none = {0};

	return object == ROW_NONE ? &none : &plan->objects.items[object];
}

/* Twice the kind leaves room for what comes just before a kind. */
static int32_t order_phase_of(const struct plan_context *w, const struct change *c,
			      bool freed_for_others, bool replaced)
{
	if (freed_for_others)
		return EARLY * 2 + 1;
	if (replaced)
		return CHANGE_INVITE * 2 - 1;
	/* Who can be in one team only must leave the one before joining the other. */
	if (c->kind == CHANGE_REMOVE_MEMBER && w->abilities->one_team_each)
		return CHANGE_ADD_MEMBER * 2 - 1;
	return (int32_t)c->kind * 2;
}

static uint32_t order_depth_of(const struct plan *plan, const struct change *c)
{
	uint32_t depth = 0;

	for (; c->after && depth < plan->changes.count; c = &plan->changes.items[c->after - 1])
		depth++;
	return depth;
}

static struct order_place order_place_of(struct plan_context *w, uint32_t index, const bool *frees,
					 const bool *replaced)
{
	const struct change *c = &w->plan->changes.items[index];
	const struct object *user = object_or_none(w->plan, c->user);
	const struct object *team = object_or_none(w->plan, c->team);
	const struct object *whose = user->label.n ? user : team;
	struct order_place place = {
		.phase = order_phase_of(w, c, frees[index], replaced[index]),
		.depth = order_depth_of(w->plan, c),
		.team = team->label,
		.user = user->label,
		.ids = {whose->target_id, whose->source_id},
		.detail = c->invitation.n ? c->invitation : c->key,
		.index = index,
	};

	/* Whoever gains goes first, so that there is no moment without a holder. */
	if (c->kind == CHANGE_SET_ROLE)
		place.depth = role_rank(w, c->role) < role_rank(w, c->old_role);
	return place;
}

/* Invitations that are replaced: the new one waits for the end of the old one. */
static void link_replacements(struct plan_context *w, bool *replaced)
{
	struct plan *plan = w->plan;
	uint32_t *invites = mem_alloc(plan->objects.count + 1, sizeof *invites);

	for (uint32_t i = 0; i < plan->changes.count; i++)
		if (plan->changes.items[i].kind == CHANGE_INVITE)
			invites[plan->changes.items[i].user] = i + 1;
	for (uint32_t i = 0; i < plan->changes.count; i++) {
		const struct change *c = &plan->changes.items[i];

		if (c->kind != CHANGE_REVOKE || !invites[c->user])
			continue;
		replaced[i] = true;
		plan->changes.items[invites[c->user] - 1].after = i + 1;
	}
	free(invites);
}

/* after holds index + 1 before, and numbers afterwards. */
static void changes_renumber(struct plan_context *w, const struct order_place *places)
{
	struct plan *plan = w->plan;
	size_t count = plan->changes.count, kept = 0;
	struct change *old = plan->changes.items;
	uint32_t *numbers = mem_alloc(count + 1, sizeof *numbers);

	plan->changes.items = mem_alloc(count + 1, sizeof *old);
	for (size_t i = 0; i < count; i++) {
		if (old[places[i].index].number == CHANGE_DROPPED)
			continue;
		plan->changes.items[kept] = old[places[i].index];
		plan->changes.items[kept].number = (uint32_t)kept + 1;
		numbers[places[i].index] = (uint32_t)++kept;
	}
	for (size_t i = 0; i < kept; i++)
		if (plan->changes.items[i].after)
			plan->changes.items[i].after = numbers[plan->changes.items[i].after - 1];
	plan->changes.count = kept;
	plan->changes.room = count + 1;
	free(old);
	free(numbers);
}

static void changes_sort(struct plan_context *w)
{
	size_t count = w->plan->changes.count;
	struct order_place *places = mem_alloc(count, sizeof *places);
	bool *frees = mem_alloc(count, 1), *replaced = mem_alloc(count, 1);

	link_replacements(w, replaced);
	for (size_t i = 0; i < count; i++) {
		const struct change *c = &w->plan->changes.items[i];

		if (c->after && c->kind != CHANGE_INVITE)
			frees[c->after - 1] = true;
	}
	for (uint32_t i = 0; i < count; i++)
		places[i] = order_place_of(w, i, frees, replaced);
	if (count)
		qsort(places, count, sizeof *places, compare_places);
	changes_renumber(w, places);
	free(places);
	free(frees);
	free(replaced);
}

static void change_count(struct counts *n, const struct change *c)
{
	uint64_t *const at[] = {
		[CHANGE_ADOPT_USER] = &n->adopt,
		[CHANGE_ADOPT_TEAM] = &n->adopt,
		[CHANGE_CREATE_USER] = &n->create,
		[CHANGE_CREATE_TEAM] = &n->teams_create,
		[CHANGE_UPDATE_USER] = &n->update,
		[CHANGE_UPDATE_TEAM] = &n->teams_update,
		[CHANGE_INVITE] = &n->invite,
		[CHANGE_RESEND] = &n->resend,
		[CHANGE_ADD_MEMBER] = &n->members_add,
		[CHANGE_SET_ROLE] = &n->roles,
		[CHANGE_REMOVE_MEMBER] = &n->members_remove,
		[CHANGE_REVOKE] = &n->revoke,
		[CHANGE_DISABLE_USER] = &n->disable,
		[CHANGE_DELETE_USER] = &n->remove,
		[CHANGE_DELETE_TEAM] = &n->teams_delete,
		[CHANGE_HANDOFF] = &n->handoffs,
		[CHANGE_MISS] = &n->miss,
		[CHANGE_FORGET] = &n->forget,
	};

	++*at[c->kind];
}

static int compare_notices(const void *a, const void *b)
{
	const struct notice *x = a, *y = b;
	int order;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	order = str_compare(x->subject, y->subject);
	return order ? order : str_compare(x->text, y->text);
}

/* Sorted, and each said once. */
static void notices_sort(struct plan *plan)
{
	size_t kept = 0;

	if (plan->notices.count)
		qsort(plan->notices.items, plan->notices.count, sizeof *plan->notices.items,
		      compare_notices);
	for (size_t i = 0; i < plan->notices.count; i++)
		if (!kept ||
		    compare_notices(&plan->notices.items[kept - 1], &plan->notices.items[i]) != 0)
			plan->notices.items[kept++] = plan->notices.items[i];
	plan->notices.count = kept;
}

void step_order(struct plan_context *w)
{
	/* Sorted first as well, so that which of a circle steps aside does not depend on the order
	 * of the reads. */
	changes_sort(w);
	order_renames(w, ENTRY_USER);
	order_renames(w, ENTRY_GROUP);
	changes_sort(w);
	list_each (struct change, c, &w->plan->changes)
		change_count(&w->plan->counts, c);
	notices_sort(w->plan);
}
