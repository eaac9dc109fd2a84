/* SPDX-License-Identifier: Apache-2.0 */
/* Places in a text, words, quoted texts, and errors that say the column. */
#include "expr/scan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/unicode.h"

int scan_init(struct scan *s, str text, const char *what, const struct parse_rules *rules,
	      struct arena *arena, struct err *err)
{
	*s = (struct scan){.text = text, .arena = arena, .err = err};
	if (rules)
		s->rules = *rules;
	if (!s->rules.length)
		s->rules.length = PARSE_LENGTH_MAX;
	if (!s->rules.depth)
		s->rules.depth = PARSE_DEPTH_MAX;
	if (!s->rules.nodes)
		s->rules.nodes = PARSE_NODES_MAX;
	if (text.n > s->rules.length)
		return err_set(err, REACH_ENTRY, CODE_DATA,
			       "the %s has %zu bytes; at most %zu are allowed", what, text.n,
			       s->rules.length);
	if (!str_is_utf8(text))
		return err_set(err, REACH_ENTRY, CODE_DATA, "the %s is not UTF-8", what);
	s->text = arena_str(arena, text);
	return 0;
}

/* In characters from 1, as an editor counts. */
static uint32_t scan_column(str text, size_t at)
{
	uint32_t column = 1;

	for (size_t i = 0; i < at && i < text.n; i++)
		column += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return column;
}

int(scan_fail)(struct scan *s, size_t at, const char *format, ...)
{
	char text[600];
	uint32_t column = scan_column(s->text, at);
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	err_set(s->err, REACH_ENTRY, CODE_DATA, "column %u: %s", column, text);
	if (s->err)
		s->err->column = column;
	return -1;
}

static bool scan_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void scan_blanks(struct scan *s)
{
	while (s->at < s->text.n && scan_is_blank(s->text.p[s->at]))
		s->at++;
}

bool scan_char(struct scan *s, char c)
{
	if (s->at >= s->text.n || s->text.p[s->at] != c)
		return false;
	s->at++;
	return true;
}

str scan_peek_word(const struct scan *s)
{
	size_t end = s->at;

	while (end < s->text.n && !scan_is_blank(s->text.p[end]) &&
	       !strchr("()[]\",", s->text.p[end]))
		end++;
	return str_slice(s->text, s->at, end);
}

const char *scan_met(const struct scan *s, size_t at, char space[80])
{
	struct scan there = *s;
	str word;

	there.at = at;
	if (at >= s->text.n)
		return "the end";
	word = scan_peek_word(&there);
	if (word.n == 0)
		word = str_slice(s->text, at, at + 1);
	/* Cut between characters. */
	if (word.n > 60)
		for (word.n = 60; ((unsigned char)word.p[word.n] & 0xc0) == 0x80;)
			word.n--;
	snprintf(space, 80, "'%.*s'", STR_ARG(word));
	return space;
}

static bool take_hex(struct scan *s, uint32_t *ret)
{
	uint32_t code = 0;

	for (size_t i = 0; i < 4; i++) {
		char c = s->at + i < s->text.n ? ascii_lower(s->text.p[s->at + i]) : '\0';

		if (c >= '0' && c <= '9')
			code = code << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			code = code << 4 | (uint32_t)(c - 'a' + 10);
		else
			return false;
	}
	s->at += 4;
	*ret = code;
	return true;
}

/* Behind "\\u". A high surrogate wants its low one; NUL is no character of a text. */
static bool take_unicode(struct scan *s, uint32_t *ret)
{
	uint32_t low;

	if (!take_hex(s, ret) || *ret == 0 || (*ret >= 0xdc00 && *ret <= 0xdfff))
		return false;
	if (*ret < 0xd800 || *ret > 0xdbff)
		return true;
	if (!scan_char(s, '\\') || !scan_char(s, 'u') || !take_hex(s, &low) || low < 0xdc00 ||
	    low > 0xdfff)
		return false;
	*ret = 0x10000 + ((*ret - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

/* At a backslash. */
static int take_escape(struct scan *s, struct buf *out)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	size_t from = s->at++;
	char c = s->at < s->text.n ? s->text.p[s->at] : '\0';
	const char *at = c ? strchr(letters, c) : NULL;
	uint32_t code;

	s->at++;
	if (at) {
		buf_char(out, meanings[at - letters]);
		return 0;
	}
	if (c != 'u' || !take_unicode(s, &code))
		return scan_fail(s, from,
				 "unknown escape in a text; expected \\\" \\\\ \\/ \\b \\f \\n "
				 "\\r \\t or \\u with four hex digits (JSON)");
	text_put(code, out);
	return 0;
}

static int take_text(struct scan *s, struct buf *out)
{
	size_t open = s->at++;

	while (s->at < s->text.n) {
		char c = s->text.p[s->at];

		if (c == '"') {
			s->at++;
			return 0;
		}
		if ((unsigned char)c < 0x20)
			return scan_fail(
				s, s->at,
				"a control character in a text; write it as an escape (JSON)");
		if (c != '\\') {
			buf_char(out, c);
			s->at++;
		} else if (take_escape(s, out)) {
			return -1;
		}
	}
	return scan_fail(s, open, "the text that begins here has no closing quote");
}

int scan_text(struct scan *s, str *ret)
{
	struct buf out = {0};
	int rc = take_text(s, &out);

	if (rc == 0)
		*ret = arena_str(s->arena, buf_str(&out));
	buf_clear(&out);
	return rc;
}
