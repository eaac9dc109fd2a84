/* SPDX-License-Identifier: Apache-2.0 */
/* What the parsers of paths, filters and templates share. Private to expr. */
#ifndef EXPR_SCAN_H
#define EXPR_SCAN_H

#include "expr/filter.h"

/* A place in a text, and what may still be spent. */
struct scan {
	str text;
	size_t at;
	struct parse_rules rules; /* limits filled in */
	struct arena *arena;
	size_t depth, nodes;
	struct err *err;
};

/* Fills in the limits and judges length and UTF-8. what: "filter", "path". */
int scan_init(struct scan *s, str text, const char *what, const struct parse_rules *rules,
	      struct arena *arena, struct err *err);
/* "column N: ..." about the place `at`. */
int scan_fail(struct scan *s, size_t at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* As in base/err.h: the -1 is to be seen. */
#define scan_fail(...)                                                                             \
	__extension__({                                                                            \
		scan_fail(__VA_ARGS__);                                                            \
		-1;                                                                                \
	})
void scan_blanks(struct scan *s);
bool scan_char(struct scan *s, char c); /* takes it if it is next */
str scan_peek_word(const struct scan *s); /* up to a blank, bracket, quote, comma or the end */
/*
 * What stands at `at`, for "met ...": a word in quotes, or "the end". Valid until the next call
 * with this space.
 */
const char *scan_met(const struct scan *s, size_t at, char space[80]);

/*
 * A path at the scan's place. element: within [] of this attribute (unknown: NULL with
 * in_element).
 */
int scan_path(struct scan *s, bool in_element, const struct attribute *element, struct path *ret);
/* The filter behind '[', up to ']' which is left. */
int scan_where(struct scan *s, const struct attribute *element, const struct filter_node **ret);
/* A JSON string at the scan's place, quotes included. */
int scan_text(struct scan *s, str *ret);

#endif
