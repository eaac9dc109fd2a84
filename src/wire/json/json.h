/* SPDX-License-Identifier: Apache-2.0 */
/* Reads JSON (RFC 8259) in one pass, piece by piece, and calls back one event a value: for list
 * pages. */
#ifndef WIRE_JSON_JSON_H
#define WIRE_JSON_JSON_H

#include <assert.h>

#include "base/err.h"
#include "base/str.h"

/*
 * Why pieces: the reader stops and starts at token borders only. A token that a piece cuts in two
 * waits in a small buffer for the rest, so a whole page costs nothing more than it would in one
 * piece, and an endless body costs no memory. Documents that must be looked at from several sides
 * go through jansson instead.
 *
 * What is checked: the grammar of RFC 8259, UTF-8 (no overlong forms, no surrogates), surrogate
 * pairs in escapes, depth and length limits. Left to the consumer: keys that come twice, numbers
 * out of range, U+0000 (it may come as \u0000). A byte order mark at the very beginning is skipped.
 */
enum json_event {
	JSON_EVENT_OBJECT,
	JSON_EVENT_OBJECT_END,
	JSON_EVENT_ARRAY,
	JSON_EVENT_ARRAY_END,
	JSON_EVENT_STRING, /* text: decoded */
	JSON_EVENT_NUMBER, /* text: as it was written */
	JSON_EVENT_TRUE,
	JSON_EVENT_FALSE,
	JSON_EVENT_NULL,
};

struct json_reader;

/*
 * One value or one end. `text` holds until the handler returns. The place of the value is asked
 * from the reader (json_reader_key and so on). -1 with err set stops the reading.
 */
typedef int json_handler(void *user, struct json_reader *r, enum json_event event, str text,
			 struct err *err);

struct json_limits {
	unsigned depth; /* arrays and objects inside each other; 0: 64 */
	size_t text; /* bytes of one string, key or number; 0: 1 MiB */
};

struct json_frame {
	uint32_t key_from, key_size; /* in `keys`; of the value that is being read at this level */
	uint32_t index; /* in an array: of the value that is being read */
	bool is_array;
};

/* Fill with json_reader_open; every field is private. */
struct json_reader {
	json_handler *handler;
	void *user;
	struct json_limits limits;
	struct json_frame *frames;
	unsigned depth; /* open arrays and objects */
	/* events of this depth and deeper are not handed out; 0: none are held back */
	unsigned skip;
	int state;
	bool failed;
	struct buf keys, carry, scratch;
	uint64_t offset; /* of the first byte of the piece at hand */
	uint64_t line, line_start; /* counted from 1; offset of the line's first byte */
};

/* limits may be NULL */
void json_reader_open(struct json_reader *r, const struct json_limits *limits,
		      json_handler *handler, void *user);
void json_reader_close(struct json_reader *r);
/* -1: broken JSON (REACH_SYSTEM, CODE_DATA, with byte offset, line and column) or what the handler
 * said. */
int json_reader_feed(struct json_reader *r, str piece, struct err *err);
int json_reader_finish(struct json_reader *r, struct err *err); /* the text ends here */
/* All of the above for a text that is there as a whole. */
int json_read(str text, const struct json_limits *limits, json_handler *handler, void *user,
	      struct err *err);

/*
 * Where the reader is, for use in a handler. Level 0 is the outermost array or object; the value at
 * hand lies in level json_reader_level() - 1 and has that level's key or index; for the outermost
 * value the level is 0. An OBJECT or ARRAY event and its END are told at the same level.
 */
static inline unsigned json_reader_level(const struct json_reader *r)
{
	return r->depth;
}

static inline str json_reader_key(const struct json_reader *r,
				  unsigned level) /* empty in an array */
{
	const struct json_frame *frame = &r->frames[level];

	assert(level < r->depth);
	return frame->is_array ? STR("") : str_make(r->keys.p + frame->key_from, frame->key_size);
}

static inline bool json_reader_in_array(const struct json_reader *r, unsigned level)
{
	assert(level < r->depth);
	return r->frames[level].is_array;
}

uint32_t json_reader_index(const struct json_reader *r, unsigned level); /* from 0 */
/* In the handler of an OBJECT or ARRAY event: its content is checked, but neither it nor its END is
 * told. */
void json_reader_skip(struct json_reader *r);
/*
 * True when the value at hand lies at `path`, as in "Resources[].emails[].value"; "" is the
 * outermost value. A key that has dots itself ("name.formatted": GitLab) reads like the path it
 * looks like.
 */
bool json_reader_at(const struct json_reader *r, const char *path);
/* Resources[3].emails[0].value */
void json_reader_path(const struct json_reader *r, struct buf *b);

#endif
