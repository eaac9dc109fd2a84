/* SPDX-License-Identifier: Apache-2.0 */
/* Parses JSON paths, and finds the values that stand there. */
#include "connect/team/profile/json_path.h"
#include "base/json.h"

#include <string.h>

enum select_kind { SELECT_KEY, SELECT_ALL, SELECT_INDEX, SELECT_EQUAL };

struct path_select {
	enum select_kind kind;
	const char *key; /* SELECT_KEY */
	uint64_t index;
	const char *const *path; /* SELECT_EQUAL: keys down to the member; ends with NULL */
	str value; /* a text, or the name of a parameter */
	bool is_name;
};

struct path_way {
	struct path_select *selects;
	size_t count;
};

struct json_path {
	str text;
	struct path_way *ways;
	size_t count;
};

struct path_parser {
	str text;
	size_t at;
	struct arena *arena;
	struct err *err;
	struct path_select *selects;
	size_t count;
};

str json_path_text(const struct json_path *p)
{
	return p->text;
}

static int path_refuse(const struct path_parser *p, const char *text)
{
	err_set(p->err, REACH_RUN, CODE_CONFIG, "%s", text);
	if (p->err)
		p->err->column = (uint32_t)p->at + 1;
	return -1;
}

static char path_peek(const struct path_parser *p)
{
	return p->at < p->text.n ? p->text.p[p->at] : '\0';
}

static void skip_path_blanks(struct path_parser *p)
{
	while (path_peek(p) == ' ')
		p->at++;
}

static bool is_path_word(char c)
{
	return c && !strchr(".[]|\"={} $", c) && (unsigned char)c > ' ';
}

static int parse_path_quoted(struct path_parser *p, str *ret)
{
	size_t from = ++p->at;

	while (path_peek(p) && path_peek(p) != '"')
		p->at++;
	if (!path_peek(p))
		return path_refuse(p, "the text in double quotes does not end");
	*ret = str_slice(p->text, from, p->at++);
	return 0;
}

static int parse_path_word(struct path_parser *p, const char *wanted, str *ret)
{
	size_t from = p->at;

	if (path_peek(p) == '"')
		return parse_path_quoted(p, ret);
	while (is_path_word(path_peek(p)))
		p->at++;
	*ret = str_slice(p->text, from, p->at);
	return p->at > from ? 0 : path_refuse(p, wanted);
}

static int add_select(struct path_parser *p, struct path_select select)
{
	if (p->count == JSON_PATH_STEPS_MAX)
		return path_refuse(p, "a place this deep is not believable");
	p->selects[p->count++] = select;
	return 0;
}

static int parse_select_value(struct path_parser *p, struct path_select *s)
{
	s->is_name = path_peek(p) == '{';
	if (s->is_name)
		p->at++;
	if (parse_path_word(p, "expected a word, a text in double quotes or {parameter}",
			    &s->value) < 0)
		return -1;
	if (s->is_name && path_peek(p) != '}')
		return path_refuse(p, "expected '}' behind the parameter");
	if (s->is_name)
		p->at++;
	s->value = arena_str(p->arena, s->value);
	return 0;
}

static int parse_equal(struct path_parser *p, str first)
{
	const char **path = arena_array(p->arena, const char *, JSON_PATH_STEPS_MAX + 1);
	struct path_select select = {.kind = SELECT_EQUAL, .path = path};
	size_t count = 0;

	path[count++] = arena_text(p->arena, first);
	while (path_peek(p) == '.') {
		str word;

		p->at++;
		if (parse_path_word(p, "expected a name behind '.'", &word) < 0)
			return -1;
		if (count == JSON_PATH_STEPS_MAX)
			return path_refuse(p, "a place this deep is not believable");
		path[count++] = arena_text(p->arena, word);
	}
	if (path_peek(p) != '=')
		return path_refuse(p, "expected a number, or NAME=VALUE, or nothing in brackets");
	p->at++;
	return parse_select_value(p, &select) < 0 ? -1 : add_select(p, select);
}

