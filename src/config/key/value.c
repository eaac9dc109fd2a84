/* SPDX-License-Identifier: Apache-2.0 */
/* Reads single values: each type of a key says what it takes, and what was met instead. */
#include <stdio.h>
#include <string.h>

#include "base/url.h"
#include "config/key/internal.h"

static str range_text(const struct key *key, struct arena *arena)
{
	char min[DURATION_SIZE], max[DURATION_SIZE];

	if (key->type != KEY_DURATION && key->max == key->min)
		return arena_printf(arena, "%lld", (long long)key->min);
	if (key->type != KEY_DURATION)
		return key->max ? arena_printf(arena, "%lld to %lld", (long long)key->min,
					       (long long)key->max)
				: arena_printf(arena, "%lld or more", (long long)key->min);
	duration_print(key->min, min);
	duration_print(key->max, max);
	return key->max ? arena_printf(arena, "%s to %s", min, max)
			: arena_printf(arena, "%s or more", min);
}

str type_describe(const struct key *key, struct arena *arena)
{
	static const char *const texts[] = {
		[KEY_TEXT] = "text",
		[KEY_INTEGER] = "a whole number",
		[KEY_BOOLEAN] = "true or false",
		[KEY_DURATION] = "a duration such as 30s, 15m, 12h or 7d",
		[KEY_URL] = "a URL",
		[KEY_PATH] = "the path of a file",
		[KEY_FILTER] = "a SCIM filter",
		[KEY_TEMPLATE] = "a template such as \"{userName}\"",
		[KEY_ATTRIBUTE] = "a SCIM attribute",
		[KEY_DN] = "a distinguished name such as cn=muster,dc=example,dc=com",
		[KEY_SECRET] = SECRET_FORMS,
		[KEY_TABLE] = "a table of keys",
		[KEY_TREE] = "anything",
	};

	if (key->type == KEY_CHOICE)
		return arena_printf(arena, "one of %.*s", STR_ARG(words_text(key->words, arena)));
	return str_of(texts[key->type]);
}

str value_describe(const struct yaml_node *node, struct arena *arena)
{
	if (node->kind != YAML_TEXT || yaml_is_null(node))
		return str_of(yaml_kind_text(node));
	if (node->text.n > 60)
		return arena_printf(arena, "'%.*s...'", 60, node->text.p);
	return arena_printf(arena, "'%.*s'", STR_ARG(node->text));
}

static bool value_refuse(const struct key_walk *w, const struct key *key,
			 const struct yaml_node *node)
{
	str near = {NULL, 0};

	if (key->type == KEY_CHOICE && node->kind == YAML_TEXT)
		near = word_near(node->text, key->words);
	if (near.n)
		diag_add(w->diags, node->pos, "'%s' must be %.*s, not %.*s; did you mean '%.*s'?",
			 key->name, STR_ARG(type_describe(key, w->arena)),
			 STR_ARG(value_describe(node, w->arena)), STR_ARG(near));
	else
		diag_add(w->diags, node->pos, "'%s' must be %.*s, not %.*s", key->name,
			 STR_ARG(type_describe(key, w->arena)),
			 STR_ARG(value_describe(node, w->arena)));
	return false;
}

static bool value_check_range(const struct key_walk *w, const struct key *key,
			      const struct yaml_node *node, int64_t value)
{
	if (value >= key->min && (key->max == 0 || value <= key->max))
		return true;
	diag_add(w->diags, node->pos, "'%s' must be %.*s, not %.*s", key->name,
		 STR_ARG(range_text(key, w->arena)), STR_ARG(node->text));
	return false;
}

static bool value_read_number(const struct key_walk *w, const struct key *key,
			      const struct yaml_node *node, struct setting *ret)
{
	int64_t value;
	bool truth;

	if (key->type == KEY_BOOLEAN) {
		if (!yaml_to_bool(node, &truth))
			return value_refuse(w, key, node);
		ret->number = truth;
		return true;
	}
	if (key->type == KEY_INTEGER
		    ? !yaml_to_int(node, &value)
		    : node->kind != YAML_TEXT || !duration_parse(node->text, &value))
		return value_refuse(w, key, node);
	if (!value_check_range(w, key, node, value))
		return false;
	ret->number = value;
	return true;
}

static bool value_read_choice(const struct key_walk *w, const struct key *key,
			      const struct yaml_node *node, struct setting *ret)
{
	for (size_t i = 0; node->kind == YAML_TEXT && key->words[i]; i++) {
		if (!str_equal(node->text, str_of(key->words[i])))
			continue;
		ret->text = str_of(key->words[i]);
		ret->number = (int64_t)i;
		return true;
	}
	return value_refuse(w, key, node);
}

/* A text of one line. A number is one without quotes too; true and false are more likely a mistake.
 */
