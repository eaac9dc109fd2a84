/* SPDX-License-Identifier: Apache-2.0 */
/* Text as pointer and length (str), and the one builder of text (buf). */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A view of bytes it does not own; not NUL-terminated unless the maker says so. p may be NULL when
 * n is 0. */
typedef struct str {
	const char *p;
	size_t n;
} str;

#define STR(literal) ((str){(literal), sizeof(literal) - 1})
/* for printf("%.*s", STR_ARG(s)) */
#define STR_ARG(s) (int)(s).n, ((s).p ? (s).p : "")

/* The smallest ones stand here, to be part of the loops that call them. */
static inline str str_make(const char *p, size_t n)
{
	return (str){p, n};
}

static inline str str_of(const char *text) /* NULL becomes the empty view */
{
	return (str){text, text ? strlen(text) : 0};
}

static inline bool str_equal(str a, str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline str str_slice(str s, size_t from, size_t to) /* bounds are cut to the text */
{
	if (to > s.n)
		to = s.n;
	if (from > to)
		from = to;
	return (str){s.p ? s.p + from : NULL, to - from};
}

static inline const char *plural_s(uint64_t count) /* what stands behind "user" */
{
	return count == 1 ? "" : "s";
}

bool str_equal_nocase(str a, str b); /* ASCII letters only */
int str_compare(str a, str b); /* by bytes */
int str_compare_nocase(str a, str b);
bool str_starts(str s, str prefix);
bool str_ends(str s, str suffix);
bool str_starts_nocase(str s, str prefix);
bool str_contains(str s, str part);
ptrdiff_t str_find(str s, char c); /* index or -1 */
ptrdiff_t str_find_last(str s, char c); /* index or -1 */
str str_trim(str s); /* blanks and line ends off both sides */
/* Takes the part before `sep` off the front of *rest; false when *rest was empty. */
bool str_split(str *rest, char sep, str *ret_part);
bool str_to_int(str s, int64_t *ret); /* whole text, optional sign; false when it is not a number */
bool str_is_utf8(str s); /* well-formed UTF-8 (RFC 3629), NUL allowed */
/*
 * Edit distance of a and b (two letters swapped count as one), cut off at `limit` (then limit + 1):
 * for "did you mean".
 */
size_t str_distance(str a, str b, size_t limit);
/*
 * Is `candidate` (without case) a nearer guess for `word` than the best so far, and near enough to
 * be offered? Start with best = SIZE_MAX; it is lowered whenever the answer is yes.
 */
bool str_nearer(str word, str candidate, size_t *best);

/* A growing text, always NUL-terminated once something was put. Zero-initialise it; buf_clear frees
 * it. */
struct buf {
	char *p;
	size_t n, room;
};

void buf_clear(struct buf *b);
void buf_reset(struct buf *b); /* empties it, keeps the memory */
void buf_cut(struct buf *b, size_t n); /* keeps the first n bytes; n <= b->n */
void buf_reserve(struct buf *b, size_t more);
void buf_put(struct buf *b, str s);
void buf_text(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static inline str buf_str(const struct buf *b) /* valid until the next put */
{
	return (str){b->p, b->n};
}

static inline void buf_char(struct buf *b, char c)
{
	if (b->room < 2 || b->n > b->room - 2)
		buf_reserve(b, 1);
	b->p[b->n++] = c;
	b->p[b->n] = '\0';
}

#endif
