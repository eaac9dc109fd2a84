/* SPDX-License-Identifier: Apache-2.0 */
/* Address templates turned round: from the address back to the variables. */
#include <stdlib.h>
#include <string.h>

#include "base/unicode.h"
#include "expr/scan.h"
#include "expr/template_part.h"

static bool part_is_known(const struct template *t, const struct template_part *part,
			  const str *known, size_t known_count)
{
	size_t found = 0;

	for (size_t i = 0; i < part->name_count; i++)
		for (size_t k = 0; k < known_count; k++)
			if (str_equal_nocase(t->names[part->names[i]], known[k])) {
				found++;
				break;
			}
	return found == part->name_count;
}

static int check_part(struct scan *s, const struct template_part *part)
{
	if (part->name_count > 1)
		return scan_fail(
			s, part->at,
			"alternatives cannot be turned back into one name; expected {NAME}");
	for (size_t i = 0; i < part->step_count; i++)
		if (part->steps[i].function != FUNCTION_LOWER)
			return scan_fail(
				s, part->at,
				"only 'lower' can stand here, because addresses must lead back "
				"to people; met {%.*s}",
				(int)(part->text.n > 60 ? 60 : part->text.n), part->text.p);
	return 0;
}

int template_check_recover(const struct template *t, const str *known, size_t known_count,
			   struct err *err)
{
	struct scan s = {.text = t->text, .err = err};
	const struct template_part *last = NULL; /* the unknown one just before */

	for (size_t i = 0; i < t->part_count; i++) {
		const struct template_part *part = &t->parts[i];

		if (!part->names || part_is_known(t, part, known, known_count)) {
			last = NULL;
			continue;
		}
		if (check_part(&s, part))
			return -1;
		if (last)
			return scan_fail(
				&s, part->at,
				"expected some text between {%.*s} and {%.*s}, to tell where "
				"one ends",
				STR_ARG(last->text), STR_ARG(part->text));
		for (size_t k = 0; k < i; k++)
			if (t->parts[k].names && t->parts[k].names[0] == part->names[0])
				return scan_fail(&s, part->at, "{%.*s} stands here a second time",
						 STR_ARG(part->text));
		last = part;
	}
	return 0;
}

/* What is known of the variables as a source of values. */
struct known_source {
	struct template_source source;
	const struct variable *variables;
	size_t count;
};

static bool known_value(const struct template_source *source, str name, size_t nth, str *ret)
{
	const struct known_source *from = (const struct known_source *)source;

	for (size_t i = 0; i < from->count && nth == 0; i++)
		if (from->variables[i].value.p && str_equal_nocase(from->variables[i].name, name)) {
			*ret = from->variables[i].value;
			return true;
		}
	return false;
}

/* Texts and unknown names by turns: text[0] hole[0] text[1] ... hole[n-1] text[n]. */
struct template_shape {
	struct buf texts[TEMPLATE_PARTS_MAX + 1];
	str names[TEMPLATE_PARTS_MAX];
	str values[TEMPLATE_PARTS_MAX];
	size_t holes;
};

static bool all_known(const struct template *t, const struct template_part *part,
		      const struct variable *variables, size_t count)
{
	const struct known_source source = {
		.source = {.value = known_value}, .variables = variables, .count = count};
	str value;

	for (size_t i = 0; i < part->name_count; i++)
		if (!known_value(&source.source, t->names[part->names[i]], 0, &value))
			return false;
	return true;
}

static bool shape_make(const struct template *t, const struct variable *variables, size_t count,
		       struct arena *arena, struct template_shape *shape)
{
	const struct known_source source = {
		.source = {.value = known_value}, .variables = variables, .count = count};
	const str *values;

	for (size_t i = 0; i < t->part_count; i++) {
		const struct template_part *part = &t->parts[i];

		if (!part->names) {
			buf_put(&shape->texts[shape->holes], part->text);
		} else if (!all_known(t, part, variables, count)) {
			shape->names[shape->holes++] = t->names[part->names[0]];
		} else {
			if (!template_part_values(t, part, &source.source, arena, &values))
				return false;
			buf_put(&shape->texts[shape->holes], values[0]);
		}
	}
	return true;
}

/*
 * The last place of `part` in text[from..to) that leaves something on both sides; false when
 * there is none.
 */
static bool find_last(str text, size_t from, size_t to, str part, size_t *ret)
{
	if (to < from + part.n + 2)
		return false;
	for (size_t at = to - part.n - 1; at > from; at--)
		if (text_equal(str_slice(text, at, at + part.n), part)) {
			*ret = at;
			return true;
		}
	return false;
}

static bool shape_fit(struct template_shape *shape, str text)
{
	str first = buf_str(&shape->texts[0]), last = buf_str(&shape->texts[shape->holes]);
	size_t from = first.n, to, at = 0;

	if (shape->holes == 0)
		return text_equal(text, first);
	if (text.n < first.n + last.n + 1 || !text_starts(text, first) || !text_ends(text, last))
		return false;
	to = text.n - last.n;
	for (size_t hole = shape->holes; hole-- > 1; to = at) {
		str between = buf_str(&shape->texts[hole]);

		if (between.n == 0 || !find_last(text, from, to, between, &at))
			return false;
		shape->values[hole] = str_slice(text, at + between.n, to);
	}
	shape->values[0] = str_slice(text, from, to);
	return shape->values[0].n > 0;
}

static void shape_give(const struct template_shape *shape, struct variable *variables, size_t count)
{
	for (size_t hole = 0; hole < shape->holes; hole++)
		for (size_t i = 0; i < count; i++)
			if (!variables[i].value.p &&
			    str_equal_nocase(variables[i].name, shape->names[hole]))
				variables[i].value = shape->values[hole];
}

bool template_recover(const struct template *t, str text, struct variable *variables, size_t count)
{
	struct template_shape *shape = mem_alloc(1, sizeof *shape);
	struct arena arena = {0};
	bool fits = text.n && text.n <= TEMPLATE_LENGTH_MAX &&
		    shape_make(t, variables, count, &arena, shape) && shape_fit(shape, text);

	if (fits)
		shape_give(shape, variables, count);
	for (size_t i = 0; i <= TEMPLATE_PARTS_MAX; i++)
		buf_clear(&shape->texts[i]);
	arena_clear(&arena);
	free(shape);
	return fits;
}

bool address_split(str address, str *ret_local, str *ret_domain)
{
	ptrdiff_t at = str_find_last(address, '@');

	if (at <= 0 || (size_t)at + 1 >= address.n)
		return false;
	*ret_local = str_slice(address, 0, (size_t)at);
	*ret_domain = str_slice(address, (size_t)at + 1, address.n);
	return true;
}