static bool value_read_text(const struct key_walk *w, const struct key *key,
			    const struct yaml_node *node, str *ret)
{
	bool truth;

	if (node->kind != YAML_TEXT || yaml_is_null(node))
		return value_refuse(w, key, node);
	if (yaml_to_bool(node, &truth)) {
		diag_add(w->diags, node->pos,
			 "'%s' must be %.*s: put %.*s in quotes if it is meant", key->name,
			 STR_ARG(type_describe(key, w->arena)), STR_ARG(node->text));
		return false;
	}
	for (size_t i = 0; i < node->text.n; i++)
		if ((unsigned char)node->text.p[i] < ' ' || node->text.p[i] == 0x7f) {
			diag_add(w->diags, node->pos,
				 "'%s' must be one line without control characters", key->name);
			return false;
		}
	if (node->text.n == 0 && key->type != KEY_TEXT) {
		diag_add(w->diags, node->pos, "'%s' must be %.*s, not empty", key->name,
			 STR_ARG(type_describe(key, w->arena)));
		return false;
	}
	*ret = node->text;
	return true;
}

static bool is_scheme_known(const struct key *key, str scheme)
{
	for (const char *const *word = key->words; *word; word++)
		if (str_equal_nocase(scheme, str_of(*word)))
			return true;
	return false;
}

static bool value_check_url(const struct key_walk *w, const struct key *key,
			    const struct yaml_node *node)
{
	struct url url;

	/* Between <> or "" a URL is quoted: these are no part of one (RFC 3986, appendix C). */
	if (!url_parse(node->text, &url) || str_find(node->text, '"') >= 0 ||
	    str_find(node->text, '<') >= 0 || str_find(node->text, '>') >= 0)
		return value_refuse(w, key, node);
	if (url.has_user) {
		diag_mask(w->diags, node->pos, node->end_line, node->end_column);
		diag_add(w->diags, node->pos,
			 "'%s' must not hold a user name or password: there are keys for them",
			 key->name);
		return false;
	}
	if (key->words && !is_scheme_known(key, str_of(url.scheme))) {
		diag_add(w->diags, node->pos, "'%s' must begin with one of %.*s, not '%s'",
			 key->name, STR_ARG(words_text(key->words, w->arena)), url.scheme);
		return false;
	}
	if (!*url.host && strcmp(url.scheme, "ldapi") != 0) {
		diag_add(w->diags, node->pos, "'%s' names no host", key->name);
		return false;
	}
	return true;
}

const char *walk_path(const struct key_walk *w, const char *path)
{
	const char *folder = w->options.folder;

	if (path[0] == '/' || !folder || !*folder || strcmp(folder, ".") == 0)
		return path;
	return arena_printf(w->arena, "%s/%s", folder, path).p;
}

static bool value_read_path(const struct key_walk *w, const struct key *key,
			    const struct yaml_node *node, str *path)
{
	if (str_starts(*path, STR("~"))) {
		diag_add(w->diags, node->pos, "'%s' must be written out: '~' is not expanded",
			 key->name);
		return false;
	}
	*path = str_of(walk_path(w, path->p));
	return true;
}

/* Does the value stand on one line just as it is? libyaml keeps no more of the writing than where
 * it ends. */
static bool is_verbatim(const struct yaml_node *node)
{
	size_t width = node->end_column - node->pos.column, chars = 0;

	for (size_t i = 0; i < node->text.n; i++)
		chars += ((unsigned char)node->text.p[i] & 0xc0) != 0x80;
	return node->end_line == node->pos.line && width == chars + (node->quoted ? 2 : 0);
}

bool value_refuse_inside(const struct key_walk *w, const struct key *key,
			 const struct yaml_node *node, const struct err *err)
{
	struct source_pos pos = node->pos;
	const char *text = err->text;
	char told[32];

	if (err->column > 0 && is_verbatim(node)) {
		pos.column += err->column - 1 + (node->quoted ? 1 : 0);
		snprintf(told, sizeof told, "column %u: ", err->column);
		if (str_starts(str_of(text), str_of(told)))
			text += strlen(told);
	}
	diag_add(w->diags, pos, "'%s': %s", key->name, text);
	return false;
}

/* Filters, templates and attribute paths. */
static bool value_read_expression(const struct key_walk *w, const struct key *key,
				  const struct yaml_node *node, struct setting *ret)
{
	struct err err = {0};

	return expression_read(w, key, ret, &err) == 0 || value_refuse_inside(w, key, node, &err);
}

static bool value_check_further(const struct key_walk *w, const struct key *key,
				const struct yaml_node *node, str value)
{
	struct err err = {0};

	return !key->validate || key->validate(value, &err) == 0 ||
	       value_refuse_inside(w, key, node, &err);
}

bool value_read(const struct key_walk *w, const struct key *key, const struct yaml_node *node,
		struct setting *ret)
{
	bool good = true;

	if (key->type == KEY_INTEGER || key->type == KEY_BOOLEAN || key->type == KEY_DURATION) {
		if (!value_read_number(w, key, node, ret))
			return false;
		ret->text = node->text;
		return value_check_further(w, key, node, node->text);
	}
	if (key->type == KEY_CHOICE)
		return value_read_choice(w, key, node, ret);
	if (!value_read_text(w, key, node, &ret->text) ||
	    !value_check_further(w, key, node, ret->text))
		return false;
	if (key->type == KEY_URL)
		good = value_check_url(w, key, node);
	else if (key->type == KEY_PATH)
		good = value_read_path(w, key, node, &ret->text);
	else if (key->type == KEY_DN)
		good = dn_is_valid(ret->text) || value_refuse(w, key, node);
	else if (key->type != KEY_TEXT)
		good = value_read_expression(w, key, node, ret);
	return good;
}
