/* SPDX-License-Identifier: Apache-2.0 */
/* The source line of a fault, cut to a readable width and with every secret in it covered. */
#include <string.h>

#include "config/yaml/diag.h"

enum { SHOWN_MAX = 160, SHOWN_BEFORE = 80 };

/* Bytes of the line break that begins here as libyaml counts them (YAML 1.1: also NEL, LS and PS),
 * 0 for none. */
static size_t break_length(str s)
{
	if (s.p[0] == '\r')
		return s.n > 1 && s.p[1] == '\n' ? 2 : 1;
	if (s.p[0] == '\n')
		return 1;
	if (s.n > 1 && memcmp(s.p, "\xc2\x85", 2) == 0)
		return 2;
	if (s.n > 2 && (memcmp(s.p, "\xe2\x80\xa8", 3) == 0 || memcmp(s.p, "\xe2\x80\xa9", 3) == 0))
		return 3;
	return 0;
}

/* Takes one line off the front; false at the end of the text. */
static bool line_next(str *rest, str *ret)
{
	if (rest->n == 0)
		return false;
	for (size_t i = 0; i < rest->n; i++) {
		size_t n = break_length(str_slice(*rest, i, rest->n));

		if (n) {
			*ret = str_slice(*rest, 0, i);
			*rest = str_slice(*rest, i + n, rest->n);
			return true;
		}
	}
	*ret = *rest;
	*rest = str_slice(*rest, rest->n, rest->n);
	return true;
}

static bool is_word_char(char c)
{
	return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.';
}

static bool is_secret_name(str name)
{
	static const char *const endings[] = {"password", "passwd", "pwd", "passphrase", "secret",
					      "token",    "auth",   "key", "pass",       NULL};

	for (const char *const *e = endings; *e; e++) {
		size_t n = strlen(*e);

		if (name.n >= n &&
		    str_equal_nocase(str_slice(name, name.n - n, name.n), str_of(*e)))
			return true;
	}
	return false;
}

/* The word before the ':' at `colon`, without quotes. */
static str key_before(str line, size_t colon)
{
	size_t end = colon, start;

	while (end > 0 &&
	       (line.p[end - 1] == ' ' || line.p[end - 1] == '"' || line.p[end - 1] == '\''))
		end--;
	for (start = end; start > 0 && is_word_char(line.p[start - 1]);)
		start--;
	return str_slice(line, start, end);
}

/* Where the value of a key with a secret's name begins in this line; line.n when there is none. */
static size_t secret_start(str line)
{
	for (size_t i = 0; i < line.n; i++) {
		str value = str_slice(line, i + 1, line.n);

		if (line.p[i] != ':' || !is_secret_name(key_before(line, i)))
			continue;
		value = str_trim(value);
		/* A map has keys of its own, which are looked at in their turn. */
		if (value.n && value.p[0] != '{' && value.p[0] != '#')
			return (size_t)(value.p - line.p);
	}
	return line.n;
}

static size_t indent_of(str line)
{
	size_t n = 0;

	while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t'))
		n++;
	return n;
}

/* What the lines below a line are, when they are indented more. */
enum block {
	BLOCK_PLAIN, /* nothing to hide */
	BLOCK_SECRET, /* a text under a key with a secret's name */
	BLOCK_DOUBTFUL, /* under such a key, but perhaps a table */
};

static enum block block_opened(str line)
{
	ptrdiff_t colon = str_find(line, ':');
	str value;

	if (colon < 0 || str_trim(line).p[0] == '#' ||
	    !is_secret_name(key_before(line, (size_t)colon)))
		return BLOCK_PLAIN;
	value = str_trim(str_slice(line, (size_t)colon + 1, line.n));
	return value.n && value.p[0] != '#' ? BLOCK_SECRET : BLOCK_DOUBTFUL;
}

/* "word:", as in a table; its value is looked at by its own name. */
static bool is_table_line(str line)
{
	str text = str_trim(line), rest;
	ptrdiff_t colon = str_find(text, ':');

	if (colon <= 0)
		return false;
	for (ptrdiff_t i = 0; i < colon; i++)
		if (!is_word_char(text.p[i]))
			return false;
	rest = str_slice(text, (size_t)colon + 1, text.n);
	return rest.n == 0 || rest.p[0] == ' ';
}

