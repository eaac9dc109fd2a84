/* SPDX-License-Identifier: Apache-2.0 */
/* Filling texts and bodies with values; nothing is ever filled in without being encoded for its
 * place. */
#include "connect/team/profile/render.h"

#include <string.h>

#include "base/url.h"
#include "config/config.h"
#include "wire/wire.h"

void values_put(struct values *v, str name, str text)
{
	list_push(&v->items, ((struct named_value){.name = name, .text = text}));
}

const struct named_value *values_find(const struct values *v, str name)
{
	for (; v; v = v->outer)
		for (size_t i = v->items.count; i-- > 0;)
			if (str_equal(v->items.items[i].name, name))
				return &v->items.items[i];
	return NULL;
}

str values_text(const struct values *v, const char *name)
{
	const struct named_value *found = values_find(v, str_of(name));

	return found ? found->text : STR("");
}

static int placeholder_error(struct err *err, size_t at, const char *text)
{
	err_set(err, REACH_RUN, CODE_CONFIG, "%s", text);
	if (err)
		err->column = (uint32_t)at + 1;
	return -1;
}

static bool placeholder_read_form(str word, struct placeholder *ret)
{
	static const char *const words[] = {"", "integer", "list", "csv"};

	for (size_t i = 1; i < sizeof words / sizeof *words; i++)
		if (str_equal(word, str_of(words[i]))) {
			ret->form = (unsigned)i;
			return true;
		}
	return false;
}

static int placeholder_read(str text, struct placeholder *ret, struct err *err)
{
	str inside = str_slice(text, ret->from + 1, ret->to - 1);
	ptrdiff_t colon = str_find(inside, ':');

	ret->form = PLACEHOLDER_TEXT;
	ret->optional = str_ends(inside, STR("?"));
	if (ret->optional)
		inside.n--;
	if (colon >= 0 &&
	    !placeholder_read_form(str_slice(inside, (size_t)colon + 1, inside.n), ret))
		return placeholder_error(err, ret->from,
					 "behind ':' in braces there may be integer, list or csv");
	ret->name = colon < 0 ? inside : str_slice(inside, 0, (size_t)colon);
	return ret->name.n ? 1 : placeholder_error(err, ret->from, "braces need a name in them");
}

int placeholder_next(str text, size_t *at, struct placeholder *ret, struct err *err)
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
			return placeholder_error(err, i, "'}' without '{'; write '}}' for a brace");
		end = str_find(str_slice(text, i, text.n), '}');
		if (end < 0)
			return placeholder_error(err, i, "'{' without '}'; write '{{' for a brace");
		*ret = (struct placeholder){.from = i, .to = i + (size_t)end + 1};
		*at = ret->to;
		return placeholder_read(text, ret, err);
	}
	*at = text.n;
	return 0;
}

/* What stands between placeholders, doubled braces made single. */
static void put_literal(struct buf *out, str text)
{
	for (size_t i = 0; i < text.n; i++) {
		buf_char(out, text.p[i]);
		if ((text.p[i] == '{' || text.p[i] == '}') && i + 1 < text.n)
			i++;
	}
}

static void put_csv(struct buf *out, const struct named_value *v)
{
	for (size_t i = 0; i < v->count; i++) {
		buf_text(out, i ? "," : "");
		buf_put(out, v->list[i]);
	}
}

static int no_placeholder_value(struct err *err, str name)
{
	return err_set(err, REACH_ENTRY, CODE_DATA, "nothing is known for {%.*s}", STR_ARG(name));
}

static enum rendered render_placeholder(const struct placeholder *placeholder,
					const struct values *values, enum render_encoding encoding,
					struct buf *out, struct err *err)
{
	const struct named_value *v = values_find(values, placeholder->name);
	struct buf csv = {0};
	str text;

	if (!v || (!v->is_list && !v->text.n)) {
		if (placeholder->optional)
			return RENDER_LEFT_OUT;
		no_placeholder_value(err, placeholder->name);
		return RENDER_FAILED;
	}
	if (v->is_list)
		put_csv(&csv, v);
	text = v->is_list ? buf_str(&csv) : v->text;
	if (encoding == RENDER_URL)
		url_escape(text, out);
	else
		buf_put(out, text);
	buf_clear(&csv);
	return RENDER_DONE;
}