static int parse_select(struct path_parser *p)
{
	str word;
	int64_t index;
	int rc;

	p->at++;
	if (path_peek(p) == ']') {
		rc = add_select(p, (struct path_select){.kind = SELECT_ALL});
	} else {
		if (parse_path_word(p, "expected a number, or NAME=VALUE, or nothing in brackets",
				    &word) < 0)
			return -1;
		if (path_peek(p) == ']' && str_to_int(word, &index) && index >= 0)
			rc = add_select(p, (struct path_select){.kind = SELECT_INDEX,
								.index = (uint64_t)index});
		else
			rc = parse_equal(p, word);
	}
	if (rc < 0)
		return -1;
	if (path_peek(p) != ']')
		return path_refuse(p, "expected ']'");
	p->at++;
	return 0;
}

static int parse_selects(struct path_parser *p)
{
	while (path_peek(p) == '[')
		if (parse_select(p) < 0)
			return -1;
	return 0;
}

static int parse_path_step(struct path_parser *p)
{
	str word;

	if (parse_path_word(p, "expected a name", &word) < 0 ||
	    add_select(p, (struct path_select){.kind = SELECT_KEY,
					       .key = arena_text(p->arena, word)}) < 0)
		return -1;
	return parse_selects(p);
}

static int parse_way(struct path_parser *p, struct path_way *ret)
{
	bool more = true;

	p->selects = arena_array(p->arena, struct path_select, JSON_PATH_STEPS_MAX);
	p->count = 0;
	skip_path_blanks(p);
	if (path_peek(p) == '$') {
		p->at++;
		if (parse_selects(p) < 0)
			return -1;
		more = path_peek(p) == '.';
		p->at += more;
	}
	while (more) {
		if (parse_path_step(p) < 0)
			return -1;
		more = path_peek(p) == '.';
		p->at += more;
	}
	skip_path_blanks(p);
	*ret = (struct path_way){p->selects, p->count};
	return 0;
}

int json_path_parse(str text, struct arena *arena, const struct json_path **ret, struct err *err)
{
	struct path_parser p = {.text = text, .arena = arena, .err = err};
	struct json_path *path = arena_new(arena, struct json_path);
	size_t room = 1;

	if (text.n > JSON_PATH_LENGTH_MAX)
		return path_refuse(&p, "a place this long is not believable");
	for (size_t i = 0; i < text.n; i++)
		room += text.p[i] == '|';
	path->text = arena_str(arena, text);
	path->ways = arena_array(arena, struct path_way, room);
	do {
		p.at += path_peek(&p) == '|';
		if (parse_way(&p, &path->ways[path->count++]) < 0)
			return -1;
	} while (path_peek(&p) == '|');
	if (p.at < text.n)
		return path_refuse(&p, "expected '.', '[' or '|'");
	*ret = path;
	return 0;
}

bool json_path_is_many(const struct json_path *p)
{
	for (size_t w = 0; p && w < p->count; w++)
		for (size_t i = 0; i < p->ways[w].count; i++)
			if (p->ways[w].selects[i].kind == SELECT_ALL)
				return true;
	return false;
}

bool json_path_parameter(const struct json_path *p, size_t nth, str *ret)
{
	for (size_t w = 0; w < p->count; w++)
		for (size_t i = 0; i < p->ways[w].count; i++)
			if (p->ways[w].selects[i].is_name && nth-- == 0) {
				*ret = p->ways[w].selects[i].value;
				return true;
			}
	return false;
}

static bool select_equals(const struct path_select *s, const json_t *element,
			  const struct values *values)
{
	struct arena scratch = {0};
	const struct named_value *v = s->is_name ? values_find(values, s->value) : NULL;
	str wanted = s->is_name ? (v ? v->text : STR("")) : s->value, text;
	bool equal;

	for (const char *const *key = s->path; element && *key; key++)
		element = json_object_get(element, *key);
	equal = element && json_to_text(element, &scratch, &text) && str_equal(text, wanted);
	arena_clear(&scratch);
	return equal;
}

