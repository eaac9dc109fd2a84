/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a tree along a table: unknown keys, missing keys, wrong kinds and defaults are settled here
 * once for all. */
#include "config/key/internal.h"

#include <assert.h>

#include "expr/path.h"

static void walk_value(const struct key_walk *w, const struct key *key,
		       const struct yaml_node *node, const char *path, struct setting *ret);
/* node: NULL when it was not written; then `pos` is that of the table around it. */
static struct settings *walk_table(const struct key_walk *w, const struct yaml_node *node,
				   const struct key *keys, const char *path, struct source_pos pos);

static void setting_accept(const struct key_walk *w, struct setting *ret)
{
	ret->present = true;
	ret->given = !w->is_default;
}

static struct source_pos pos_in(const struct key_walk *w, const struct yaml_node *node)
{
	static const struct source_pos nowhere = {0};

	return w->is_default ? nowhere : node->pos;
}

static size_t row_count(const struct key *keys)
{
	size_t n = 0;

	while (keys[n].name)
		n++;
	return n;
}

static const char *path_join(const struct key_walk *w, const char *path, const char *name)
{
	return *path ? arena_printf(w->arena, "%s.%s", path, name).p : name;
}

/* The tables among `keys` that know the name, as "'users' or 'groups'". */
static str tables_with(const struct key_walk *w, const struct key *keys, str name)
{
	struct buf b = {0};
	str text;

	for (; keys->name; keys++)
		if (keys->type == KEY_TABLE && keys->shape == KEY_ONE && keys->keys &&
		    key_find(keys->keys, name))
			buf_printf(&b, "%s'%s'", b.n ? " or " : "", keys->name);
	text = buf_keep(&b, w->arena);
	return text;
}

static void mask_node(const struct key_walk *w, const struct yaml_node *node)
{
	diag_mask(w->diags, node->pos, node->end_line, node->end_column);
}

static void note_unknown(const struct key_walk *w, const struct key *keys,
			 const struct yaml_node *name, const struct yaml_node *value)
{
	str near = word_near(name->text, key_names(keys, w->arena));
	str tables = tables_with(w, keys, name->text);
	const struct key *row = key_find(keys, near);

	if (row && row->type == KEY_SECRET && value->kind == YAML_TEXT)
		mask_node(w, value);
	if (near.n)
		diag_add(w->diags, name->pos, "unknown key '%.*s'; did you mean '%.*s'?",
			 STR_ARG(name->text), STR_ARG(near));
	else if (tables.n)
		diag_add(w->diags, name->pos, "unknown key '%.*s'; it belongs under %.*s",
			 STR_ARG(name->text), STR_ARG(tables));
	else
		diag_add(w->diags, name->pos, "unknown key '%.*s'; known here: %.*s",
			 STR_ARG(name->text), STR_ARG(key_names_text(keys, 24, w->arena)));
}

static bool is_plain_name(str name)
{
	if (name.n == 0 || name.n > 64)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = ascii_lower(name.p[i]);
		bool letter = c >= 'a' && c <= 'z';

		if (!letter && (i == 0 || ((c < '0' || c > '9') && c != '-' && c != '_')))
			return false;
	}
	return true;
}

/* The name of a map's item, in the spelling that is kept. */
static bool walk_name(const struct key_walk *w, const struct key *key, const struct yaml_node *name,
		      str *ret)
{
	struct err err;

	*ret = name->text;
	if (key->names == NAMES_PLAIN && !is_plain_name(name->text)) {
		diag_add(
			w->diags, name->pos,
			"'%.*s' is no name: it must be a letter, then letters, digits, '-' and '_'",
			STR_ARG(name->text));
		return false;
	}
	if (key->names == NAMES_ATTRIBUTE &&
	    path_canonical(name->text, w->options.rules, w->arena, ret, &err) < 0) {
		value_refuse_inside(w, key, name, &err);
		return false;
	}
	return true;
}

static const struct key *walk_kind(const struct key_walk *w, const struct yaml_node *node,
				   const char *path)
{
	const struct yaml_node *kind = yaml_find(node, "kind");
	const char **words = arena_array(w->arena, const char *, w->options.kind_count + 1);
	str near;

	if (node->kind != YAML_MAP || !kind) {
		diag_add(w->diags, node->pos, "'%s' must be a table of keys with a 'kind'", path);
		return NULL;
	}
	for (size_t i = 0; i < w->options.kind_count; i++) {
		words[i] = w->options.kinds[i].kind;
		if (kind->kind == YAML_TEXT && str_equal(kind->text, str_of(words[i])))
			return w->options.kinds[i].keys;
	}
	if (kind->kind == YAML_BAD)
		return NULL;
	near = kind->kind == YAML_TEXT ? word_near(kind->text, words) : (str){NULL, 0};
	if (near.n)
		diag_add(w->diags, kind->pos, "unknown kind %.*s; did you mean '%.*s'?",
			 STR_ARG(value_describe(kind, w->arena)), STR_ARG(near));
	else
		diag_add(w->diags, kind->pos, "unknown kind %.*s; there are: %.*s",
			 STR_ARG(value_describe(kind, w->arena)),
			 STR_ARG(words_text(words, w->arena)));
	return NULL;
}

