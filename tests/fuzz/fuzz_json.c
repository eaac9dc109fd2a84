/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader against jansson: the same verdict, the same values, whole and in pieces; then the
 * writer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/json.h"
#include "wire/json/json.h"

enum { DEPTH = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The tree that the events make, and the text that the writer makes of the same events. */
struct tree {
	json_t *open[DEPTH + 1];
	unsigned depth;
	json_t *root;
	struct buf text;
	struct json_writer writer;
	bool odd_number; /* one that jansson cannot hold */
	bool odd_key; /* U+0000 in a key, which jansson refuses; or a doubled key */
};

static void must(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "fuzz_json: %s\n", what);
	abort();
}

static json_t *number(struct tree *t, str text)
{
	char *copy = mem_alloc(text.n + 1, 1);
	json_t *read;

	memcpy(copy, text.p, text.n);
	read = json_loads(copy, JSON_DECODE_ANY, NULL);
	free(copy);
	if (!read)
		t->odd_number = true;
	return read ? read : json_null();
}

static json_t *value(struct tree *t, enum json_event event, str text)
{
	switch (event) {
	case JSON_EVENT_OBJECT:
		json_write_object(&t->writer);
		return json_object();
	case JSON_EVENT_ARRAY:
		json_write_array(&t->writer);
		return json_array();
	case JSON_EVENT_STRING:
		json_write_string(&t->writer, text);
		return json_stringn(text.p, text.n);
	case JSON_EVENT_NUMBER:
		json_write_raw(&t->writer, text);
		return number(t, text);
	case JSON_EVENT_NULL:
		json_write_null(&t->writer);
		return json_null();
	default:
		json_write_bool(&t->writer, event == JSON_EVENT_TRUE);
		return json_boolean(event == JSON_EVENT_TRUE);
	}
}

static void put_member(struct tree *t, json_t *object, str key, json_t *item)
{
	char *copy = mem_alloc(key.n + 1, 1);

	memcpy(copy, key.p, key.n);
	if (memchr(copy, '\0', key.n))
		t->odd_key = true;
	json_object_set_new(object, copy, item);
	free(copy);
}

static int build(void *user, struct json_reader *r, enum json_event event, str text,
		 struct err *err)
{
	struct tree *t = user;
	unsigned level = json_reader_level(r);
	json_t *item, *parent = level ? t->open[level - 1] : NULL;

	(void)err;
	if (event == JSON_EVENT_OBJECT_END) {
		json_write_object_end(&t->writer);
		return 0;
	}
	if (event == JSON_EVENT_ARRAY_END) {
		json_write_array_end(&t->writer);
		return 0;
	}
	if (parent && json_is_object(parent))
		json_write_key(&t->writer, json_reader_key(r, level - 1));
	item = value(t, event, text);
	must(item != NULL, "a value that jansson cannot make");
	if (!parent)
		t->root = item;
	else if (json_is_array(parent))
		json_array_append_new(parent, item);
	else
		put_member(t, parent, json_reader_key(r, level - 1), item);
	if (event == JSON_EVENT_OBJECT || event == JSON_EVENT_ARRAY)
		t->open[level] = item;
	return 0;
}

static int read_pieces(str text, size_t size, struct tree *t)
{
	struct json_reader r;
	struct err err;
	int result = 0;

	json_reader_open(&r, NULL, build, t);
	for (size_t i = 0; i < text.n && result == 0; i += size)
		result = json_reader_feed(&r, str_slice(text, i, i + size), &err);
	if (result == 0)
		result = json_reader_finish(&r, &err);
	json_reader_close(&r);
	return result;
}

static void tree_open(struct tree *t)
{
	*t = (struct tree){.writer = {.out = &t->text}};
}

static void tree_clear(struct tree *t)
{
	json_decref(t->root);
	buf_clear(&t->text);
}

static size_t depth_of(str text)
{
	size_t depth = 0, max = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '[' || text.p[i] == '{')
			max = ++depth > max ? depth : max;
		else if ((text.p[i] == ']' || text.p[i] == '}') && depth)
			depth--;
	}
	return max;
}

static void compare(str text, const struct tree *ours, bool taken)
{
	json_error_t error;
	json_t *theirs = json_loadb(text.p, text.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);

	if (taken && !ours->odd_number && !ours->odd_key) {
		must(theirs != NULL, "taken by us, refused by jansson");
		must(json_equal(ours->root, theirs), "other values than jansson");
	}
	/* A raw U+0000 behind a number gets lost in jansson's look-ahead. */
	if (!memchr(text.p, '\0', text.n))
		must(taken || !theirs, "refused by us, taken by jansson");
	json_decref(theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	str text = str_make((const char *)data, size);
	struct tree whole, pieces, again;
	struct err err;
	bool taken;

	if (size == 0 || size > 4096 || depth_of(text) > DEPTH ||
	    str_starts(text, STR("\xef\xbb\xbf")))
		return 0;
	tree_open(&whole);
	tree_open(&pieces);
	tree_open(&again);
	taken = json_read(text, NULL, build, &whole, &err) == 0;
	compare(text, &whole, taken);
	must((read_pieces(text, 1 + data[0] % 7, &pieces) == 0) == taken,
	     "another verdict in pieces");
	if (taken) {
		must(str_equal(buf_str(&whole.text), buf_str(&pieces.text)),
		     "other values in pieces");
		must(json_read(buf_str(&whole.text), NULL, build, &again, &err) == 0,
		     "what we wrote cannot be read");
		must(str_equal(buf_str(&whole.text), buf_str(&again.text)),
		     "written differently the second time");
	}
	tree_clear(&whole);
	tree_clear(&pieces);
	tree_clear(&again);
	return 0;
}