static void path_walk(const struct path_way *way, size_t depth, const json_t *at,
		      const struct values *values, json_list *ret)
{
	const struct path_select *s = &way->selects[depth];

	if (!at || json_is_null(at))
		return;
	if (depth == way->count) {
		list_push(ret, at);
		return;
	}
	if (s->kind == SELECT_KEY) {
		path_walk(way, depth + 1, json_object_get(at, s->key), values, ret);
	} else if (s->kind == SELECT_INDEX) {
		path_walk(way, depth + 1, json_array_get(at, (size_t)s->index), values, ret);
	} else {
		for (size_t i = 0; i < json_array_size(at); i++) {
			const json_t *element = json_array_get(at, i);

			if (s->kind == SELECT_ALL || select_equals(s, element, values))
				path_walk(way, depth + 1, element, values, ret);
		}
	}
}

void json_path_all(const struct json_path *p, const json_t *root, const struct values *values,
		   json_list *ret)
{
	ret->count = 0;
	for (size_t i = 0; p && i < p->count && ret->count == 0; i++)
		path_walk(&p->ways[i], 0, root, values, ret);
}

const json_t *json_path_first(const struct json_path *p, const json_t *root,
			      const struct values *values)
{
	json_list all = {0};
	const json_t *first;

	json_path_all(p, root, values, &all);
	first = all.count ? all.items[0] : NULL;
	list_clear(&all);
	return first;
}

bool json_to_text(const json_t *value, struct arena *arena, str *ret)
{
	if (json_is_string(value))
		*ret = arena_str(arena, json_str(value));
	else if (json_is_integer(value))
		*ret = arena_printf(arena, "%lld", (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		*ret = json_is_true(value) ? STR("true") : STR("false");
	else
		return false;
	return true;
}

const char *json_kind_text(const json_t *value)
{
	static const char *const texts[] = {
		[JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",    [JSON_STRING] = "a text",
		[JSON_INTEGER] = "a number", [JSON_REAL] = "a fraction", [JSON_TRUE] = "true",
		[JSON_FALSE] = "false",      [JSON_NULL] = "null",
	};

	return value ? texts[json_typeof(value)] : "nothing";
}

enum { PATHS_DEPTH = 3, PATHS_SHOWN = 400 };

/* Names with signs in them stand in quotes, as in a path. */
static void put_path_key(struct buf *path, const char *key)
{
	bool plain = *key;

	for (const char *c = key; *c; c++)
		plain = plain && is_path_word(*c);
	buf_printf(path, plain ? "%s%s" : "%s\"%s\"", path->n ? "." : "", key);
}

static void json_paths_walk(const json_t *value, struct buf *path, int depth, struct buf *out)
{
	size_t length = path->n;
	const char *key;
	json_t *member;

	if (out->n > PATHS_SHOWN)
		return;
	if (json_is_array(value) && json_array_size(value) && depth < PATHS_DEPTH) {
		buf_text(path, path->n ? "[]" : "$[]");
		json_paths_walk(json_array_get(value, 0), path, depth + 1, out);
	} else if (json_is_object(value) && json_object_size(value) && depth < PATHS_DEPTH) {
		/* The cast is jansson's iteration, which takes no const object. */
		json_object_foreach ((json_t *)(uintptr_t)value, key, member) {
			put_path_key(path, key);
			json_paths_walk(member, path, depth + 1, out);
			path->n = length;
		}
	} else {
		buf_printf(out, "%s%.*s", out->n ? ", " : "", (int)path->n, path->p ? path->p : "");
	}
	path->n = length;
}

void json_paths_put(const json_t *value, struct buf *out)
{
	struct buf path = {0};
	size_t before = out->n;

	json_paths_walk(value, &path, 0, out);
	if (out->n - before > PATHS_SHOWN)
		buf_text(out, ", ...");
	buf_clear(&path);
}
