/* SPDX-License-Identifier: Apache-2.0 */
/* Templates at work: the functions, one value at a time, and what they leave. */
#include <string.h>

#include "base/unicode.h"
#include "expr/filter.h"
#include "expr/template_part.h"

static str result_change(str value, void (*function)(str, struct buf *), struct arena *arena)
{
	struct buf out = {0};

	function(value, &out);
	return buf_keep(&out, arena);
}

static void put_trimmed(str value, struct buf *out)
{
	bool blank = false;

	value = str_trim(value);
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			blank = true;
			continue;
		}
		if (blank)
			buf_char(out, ' ');
		blank = false;
		buf_char(out, c);
	}
}

static void step_put_digits(str value, struct buf *out)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] >= '0' && value.p[i] <= '9')
			buf_char(out, value.p[i]);
}

static void put_slug(str value, struct buf *out)
{
	struct buf plain = {0};
	bool dash = false;

	text_ascii(value, &plain);
	for (size_t i = 0; i < plain.n; i++) {
		char c = ascii_lower(plain.p[i]);

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
			if (dash && out->n)
				buf_char(out, '-');
			dash = false;
			buf_char(out, c);
		} else if (c != '\'') {
			dash = true;
		}
	}
	buf_clear(&plain);
}

/* Where `part` begins in s, or s.n. */
static size_t part_position(str s, str part)
{
	const char *at = s.n >= part.n && part.n ? memmem(s.p, s.n, part.p, part.n) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}

static bool result_replace(str value, str from, str to, struct arena *arena, str *ret)
{
	struct buf out = {0};

	while (value.n && out.n <= TEMPLATE_RESULT_MAX) {
		size_t at = part_position(value, from);

		buf_put(&out, str_slice(value, 0, at));
		if (at < value.n)
			buf_put(&out, to);
		value = str_slice(value, at + (at < value.n ? from.n : 0), value.n);
	}
	if (out.n > TEMPLATE_RESULT_MAX) {
		buf_clear(&out);
		return false;
	}
	*ret = buf_keep(&out, arena);
	return true;
}

static str result_after(str value, str text)
{
	size_t at = part_position(value, text);

	return at < value.n ? str_slice(value, at + text.n, value.n) : value;
}

/* One value through a function that looks at values one by one; false when none is left. */
static bool step_apply(const struct template_step *step, str value, struct arena *arena, str *ret)
{
	str text = step->arguments[0];

	switch (step->function) {
	case FUNCTION_LOWER:
		*ret = result_change(value, text_lower, arena);
		break;
	case FUNCTION_UPPER:
		*ret = result_change(value, text_upper, arena);
		break;
	case FUNCTION_TRIM:
		*ret = result_change(value, put_trimmed, arena);
		break;
	case FUNCTION_ASCII:
		*ret = result_change(value, text_ascii, arena);
		break;
	case FUNCTION_SLUG:
		*ret = result_change(value, put_slug, arena);
		break;
	case FUNCTION_ONLY_DIGITS:
		*ret = result_change(value, step_put_digits, arena);
		break;
	case FUNCTION_STRIP:
		*ret = text_starts(value, text) ? str_slice(value, text.n, value.n) : value;
		break;
	case FUNCTION_STRIP_END:
		*ret = text_ends(value, text) ? str_slice(value, 0, value.n - text.n) : value;
		break;
	case FUNCTION_BEFORE:
		*ret = str_slice(value, 0, part_position(value, text));
		break;
	case FUNCTION_AFTER:
		*ret = result_after(value, text);
		break;
	case FUNCTION_REPLACE:
		return result_replace(value, text, step->arguments[1], arena, ret) && ret->n;
	case FUNCTION_MATCH:
		return pattern_match(step->pattern, value, ret) && ret->n;
	case FUNCTION_IS:
		*ret = step->arguments[text_equal(value, text) ? 1 : 2];
		return true;
	case FUNCTION_DEFAULT:
	case FUNCTION_FIRST:
	case FUNCTION_JOIN:
		*ret = value;
		return true;
	}
	return ret->n;
}

static size_t values_join(str *values, size_t count, str separator, struct arena *arena)
{
	struct buf out = {0};

	for (size_t i = 0; i < count && out.n <= TEMPLATE_RESULT_MAX; i++) {
		if (i)
			buf_put(&out, separator);
		buf_put(&out, values[i]);
	}
	if (count == 0 || out.n > TEMPLATE_RESULT_MAX) {
		buf_clear(&out);
		return 0;
	}
	values[0] = buf_keep(&out, arena);
	return 1;
}

