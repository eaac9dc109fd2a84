/* SPDX-License-Identifier: Apache-2.0 */
/* What must change: people, invitations, teams, and links that join nothing any more. */
#include "plan/diff/diff.h"

#include "plan/diff/internal.h"
#include "plan/internal.h"
#include "plan/invite/invite.h"
#include "plan/shape/shape.h"

static void forget_link(struct plan_context *w, enum entry_kind kind, const struct link *link)
{
	char source[37], target[37];
	uint32_t object = object_of_ids(w, kind, intern_text(&w->source->ids, link->source, source),
					intern_text(&w->target->ids, link->target, target));
	struct change *c = change_add(w, CHANGE_FORGET, kind == ENTRY_USER ? object : ROW_NONE,
				      kind == ENTRY_GROUP ? object : ROW_NONE);

	c->reason = plan_text(w, "gone from %.*s and from %.*s", STR_ARG(w->policy->from),
			      STR_ARG(w->policy->to));
}

/* Links that join nothing any more. An incomplete read proves no absence. */
static void forget_links(struct plan_context *w)
{
	const uint8_t keeps = LINK_ODD | LINK_TAKEN | LINK_WANTED | LINK_AT_TARGET;

	if (!w->source->complete || !w->target->complete)
		return;
	for (uint32_t row = 0; row < w->source->users.count; row++)
		if (w->wants[row].link != ROW_NONE && w->wants[row].state != WANT_NOT &&
		    w->wants[row].state != WANT_INACTIVE)
			w->link_states[w->wants[row].link] |= LINK_WANTED;
	for (size_t i = 0; i < w->memory->users.count; i++)
		if (!(w->link_states[i] & keeps))
			forget_link(w, ENTRY_USER, &w->memory->users.items[i]);
	for (size_t i = 0; w->teams_wanted && i < w->memory->groups.count; i++)
		if (!(w->group_link_states[i] & keeps))
			forget_link(w, ENTRY_GROUP, &w->memory->groups.items[i]);
}

/* The memory is in an order of its own: what it says of a user some rows ahead is fetched early. */
static void prefetch_memory(const struct plan_context *w, uint32_t row)
{
	if (row < w->source->users.count && w->wants[row].link != ROW_NONE)
		__builtin_prefetch(&w->memory->users.items[w->wants[row].link]);
}

static void diff_users(struct plan_context *w)
{
	enum { AHEAD = 16 };
	struct person p = {0};

	for (uint32_t row = 0; row < w->source->users.count; row++) {
		prefetch_memory(w, row + AHEAD);
		diff_user(w, row, &p);
	}
	person_clear(&p);
	for (uint32_t row = 0; row < w->target->users.count; row++)
		if (w->desired_rows[row] == ROW_NONE)
			diff_leaver(w, row);
}

void step_diff(struct plan_context *w)
{
	diff_users(w);
	if (by_invitation(w))
		diff_invitations(w);
	if (w->teams_wanted)
		diff_teams(w);
	forget_links(w);
	if (w->waiting)
		notice_add(w, NOTICE_NOTE, w->policy->to,
			   "the read is not complete (%.*s): %zu that it does not show wait",
			   STR_ARG(w->target->why_not), w->waiting);
}