static bool is_line_hidden(enum block block, str line)
{
	str text = str_trim(line);

	if (block != BLOCK_DOUBTFUL)
		return block == BLOCK_SECRET;
	return !is_table_line(line) && !str_starts(text, STR("- ")) && !str_starts(text, STR("#"));
}

struct shown {
	str line;
	size_t hide_from; /* byte */
};

/* Finds a line and says from which byte on it must be hidden by its look. */
static bool diag_find_line(str text, uint32_t number, struct shown *ret)
{
	enum block block = BLOCK_PLAIN;
	size_t block_indent = 0; /* of the line that opened the block */
	str line;

	for (uint32_t i = 1; line_next(&text, &line); i++) {
		size_t indent = indent_of(line);
		bool blank = str_trim(line).n == 0;

		if (!blank && indent <= block_indent)
			block = BLOCK_PLAIN;
		if (i == number) {
			*ret = (struct shown){
				line, is_line_hidden(block, line) ? indent : secret_start(line)};
			return true;
		}
		if (!blank && block != BLOCK_SECRET) {
			enum block opened = block_opened(line);

			if (opened != BLOCK_PLAIN || block == BLOCK_PLAIN) {
				block = opened;
				block_indent = indent;
			}
		}
	}
	return false;
}

static size_t utf8_char_length(str s)
{
	unsigned char c = (unsigned char)s.p[0];
	size_t n = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	return n <= s.n && str_is_utf8(str_make(s.p, n)) ? n : 1;
}

/* May this character go to a terminal as it is? C1 controls and bidirectional overrides may not. */
static bool is_harmless(str c)
{
	const unsigned char *p = (const unsigned char *)c.p;

	if (c.n == 1)
		return p[0] >= 0x20 && p[0] < 0x7f;
	if (c.n == 2)
		return !(p[0] == 0xc2 && p[1] < 0xa0);
	if (c.n == 3 && p[0] == 0xe2 && p[1] == 0x80)
		return p[2] < 0xaa || p[2] > 0xae;
	return !(c.n == 3 && p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9);
}

static bool is_masked(const struct diagnostics *f, struct source_pos pos, uint32_t column)
{
	list_each (const struct diag_mask, mask, &f->masks) {
		bool after = pos.line > mask->from.line ||
			     (pos.line == mask->from.line && column >= mask->from.column);
		bool before =
			pos.line < mask->line || (pos.line == mask->line && column < mask->column);

		if (after && before && strcmp(mask->from.file, pos.file) == 0)
			return true;
	}
	return false;
}

static void diag_put_char(struct buf *b, str c, bool hidden)
{
	if (hidden)
		buf_char(b, '*');
	else if (is_harmless(c))
		buf_put(b, c);
	else
		buf_char(b, c.p[0] == '\t' ? ' ' : '?');
}

static void diag_put_line(const struct diagnostics *f, struct source_pos pos, struct shown shown,
			  size_t first, struct buf *b)
{
	uint32_t column = 1;

	for (size_t i = 0, n; i < shown.line.n; i += n, column++) {
		str c = str_slice(shown.line, i, shown.line.n);

		n = utf8_char_length(c);
		if (column >= first + SHOWN_MAX) {
			buf_text(b, "...");
			return;
		}
		if (column >= first)
			diag_put_char(b, str_slice(c, 0, n),
				      i >= shown.hide_from || is_masked(f, pos, column));
	}
}

str diag_line(const struct diagnostics *f, struct source_pos pos, struct arena *arena,
	      size_t *ret_column)
{
	const struct diag_source *source = NULL;
	struct shown shown;
	struct buf b = {0};
	size_t first = 1;
	str line;

	list_each (const struct diag_source, s, &f->sources)
		if (pos.file && strcmp(s->file, pos.file) == 0)
			source = s;
	if (!source || pos.line == 0 || pos.column == 0 ||
	    !diag_find_line(source->text, pos.line, &shown))
		return (str){NULL, 0};
	if (pos.column > SHOWN_MAX - SHOWN_BEFORE / 2) {
		first = pos.column - SHOWN_BEFORE;
		buf_text(&b, "...");
	}
	*ret_column = pos.column - first + (first > 1 ? 3 : 0);
	diag_put_line(f, pos, shown, first, &b);
	line = buf_keep(&b, arena);
	return line;
}
