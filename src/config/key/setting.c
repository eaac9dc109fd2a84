/* SPDX-License-Identifier: Apache-2.0 */
/* The getters of filled settings, and what can be said of a table's rows. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "config/key/internal.h"

const struct key *key_find(const struct key *keys, str name)
{
	for (; keys->name; keys++)
		if (str_equal(str_of(keys->name), name))
			return keys;
	return NULL;
}

bool key_any_required(const struct key *keys)
{
	for (; keys->name; keys++)
		if (keys->required)
			return true;
	return false;
}

const char *const *key_names(const struct key *keys, struct arena *arena)
{
	size_t count = 0;
	const char **names;

	while (keys[count].name)
		count++;
	names = arena_array(arena, const char *, count + 1);
	count = 0;
	for (; keys->name; keys++)
		if (strcmp(keys->name, "*") != 0)
			names[count++] = keys->name;
	return names;
}

static str names_join(const char *const *words, size_t max, struct arena *arena)
{
	struct buf b = {0};
	str text;

	for (size_t i = 0; words[i]; i++) {
		if (i == max) {
			buf_text(&b, ", ...");
			break;
		}
		buf_printf(&b, "%s%s", i ? ", " : "", words[i]);
	}
	text = buf_keep(&b, arena);
	return text;
}

str words_text(const char *const *words, struct arena *arena)
{
	return names_join(words, SIZE_MAX, arena);
}

str key_names_text(const struct key *keys, size_t max, struct arena *arena)
{
	return names_join(key_names(keys, arena), max, arena);
}

static const struct setting *setting_of(const struct settings *s, const char *name)
{
	const struct key *row = key_find(s->keys, str_of(name));

	assert(row);
	return &s->values[row - s->keys];
}

/* The value of a row that has this type; `several` says whether it is a list or map. */
static const struct setting *setting_of_type(const struct settings *s, const char *name,
					     enum key_type type, bool several)
{
	const struct setting *v = setting_of(s, name);

	assert(v->key->type == type && (v->key->shape != KEY_ONE) == several);
	return v;
}

const struct setting *setting_find(const struct settings *s, const char *name)
{
	const struct setting *v = setting_of(s, name);

	return v->present ? v : NULL;
}

bool setting_given(const struct settings *s, const char *name)
{
	return setting_of(s, name)->given;
}

str setting_text(const struct settings *s, const char *name)
{
	const struct setting *v = setting_of(s, name);

	assert(v->key->shape == KEY_ONE && v->key->type != KEY_TABLE && v->key->type != KEY_SECRET);
	return v->text.p ? v->text : STR("");
}

const char *setting_text_or_null(const struct settings *s, const char *name)
{
	str text = setting_text(s, name);

	return text.n ? text.p : NULL;
}

int64_t setting_number(const struct settings *s, const char *name)
{
	const struct setting *v = setting_of(s, name);

	assert(v->key->type == KEY_INTEGER || v->key->type == KEY_DURATION);
	return v->number;
}

bool setting_bool(const struct settings *s, const char *name)
{
	return setting_of_type(s, name, KEY_BOOLEAN, false)->number != 0;
}

size_t setting_choice(const struct settings *s, const char *name)
{
	return (size_t)setting_of_type(s, name, KEY_CHOICE, false)->number;
}

const struct filter *setting_filter(const struct settings *s, const char *name)
{
	return setting_of_type(s, name, KEY_FILTER, false)->filter;
}

const struct template *setting_template(const struct settings *s, const char *name)
{
	/* cppcheck takes the name for a word of C++. */
	/* cppcheck-suppress CastIntegerToAddressAtReturn */
	return setting_of_type(s, name, KEY_TEMPLATE, false)->template;
}

const struct secret_source *setting_secret(const struct settings *s, const char *name)
{
	return setting_of_type(s, name, KEY_SECRET, false)->secret;
}

int setting_secret_fetch(const struct settings *s, const char *name, struct secret **ret,
			 struct err *err)
{
	const struct secret_source *source = setting_secret(s, name);

	return source ? secret_fetch(source, ret, err) : 0;
}

const struct settings *setting_table(const struct settings *s, const char *name)
{
	return setting_of_type(s, name, KEY_TABLE, false)->table;
}

const struct yaml_node *setting_node(const struct settings *s, const char *name)
{
	return setting_of_type(s, name, KEY_TREE, false)->node;
}

const struct setting *setting_items(const struct settings *s, const char *name, size_t *ret_count)
{
	const struct setting *v = setting_of(s, name);

	assert(v->key->shape != KEY_ONE);
	*ret_count = v->count;
	return v->items;
}

const struct setting *setting_of_role(const struct settings *s, enum key_role role)
{
	const struct setting *found = NULL;

	for (size_t i = 0; s->keys[i].name && !found; i++) {
		if (s->keys[i].role == role)
			found = &s->values[i];
		else if (s->values[i].table)
			found = setting_of_role(s->values[i].table, role);
	}
	return found;
}

const struct setting *setting_extra(const struct settings *s, str name)
{
	for (size_t i = 0; i < s->extra_count; i++)
		if (str_equal(s->extras[i].name, name))
			return &s->extras[i];
	return NULL;
}

struct source_pos setting_pos(const struct settings *s, const char *name)
{
	const struct setting *v = setting_of(s, name);

	return v->pos.line ? v->pos : s->pos;
}

str setting_place(const struct settings *s, const char *name, struct arena *arena)
{
	const struct setting *v = setting_of(s, name);
	const char *dot = *s->path ? "." : "";

	if (!v->given)
		return arena_printf(arena, "%s%s%s (default)", s->path, dot, name);
	return arena_printf(arena, "%s%s%s at %s:%u:%u", s->path, dot, name, v->pos.file,
			    v->pos.line, v->pos.column);
}

static const struct {
	char letter;
	int64_t seconds;
} units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};

bool duration_parse(str text, int64_t *ret_seconds)
{
	int64_t number, seconds;

	if (text.n < 2 || text.p[0] < '0' || text.p[0] > '9' ||
	    !str_to_int(str_slice(text, 0, text.n - 1), &number))
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (text.p[text.n - 1] != units[i].letter)
			continue;
		if (__builtin_mul_overflow(number, units[i].seconds, &seconds))
			return false;
		*ret_seconds = seconds;
		return true;
	}
	return false;
}

void duration_print(int64_t seconds, char ret[DURATION_SIZE])
{
	size_t i = 0;

	while (seconds == 0 ? units[i].seconds > 1 : seconds % units[i].seconds != 0)
		i++;
	snprintf(ret, DURATION_SIZE, "%lld%c", (long long)(seconds / units[i].seconds),
		 units[i].letter);
}
