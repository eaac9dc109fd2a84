/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader: a loop over tokens, and a state that says what may come next. */
#include "wire/json/json.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "wire/json/internal.h"

enum { DEPTH_DEFAULT = 64, TEXT_DEFAULT = 1024 * 1024, QUOTE_SIZE = 24 };

enum reader_state {
	STATE_START, /* nothing read: a byte order mark may come */
	STATE_VALUE,
	STATE_FIRST_VALUE, /* behind [ */
	STATE_FIRST_KEY, /* behind { */
	STATE_KEY,
	STATE_COLON,
	STATE_AFTER_VALUE, /* inside an array or object */
	STATE_DONE,
};

/* The bytes at hand; `last` says that none will follow. */
struct piece {
	const char *start, *p, *end;
	bool last;
};

enum step { STEP_FAILED = -1, STEP_DONE, STEP_MORE };

void json_reader_open(struct json_reader *r, const struct json_limits *limits,
		      json_handler *handler, void *user)
{
	*r = (struct json_reader){.handler = handler, .user = user, .line = 1};
	if (limits)
		r->limits = *limits;
	if (!r->limits.depth)
		r->limits.depth = DEPTH_DEFAULT;
	if (!r->limits.text)
		r->limits.text = TEXT_DEFAULT;
	r->frames = mem_alloc(r->limits.depth, sizeof *r->frames);
}

void json_reader_close(struct json_reader *r)
{
	free(r->frames);
	r->frames = NULL;
	buf_clear(&r->keys);
	buf_clear(&r->carry);
	buf_clear(&r->scratch);
}

/* What was met, short and printable: bytes beyond ASCII become '?', since they may be what is
 * wrong. */
static void reader_quote(const struct piece *at, const char *p, char ret[QUOTE_SIZE + 4])
{
	size_t left = (size_t)(at->end - p), n = left < QUOTE_SIZE ? left : QUOTE_SIZE;

	for (size_t i = 0; i < n; i++)
		ret[i] = p[i] >= ' ' && p[i] < 0x7f ? p[i] : '?';
	memcpy(ret + n, left > n ? "..." : "", left > n ? 4 : 1);
}

static enum step reader_fail(const struct json_reader *r, const struct piece *at, const char *p,
			     const char *what, struct err *err)
{
	uint64_t offset = r->offset + (uint64_t)(p - at->start);
	char met[QUOTE_SIZE + 4];

	reader_quote(at, p, met);
	err_set(err, REACH_SYSTEM, CODE_DATA,
		"not valid JSON: line %llu column %llu (byte %llu): %s, met %s%s%s",
		(unsigned long long)r->line, (unsigned long long)(offset - r->line_start + 1),
		(unsigned long long)offset, what, *met ? "'" : "the end of the text", met,
		*met ? "'" : "");
	return STEP_FAILED;
}

static enum step reader_emit(struct json_reader *r, enum json_event event, str text,
			     struct err *err)
{
	if (r->skip && r->depth >= r->skip)
		return STEP_DONE;
	return r->handler(r->user, r, event, text, err) < 0 ? STEP_FAILED : STEP_DONE;
}

/* A raw newline may stand only between tokens, so lines are counted here and nowhere else. */
static void reader_skip_blanks(struct json_reader *r, struct piece *at)
{
	for (; at->p < at->end; at->p++) {
		switch (*at->p) {
		case '\n':
			r->line++;
			r->line_start = r->offset + (uint64_t)(at->p - at->start) + 1;
			break;
		case ' ':
		case '\t':
		case '\r':
			break;
		default:
			return;
		}
	}
}

/* Reads the string whose opening quote is at hand; *ret holds until the next string. */
static enum step take_string(struct json_reader *r, struct piece *at, str *ret, struct err *err)
{
	struct json_scan scan;
	const char *from = at->p + 1;

	json_scan_string(from, at->end, &scan);
	if (scan.at - from > (ptrdiff_t)r->limits.text)
		return reader_fail(r, at, at->p, "a string longer than the limit", err);
	if (scan.fault)
		return reader_fail(r, at, scan.at, scan.fault, err);
	if (scan.at == at->end)
		return at->last ? reader_fail(r, at, scan.at, "expected the end of the string", err)
				: STEP_MORE;
	*ret = str_make(from, (size_t)(scan.at - from));
	if (scan.has_escapes) {
		buf_reset(&r->scratch);
		json_decode_escapes(*ret, &r->scratch);
		*ret = buf_str(&r->scratch);
	}
	at->p = scan.at + 1;
	return STEP_DONE;
}

static void value_ends(struct json_reader *r)
{
	r->state = r->depth ? STATE_AFTER_VALUE : STATE_DONE;
}

static enum step reader_take_number(struct json_reader *r, struct piece *at, struct err *err)
{
	const char *from = at->p, *p = from;
	bool right = json_scan_number(&p, at->end);

