/* SPDX-License-Identifier: Apache-2.0 */
/* Filling texts and bodies with values; nothing is ever filled in without being encoded for its
 * place. */
#include "connect/team/profile/render.h"

#include <string.h>

#include "config/config.h"
#include "wire/wire.h"

void values_put(struct values *v, str name, str text)
{
	list_push(&v->items, ((struct value){.name = name, .text = text}));
}

const struct value *values_find(const struct values *v, str name)
{
	for (; v; v = v->outer)
		for (size_t i = v->items.count; i-- > 0;)
			if (str_equal(v->items.items[i].name, name))
				return &v->items.items[i];
	return NULL;
}

str values_text(const struct values *v, const char *name)
{
	const struct value *found = values_find(v, str_of(name));

	return found ? found->text : STR("");
}

static int bad_hole(struct err *err, size_t at, const char *text)
{
	err_set(err, REACH_RUN, CODE_CONFIG, "%s", text);
	if (err)
		err->column = (uint32_t)at + 1;
	return -1;
}

static bool read_form(str word, struct hole *ret)
{
	static const char *const words[] = {"", "integer", "list", "csv"};

	for (size_t i = 1; i < sizeof words / sizeof *words; i++)
		if (str_equal(word, str_of(words[i]))) {
			ret->form = (unsigned)i;
			return true;
		}
	return false;
}

static int read_hole(str text, struct hole *ret, struct err *err)
{
	str inside = str_slice(text, ret->from + 1, ret->to - 1);
	ptrdiff_t colon = str_find(inside, ':');

	ret->form = HOLE_TEXT;
	ret->optional = str_ends(inside, STR("?"));
	if (ret->optional)
		inside.n--;
	if (colon >= 0 && !read_form(str_slice(inside, (size_t)colon + 1, inside.n), ret))
		return bad_hole(err, ret->from,
				"behind ':' in braces there may be integer, list or csv");
	ret->name = colon < 0 ? inside : str_slice(inside, 0, (size_t)colon);
	return ret->name.n ? 1 : bad_hole(err, ret->from, "braces need a name in them");
}

int hole_next(str text, size_t *at, struct hole *ret, struct err *err)
{
	for (size_t i = *at; i < text.n; i++) {
		bool doubled = i + 1 < text.n && text.p[i + 1] == text.p[i];
		ptrdiff_t end;

		if (text.p[i] != '{' && text.p[i] != '}')
			continue;
		if (doubled) {
			i++;
			continue;
		}
		if (text.p[i] == '}')
			return bad_hole(err, i, "'}' without '{'; write '}}' for a brace");
		end = str_find(str_slice(text, i, text.n), '}');
		if (end < 0)
			return bad_hole(err, i, "'{' without '}'; write '{{' for a brace");
		*ret = (struct hole){.from = i, .to = i + (size_t)end + 1};
		*at = ret->to;
		return read_hole(text, ret, err);
	}
	*at = text.n;
	return 0;
}

/* What stands between holes, doubled braces made single. */
static void put_between(struct buf *out, str text)
{
	for (size_t i = 0; i < text.n; i++) {
		buf_char(out, text.p[i]);
		if ((text.p[i] == '{' || text.p[i] == '}') && i + 1 < text.n)
			i++;
	}
}

static void put_csv(struct buf *out, const struct value *v)
{
	for (size_t i = 0; i < v->count; i++) {
		buf_text(out, i ? "," : "");
		buf_put(out, v->list[i]);
	}
}

static int no_value(struct err *err, str name)
{
	return err_set(err, REACH_ENTRY, CODE_DATA, "nothing is known for {%.*s}", STR_ARG(name));
}

static enum filled fill_hole(const struct hole *hole, const struct values *values,
			     enum fill_manner manner, struct buf *out, struct err *err)
{
	const struct value *v = values_find(values, hole->name);
	struct buf csv = {0};
	str text;

	if (!v || (!v->is_list && !v->text.n)) {
		if (hole->optional)
			return FILL_LEFT_OUT;
		no_value(err, hole->name);
		return FILL_ERROR;
	}
	if (v->is_list)
		put_csv(&csv, v);
	text = v->is_list ? buf_str(&csv) : v->text;
	if (manner == FILL_URL)
		http_escape(out, text);
	else
		buf_put(out, text);
	buf_clear(&csv);
	return FILL_DONE;
}

