/* SPDX-License-Identifier: Apache-2.0 */
/* How changes, notices and tasks for a person get into the plan, and what is never changed. */
#include "plan/internal.h"

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
static bool handoff_is_of_entry(const struct handoff *h, const struct snapshot *s, uint32_t row)
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
	return handoff_is_of_entry(h, w->source, source) ||
	       handoff_is_of_entry(h, w->target, target);
}

void user_delete(struct plan_context *w, uint32_t target, str reason)
{
	uint32_t user = object_user(w, w->haves[target].source, target);

	if (plan_can(w, ABILITY_DELETE_USERS))
		change_add(w, CHANGE_DELETE_USER, user, ROW_NONE)->reason = reason;
	else
		handoff_add(w, user, ROW_NONE, STR("remove"),
			    plan_text(w, "remove %.*s (%.*s): %.*s",
				      STR_ARG(w->plan->objects.items[user].label), STR_ARG(reason),
				      STR_ARG(w->abilities->missing_remove)));
}

static const char *untouchable_why(const struct plan_context *w, enum entry_kind kind,
				   uint32_t target)
{
	uint32_t flags = snapshot_entry(w->target, kind, target)->flags;

	return flags & ENTRY_SELF       ? "is muster's own account"
	       : flags & ENTRY_READONLY ? "is read-only there"
					: NULL;
}

bool is_untouchable(const struct plan_context *w, enum entry_kind kind, uint32_t target)
{
	return untouchable_why(w, kind, target);
}

void untouchable_note(struct plan_context *w, enum entry_kind kind, uint32_t target,
		      const char *what)
{
	notice_add(w, NOTICE_PROTECTED, target_label(w, kind, target), "%s and stays as it is (%s)",
		   untouchable_why(w, kind, target), what);
}