	if (p - from > (ptrdiff_t)r->limits.text)
		return reader_fail(r, at, from, "a number longer than the limit", err);
	if (p == at->end && !at->last)
		return STEP_MORE;
	if (!right)
		return reader_fail(r, at, p, "expected a digit", err);
	at->p = p;
	value_ends(r);
	return reader_emit(r, JSON_EVENT_NUMBER, str_make(from, (size_t)(p - from)), err);
}

static enum step take_word(struct json_reader *r, struct piece *at, str word, enum json_event event,
			   struct err *err)
{
	size_t left = (size_t)(at->end - at->p), n = left < word.n ? left : word.n;

	if (memcmp(at->p, word.p, n) != 0 || (n < word.n && at->last))
		return reader_fail(r, at, at->p, "expected a value", err);
	if (n < word.n)
		return STEP_MORE;
	at->p += n;
	value_ends(r);
	return reader_emit(r, event, word, err);
}

static enum step reader_enter(struct json_reader *r, struct piece *at, bool is_array,
			      struct err *err)
{
	struct json_frame *frame;

	if (r->depth == r->limits.depth)
		return reader_fail(r, at, at->p, "arrays and objects nested deeper than the limit",
				   err);
	at->p++;
	if (reader_emit(r, is_array ? JSON_EVENT_ARRAY : JSON_EVENT_OBJECT, STR(""), err) !=
	    STEP_DONE)
		return STEP_FAILED;
	frame = &r->frames[r->depth++];
	*frame = (struct json_frame){.key_from = (uint32_t)r->keys.n, .is_array = is_array};
	r->state = is_array ? STATE_FIRST_VALUE : STATE_FIRST_KEY;
	return STEP_DONE;
}

static enum step reader_leave(struct json_reader *r, struct piece *at, struct err *err)
{
	struct json_frame *frame = &r->frames[--r->depth];

	at->p++;
	r->keys.n = frame->key_from;
	value_ends(r);
	if (r->skip == r->depth + 1) {
		r->skip = 0;
		return STEP_DONE;
	}
	return reader_emit(r, frame->is_array ? JSON_EVENT_ARRAY_END : JSON_EVENT_OBJECT_END,
			   STR(""), err);
}

static enum step reader_take_value(struct json_reader *r, struct piece *at, struct err *err)
{
	enum step step;
	str text;

	switch (*at->p) {
	case '"':
		step = take_string(r, at, &text, err);
		if (step != STEP_DONE)
			return step;
		value_ends(r);
		return reader_emit(r, JSON_EVENT_STRING, text, err);
	case '{':
		return reader_enter(r, at, false, err);
	case '[':
		return reader_enter(r, at, true, err);
	case 't':
		return take_word(r, at, STR("true"), JSON_EVENT_TRUE, err);
	case 'f':
		return take_word(r, at, STR("false"), JSON_EVENT_FALSE, err);
	case 'n':
		return take_word(r, at, STR("null"), JSON_EVENT_NULL, err);
	case ']':
		if (r->state == STATE_FIRST_VALUE)
			return reader_leave(r, at, err);
		break;
	default:
		if (*at->p == '-' || (*at->p >= '0' && *at->p <= '9'))
			return reader_take_number(r, at, err);
	}
	return reader_fail(r, at, at->p, "expected a value", err);
}

static enum step reader_take_key(struct json_reader *r, struct piece *at, struct err *err)
{
	struct json_frame *frame = &r->frames[r->depth - 1];
	enum step step;
	str key;

	if (*at->p == '}' && r->state == STATE_FIRST_KEY)
		return reader_leave(r, at, err);
	if (*at->p != '"')
		return reader_fail(r, at, at->p, "expected a key in double quotes", err);
	step = take_string(r, at, &key, err);
	if (step != STEP_DONE)
		return step;
	r->keys.n = frame->key_from;
	buf_put(&r->keys, key);
	frame->key_size = (uint32_t)key.n;
	r->state = STATE_COLON;
	return STEP_DONE;
}

static enum step take_colon(struct json_reader *r, struct piece *at, struct err *err)
{
	if (*at->p != ':')
		return reader_fail(r, at, at->p, "expected ':'", err);
	at->p++;
	r->state = STATE_VALUE;
	return STEP_DONE;
}

static enum step take_comma(struct json_reader *r, struct piece *at, struct err *err)
{
	struct json_frame *frame = &r->frames[r->depth - 1];

	if (*at->p == ',') {
		at->p++;
		frame->index++;
		r->state = frame->is_array ? STATE_VALUE : STATE_KEY;
		return STEP_DONE;
	}
	if (*at->p == (frame->is_array ? ']' : '}'))
		return reader_leave(r, at, err);
	return reader_fail(r, at, at->p,
			   frame->is_array ? "expected ',' or ']'" : "expected ',' or '}'", err);
}

static enum step take_mark(struct json_reader *r, struct piece *at)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t left = (size_t)(at->end - at->p), n = left < 3 ? left : 3;

	if (memcmp(at->p, mark, n) == 0) {
		if (n < 3 && !at->last)
			return STEP_MORE;
		at->p += n < 3 ? 0 : 3;
	}
	r->state = STATE_VALUE;
	return STEP_DONE;
}

