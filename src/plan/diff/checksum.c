/* SPDX-License-Identifier: Apache-2.0 */
/* The checksum of a plan: what its changes would do, in one canonical form. */
#include "base/hash.h"
#include "plan/internal.h"

/* Each text with its length, so that no two lists of texts look the same. */
static void put(struct buf *b, str s)
{
	buf_printf(b, "%zu:", s.p ? s.n + 1 : 0);
	buf_put(b, s);
}

/* An object is its ids; what has none yet is known by its name as well. */
static void put_object(struct buf *b, const struct plan *plan, uint32_t object)
{
	const struct object *o = object == ROW_NONE ? NULL : &plan->objects.items[object];

	buf_char(b, o ? 'o' : '-');
	if (!o)
		return;
	put(b, o->source_id);
	put(b, o->target_id);
	put(b, o->address);
	if (!o->target_id.n)
		put(b, o->label);
}

static int compare_fields(const void *a, const void *b)
{
	const struct field *x = a, *y = b;
	int order = str_compare(x->name, y->name);

	return order ? order : str_compare(x->value, y->value);
}

/* What is created is all of its fields, in whatever order the source has them. */
static void put_fields(struct buf *b, const struct plan *plan, const struct change *c)
{
	const struct object *o =
		&plan->objects.items[c->kind == CHANGE_CREATE_USER ? c->user : c->team];
	struct field *fields = mem_alloc(o->field_count, sizeof *fields);

	for (size_t i = 0; i < o->field_count; i++)
		fields[i] = o->fields[i];
	if (o->field_count)
		qsort(fields, o->field_count, sizeof *fields, compare_fields);
	for (size_t i = 0; i < o->field_count; i++) {
		put(b, fields[i].name);
		put(b, fields[i].value);
	}
	free(fields);
}

static void put_change(struct buf *b, const struct plan *plan, const struct change *c)
{
	put(b, str_of(change_kind_text(c->kind)));
	put_object(b, plan, c->user);
	put_object(b, plan, c->team);
	put(b, c->role);
	put(b, c->old_role);
	put(b, c->invitation);
	put(b, c->key);
	buf_char(b, change_says_returns(c) ? 'r' : '-');
	buf_char(b, change_says_created(c) ? 'c' : '-');
	for (size_t i = 0; i < c->edit_count; i++) {
		put(b, c->edits[i].path);
		put(b, c->edits[i].before);
		put(b, c->edits[i].after);
	}
	if (c->kind == CHANGE_CREATE_USER || c->kind == CHANGE_CREATE_TEAM)
		put_fields(b, plan, c);
	buf_char(b, '\n');
}

void plan_checksum(const struct plan *plan, char ret[65])
{
	struct buf b = {0};

	put(&b, plan->sync);
	put(&b, plan->from);
	put(&b, plan->to);
	buf_char(&b, '\n');
	list_each (struct change, c, &plan->changes)
		put_change(&b, plan, c);
	sha256_hex(buf_str(&b), ret);
	buf_clear(&b);
}
