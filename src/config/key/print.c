/* SPDX-License-Identifier: Apache-2.0 */
/* Settings as YAML and as JSON; a secret is printed as the place it comes from, never otherwise. */
#include "config/key/key.h"

#include <string.h>

static bool is_bare_char(char c)
{
	return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || (c >= '0' && c <= '9') ||
	       (c && strchr("/_.@=+-:()", c));
}

/* Would it read as the same text without quotes, in a flow list as well? Careful rather than
 * complete. */
static bool is_bare_scalar(str text)
{
	struct yaml_node node = {.kind = YAML_TEXT, .text = text};
	bool truth;

	if (text.n == 0 || yaml_is_null(&node) || yaml_to_bool(&node, &truth))
		return false;
	if (strchr("=+-:.@", text.p[0]) || text.p[text.n - 1] == ':')
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (!is_bare_char(text.p[i]))
			return false;
	return true;
}

static void print_scalar(str text, struct buf *b)
{
	struct json_writer w = {.out = b};

	/* A JSON string is a YAML scalar in double quotes. */
	if (is_bare_scalar(text))
		buf_put(b, text);
	else
		json_write_string(&w, text);
}

static void print_secret(const struct secret_source *source, struct buf *b)
{
	static const char *const forms[] = {"credential", "file", "command"};

	buf_printf(b, "{%s: ", forms[source->form]);
	if (source->form != SECRET_COMMAND)
		print_scalar(str_of(source->name), b);
	else
		for (char *const *word = source->command; *word; word++) {
			buf_text(b, word == source->command ? "[" : ", ");
			print_scalar(str_of(*word), b);
		}
	buf_text(b, source->form == SECRET_COMMAND ? "]}" : "}");
}

static void print_number(const struct setting *value, struct buf *b)
{
	if (value->key->type == KEY_BOOLEAN)
		buf_text(b, value->number ? "true" : "false");
	else if (value->key->type == KEY_INTEGER)
		buf_printf(b, "%lld", (long long)value->number);
	else
		buf_put(b, value->text); /* as it was written: 24h stays 24h */
}

static bool is_number_type(enum key_type type)
{
	return type == KEY_BOOLEAN || type == KEY_INTEGER || type == KEY_DURATION;
}

static void print_item(const struct setting *value, struct buf *b)
{
	if (value->secret)
		print_secret(value->secret, b);
	else if (is_number_type(value->key->type))
		print_number(value, b);
	else
		print_scalar(value->text, b);
}

static void print_indent(unsigned indent, struct buf *b)
{
	for (unsigned i = 0; i < indent; i++)
		buf_char(b, ' ');
}

static void print_line_end(const struct setting *value, enum print_what what, struct buf *b)
{
	if (what == PRINT_ALL_MARKED && !value->given)
		buf_text(b, "   # default");
	buf_char(b, '\n');
}

/* A list of tables: "- first: ...", the rest below it. */
static void print_tables(const struct setting *value, unsigned indent, enum print_what what,
			 struct buf *b)
{
	for (size_t i = 0; i < value->count; i++) {
		size_t start = b->n + indent;

		if (!value->items[i].present)
			continue;
		print_settings(value->items[i].table, indent + 2, what, b);
		if (b->n <= start) {
			print_indent(indent, b);
			buf_text(b, "- {}\n");
		} else {
			b->p[start] = '-';
		}
	}
}

static void print_map(const struct setting *value, unsigned indent, enum print_what what,
		      struct buf *b)
{
	for (size_t i = 0; i < value->count; i++) {
		const struct setting *item = &value->items[i];

		if (!item->present)
			continue;
		print_indent(indent, b);
		print_scalar(item->name, b);
		buf_char(b, ':');
		if (item->table) {
			buf_char(b, '\n');
			print_settings(item->table, indent + 2, what, b);
		} else {
			buf_char(b, ' ');
			print_item(item, b);
			buf_char(b, '\n');
		}
	}
}