static enum step reader_take_token(struct json_reader *r, struct piece *at, struct err *err)
{
	switch ((enum reader_state)r->state) {
	case STATE_VALUE:
	case STATE_FIRST_VALUE:
		return reader_take_value(r, at, err);
	case STATE_FIRST_KEY:
	case STATE_KEY:
		return reader_take_key(r, at, err);
	case STATE_COLON:
		return take_colon(r, at, err);
	case STATE_AFTER_VALUE:
		return take_comma(r, at, err);
	case STATE_START:
	case STATE_DONE:
		break;
	}
	return reader_fail(r, at, at->p, "expected nothing behind the value", err);
}

static enum step take_tokens(struct json_reader *r, struct piece *at, struct err *err)
{
	enum step step = STEP_DONE;

	if (r->state == STATE_START && at->p < at->end && take_mark(r, at) == STEP_MORE)
		return STEP_MORE;
	while (step == STEP_DONE) {
		reader_skip_blanks(r, at);
		if (at->p == at->end)
			return STEP_DONE;
		step = reader_take_token(r, at, err);
	}
	return step;
}

/* Reads what can be read; what is left is the beginning of a token. */
static int read_piece(struct json_reader *r, str text, bool last, str *ret_left, struct err *err)
{
	struct piece at = {text.p, text.p, text.p + text.n, last};

	if (take_tokens(r, &at, err) == STEP_FAILED) {
		r->failed = true;
		return -1;
	}
	r->offset += (uint64_t)(at.p - at.start);
	*ret_left = str_make(at.p, (size_t)(at.end - at.p));
	return 0;
}

int json_reader_feed(struct json_reader *r, str piece, struct err *err)
{
	str left;

	assert(!r->failed);
	if (piece.n == 0)
		return 0;
	if (r->carry.n == 0) {
		if (read_piece(r, piece, false, &left, err) < 0)
			return -1;
		buf_put(&r->carry, left);
		return 0;
	}
	buf_put(&r->carry, piece);
	if (read_piece(r, buf_str(&r->carry), false, &left, err) < 0)
		return -1;
	memmove(r->carry.p, left.p, left.n);
	r->carry.n = left.n;
	return 0;
}

static int end_of_text(struct json_reader *r, struct err *err)
{
	static const char *const missing[] = {
		[STATE_START] = "expected a value",
		[STATE_VALUE] = "expected a value",
		[STATE_FIRST_VALUE] = "expected a value or ']'",
		[STATE_FIRST_KEY] = "expected a key or '}'",
		[STATE_KEY] = "expected a key",
		[STATE_COLON] = "expected ':'",
		[STATE_AFTER_VALUE] = "expected the end of an array or object",
	};
	struct piece at = {"", "", "", true};

	at.p = at.end = at.start;
	if (r->state == STATE_DONE)
		return 0;
	r->failed = true;
	return reader_fail(r, &at, at.p, missing[r->state], err);
}

int json_reader_finish(struct json_reader *r, struct err *err)
{
	str left;

	assert(!r->failed);
	if (r->carry.n && read_piece(r, buf_str(&r->carry), true, &left, err) < 0)
		return -1;
	return end_of_text(r, err);
}

int json_read(str text, const struct json_limits *limits, json_handler *handler, void *user,
	      struct err *err)
{
	struct json_reader r;
	str left;
	int result = 0;

	json_reader_open(&r, limits, handler, user);
	if (text.n)
		result = read_piece(&r, text, true, &left, err);
	if (result == 0)
		result = end_of_text(&r, err);
	json_reader_close(&r);
	return result;
}

uint32_t json_reader_index(const struct json_reader *r, unsigned level)
{
	assert(level < r->depth);
	return r->frames[level].index;
}

void json_reader_skip(struct json_reader *r)
{
	r->skip = r->depth + 1;
}

/* Takes `name` and then either the end, '.' or '[' off the front of the path. */
static bool path_takes(const char **path, str name)
{
	if (strncmp(*path, name.p, name.n) != 0)
		return false;
	*path += name.n;
	return **path == '\0' || **path == '.' || **path == '[';
}

bool json_reader_at(const struct json_reader *r, const char *path)
{
	for (unsigned level = 0; level < r->depth; level++) {
		if (r->frames[level].is_array) {
			if (!path_takes(&path, STR("[]")))
				return false;
			continue;
		}
		if (level > 0 && *path++ != '.')
			return false;
		if (!path_takes(&path, json_reader_key(r, level)))
			return false;
	}
	return *path == '\0';
}

void json_reader_path(const struct json_reader *r, struct buf *b)
{
	for (unsigned level = 0; level < r->depth; level++) {
		if (r->frames[level].is_array) {
			buf_printf(b, "[%u]", (unsigned)r->frames[level].index);
			continue;
		}
		if (level > 0)
			buf_char(b, '.');
		buf_put(b, json_reader_key(r, level));
	}
}
