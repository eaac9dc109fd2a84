/* SPDX-License-Identifier: Apache-2.0 */
/* `config schema`: the tables as JSON Schema 2020-12, for editors; the parser itself goes by the
 * tables. */
#include <string.h>

#include "config/config.h"
#include "config/internal.h"
#include "config/keys.h"

#define LINE_PATTERN "^[^\\u0000-\\u001f\\u007f]*$"

static void schema_table(const struct key *keys, const char *kind, struct json_writer *w);

static void schema_ref(const char *name, struct json_writer *w)
{
	struct buf b = {0};

	buf_printf(&b, "#/$defs/%s", name);
	json_write_member(w, "$ref", buf_str(&b));
	buf_clear(&b);
}

/* "type": "x", or ["x", other]. */
static void schema_types(const char *type, const char *other, struct json_writer *w)
{
	if (!other) {
		json_write_member(w, "type", str_of(type));
		return;
	}
	json_write_key(w, STR("type"));
	json_write_array(w);
	json_write_string(w, str_of(type));
	json_write_string(w, str_of(other));
	json_write_array_end(w);
}

static void schema_words(const char *const *words, struct json_writer *w)
{
	json_write_key(w, STR("enum"));
	json_write_array(w);
	for (; *words; words++)
		json_write_string(w, str_of(*words));
	json_write_array_end(w);
}

static void schema_text(const struct key *key, struct json_writer *w)
{
	/* A number without quotes is taken as text where any text is. */
	bool any = key->type == KEY_TEXT || key->type == KEY_PATH || key->type == KEY_TEMPLATE;
	struct buf b = {0};

	schema_types("string", any ? "number" : NULL, w);
	if (key->type != KEY_TEXT)
		json_write_member_int(w, "minLength", 1);
	if (key->type != KEY_URL || !key->words) {
		json_write_member(w, "pattern", STR(LINE_PATTERN));
		return;
	}
	for (const char *const *word = key->words; *word; word++)
		buf_printf(&b, "%s%s", b.n ? "|" : "^(", *word);
	buf_text(&b, ")://[^\\s@\"<>]*$");
	json_write_member(w, "pattern", buf_str(&b));
	buf_clear(&b);
}

static void schema_integer(const struct key *key, struct json_writer *w)
{
	json_write_member(w, "type", STR("integer"));
	json_write_member_int(w, "minimum", key->min);
	if (key->max)
		json_write_member_int(w, "maximum", key->max);
}

/* What one value may be, as members of an object that is open. */
static void schema_one(const struct key *key, struct json_writer *w)
{
	switch (key->type) {
	case KEY_INTEGER:
		schema_integer(key, w);
		break;
	case KEY_BOOLEAN:
		json_write_member(w, "type", STR("boolean"));
		break;
	case KEY_DURATION:
		json_write_member(w, "type", STR("string"));
		json_write_member(w, "pattern", STR("^[0-9]+[smhd]$"));
		break;
	case KEY_CHOICE:
		schema_words(key->words, w);
		break;
	case KEY_SECRET:
		schema_ref("secret", w);
		break;
	case KEY_TREE:
		break;
	case KEY_TABLE:
		if (key->keys)
			schema_table(key->keys, NULL, w);
		else
			schema_ref("system", w);
		break;
	default:
		schema_text(key, w);
		break;
	}
}

static void schema_list(const struct key *key, bool may_be_null, struct json_writer *w)
{
	schema_types("array", may_be_null && !key->required ? "null" : NULL, w);
	if (key->required)
		json_write_member_int(w, "minItems", 1);
	json_write_key(w, STR("items"));
	json_write_object(w);
	schema_one(key, w);
	json_write_object_end(w);
}

static void schema_one_or_list(const struct key *key, struct json_writer *w)
{
	json_write_key(w, STR("anyOf"));
	json_write_array(w);
	json_write_object(w);
	schema_one(key, w);
	json_write_object_end(w);
	json_write_object(w);
	schema_list(key, true, w);
	json_write_object_end(w);
	json_write_array_end(w);
}

static void schema_map(const struct key *key, struct json_writer *w)
{
	schema_types("object", key->required ? NULL : "null", w);
	if (key->names == NAMES_PLAIN) {
		json_write_key(w, STR("propertyNames"));
		json_write_object(w);
		json_write_member(w, "pattern", STR("^[A-Za-z][A-Za-z0-9_-]{0,63}$"));
		json_write_object_end(w);
	}
	json_write_key(w, STR("additionalProperties"));
	json_write_object(w);
	schema_one(key, w);
	json_write_object_end(w);
}

static void schema_default(const struct key *key, const struct setting *value,
			   struct json_writer *w)
{
	if (!value->present || key->type == KEY_TABLE)
		return;
	json_write_key(w, STR("default"));
	print_value_json(value, w);
}

static void schema_key(const struct key *key, const struct setting *value, struct json_writer *w)
{
	json_write_object(w);
	json_write_member(w, "description", str_of(key->doc));
	schema_default(key, value, w);
	if (key->shape == KEY_LIST)
		schema_list(key, true, w);
	else if (key->shape == KEY_ONE_OR_LIST)
		schema_one_or_list(key, w);
	else if (key->shape == KEY_MAP)
		schema_map(key, w);
	else
		schema_one(key, w);
	json_write_object_end(w);
}

static void schema_required(const struct key *keys, struct json_writer *w)
{
	json_write_key(w, STR("required"));
	json_write_array(w);
	for (; keys->name; keys++)
		if (keys->required)
			json_write_string(w, str_of(keys->name));
	json_write_array_end(w);
}