/*
 * One function over all values, in place; there is room for one at least. Says how many are left.
 */
static size_t run_step(const struct template_step *step, str *values, size_t count,
		       struct arena *arena)
{
	size_t left = 0;

	if (step->function == FUNCTION_FIRST)
		return count ? 1 : 0;
	if (step->function == FUNCTION_JOIN)
		return values_join(values, count, step->arguments[0], arena);
	if (step->function == FUNCTION_DEFAULT) {
		if (count)
			return count;
		values[0] = step->arguments[0];
		return 1;
	}
	for (size_t i = 0; i < count; i++)
		if (step_apply(step, values[i], arena, &values[left]))
			left++;
	return left;
}

static size_t values_collect(const struct template_source *source, str name, str *values,
			     size_t room)
{
	size_t count = 0;
	str value;

	for (size_t nth = 0; nth < TEMPLATE_VALUES_MAX && source->value(source, name, nth, &value);
	     nth++) {
		if (value.n == 0)
			continue;
		if (count < room)
			values[count] = value;
		count++;
	}
	return count;
}

size_t template_part_values(const struct template *t, const struct template_part *part,
			    const struct template_source *source, struct arena *arena,
			    const str **ret)
{
	str few[4];
	str *values = NULL;
	size_t count = 0;

	for (size_t i = 0; i < part->name_count && count == 0; i++) {
		str name = t->names[part->names[i]];

		count = values_collect(source, name, few, 4);
		values = arena_array(arena, str, count ? count : 1);
		if (count > 4)
			count = values_collect(source, name, values, count);
		else
			memcpy(values, few, count * sizeof *values);
	}
	if (!values)
		values = arena_array(arena, str, 1);
	for (size_t i = 0; i < part->step_count; i++)
		count = run_step(&part->steps[i], values, count, arena);
	*ret = values;
	return count;
}

static bool template_put_part(const struct template *t, const struct template_part *part,
			      const struct template_source *source, struct arena *arena,
			      struct buf *out)
{
	const str *values = &part->text;

	if (part->names && template_part_values(t, part, source, arena, &values) == 0)
		return false;
	buf_put(out, values[0]);
	return true;
}

bool template_build(const struct template *t, const struct template_source *source, struct buf *out,
		    str *ret_absent)
{
	struct arena arena = {0};
	size_t before = out->n;
	bool present = true;

	for (size_t i = 0; i < t->part_count && present; i++) {
		present = template_put_part(t, &t->parts[i], source, &arena, out) &&
			  out->n - before <= TEMPLATE_RESULT_MAX;
		if (!present && ret_absent)
			*ret_absent = t->parts[i].text;
	}
	if (!present)
		buf_cut(out, before);
	arena_clear(&arena);
	return present;
}

size_t template_build_all(const struct template *t, const struct template_source *source,
			  struct arena *arena, const str **ret)
{
	struct buf out = {0};
	const str *values;
	str *copy;
	size_t count = 1;

	if (t->part_count == 1 && t->parts[0].names) {
		count = template_part_values(t, &t->parts[0], source, arena, &values);
		copy = arena_array(arena, str, count);
		for (size_t i = 0; i < count; i++)
			copy[i] = arena_str(arena, values[i]);
		*ret = copy;
		return count;
	}
	if (!template_build(t, source, &out, NULL)) {
		buf_clear(&out);
		return 0;
	}
	copy = arena_new(arena, str);
	*copy = buf_keep(&out, arena);
	*ret = copy;
	return count;
}

/* `emails[type eq "work"].value` is an `emails.value`. */
static bool path_is_named(str field, str name)
{
	ptrdiff_t open, close;
	str base, rest;

	if (str_equal_nocase(field, name))
		return true;
	open = str_find(field, '[');
	close = str_find_last(field, ']');
	if (open <= 0 || close < open)
		return false;
	base = str_slice(field, 0, (size_t)open);
	rest = str_slice(field, (size_t)close + 1, field.n);
	return name.n == base.n + rest.n && str_starts_nocase(name, base) &&
	       str_equal_nocase(str_slice(name, base.n, name.n), rest);
}

static bool field_source_value(const struct template_source *source, str name, size_t nth, str *ret)
{
	const struct field_source *from = (const struct field_source *)source;

	for (size_t i = 0; i < from->count; i++)
		if (path_is_named(from->fields[i].name, name) && nth-- == 0) {
			*ret = from->fields[i].value;
			return true;
		}
	return false;
}

struct field_source field_source_of(const struct field *fields, size_t count)
{
	return (struct field_source){
		.source = {.value = field_source_value}, .fields = fields, .count = count};
}
