/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered: the life of invitations, and hand-offs that wait for a person. */
#include "base/clock.h"
#include "view/internal.h"

void sync_memories_clear(struct sync_memories *memories)
{
	list_each (struct sync_memory, m, &memories->items)
		memory_clear(&m->memory);
	list_clear(&memories->items);
}

static void invitation_line_put(struct buf *out, const char *system,
				const struct sent_invitation *i)
{
	char day[11] = "", last[11] = "";

	clock_date(i->first_sent, day);
	clock_date(i->last_sent, last);
	put_padded(out, str_of(system), 16);
	buf_char(out, ' ');
	put_padded(out, i->address, 32);
	buf_printf(out, " %-10s ", invitation_state_text(i->state));
	put_padded(out, i->role, 12);
	buf_printf(out, " sent %s", day);
	if (i->resent) {
		buf_text(out, ", again ");
		put_amount(out, i->resent, "time", "times");
		buf_printf(out, ", last %s", last);
	}
	if (i->expires_at && i->state == INVITATION_PENDING) {
		clock_date(i->expires_at, day);
		buf_printf(out, ", ends %s", day);
	}
	buf_char(out, '\n');
}

void invitations_print_text(const struct sync_memories *memories, struct buf *out)
{
	size_t before = out->n;

	list_each (const struct sync_memory, m, &memories->items)
		list_each (const struct sent_invitation, i, &m->memory.invitations)
			invitation_line_put(out, m->system, i);
	if (out->n == before)
		buf_text(out, "no invitations\n");
}

static void invitation_write(struct json_writer *w, const struct sync_memory *m,
			     const struct sent_invitation *i)
{
	bool by_hand = i->state == INVITATION_WITHDRAWN;

	json_write_object(w);
	json_write_member(w, "sync", str_of(m->sync));
	json_write_member(w, "system", str_of(m->system));
	json_write_member(w, "user", i->source);
	json_write_member(w, "address", i->address);
	json_write_member(w, "role", i->role);
	json_write_member(w, "state",
			  str_of(invitation_state_text(by_hand ? INVITATION_REVOKED : i->state)));
	json_write_member_bool(w, "by_hand", by_hand);
	json_write_member_int(w, "first_sent", i->first_sent);
	json_write_member_int(w, "last_sent", i->last_sent);
	json_write_member_int(w, "resent", i->resent);
	json_write_member_int(w, "expires_at", i->expires_at);
	json_write_object_end(w);
}

void invitations_print_json(const struct sync_memories *memories, struct buf *out)
{
	struct json_writer w = {.out = out};

	document_begin(&w);
	json_write_key(&w, STR("invitations"));
	json_write_array(&w);
	list_each (const struct sync_memory, m, &memories->items)
		list_each (const struct sent_invitation, i, &m->memory.invitations)
			invitation_write(&w, m, i);
	json_write_array_end(&w);
	document_end(&w);
}

static int64_t days_since(int64_t now, int64_t then)
{
	return (now - then) / 86400;
}

static void handoffs_put(struct buf *out, int64_t now, const struct sync_memory *m)
{
	char day[11];

	if (m->memory.handoffs.count == 0)
		return;
	buf_printf(out, "%s: %zu to do at %s\n", m->sync, m->memory.handoffs.count, m->system);
	list_each (const struct handoff, h, &m->memory.handoffs) {
		clock_date(h->opened, day);
		put_safe_between(out, "  ! ", h->what, "\n");
		buf_printf(out, "    since %s, %lld days\n", day,
			   (long long)days_since(now, h->opened));
	}
}

void todo_print_text(const struct sync_memories *memories, struct buf *out)
{
	size_t before = out->n;

	list_each (const struct sync_memory, m, &memories->items)
		handoffs_put(out, memories->now, m);
	if (out->n == before)
		buf_text(out, "nothing to do by hand\n");
}

static void handoff_write(struct json_writer *w, int64_t now, const struct sync_memory *m,
			  const struct handoff *h)
{
	json_write_object(w);
	json_write_member(w, "sync", str_of(m->sync));
	json_write_member(w, "system", str_of(m->system));
	json_write_member(w, "key", h->key);
	json_write_member(w, "what", h->what);
	json_write_member_int(w, "opened", h->opened);
	json_write_member_int(w, "days", days_since(now, h->opened));
	json_write_object_end(w);
}

void todo_print_json(const struct sync_memories *memories, struct buf *out)
{
	struct json_writer w = {.out = out};

	document_begin(&w);
	json_write_key(&w, STR("handoffs"));
	json_write_array(&w);
	list_each (const struct sync_memory, m, &memories->items)
		list_each (const struct handoff, h, &m->memory.handoffs)
			handoff_write(&w, memories->now, m, h);
	json_write_array_end(&w);
	document_end(&w);
}