static void walk_item(const struct key_walk *w, const struct key *key, const struct yaml_node *node,
		      const char *path, struct setting *ret)
{
	const struct key *keys = key->keys;
	struct key named = *key; /* in faults, an item of a map goes by its own name */

	if (ret->name.p)
		named.name = arena_text(w->arena, ret->name);
	ret->key = key;
	ret->pos = pos_in(w, node);
	if (node->kind == YAML_BAD)
		return;
	if (key->type == KEY_TREE) {
		ret->node = node;
		setting_accept(w, ret);
	} else if (key->type == KEY_TABLE) {
		if (!keys)
			keys = walk_kind(w, node, path);
		if (!keys)
			return;
		ret->table = walk_table(w, node, keys, path, node->pos);
		setting_accept(w, ret);
	} else if (key->type == KEY_SECRET ? value_read_secret(w, &named, node, ret)
					   : value_read(w, &named, node, ret)) {
		setting_accept(w, ret);
	} else {
		*ret = (struct setting){.key = key, .pos = ret->pos, .name = ret->name};
	}
}

/* Is there nothing but a comma between two texts of a flow list? */
static bool is_touching(const struct yaml_node *a, const struct yaml_node *b)
{
	return a->kind == YAML_TEXT && b->kind == YAML_TEXT && !a->quoted && !b->quoted &&
	       a->end_line == b->pos.line && a->end_column + 1 == b->pos.column;
}

/*
 * [uid=a,ou=b, uid=c,ou=b] means two names to everyone but YAML, which sees four texts: what only a
 * comma without a blank separates is one name.
 */
static const struct yaml_node *join_names(const struct key_walk *w, const struct yaml_node *list)
{
	struct yaml_node *joined = arena_new(w->arena, struct yaml_node);

	*joined = *list;
	joined->items = arena_array(w->arena, struct yaml_node, list->count);
	joined->count = 0;
	for (size_t i = 0; i < list->count; i++) {
		struct yaml_node *last;

		if (i == 0 || !is_touching(&list->items[i - 1], &list->items[i])) {
			joined->items[joined->count++] = list->items[i];
			continue;
		}
		last = &joined->items[joined->count - 1];
		last->text = arena_printf(w->arena, "%.*s,%.*s", STR_ARG(last->text),
					  STR_ARG(list->items[i].text));
		last->end_line = list->items[i].end_line;
		last->end_column = list->items[i].end_column;
	}
	return joined;
}

static void walk_list(const struct key_walk *w, const struct key *key, const struct yaml_node *node,
		      const char *path, struct setting *ret)
{
	struct setting *items;

	if (node->kind != YAML_LIST && key->shape == KEY_LIST) {
		diag_add(w->diags, node->pos, "'%s' must be a list, [...], of %.*s, not %.*s",
			 key->name, STR_ARG(type_describe(key, w->arena)),
			 STR_ARG(value_describe(node, w->arena)));
		return;
	}
	if (node->kind == YAML_LIST && key->type == KEY_DN)
		node = join_names(w, node);
	if (node->kind == YAML_LIST && node->count == 0 && key->required) {
		diag_add(w->diags, node->pos, "'%s' must not be empty", key->name);
		return;
	}
	setting_accept(w, ret);
	ret->count = node->kind == YAML_LIST ? node->count : 1;
	ret->items = items = arena_array(w->arena, struct setting, ret->count);
	if (node->kind != YAML_LIST) {
		walk_item(w, key, node, path, items);
		return;
	}
	for (size_t i = 0; i < ret->count; i++)
		walk_item(w, key, &node->items[i], arena_printf(w->arena, "%s[%zu]", path, i).p,
			  &items[i]);
}

static bool is_name_taken(const struct setting *items, size_t count, str name)
{
	for (size_t i = 0; i < count; i++)
		if (str_equal(items[i].name, name))
			return true;
	return false;
}

static void walk_map(const struct key_walk *w, const struct key *key, const struct yaml_node *node,
		     const char *path, struct setting *ret)
{
	/* A system is known by its name alone. */
	bool is_by_kind = key->type == KEY_TABLE && !key->keys;
	struct setting *items;

	if (node->kind != YAML_MAP) {
		diag_add(w->diags, node->pos,
			 "'%s' must be a table of names, each with %.*s, not %.*s", key->name,
			 STR_ARG(type_describe(key, w->arena)),
			 STR_ARG(value_describe(node, w->arena)));
		return;
	}
	setting_accept(w, ret);
	ret->items = items = arena_array(w->arena, struct setting, node->count);
	for (size_t i = 0; i < node->count; i++) {
		str name;

		if (!walk_name(w, key, &node->keys[i], &name))
			continue;
		/* Two spellings of one attribute. */
		if (is_name_taken(items, ret->count, name)) {
			diag_add(w->diags, node->keys[i].pos, "'%.*s' is there already",
				 STR_ARG(name));
			continue;
		}
		items[ret->count].name = name;
		walk_item(w, key, &node->items[i],
			  path_join(w, is_by_kind ? "" : path, arena_text(w->arena, name)),
			  &items[ret->count++]);
	}
}

