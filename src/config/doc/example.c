/* SPDX-License-Identifier: Apache-2.0 */
/* `config example`: every key there is, with its meaning; what is optional stands behind a '#'. */
#include <string.h>

#include "config/config.h"
#include "config/internal.h"
#include "config/keys.h"

enum { WIDTH = 96 };

static void example_keys(const struct key *keys, struct buf *b);

static void example_indent(size_t indent, struct buf *b)
{
	for (size_t i = 0; i < indent; i++)
		buf_char(b, ' ');
}

/* "# text", broken into lines. */
static void example_comment(str text, size_t indent, struct buf *b)
{
	while (text.n) {
		size_t room = WIDTH - indent - 2;
		str line = str_slice(text, 0, room);
		ptrdiff_t blank = text.n > room ? str_find_last(line, ' ') : -1;

		if (blank > 0)
			line.n = (size_t)blank;
		example_indent(indent, b);
		buf_printf(b, "# %.*s\n", STR_ARG(line));
		text = str_trim(str_slice(text, line.n, text.n));
	}
}

/* Puts `lead` and the indentation in front of each line. */
static void example_lines(str lines, size_t indent, const char *lead, struct buf *b)
{
	str line;

	while (str_split(&lines, '\n', &line)) {
		if (line.n) {
			example_indent(indent, b);
			buf_text(b, lead);
		}
		buf_put(b, line);
		buf_char(b, '\n');
	}
}

static void example_words(const char *const *words, struct buf *b)
{
	struct buf line = {0};

	for (; *words; words++)
		buf_printf(&line, "%s%s", line.n ? " | " : "", *words);
	example_comment(buf_str(&line), 0, b);
	buf_clear(&line);
}

static void example_doc(const struct key *key, struct buf *b)
{
	bool shows_other = key->fallback && key->example && key->type != KEY_TABLE;
	struct buf doc = {0};

	buf_text(&doc, key->doc);
	if (shows_other)
		buf_printf(&doc, " (default: %s)", key->fallback);
	example_comment(buf_str(&doc), 0, b);
	buf_clear(&doc);
	if (key->type == KEY_CHOICE)
		example_words(key->words, b);
}

static void example_value(const struct key *key, struct buf *b)
{
	const char *value = key->example ? key->example : key->fallback;

	buf_printf(b, "%s%s: %s\n", key->required || key->in_example ? "" : "#", key->name,
		   value ? value : "...");
}

/* A list or map of tables shows one of them, a table itself. */
static void example_table(const struct key *key, struct buf *b)
{
	bool is_list = key->shape == KEY_LIST || key->shape == KEY_ONE_OR_LIST;
	struct buf inner = {0}, block = {0};

	example_keys(key->keys, &inner);
	buf_printf(&block, "%s:\n%s", key->name, is_list ? "  -\n" : "");
	example_lines(buf_str(&inner), is_list ? 4 : 2, "", &block);
	/* Without required keys inside, an empty table says nothing, and so it need not be
	 * commented out. */
	if (key->required || (key->shape == KEY_ONE && !key_any_required(key->keys)))
		buf_put(b, buf_str(&block));
	else
		example_lines(buf_str(&block), 0, "#", b);
	buf_clear(&inner);
	buf_clear(&block);
}

static void example_key(const struct key *key, struct buf *b)
{
	if (strcmp(key->name, "*") == 0) {
		example_comment(STR("further keys:"), 0, b);
		example_comment(str_of(key->doc), 0, b);
		return;
	}
	example_doc(key, b);
	if (key->type != KEY_TABLE || (key->example && key->shape != KEY_ONE))
		example_value(key, b);
	else
		example_table(key, b);
}

static void example_keys(const struct key *keys, struct buf *b)
{
	for (; keys->name; keys++)
		example_key(keys, b);
}

static void example_name(const struct kind *kind, struct buf *b)
{
	if (kind->example)
		buf_text(b, kind->example);
	else
		buf_printf(b, "my-%s", kind->name);
}

static void example_system(const struct kind *kind, struct buf *b)
{
	struct arena scratch = {0};
	struct buf inner = {0};

	buf_char(b, '\n');
	example_comment(str_of(kind->summary), 2, b);
	buf_text(b, "  ");
	example_name(kind, b);
	buf_printf(b, ":\n    kind: %s\n", kind->name);
	example_keys(kind_keys(kind, &scratch) + 1, &inner);
	example_lines(buf_str(&inner), 4, "", b);
	buf_clear(&inner);
	arena_clear(&scratch);
}

/* From the first kind that can be read to the first other one that can be written. */
static void example_sync(const struct kind *kinds, size_t count, struct buf *b)
{
	const struct kind *from = NULL, *to = NULL;
	struct buf inner = {0};

	for (size_t i = 0; i < count; i++)
		if (!from && kinds[i].reads)
			from = &kinds[i];
		else if (!to && kinds[i].writes)
			to = &kinds[i];
	if (!from || !to)
		return;
	buf_text(b, "\n  ");
	example_name(to, b);
	buf_text(b, ":\n    from: ");
	example_name(from, b);
	buf_text(b, "\n    to: ");
	example_name(to, b);
	buf_char(b, '\n');
	for (const struct key *key = sync_keys; key->name; key++)
		if (strcmp(key->name, "from") != 0 && strcmp(key->name, "to") != 0)
			example_key(key, &inner);
	example_lines(buf_str(&inner), 4, "", b);
	buf_clear(&inner);
}

void config_print_example(FILE *to, const struct kind *kinds, size_t kind_count)
{
	struct buf b = {0};

	buf_text(&b, "# Configuration of muster: every key there is, see muster.yaml(5).\n"
		     "# Lines that begin with '#' directly before a key are optional, with their "
		     "default or an\n"
		     "# example. Systems that you do not have can go. Check what you wrote with: "
		     "muster check\n");
	for (const struct key *key = top_keys; key->name; key++) {
		buf_char(&b, '\n');
		if (strcmp(key->name, "systems") != 0 && strcmp(key->name, "syncs") != 0) {
			example_key(key, &b);
			continue;
		}
		example_doc(key, &b);
		buf_printf(&b, "%s:\n", key->name);
		if (strcmp(key->name, "syncs") == 0)
			example_sync(kinds, kind_count, &b);
		for (size_t i = 0; strcmp(key->name, "systems") == 0 && i < kind_count; i++)
			example_system(&kinds[i], &b);
	}
	fwrite(b.p, 1, b.n, to);
	buf_clear(&b);
}
