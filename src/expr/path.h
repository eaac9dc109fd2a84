/* SPDX-License-Identifier: Apache-2.0 */
/* SCIM attribute paths (RFC 7644 figure 1, 3.5.2): parsed, compared, and in the stored spelling. */
#ifndef EXPR_PATH_H
#define EXPR_PATH_H

#include "base/arena.h"
#include "base/err.h"
#include "expr/attribute.h"

struct filter_node;

/*
 * How forgiving a parser of paths and filters is, and where it stops. NULL or zeroes: strict, the
 * limits below.
 */
struct parse_rules {
	/*
	 * What real clients send: values without quotes, True for true, `not` without
	 * parentheses.
	 */
	bool lenient;
	/*
	 * Names that RFC 7643 does not have are taken as they are; else they are errors with a
	 * guess.
	 */
	bool any_attribute;
	/* further attribute names that are known here, spelled as they are to be kept */
	const str *names;
	size_t name_count;
	const str *schemas; /* further schema URNs, to tell a URN alone from URN:attribute */
	size_t schema_count;
	size_t length, depth, nodes; /* bytes of text; nesting; comparisons and connectives */
};

enum { PARSE_LENGTH_MAX = 4096, PARSE_DEPTH_MAX = 16, PARSE_NODES_MAX = 200 };

/*
 * [urn:]name[where].sub. Known attributes and schemas are spelled as RFC 7643 has them, whatever
 * the text said; the URN of a core schema is dropped (`urn:...:core:2.0:User:userName` is
 * `userName`), the enterprise extension's names in short get theirs (`department`). Everything
 * lives in the arena it was parsed into.
 */
struct path {
	str urn; /* "" for the core schemas */
	str name; /* "" when the path is a schema URN alone (a PATCH dialect) */
	const struct filter_node *where; /* which elements: what stands in [], or NULL */
	str sub; /* sub-attribute, or "" */
	str base; /* urn:name, the canonical text without where and sub */
	const struct attribute *attribute; /* what is known of `name`, or NULL */
	const struct attribute *part; /* what is known of `sub`, or NULL */
};

/*
 * Errors are REACH_ENTRY, CODE_DATA; err.column is set, and the text says it too with what was
 * expected and what was met. In a text without a known schema, the attribute name is what follows
 * the last ':'.
 */
int path_parse(str text, const struct parse_rules *rules, struct arena *arena, struct path *ret,
	       struct err *err);
void path_print(const struct path *path, struct buf *out);
bool path_equal(const struct path *a, const struct path *b); /* without case */

/*
 * The name under which entries keep this attribute (model/entry.h): `EMAILS[TYPE EQ "Work"]`
 * becomes `emails[type eq "work"].value`, `groups` becomes `groups.value`, `department` its full
 * URN path. An error when it names no single value: `name`, a schema alone, a filter other than
 * `[SUB eq "TEXT"]`.
 */
int path_canonical(str text, const struct parse_rules *rules, struct arena *arena, str *ret,
		   struct err *err);

/*
 * Takes one path off a comma-separated list (RFC 7644 3.9); commas in [] and "" do not count.
 * Blanks are cut off.
 */
bool path_split(str *rest, str *ret_part);

#endif
