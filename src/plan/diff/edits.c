/* SPDX-License-Identifier: Apache-2.0 */
/* What must be edited of one entry: its values against those that are to be, attribute by
 * attribute. */
#include "plan/diff/internal.h"
#include "plan/internal.h"
#include "plan/shape/shape.h"

/* Attributes by path, then by value, so that both sides can be walked together. */
static int compare_values(const void *a, const void *b)
{
	const struct plan_value *x = a, *y = b;
	int order = str_compare(x->attribute->path, y->attribute->path);

	return order ? order : str_compare(x->text, y->text);
}

static void sort_values(value_list *values)
{
	if (values->count)
		qsort(values->items, values->count, sizeof *values->items, compare_values);
}

/* Takes out of [from, to) of `list` a value that equals `v`; true when there was one. */
static bool take_equal(struct plan_value *from, struct plan_value *to, const struct plan_value *v)
{
	for (; from < to; from++) {
		if (!from->attribute || !values_are_equal(from, v))
			continue;
		from->attribute = NULL;
		return true;
	}
	return false;
}

static struct plan_value *path_end(struct plan_value *from, const value_list *list)
{
	struct plan_value *to = from;

	while (to < list->items + list->count &&
	       str_equal(to->attribute->path, from->attribute->path))
		to++;
	return to;
}

void edit_add(struct plan_context *w, edit_list *edits, str path, str before, str after)
{
	*list_add(edits) = (struct edit){
		.path = plan_copy(w, path),
		.before = before.p ? plan_copy(w, before) : before,
		.after = after.p ? plan_copy(w, after) : after,
	};
}

/* What is left of one attribute's values once the equal ones are out: paired off, so that a change
 * reads as one. */
static void edit_path(struct plan_context *w, edit_list *edits, str path, struct plan_value *have,
		      struct plan_value *have_end, struct plan_value *want,
		      struct plan_value *want_end)
{
	const str none = {NULL, 0};

	for (struct plan_value *v = want; v < want_end; v++)
		if (take_equal(have, have_end, v))
			v->attribute = NULL;
	for (;;) {
		while (have < have_end && !have->attribute)
			have++;
		while (want < want_end && !want->attribute)
			want++;
		if (have == have_end && want == want_end)
			return;
		edit_add(w, edits, path, have < have_end ? have++->text : none,
			 want < want_end ? want++->text : none);
	}
}

static void values_copy(const value_list *from, value_list *to)
{
	list_each (struct plan_value, v, from)
		list_push(to, *v);
	sort_values(to);
}

void edits_find(struct plan_context *w, const value_list *actual, const value_list *desired,
		edit_list *ret)
{
	value_list is = {0}, to_be = {0};
	struct plan_value *have, *want, *have_stop, *want_stop;

	values_copy(actual, &is);
	values_copy(desired, &to_be);
	have = is.items;
	want = to_be.items;
	have_stop = have + is.count;
	want_stop = want + to_be.count;
	while (have < have_stop || want < want_stop) {
		int order = have == have_stop ? 1
			    : want == want_stop
				    ? -1
				    : str_compare(have->attribute->path, want->attribute->path);
		struct plan_value *have_end = order <= 0 ? path_end(have, &is) : have;
		struct plan_value *want_end = order >= 0 ? path_end(want, &to_be) : want;
		str path = order <= 0 ? have->attribute->path : want->attribute->path;

		edit_path(w, ret, path, have, have_end, want, want_end);
		have = have_end;
		want = want_end;
	}
	list_clear(&is);
	list_clear(&to_be);
}