static void schema_properties(const struct key *keys, const char *kind, struct json_writer *w)
{
	struct arena scratch = {0};
	struct diagnostics ignored = {0}; /* missing keys: only the defaults are wanted */
	const struct fill_options options = {.folder = "."};
	const struct settings *s = settings_fill(&scratch, NULL, keys, "", &options, &ignored);

	json_write_key(w, STR("properties"));
	json_write_object(w);
	for (const struct key *key = keys; key->name; key++) {
		if (strcmp(key->name, "*") == 0)
			continue;
		json_write_key(w, str_of(key->name));
		if (kind && strcmp(key->name, "kind") == 0) {
			json_write_object(w);
			json_write_member(w, "const", str_of(kind));
			json_write_object_end(w);
		} else {
			schema_key(key, &s->values[key - keys], w);
		}
	}
	json_write_object_end(w);
	diag_clear(&ignored);
	arena_clear(&scratch);
}

/* kind: for the table of a kind of systems, else NULL. */
static void schema_table(const struct key *keys, const char *kind, struct json_writer *w)
{
	const struct key *rest = key_find(keys, STR("*"));

	schema_types("object", kind || key_any_required(keys) ? NULL : "null", w);
	schema_properties(keys, kind, w);
	if (key_any_required(keys))
		schema_required(keys, w);
	json_write_key(w, STR("additionalProperties"));
	if (rest) {
		json_write_object(w);
		schema_one(rest, w);
		json_write_object_end(w);
	} else {
		json_write_bool(w, false);
	}
}

static void schema_secret_form(const char *form, struct json_writer *w)
{
	bool is_command = strcmp(form, "command") == 0;

	json_write_object(w);
	json_write_member(w, "type", STR("object"));
	json_write_key(w, STR("properties"));
	json_write_object(w);
	json_write_key(w, str_of(form));
	json_write_object(w);
	schema_types(is_command ? "array" : "string", is_command ? NULL : "number", w);
	if (is_command) {
		json_write_member_int(w, "minItems", 1);
		json_write_key(w, STR("items"));
		json_write_object(w);
		schema_types("string", "number", w);
		json_write_object_end(w);
	} else {
		json_write_member(
			w, "pattern",
			strcmp(form, "file") == 0
				? STR("^[^~\\u0000-\\u001f\\u007f][^\\u0000-\\u001f\\u007f]*$")
				: STR("^[^/\\u0000-\\u001f\\u007f]{1,255}$"));
	}
	json_write_object_end(w);
	json_write_object_end(w);
	json_write_key(w, STR("required"));
	json_write_array(w);
	json_write_string(w, str_of(form));
	json_write_array_end(w);
	json_write_member_bool(w, "additionalProperties", false);
	json_write_object_end(w);
}

static void schema_secret(struct json_writer *w)
{
	json_write_key(w, STR("secret"));
	json_write_object(w);
	json_write_member(w, "description",
			  STR("where a secret comes from; it is never written here"));
	json_write_key(w, STR("oneOf"));
	json_write_array(w);
	schema_secret_form("credential", w);
	schema_secret_form("file", w);
	schema_secret_form("command", w);
	json_write_array_end(w);
	json_write_object_end(w);
}

/* if kind is X, then the table of X */
static void schema_choice(const char *kind, struct json_writer *w)
{
	json_write_object(w);
	json_write_key(w, STR("if"));
	json_write_object(w);
	json_write_key(w, STR("properties"));
	json_write_object(w);
	json_write_key(w, STR("kind"));
	json_write_object(w);
	json_write_member(w, "const", str_of(kind));
	json_write_object_end(w);
	json_write_object_end(w);
	json_write_object_end(w);
	json_write_key(w, STR("then"));
	json_write_object(w);
	schema_ref(kind, w);
	json_write_object_end(w);
	json_write_object_end(w);
}

static void schema_system(const struct kind *kinds, size_t count, struct json_writer *w)
{
	json_write_key(w, STR("system"));
	json_write_object(w);
	json_write_member(w, "type", STR("object"));
	schema_required(system_keys, w);
	json_write_key(w, STR("properties"));
	json_write_object(w);
	json_write_key(w, STR("kind"));
	json_write_object(w);
	json_write_key(w, STR("enum"));
	json_write_array(w);
	for (size_t i = 0; i < count; i++)
		json_write_string(w, str_of(kinds[i].name));
	json_write_array_end(w);
	json_write_object_end(w);
	json_write_object_end(w);
	json_write_key(w, STR("allOf"));
	json_write_array(w);
	for (size_t i = 0; i < count; i++)
		schema_choice(kinds[i].name, w);
	json_write_array_end(w);
	json_write_object_end(w);
}

static void schema_definitions(const struct kind *kinds, size_t count, struct json_writer *w)
{
	struct arena scratch = {0};

	json_write_key(w, STR("$defs"));
	json_write_object(w);
	schema_secret(w);
	schema_system(kinds, count, w);
	for (size_t i = 0; i < count; i++) {
		json_write_key(w, str_of(kinds[i].name));
		json_write_object(w);
		json_write_member(w, "description", str_of(kinds[i].summary));
		schema_table(kind_keys(&kinds[i], &scratch), kinds[i].name, w);
		json_write_object_end(w);
	}
	json_write_object_end(w);
	arena_clear(&scratch);
}

void config_print_schema(FILE *to, const struct kind *kinds, size_t kind_count)
{
	struct buf b = {0};
	struct json_writer w = {.out = &b, .pretty = true};

	json_write_object(&w);
	json_write_member(&w, "$schema", STR("https://json-schema.org/draft/2020-12/schema"));
	json_write_member(&w, "title", STR("Configuration of muster"));
	schema_table(top_keys, NULL, &w);
	schema_definitions(kinds, kind_count, &w);
	json_write_object_end(&w);
	buf_char(&b, '\n');
	fwrite(b.p, 1, b.n, to);
	buf_clear(&b);
}
