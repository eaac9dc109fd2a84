/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of invitations: those that the target lists by address, those that muster sent by
 * person. */
#include "base/unicode.h"
#include "plan/internal.h"
#include "plan/invite/internal.h"
#include "plan/invite/invite.h"
#include "plan/shape/shape.h"

/* Valid until the next. */
static str fold_address(struct invitation_index *index, str address)
{
	buf_reset(&index->fold);
	text_lower(address, &index->fold);
	return buf_str(&index->fold);
}

/* The listed ones: by address the index + 1 of the first, then by `next`. */
static void index_listed(struct plan_context *w, size_t addresses)
{
	struct invitation_index *index = &w->invitations;
	size_t count = w->target->invitations.count;

	index->next = arena_array(&w->arena, uint32_t, count + 1);
	index->first = arena_array(&w->arena, uint32_t, addresses);
	index->settled = arena_array(&w->arena, bool, count + 1);
	for (size_t i = 0; i < count; i++) {
		str address = w->target->invitations.items[i].address;
		uint32_t number = intern_put(&index->addresses, fold_address(index, address));

		index->next[i] = index->first[number];
		index->first[number] = (uint32_t)i + 1;
	}
}

static void index_sent(struct plan_context *w)
{
	struct invitation_index *index = &w->invitations;

	index->sent = arena_array(&w->arena, uint32_t, w->memory->invitations.count + 1);
	for (size_t i = 0; i < w->memory->invitations.count; i++) {
		const struct sent_invitation *sent = &w->memory->invitations.items[i];

		index->sent[intern_put(&index->sources, sent->source)] = (uint32_t)i + 1;
		/* Accepted, it may be listed no more: who has the address is of interest. */
		if (sent->state == INVITATION_PENDING || sent->state == INVITATION_EXPIRED)
			intern_put(&index->addresses, fold_address(index, sent->address));
	}
}

static bool is_address_path(str path)
{
	char space[PATH_SPACE];
	str bare = path_bare(path, space);

	return str_equal(bare, STR(PATH_EMAILS)) || str_equal(bare, STR(PATH_USERNAME)) ||
	       str_equal(bare, STR(FIELD_LOGIN));
}

/* Who has one of the addresses at the target already. */
static void index_members(struct plan_context *w, size_t addresses)
{
	struct invitation_index *index = &w->invitations;

	index->members = arena_array(&w->arena, uint32_t, addresses);
	for (uint32_t row = 0; index->addresses.count && row < w->target->users.count; row++) {
		struct field_walk walk = field_walk_begin(w->target, &w->target->users.items[row]);
		uint32_t name, number;
		str value;

		while (field_next(&walk, &name, &value)) {
			if (!is_address_path(w->attributes.target[name].path))
				continue;
			number = intern_find(&index->addresses, fold_address(index, value));
			if (number != INTERN_NONE)
				index->members[number] = row + 1;
		}
	}
}

void invitation_index_init(struct plan_context *w)
{
	size_t addresses = w->target->invitations.count + w->memory->invitations.count + 1;

	if (!by_invitation(w))
		return;
	index_listed(w, addresses);
	index_sent(w);
	index_members(w, addresses);
}

uint32_t invitations_first(struct plan_context *w, str address)
{
	struct invitation_index *index = &w->invitations;
	uint32_t number = intern_find(&index->addresses, fold_address(index, address));

	return number == INTERN_NONE ? 0 : index->first[number];
}

uint32_t find_address_member(struct plan_context *w, str address)
{
	struct invitation_index *index = &w->invitations;
	uint32_t number = intern_find(&index->addresses, fold_address(index, address));

	return number == INTERN_NONE || !index->members[number] ? ROW_NONE
								: index->members[number] - 1;
}

uint32_t find_free_member(struct plan_context *w, str address)
{
	uint32_t member = find_address_member(w, address);

	return member == ROW_NONE || w->haves[member].link != ROW_NONE ||
			       w->haves[member].source != ROW_NONE
		       ? ROW_NONE
		       : member;
}

const struct sent_invitation *find_sent_invitation(const struct plan_context *w, uint32_t row)
{
	char space[37];
	uint32_t number = intern_find(&w->invitations.sources,
				      snapshot_id(w->source, &w->source->users.items[row], space));

	return number == INTERN_NONE
		       ? NULL
		       : &w->memory->invitations.items[w->invitations.sent[number] - 1];
}

/* How much an invitation of a state tells about where things stand. */
static int state_weight(const struct invitation *i)
{
	static const int weights[] = {
		[INVITATION_PENDING] = 4, [INVITATION_ACCEPTED] = 3, [INVITATION_REFUSED] = 2,
		[INVITATION_EXPIRED] = 1, [INVITATION_REVOKED] = 0,  [INVITATION_WITHDRAWN] = 0,
	};

	return weights[i->state];
}

static bool outweighs(const struct invitation *i, const struct invitation *other)
{
	if (state_weight(i) != state_weight(other))
		return state_weight(i) > state_weight(other);
	if (i->sent_at != other->sent_at)
		return i->sent_at > other->sent_at;
	return str_compare(i->id, other->id) < 0;
}

const struct invitation *find_listed_invitation(struct plan_context *w, str address)
{
	const struct invitation *best = NULL;

	for (uint32_t at = invitations_first(w, address); at; at = w->invitations.next[at - 1]) {
		const struct invitation *i = &w->target->invitations.items[at - 1];

		if (!best || outweighs(i, best))
			best = i;
	}
	return best;
}

void invitations_settle(struct plan_context *w, str address)
{
	for (uint32_t at = invitations_first(w, address); at; at = w->invitations.next[at - 1])
		w->invitations.settled[at - 1] = true;
}

void invitation_remember(struct plan_context *w, const struct sent_invitation *sent,
			 enum invitation_state state, int64_t expires_at)
{
	if (sent && (sent->state != state || (expires_at && sent->expires_at != expires_at)))
		list_push(&w->plan->seen_invitations,
			  ((struct seen_invitation){
				  .source = plan_copy(w, sent->source),
				  .state = state,
				  .expires_at = expires_at ? expires_at : sent->expires_at,
			  }));
}

void invitation_forget(struct plan_context *w, const struct sent_invitation *sent)
{
	list_push(
		&w->plan->seen_invitations,
		((struct seen_invitation){.source = plan_copy(w, sent->source), .is_over = true}));
}
