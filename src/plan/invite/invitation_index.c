/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of invitations: those that the target lists by address, those that muster sent by
 * person, and who is claimed by another team. */
#include "base/unicode.h"
#include "plan/internal.h"

str invitation_fold(struct plan_context *w, str address)
{
	buf_reset(&w->fold);
	text_lower(address, &w->fold);
	return buf_str(&w->fold);
}

/* Invitations of the target by address: the index of the first, then by `next`; index + 1, 0 for
 * none. */
void invitations_init(struct plan_context *w)
{
	struct invitation_index *index = &w->invitations;
	size_t count = w->target->invitations.count;
	size_t room = count + w->memory->invitations.count + 1;

	if (!by_invitation(w))
		return;
	index->next = arena_array(&w->arena, uint32_t, count + 1);
	index->first = arena_array(&w->arena, uint32_t, room);
	index->members = arena_array(&w->arena, uint32_t, room);
	index->settled = arena_array(&w->arena, bool, count + 1);
	for (size_t i = 0; i < count; i++) {
		uint32_t number =
			intern_put(&index->addresses,
				   invitation_fold(w, w->target->invitations.items[i].address));

		index->next[i] = index->first[number];
		index->first[number] = (uint32_t)i + 1;
	}
	index->sent = arena_array(&w->arena, uint32_t, w->memory->invitations.count + 1);
	for (size_t i = 0; i < w->memory->invitations.count; i++) {
		const struct sent_invitation *sent = &w->memory->invitations.items[i];

		index->sent[intern_put(&index->sources, sent->source)] = (uint32_t)i + 1;
		/* Accepted, it may be listed no more: who has the address is of interest. */
		if (sent->state == INVITATION_PENDING || sent->state == INVITATION_EXPIRED)
			intern_put(&index->addresses, invitation_fold(w, sent->address));
	}
	for (uint32_t row = 0; index->addresses.count && row < w->target->users.count; row++) {
		struct field_walk walk = field_walk_begin(w->target, &w->target->users.items[row]);
		uint32_t name;
		str value;

		while (field_next(&walk, &name, &value)) {
			str path = path_bare(w->target_names[name].path, (char[PATH_SPACE]){0});
			uint32_t number =
				str_equal(path, STR(PATH_EMAILS)) ||
						str_equal(path, STR(PATH_USERNAME)) ||
						str_equal(path, STR(FIELD_LOGIN))
					? intern_find(&index->addresses, invitation_fold(w, value))
					: INTERN_NONE;

			if (number != INTERN_NONE)
				index->members[number] = row + 1;
		}
	}
}

const struct sent_invitation *invitation_sent(const struct plan_context *w, uint32_t row)
{
	char space[37];
	uint32_t number = intern_find(&w->invitations.sources,
				      snapshot_id(w->source, &w->source->users.items[row], space));

	return number == INTERN_NONE
		       ? NULL
		       : &w->memory->invitations.items[w->invitations.sent[number] - 1];
}

/* How much an invitation of a state tells about where things stand. */
static int weight(const struct invitation *i)
{
	static const int weights[] = {
		[INVITATION_PENDING] = 4, [INVITATION_ACCEPTED] = 3, [INVITATION_REFUSED] = 2,
		[INVITATION_EXPIRED] = 1, [INVITATION_REVOKED] = 0,  [INVITATION_WITHDRAWN] = 0,
	};

	return weights[i->state];
}

/* The one that counts of those to an address: a pending one, else the newest. */
const struct invitation *invitation_listed(struct plan_context *w, str address)
{
	uint32_t number = intern_find(&w->invitations.addresses, invitation_fold(w, address));
	const struct invitation *best = NULL;

	if (number == INTERN_NONE)
		return NULL;
	for (uint32_t at = w->invitations.first[number]; at; at = w->invitations.next[at - 1]) {
		const struct invitation *i = &w->target->invitations.items[at - 1];

		w->invitations.settled[at - 1] = true;
		if (!best || weight(i) > weight(best) ||
		    (weight(i) == weight(best) &&
		     (i->sent_at > best->sent_at ||
		      (i->sent_at == best->sent_at && str_compare(i->id, best->id) < 0))))
			best = i;
	}
	return best;
}

/* What is left to remember of a person's invitation when the read shows it otherwise. */
void invitation_see(struct plan_context *w, const struct sent_invitation *sent,
		    enum invitation_state state, int64_t expires_at)
{
	if (sent && (sent->state != state || (expires_at && sent->expires_at != expires_at)))
		list_push(&w->plan->seen_invitations,
			  ((struct seen_invitation){
				  .source = plan_text(w, "%.*s", STR_ARG(sent->source)),
				  .state = state,
				  .expires_at = expires_at ? expires_at : sent->expires_at,
			  }));
}

void invitation_drop(struct plan_context *w, const struct sent_invitation *sent)
{
	list_push(&w->plan->seen_invitations,
		  ((struct seen_invitation){.source = plan_text(w, "%.*s", STR_ARG(sent->source)),
					    .is_over = true}));
}

str invitation_address(struct plan_context *w, uint32_t row)
{
	struct err err;

	if (!by_invitation(w) || desire_user(w, row, &err) < 0)
		return STR("");
	return plan_text(w, "%.*s", STR_ARG(buf_str(&w->address)));
}

static str date_words(struct plan_context *w, const char *before, int64_t at)
{
	char day[11];

	return at ? plan_text(w, "%s%s", before, date_text(at, day)) : STR("");
}

str invited_words(struct plan_context *w, uint32_t row)
{
	const struct sent_invitation *sent;
	const struct invitation *listed;
	struct invitation shown = {0};
	struct err err;

	if (!by_invitation(w) || desire_user(w, row, &err) < 0)
		return STR("");
	sent = invitation_sent(w, row);
	listed = invitation_listed(w, buf_str(&w->address));
	if (!sent && !listed)
		return STR("");
	if (sent)
		shown.state = sent->state;
	if (listed)
		shown = *listed;
	if (sent)
		shown.sent_at = sent->last_sent;
	return plan_text(w, "%.*s: %s%s%.*s%s%.*s", STR_ARG(buf_str(&w->address)),
			 sent ? "by muster, " : "not by muster, ",
			 invitation_state_text(shown.state),
			 STR_ARG(date_words(w, ", last sent ", shown.sent_at)),
			 !listed && shown.state == INVITATION_PENDING ? ", not listed there" : "",
			 STR_ARG(date_words(w, ", ends ", shown.expires_at)));
}

/* Who is, or is to be, in another team of a service where a person can be in one only. */
bool invitation_claimed(struct plan_context *w, uint32_t row)
{
	char space[37];
	str id = snapshot_id(w->source, &w->source->users.items[row], space);

	list_each (struct claim, claim, &w->memory->claims) {
		bool first = claim->kind == CLAIM_WANTED;

		if (!text_equal(claim->address, buf_str(&w->address)) &&
		    !(claim->source.n && str_equal(claim->source, id)))
			continue;
		w->wants[row].state = WANT_WAITING;
		notice_add(w, NOTICE_CONFLICT, plan_text(w, "%.*s", STR_ARG(buf_str(&w->address))),
			   "is %s the team %.*s%s, and nobody can be in two there; a second "
			   "address helps: address: \"{local}+%.*s@{domain}\"",
			   first ? "wanted in" : "in", STR_ARG(claim->system),
			   first ? ", which comes first in the configuration" : "",
			   STR_ARG(w->policy->to));
		return true;
	}
	return false;
}
