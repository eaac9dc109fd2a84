/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON writer: what stands before a value depends only on the level it is written at. */
#include "base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static void writer_break_line(struct json_writer *w)
{
	if (!w->pretty)
		return;
	buf_char(w->out, '\n');
	for (unsigned i = 0; i < w->depth; i++)
		buf_put(w->out, STR("  "));
}

/* The comma and line break in front of a key, or of a value that has none. */
static void writer_separate(struct json_writer *w)
{
	if (w->filled[w->depth]) {
		assert(w->depth > 0);
		buf_char(w->out, ',');
	}
	w->filled[w->depth] = true;
	if (w->depth > 0)
		writer_break_line(w);
}

static void writer_begin_value(struct json_writer *w)
{
	assert(w->after_key == w->is_object[w->depth]);
	if (!w->after_key)
		writer_separate(w);
	w->after_key = false;
}

static void writer_enter(struct json_writer *w, char bracket, bool is_object)
{
	writer_begin_value(w);
	buf_char(w->out, bracket);
	assert(w->depth < JSON_WRITER_DEPTH);
	w->depth++;
	w->filled[w->depth] = false;
	w->is_object[w->depth] = is_object;
}

static void writer_leave(struct json_writer *w, char bracket, bool is_object)
{
	bool filled = w->filled[w->depth];

	assert(w->depth > 0 && !w->after_key && w->is_object[w->depth] == is_object);
	w->depth--;
	if (filled)
		writer_break_line(w);
	buf_char(w->out, bracket);
}

void json_write_object(struct json_writer *w)
{
	writer_enter(w, '{', true);
}

void json_write_object_end(struct json_writer *w)
{
	writer_leave(w, '}', true);
}

void json_write_array(struct json_writer *w)
{
	writer_enter(w, '[', false);
}

void json_write_array_end(struct json_writer *w)
{
	writer_leave(w, ']', false);
}

/* Bytes that pass as they are. */
static bool byte_is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static size_t plain_run(str s)
{
	size_t n = 0;

	while (n < s.n && byte_is_plain((unsigned char)s.p[n]))
		n++;
	return n;
}

/* Writes the character at the front, which needs a look, and returns how many bytes it had. */
static size_t writer_put_special(struct buf *out, str s)
{
	static const char named[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	unsigned char c = (unsigned char)s.p[0];
	const char *at = c ? strchr(named, c) : NULL;

	if (at) {
		buf_char(out, '\\');
		buf_char(out, letters[at - named]);
		return 1;
	}
	if (c < 0x80) {
		buf_printf(out, "\\u%04x", c);
		return 1;
	}
	for (size_t n = 2; n <= 4 && n <= s.n; n++) {
		if (str_is_utf8(str_make(s.p, n))) {
			buf_put(out, str_make(s.p, n));
			return n;
		}
	}
	buf_put(out, STR("\xef\xbf\xbd"));
	return 1;
}

static void writer_put_string(struct buf *out, str s)
{
	buf_reserve(out, s.n + 2);
	buf_char(out, '"');
	while (s.n) {
		size_t n = plain_run(s);

		buf_put(out, str_make(s.p, n));
		if (n < s.n)
			n += writer_put_special(out, str_slice(s, n, s.n));
		s = str_slice(s, n, s.n);
	}
	buf_char(out, '"');
}

void json_write_key(struct json_writer *w, str key)
{
	assert(w->is_object[w->depth] && !w->after_key);
	writer_separate(w);
	writer_put_string(w->out, key);
	buf_put(w->out, w->pretty ? STR(": ") : STR(":"));
	w->after_key = true;
}

void json_write_string(struct json_writer *w, str text)
{
	writer_begin_value(w);
	writer_put_string(w->out, text);
}

void json_write_int(struct json_writer *w, int64_t number)
{
	writer_begin_value(w);
	buf_printf(w->out, "%" PRId64, number);
}

void json_write_bool(struct json_writer *w, bool is_true)
{
	writer_begin_value(w);
	buf_put(w->out, is_true ? STR("true") : STR("false"));
}

void json_write_null(struct json_writer *w)
{
	writer_begin_value(w);
	buf_put(w->out, STR("null"));
}

void json_write_raw(struct json_writer *w, str json)
{
	writer_begin_value(w);
	buf_put(w->out, json);
}

void json_write_member(struct json_writer *w, const char *key, str text)
{
	json_write_key(w, str_of(key));
	json_write_string(w, text);
}

void json_write_member_int(struct json_writer *w, const char *key, int64_t number)
{
	json_write_key(w, str_of(key));
	json_write_int(w, number);
}

void json_write_member_bool(struct json_writer *w, const char *key, bool is_true)
{
	json_write_key(w, str_of(key));
	json_write_bool(w, is_true);
}

str json_str(const struct json_t *value)
{
	return str_make(json_string_value(value), json_string_length(value));
}