static void print_flow(const struct setting *value, struct buf *b)
{
	buf_char(b, '[');
	for (size_t i = 0; i < value->count; i++) {
		buf_text(b, i ? ", " : "");
		if (value->items[i].present)
			print_item(&value->items[i], b);
	}
	buf_char(b, ']');
}

/* Behind "key:". */
static void print_behind_key(const struct setting *value, unsigned indent, enum print_what what,
			     struct buf *b)
{
	bool is_map = value->key->shape == KEY_MAP,
	     is_list = !is_map && value->key->shape != KEY_ONE;

	if (value->table || (value->count && (is_map || value->key->type == KEY_TABLE))) {
		buf_char(b, '\n');
		if (value->table)
			print_settings(value->table, indent + 2, what, b);
		else if (is_map)
			print_map(value, indent + 2, what, b);
		else
			print_tables(value, indent + 2, what, b);
		return;
	}
	buf_char(b, ' ');
	if (is_map)
		buf_text(b, "{}");
	else if (is_list)
		print_flow(value, b);
	else
		print_item(value, b);
	print_line_end(value, what, b);
}

void print_settings(const struct settings *s, unsigned indent, enum print_what what, struct buf *b)
{
	for (size_t i = 0; s->keys[i].name; i++) {
		if (!s->values[i].present || (what == PRINT_GIVEN && !s->values[i].given))
			continue;
		print_indent(indent, b);
		buf_printf(b, "%s:", s->keys[i].name);
		print_behind_key(&s->values[i], indent, what, b);
	}
	for (size_t i = 0; i < s->extra_count; i++) {
		print_indent(indent, b);
		print_scalar(s->extras[i].name, b);
		buf_char(b, ':');
		print_behind_key(&s->extras[i], indent, what, b);
	}
}

void print_setting(const struct setting *value, struct buf *b)
{
	if (!value || !value->present)
		return;
	buf_printf(b, "%s:", value->key->name);
	print_behind_key(value, 0, PRINT_ALL, b);
}

static void print_secret_json(const struct secret_source *source, struct json_writer *w)
{
	json_write_object(w);
	if (source->form == SECRET_COMMAND) {
		json_write_key(w, STR("command"));
		json_write_array(w);
		for (char *const *word = source->command; *word; word++)
			json_write_string(w, str_of(*word));
		json_write_array_end(w);
	} else {
		json_write_member(w, source->form == SECRET_FILE ? "file" : "credential",
				  str_of(source->name));
	}
	json_write_object_end(w);
}

static void print_item_json(const struct setting *value, struct json_writer *w)
{
	if (value->table) {
		print_settings_json(value->table, w);
	} else if (value->secret) {
		print_secret_json(value->secret, w);
	} else if (value->key->type == KEY_BOOLEAN) {
		json_write_bool(w, value->number != 0);
	} else if (value->key->type == KEY_INTEGER) {
		json_write_int(w, value->number);
	} else {
		json_write_string(w, value->text);
	}
}

void print_value_json(const struct setting *value, struct json_writer *w)
{
	if (value->key->shape == KEY_ONE) {
		print_item_json(value, w);
	} else if (value->key->shape == KEY_MAP) {
		json_write_object(w);
		for (size_t i = 0; i < value->count; i++) {
			json_write_key(w, value->items[i].name);
			print_item_json(&value->items[i], w);
		}
		json_write_object_end(w);
	} else {
		json_write_array(w);
		for (size_t i = 0; i < value->count; i++)
			print_item_json(&value->items[i], w);
		json_write_array_end(w);
	}
}

void print_settings_json(const struct settings *s, struct json_writer *w)
{
	json_write_object(w);
	for (size_t i = 0; s->keys[i].name; i++) {
		if (!s->values[i].present)
			continue;
		json_write_key(w, str_of(s->keys[i].name));
		print_value_json(&s->values[i], w);
	}
	for (size_t i = 0; i < s->extra_count; i++) {
		json_write_key(w, s->extras[i].name);
		print_value_json(&s->extras[i], w);
	}
	json_write_object_end(w);
}
