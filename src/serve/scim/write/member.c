/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of memberships, and the guard that looks at what leaves. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "model/guard.h"
#include "serve/scim/internal.h"
#include "serve/scim/write/internal.h"

/* The guard ------------------------------------------------------------------ */

/*
 * The sum of the window is asked of the inbox once a minute and counted on in between; anew also
 * when somebody else wrote the file: a person may have decided about what was held.
 */
static int64_t removed_so_far(struct write_ctx *d, enum inbox_kind kind)
{
	struct scim_server *s = d->x->scim;
	size_t i = kind == INBOX_USER ? 0 : 1;
	int64_t now = clock_now(), foreign = inbox_stamp(d->inbox);

	if (s->removed_at[i] == 0 || now - s->removed_at[i] >= 60 || now < s->removed_at[i] ||
	    s->removed_foreign[i] != foreign) {
		s->removed[i] = inbox_removals_since(
			d->inbox, kind, now - d->x->request.service->options.guard.window);
		s->removed_at[i] = now;
		s->removed_foreign[i] = foreign;
	}
	return s->removed[i];
}

void removals_recount(struct scim_server *s)
{
	s->removed_at[0] = s->removed_at[1] = 0;
}

void removal_count(struct write_ctx *d, enum inbox_kind kind, int64_t count, int64_t held)
{
	inbox_removal_add(d->inbox, kind, count, str_of(d->x->request.token.name), held);
	d->x->scim->removed[kind == INBOX_USER ? 0 : 1] += count;
	d->counted = true;
}

int64_t removals_admit(struct write_ctx *d, enum inbox_kind kind, int64_t count, bool counts)
{
	const struct serve_guard *guard = &d->x->request.service->options.guard;
	struct inbox_totals totals;
	int64_t before, all, limit, held = 0;

	if (count == 0 || (guard->count == 0 && guard->percent == 0))
		return 0;
	totals = inbox_totals(d->inbox);
	before = removed_so_far(d, kind);
	all = (kind == INBOX_USER ? totals.users : totals.members) + before;
	limit = (int64_t)guard_limit((uint64_t)guard->percent, (uint64_t)guard->count,
				     (uint64_t)all);
	if (before + (counts ? count : 0) > limit)
		held = clock_now();
	/* Held ones are written down even when they were counted before: by whom, since when. */
	if (counts || held)
		removal_count(d, kind, counts ? count : 0, held);
	return held;
}

/* Once a minute is enough: the figures are in /metrics and in `status`. */
void held_note(struct write_ctx *d, int64_t count)
{
	struct scim_server *s = d->x->scim;

	atomic_fetch_add(&d->x->request.service->metrics.held, (unsigned long)count);
	if (s->noted_at != 0 && clock_ticks() - s->noted_at < 60000)
		return;
	s->noted_at = clock_ticks();
	log_warn("serve",
		 "held: token %s (%s) removes more than the guard lets go in its window, now %s "
		 "%.*s; what it removes from here on stays in force until someone decides: see "
		 "muster status",
		 d->x->request.token.id, d->x->request.token.name, d->op->resource->name.p,
		 STR_ARG(d->resource.id));
}

/* Memberships ---------------------------------------------------------------- */

static int group_member_add(struct write_ctx *d, const json_t *member)
{
	str id = document_text(member, "value");
	int64_t row = inbox_row_find(d->inbox, id);

	if (row == 0) {
		if (!scim_lenient(&d->x->dialect, LENIENCY_UNKNOWN_MEMBER))
			return scim_fail(&d->op->error, 400, "invalidValue",
					 "there is no user or group %.100s", id.p);
		row = inbox_row_make(d->inbox, id);
	}
	if (row == d->resource.row)
		return scim_fail(&d->op->error, 400, "invalidValue",
				 "a group cannot be a member of itself");
	if (inbox_member_add(d->inbox, d->resource.row, row, document_text(member, "display")))
		d->members_changed = true;
	return 0;
}

/* All that leave with one operation leave, or are held, together. */
static void members_leave(struct write_ctx *d, const struct row_list *rows)
{
	int64_t held;

	if (rows->items.count == 0)
		return;
	held = removals_admit(d, INBOX_MEMBERSHIP, (int64_t)rows->items.count, true);
	if (held)
		held_note(d, (int64_t)rows->items.count);
	for (size_t i = 0; i < rows->items.count; i++)
		if (inbox_member_remove(d->inbox, d->resource.row, rows->items.items[i], held))
			d->members_changed = true;
}

