/* SPDX-License-Identifier: Apache-2.0 */
/* JSON written straight into a buf: commas, quotes, escapes and line breaks come by themselves; and
 * the text of a jansson string. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/str.h"

#define JSON_WRITER_DEPTH 64

/*
 * Start with {.out = &buf} and, for two blanks a level, .pretty = true. One value may be written;
 * inside an object a key before each value. Mistakes in the order are ours and end in an assert.
 * Bytes that are not UTF-8 become U+FFFD, one for each byte that fits nowhere; U+0000 .. U+001F and
 * U+007F are escaped.
 */
struct json_writer {
	struct buf *out;
	bool pretty;
	unsigned depth;
	bool after_key;
	bool filled[JSON_WRITER_DEPTH + 1]; /* by depth: a value was written there */
	bool is_object[JSON_WRITER_DEPTH + 1];
};

void json_write_object(struct json_writer *w);
void json_write_object_end(struct json_writer *w);
void json_write_array(struct json_writer *w);
void json_write_array_end(struct json_writer *w);
void json_write_key(struct json_writer *w, str key);
void json_write_string(struct json_writer *w, str text);
void json_write_int(struct json_writer *w, int64_t number);
void json_write_bool(struct json_writer *w, bool is_true);
void json_write_null(struct json_writer *w);
void json_write_raw(struct json_writer *w, str json); /* JSON that is right already */

/* A key and its value in one call. */
void json_write_member(struct json_writer *w, const char *key, str text);
void json_write_member_int(struct json_writer *w, const char *key, int64_t number);
void json_write_member_bool(struct json_writer *w, const char *key, bool is_true);

struct json_t;
str json_str(const struct json_t *value); /* its bytes, which it owns; empty when it is no string */

#endif
