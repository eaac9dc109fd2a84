/* SPDX-License-Identifier: Apache-2.0 */
/* Texts and bodies of a profile with {names} in them, rendered with values. */
#ifndef CONNECT_TEAM_PROFILE_RENDER_H
#define CONNECT_TEAM_PROFILE_RENDER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/list.h"

struct yaml_node; /* config/yaml/yaml.h */

/* A name and what it stands for. */
struct named_value {
	str name;
	str text;
	const str *list; /* of a list: {emails:list}, {emails:csv} */
	size_t count;
	bool is_list;
	bool secret; /* never in an error or a log */
};

/* Where names are looked up: here, then in `outer`. */
struct values {
	const struct values *outer;
	LIST(struct named_value) items;
};

/* Neither text is copied: both outlive the values. Of two of one name the later one counts. */
void values_put(struct values *v, str name, str text);
const struct named_value *values_find(const struct values *v, str name); /* NULL: not known */
str values_text(const struct values *v, const char *name); /* "" when not known */

/*
 * {name}, {name?} (left out, with the member or parameter around it, when it has no value), in
 * bodies {name:integer}, {name:list} and {name:csv}; {{ and }} are braces.
 */
struct placeholder {
	size_t from, to; /* in the text, braces included */
	str name;
	bool optional;
	enum { PLACEHOLDER_TEXT, PLACEHOLDER_INTEGER, PLACEHOLDER_LIST, PLACEHOLDER_CSV } form;
};
/*
 * The next placeholder at or behind *at, which moves on. 0: none is left, 1: found, -1: not well
 * formed, with err.column where.
 */
int placeholder_next(str text, size_t *at, struct placeholder *ret, struct err *err);

enum render_encoding { RENDER_PLAIN, RENDER_URL /* percent-encoded */ };
enum rendered { RENDER_FAILED = -1, RENDER_DONE, RENDER_LEFT_OUT };
/*
 * Appends to `out`. RENDER_LEFT_OUT: a {name?} has no value, so that what it stands in is to be
 * left out. RENDER_FAILED: a name without value, or a placeholder that is not well formed.
 */
enum rendered render_text(str pattern, const struct values *values, enum render_encoding encoding,
			  struct buf *out, struct err *err);
/*
 * A body: maps, lists, texts with placeholders, and numbers, true, false, null as they stand
 * without quotes. Errors: as render_text, and an {name:integer} that is none.
 */
int render_json(const struct yaml_node *tree, const struct values *values, struct json_writer *out,
		struct err *err);

#endif