enum filled fill_text(str pattern, const struct values *values, enum fill_manner manner,
		      struct buf *out, struct err *err)
{
	enum filled filled = FILL_DONE;
	size_t at = 0, done = 0;
	struct hole hole;
	int rc;

	while ((rc = hole_next(pattern, &at, &hole, err)) > 0) {
		enum filled one;

		put_between(out, str_slice(pattern, done, hole.from));
		one = fill_hole(&hole, values, manner, out, err);
		if (one == FILL_ERROR)
			return one;
		if (one == FILL_LEFT_OUT)
			filled = one;
		done = hole.to;
	}
	put_between(out, str_slice(pattern, done, pattern.n));
	return rc < 0 ? FILL_ERROR : filled;
}

/* A text that is one hole and nothing else keeps the type that the hole asks for. */
static bool is_one_hole(str text, struct hole *ret)
{
	size_t at = 0;

	return hole_next(text, &at, ret, NULL) > 0 && ret->from == 0 && ret->to == text.n;
}

static int fill_typed(const struct hole *hole, const struct value *v, struct json_writer *out,
		      struct err *err)
{
	int64_t number;

	if (hole->form == HOLE_LIST) {
		json_write_array(out);
		for (size_t i = 0; i < v->count; i++)
			json_write_string(out, v->list[i]);
		if (!v->is_list)
			json_write_string(out, v->text);
		json_write_array_end(out);
		return 0;
	}
	if (!str_to_int(v->text, &number))
		return err_set(err, REACH_ENTRY, CODE_DATA,
			       "{%.*s} must be a whole number, not '%.*s'", STR_ARG(hole->name),
			       STR_ARG(v->text));
	json_write_int(out, number);
	return 0;
}

static int fill_scalar(const struct yaml_node *node, const struct values *values,
		       struct json_writer *out, struct err *err)
{
	struct buf b = {0};
	struct hole hole;
	int64_t number;
	bool truth;
	int rc = 0;

	if (yaml_is_null(node)) {
		json_write_null(out);
	} else if (yaml_to_bool(node, &truth)) {
		json_write_bool(out, truth);
	} else if (yaml_to_int(node, &number)) {
		json_write_int(out, number);
	} else if (is_one_hole(node->text, &hole) &&
		   (hole.form == HOLE_LIST || hole.form == HOLE_INTEGER)) {
		const struct value *v = values_find(values, hole.name);

		rc = v ? fill_typed(&hole, v, out, err) : no_value(err, hole.name);
	} else {
		rc = fill_text(node->text, values, FILL_PLAIN, &b, err) == FILL_ERROR ? -1 : 0;
		if (rc == 0)
			json_write_string(out, buf_str(&b));
	}
	buf_clear(&b);
	return rc;
}

/*
 * Is the value one text with a hole that has nothing to show and need not, or a map or list of
 * nothing but such?
 */
static bool is_left_out(const struct yaml_node *node, const struct values *values)
{
	size_t at = 0, left = 0;
	struct hole hole;

	for (size_t i = 0; node->kind != YAML_TEXT && i < node->count; i++)
		left += is_left_out(&node->items[i], values);
	if (node->kind != YAML_TEXT)
		return left > 0 && left == node->count;
	while (hole_next(node->text, &at, &hole, NULL) > 0) {
		const struct value *v = values_find(values, hole.name);

		if (hole.optional && (!v || (!v->is_list && !v->text.n)))
			return true;
	}
	return false;
}

int fill_json(const struct yaml_node *tree, const struct values *values, struct json_writer *out,
	      struct err *err)
{
	int rc = 0;

	if (tree->kind == YAML_TEXT)
		return fill_scalar(tree, values, out, err);
	if (tree->kind == YAML_LIST)
		json_write_array(out);
	else
		json_write_object(out);
	for (size_t i = 0; rc == 0 && i < tree->count; i++) {
		if (is_left_out(&tree->items[i], values))
			continue;
		if (tree->kind == YAML_MAP)
			json_write_key(out, tree->keys[i].text);
		rc = fill_json(&tree->items[i], values, out, err);
	}
	if (rc == 0 && tree->kind == YAML_LIST)
		json_write_array_end(out);
	else if (rc == 0)
		json_write_object_end(out);
	return rc;
}