static int row_order(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int members_replace(struct write_ctx *d, const json_t *list)
{
	struct row_list wanted = {0}, gone = {0};
	struct inbox_walk walk;
	struct inbox_member m;
	char space[37];
	int result = -1;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *member = json_array_get(list, i);

		if (document_text(member, "value").n == 0) {
			scim_fail(&d->op->error, 400, "invalidValue",
				  "a member needs `value`, the id of a user or group");
			goto out;
		}
		if (group_member_add(d, member) < 0)
			goto out;
		list_push(&wanted.items, inbox_row_find(d->inbox, document_text(member, "value")));
	}
	if (wanted.items.count > 1)
		qsort(wanted.items.items, wanted.items.count, sizeof(int64_t), row_order);
	walk = inbox_members_begin(d->inbox, d->resource.row, 0, false);
	while (inbox_member_next(&walk, &m, space))
		if (!wanted.items.count || !bsearch(&m.row, wanted.items.items, wanted.items.count,
						    sizeof m.row, row_order))
			list_push(&gone.items, m.row);
	members_leave(d, &gone);
	result = 0;
out:
	list_clear(&wanted.items);
	list_clear(&gone.items);
	return result;
}

/* Is the filter `value eq "ID"`? Then no other member needs to be looked at. */
static bool filter_names(const struct filter_node *f, str *ret)
{
	if (!f || f->kind != FILTER_COMPARE || f->op != FILTER_EQ ||
	    !str_equal_nocase(f->path.name, STR("value")) || f->value.kind != VALUE_TEXT)
		return false;
	*ret = f->value.text;
	return true;
}

static json_t *member_document(const struct inbox_member *m)
{
	json_t *json = json_pack("{s:s%}", "value", m->id.p, m->id.n);

	if (m->kind != INBOX_NOBODY)
		json_object_set_new(json, "type",
				    json_string(m->kind == INBOX_USER ? "User" : "Group"));
	if (m->display.n > 0)
		json_object_set_new(json, "display",
				    json_stringn_nocheck(m->display.p, m->display.n));
	return json;
}

/* The rows of the members that match. */
static void members_match(struct write_ctx *d, const struct filter_node *filter,
			  struct row_list *ret)
{
	struct json_view view = json_view_of(NULL);
	struct inbox_walk walk;
	struct inbox_member m;
	char space[37];
	str id;
	int64_t row;

	if (filter_names(filter, &id)) {
		row = inbox_row_find(d->inbox, id);
		if (row != 0 && inbox_is_member(d->inbox, d->resource.row, row))
			list_push(&ret->items, row);
		return;
	}
	walk = inbox_members_begin(d->inbox, d->resource.row, 0, false);
	while (inbox_member_next(&walk, &m, space)) {
		json_t *json = member_document(&m);
		struct filter_element element = {json, 0};

		if (filter_match_node(filter, &view.view, &element))
			list_push(&ret->items, m.row);
		json_decref(json);
	}
}

static int members_remove(struct write_ctx *d, const json_t *list)
{
	struct row_list rows = {0};

	for (size_t i = 0; i < json_array_size(list); i++) {
		int64_t row =
			inbox_row_find(d->inbox, document_text(json_array_get(list, i), "value"));

		if (row != 0 && inbox_is_member(d->inbox, d->resource.row, row))
			list_push(&rows.items, row);
	}
	members_leave(d, &rows);
	list_clear(&rows.items);
	return 0;
}

static int members_rename(struct write_ctx *d, const struct scim_members_change *wanted)
{
	struct row_list rows = {0};
	const json_t *text = json_array_get(wanted->list, 0);
	str display = json_str(text);
	int result = 0;

	members_match(d, wanted->filter, &rows);
	for (size_t i = 0; i < rows.items.count; i++)
		if (inbox_member_add(d->inbox, d->resource.row, rows.items.items[i], display))
			d->members_changed = true;
	if (rows.items.count == 0)
		result = scim_fail(&d->op->error, 400, "noTarget", "no member matches the filter");
	list_clear(&rows.items);
	return result;
}

int members_change(struct write_ctx *d, const struct scim_members_change *wanted)
{
	struct row_list rows = {0};

	switch (wanted->verb) {
	case SCIM_MEMBERS_ADD:
		for (size_t i = 0; i < json_array_size(wanted->list); i++)
			if (group_member_add(d, json_array_get(wanted->list, i)) < 0)
				return -1;
		return 0;
	case SCIM_MEMBERS_REMOVE:
		return members_remove(d, wanted->list);
	case SCIM_MEMBERS_REMOVE_WHERE:
		members_match(d, wanted->filter, &rows);
		members_leave(d, &rows);
		list_clear(&rows.items);
		return 0;
	case SCIM_MEMBERS_REPLACE:
		return members_replace(d, wanted->list);
	default:
		return members_rename(d, wanted);
	}
}