static void walk_value(const struct key_walk *w, const struct key *key,
		       const struct yaml_node *node, const char *path, struct setting *ret)
{
	ret->pos = pos_in(w, node);
	if (node->kind == YAML_BAD)
		return;
	if (key->shape == KEY_ONE)
		walk_item(w, key, node, path, ret);
	else if (key->shape == KEY_MAP)
		walk_map(w, key, node, path, ret);
	else
		walk_list(w, key, node, path, ret);
}

/* `users:` with nothing behind it: a person who took all the keys out, or whose keys are all
 * comments. */
static bool is_left_empty(const struct key *key, const struct yaml_node *node)
{
	if (!yaml_is_null(node) || key->required)
		return false;
	return key->shape != KEY_ONE || (key->type == KEY_TABLE && !key_any_required(key->keys));
}

/* Fills what was not written. */
static void walk_default(const struct key_walk *w, const struct key *key, const char *path,
			 struct source_pos pos, struct setting *ret)
{
	struct diagnostics diags = {0};
	struct key_walk inner = *w;
	const struct yaml_node *node;

	if (!key->fallback)
		return;
	if (key->type == KEY_TABLE && key->shape == KEY_ONE) {
		ret->table = walk_table(w, NULL, key->keys, path, pos);
		ret->present = true;
		return;
	}
	inner.diags = &diags;
	inner.is_default = true;
	node = yaml_parse(w->arena, "default", str_of(key->fallback), &diags);
	assert(node);
	walk_value(&inner, key, node, path, ret);
	assert(diags.errors == 0);
	diag_clear(&diags);
}

/* Takes the keys that were written; `seen` says for which rows. */
static void walk_written(const struct key_walk *w, const struct yaml_node *node, struct settings *s,
			 bool *seen)
{
	struct setting *extras = arena_array(w->arena, struct setting, node->count);

	s->extras = extras;
	for (size_t i = 0; i < node->count; i++) {
		const struct yaml_node *name = &node->keys[i], *value = &node->items[i];
		const struct key *row = key_find(s->keys, name->text);
		const struct key *rest = key_find(s->keys, STR("*"));
		const char *path = path_join(w, s->path, name->text.p);

		if (row && row != rest) {
			seen[row - s->keys] = !is_left_empty(row, value);
			if (seen[row - s->keys])
				walk_value(w, row, value, path, &s->values[row - s->keys]);
		} else if (rest) {
			extras[s->extra_count] = (struct setting){
				.key = rest, .name = name->text, .name_pos = name->pos};
			walk_value(w, rest, value, path, &extras[s->extra_count++]);
		} else {
			note_unknown(w, s->keys, name, value);
		}
	}
}

static struct settings *walk_table(const struct key_walk *w, const struct yaml_node *node,
				   const struct key *keys, const char *path, struct source_pos pos)
{
	size_t count = row_count(keys);
	struct settings *s = arena_new(w->arena, struct settings);
	bool *seen = arena_array(w->arena, bool, count);

	*s = (struct settings){.keys = keys, .pos = pos, .path = path};
	s->values = arena_array(w->arena, struct setting, count);
	for (size_t i = 0; i < count; i++)
		s->values[i].key = &keys[i];
	if (node && node->kind == YAML_MAP)
		walk_written(w, node, s, seen);
	else if (node && !yaml_is_null(node))
		diag_add(w->diags, node->pos, "%s%s%s must be a table of keys (%.*s), not %.*s",
			 *path ? "'" : "", *path ? path : "the configuration", *path ? "'" : "",
			 STR_ARG(key_names_text(keys, 8, w->arena)),
			 STR_ARG(value_describe(node, w->arena)));
	for (size_t i = 0; i < count; i++) {
		/* A table with a fault is there all the same: others look into it for further
		 * faults. */
		if (seen[i] &&
		    (keys[i].type != KEY_TABLE || keys[i].shape != KEY_ONE || s->values[i].table))
			continue;
		if (keys[i].required && !seen[i])
			diag_add(w->diags, pos, "%s%s%s misses the key '%s': %s", *path ? "'" : "",
				 *path ? path : "the configuration", *path ? "'" : "", keys[i].name,
				 keys[i].doc);
		else
			walk_default(w, &keys[i], path_join(w, path, keys[i].name), pos,
				     &s->values[i]);
	}
	return s;
}

struct settings *settings_fill(struct arena *arena, const struct yaml_node *map,
			       const struct key *keys, const char *path,
			       const struct fill_options *options, struct diagnostics *diags)
{
	struct key_walk w = {.arena = arena, .options = *options, .diags = diags};
	struct source_pos pos = {0};

	if (map)
		pos = map->pos;
	return walk_table(&w, map, keys, path, pos);
}
