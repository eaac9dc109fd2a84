/* SPDX-License-Identifier: Apache-2.0 */
/* The checksum of a plan: what its changes would do, in one canonical form. */
#include "base/hash.h"
#include "model/columns.h"
#include "plan/plan.h"

/* Each text with its length, so that no two lists of texts look the same. By hand: printf was most
 * of the time that a checksum took. */
static void checksum_text(struct buf *b, str s)
{
	char digits[24];
	size_t at = sizeof digits, length = s.p ? s.n + 1 : 0;

	digits[--at] = ':';
	do {
		digits[--at] = (char)('0' + length % 10);
		length /= 10;
	} while (length);
	buf_put(b, str_make(digits + at, sizeof digits - at));
	buf_put(b, s);
}

/* An object is its ids; what has none yet is known by its name as well. */
static void checksum_object(struct buf *b, const struct plan *plan, uint32_t object)
{
	const struct object *o = object == ROW_NONE ? NULL : &plan->objects.items[object];

	buf_char(b, o ? 'o' : '-');
	if (!o)
		return;
	for (const struct plan_column *column = object_columns; column->name; column++)
		if (column->places & IN_CHECKSUM)
			checksum_text(b, column_text(column, o));
	for (const struct plan_column *column = object_columns; column->name; column++)
		if (column->places & IN_CHECKSUM_IF_NEW && !o->target_id.n)
			checksum_text(b, column_text(column, o));
}

static int compare_fields(const void *a, const void *b)
{
	const struct field *x = a, *y = b;
	int order = str_compare(x->name, y->name);

	return order ? order : str_compare(x->value, y->value);
}

/* What is created is all of its fields, in whatever order the source has them. */
static void checksum_fields(struct buf *b, const struct plan *plan, const struct change *c)
{
	const struct object *o =
		&plan->objects.items[c->kind == CHANGE_CREATE_USER ? c->user : c->team];
	struct field *fields = mem_alloc(o->field_count, sizeof *fields);

	for (size_t i = 0; i < o->field_count; i++)
		fields[i] = o->fields[i];
	if (o->field_count)
		qsort(fields, o->field_count, sizeof *fields, compare_fields);
	for (size_t i = 0; i < o->field_count; i++) {
		checksum_text(b, fields[i].name);
		checksum_text(b, fields[i].value);
	}
	free(fields);
}

static void checksum_column(struct buf *b, const struct plan *plan, const struct change *c,
			    const struct plan_column *column)
{
	switch (column->kind) {
	case COLUMN_OBJECT:
		checksum_object(b, plan, *(const uint32_t *)column_at(column, c));
		break;
	case COLUMN_FLAG:
		buf_char(b, column_flag(column, c) ? *column->name : '-');
		break;
	default:
		checksum_text(b, column_text(column, c));
		break;
	}
}

/* With its name, so that it is never taken for another one, or for an edit. */
static void checksum_later_column(struct buf *b, const struct change *c,
				  const struct plan_column *column)
{
	str value = column_text(column, c);

	if (!value.n)
		return;
	buf_char(b, '+');
	checksum_text(b, str_of(column->name));
	checksum_text(b, value);
}

static void checksum_edits(struct buf *b, const struct change *c)
{
	for (size_t i = 0; i < c->edit_count; i++) {
		checksum_text(b, c->edits[i].path);
		checksum_text(b, c->edits[i].before);
		checksum_text(b, c->edits[i].after);
	}
}

static void checksum_change(struct buf *b, const struct plan *plan, const struct change *c)
{
	for (const struct plan_column *column = change_columns; column->name; column++) {
		if (column->places & IN_CHECKSUM && column->kind != COLUMN_EDITS)
			checksum_column(b, plan, c, column);
		if (column->places & IN_CHECKSUM_IF_SET)
			checksum_later_column(b, c, column);
	}
	checksum_edits(b, c);
	if (c->kind == CHANGE_CREATE_USER || c->kind == CHANGE_CREATE_TEAM)
		checksum_fields(b, plan, c);
	buf_char(b, '\n');
}

void plan_checksum(const struct plan *plan, char ret[65])
{
	struct buf b = {0};

	checksum_text(&b, plan->sync);
	checksum_text(&b, plan->from);
	checksum_text(&b, plan->to);
	buf_char(&b, '\n');
	list_each (struct change, c, &plan->changes)
		checksum_change(&b, plan, c);
	sha256_hex(buf_str(&b), ret);
	buf_clear(&b);
}