enum rendered render_text(str pattern, const struct values *values, enum render_encoding encoding,
			  struct buf *out, struct err *err)
{
	enum rendered rendered = RENDER_DONE;
	size_t at = 0, done = 0;
	struct placeholder placeholder;
	int rc;

	while ((rc = placeholder_next(pattern, &at, &placeholder, err)) > 0) {
		enum rendered one;

		put_literal(out, str_slice(pattern, done, placeholder.from));
		one = render_placeholder(&placeholder, values, encoding, out, err);
		if (one == RENDER_FAILED)
			return one;
		if (one == RENDER_LEFT_OUT)
			rendered = one;
		done = placeholder.to;
	}
	put_literal(out, str_slice(pattern, done, pattern.n));
	return rc < 0 ? RENDER_FAILED : rendered;
}

/* A text that is one placeholder and nothing else keeps the type that it asks for. */
static bool is_one_placeholder(str text, struct placeholder *ret)
{
	size_t at = 0;

	return placeholder_next(text, &at, ret, NULL) > 0 && ret->from == 0 && ret->to == text.n;
}

static int render_typed(const struct placeholder *placeholder, const struct named_value *v,
			struct json_writer *out, struct err *err)
{
	int64_t number;

	if (placeholder->form == PLACEHOLDER_LIST) {
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
			       "{%.*s} must be a whole number, not '%.*s'",
			       STR_ARG(placeholder->name), STR_ARG(v->text));
	json_write_int(out, number);
	return 0;
}

static int render_scalar(const struct yaml_node *node, const struct values *values,
			 struct json_writer *out, struct err *err)
{
	struct buf b = {0};
	struct placeholder placeholder;
	int64_t number;
	bool truth;
	int rc = 0;

	if (yaml_is_null(node)) {
		json_write_null(out);
	} else if (yaml_to_bool(node, &truth)) {
		json_write_bool(out, truth);
	} else if (yaml_to_int(node, &number)) {
		json_write_int(out, number);
	} else if (is_one_placeholder(node->text, &placeholder) &&
		   (placeholder.form == PLACEHOLDER_LIST ||
		    placeholder.form == PLACEHOLDER_INTEGER)) {
		const struct named_value *v = values_find(values, placeholder.name);

		rc = v ? render_typed(&placeholder, v, out, err)
		       : no_placeholder_value(err, placeholder.name);
	} else {
		rc = render_text(node->text, values, RENDER_PLAIN, &b, err) == RENDER_FAILED ? -1
											     : 0;
		if (rc == 0)
			json_write_string(out, buf_str(&b));
	}
	buf_clear(&b);
	return rc;
}

/*
 * Is the value one text with a placeholder that has nothing to show and need not, or a map or list
 * of nothing but such?
 */
static bool is_node_left_out(const struct yaml_node *node, const struct values *values)
{
	size_t at = 0, left = 0;
	struct placeholder placeholder;

	for (size_t i = 0; node->kind != YAML_TEXT && i < node->count; i++)
		left += is_node_left_out(&node->items[i], values);
	if (node->kind != YAML_TEXT)
		return left > 0 && left == node->count;
	while (placeholder_next(node->text, &at, &placeholder, NULL) > 0) {
		const struct named_value *v = values_find(values, placeholder.name);

		if (placeholder.optional && (!v || (!v->is_list && !v->text.n)))
			return true;
	}
	return false;
}

int render_json(const struct yaml_node *tree, const struct values *values, struct json_writer *out,
		struct err *err)
{
	int rc = 0;

	if (tree->kind == YAML_TEXT)
		return render_scalar(tree, values, out, err);
	if (tree->kind == YAML_LIST)
		json_write_array(out);
	else
		json_write_object(out);
	for (size_t i = 0; rc == 0 && i < tree->count; i++) {
		if (is_node_left_out(&tree->items[i], values))
			continue;
		if (tree->kind == YAML_MAP)
			json_write_key(out, tree->keys[i].text);
		rc = render_json(&tree->items[i], values, out, err);
	}
	if (rc == 0 && tree->kind == YAML_LIST)
		json_write_array_end(out);
	else if (rc == 0)
		json_write_object_end(out);
	return rc;
}
