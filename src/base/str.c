/* SPDX-License-Identifier: Apache-2.0 */
/* Text as pointer and length, and the builder that grows it. */
#include "base/str.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

bool str_equal_nocase(str a, str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (a.p[i] != b.p[i] && ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

static int compare_lengths(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

int str_compare(str a, str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : compare_lengths(a.n, b.n);
}

int str_compare_nocase(str a, str b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++) {
		unsigned char x = (unsigned char)ascii_lower(a.p[i]);
		unsigned char y = (unsigned char)ascii_lower(b.p[i]);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return compare_lengths(a.n, b.n);
}

bool str_starts(str s, str prefix)
{
	return s.n >= prefix.n && str_equal(str_make(s.p, prefix.n), prefix);
}

bool str_ends(str s, str suffix)
{
	return s.n >= suffix.n && str_equal(str_slice(s, s.n - suffix.n, s.n), suffix);
}

bool str_starts_nocase(str s, str prefix)
{
	return s.n >= prefix.n && str_equal_nocase(str_make(s.p, prefix.n), prefix);
}

bool str_contains(str s, str part)
{
	return part.n == 0 || (s.n >= part.n && memmem(s.p, s.n, part.p, part.n) != NULL);
}

ptrdiff_t str_find(str s, char c)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

	return at ? at - s.p : -1;
}

ptrdiff_t str_find_last(str s, char c)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == c)
			return (ptrdiff_t)i - 1;
	return -1;
}

static bool byte_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

str str_trim(str s)
{
	while (s.n && byte_is_blank(s.p[0]))
		s = str_slice(s, 1, s.n);
	while (s.n && byte_is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool str_split(str *rest, char sep, str *ret_part)
{
	ptrdiff_t at;

	if (!rest->p)
		return false;
	at = str_find(*rest, sep);
	if (at < 0) {
		*ret_part = *rest;
		*rest = (str){NULL, 0};
		return ret_part->n > 0;
	}
	*ret_part = str_make(rest->p, (size_t)at);
	*rest = str_slice(*rest, (size_t)at + 1, rest->n);
	return true;
}

bool str_to_int(str s, int64_t *ret)
{
	bool negative = s.n && s.p[0] == '-';
	int64_t value = 0;

	if (negative || (s.n && s.p[0] == '+'))
		s = str_slice(s, 1, s.n);
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		/* The sum is kept negative, so that INT64_MIN can be read. */
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_sub_overflow(value, s.p[i] - '0', &value))
			return false;
	}
	if (!negative && __builtin_sub_overflow((int64_t)0, value, &value))
		return false;
	*ret = value;
	return true;
}

/* Length of the sequence that starts with this byte, 0 when none may. */
static size_t utf8_length(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

/* The second byte has closer bounds after these four: overlong, surrogates, above U+10FFFF. */
static bool utf8_second_ok(unsigned char first, unsigned char second)
{
	if (first == 0xe0)
		return second >= 0xa0;
	if (first == 0xed)
		return second < 0xa0;
	if (first == 0xf0)
		return second >= 0x90;
	return first != 0xf4 || second < 0x90;
}

bool str_is_utf8(str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	uint64_t word;

	for (size_t i = 0, n; i < s.n; i += n) {
		n = sizeof word;
		if (s.n - i >= n) {
			/* Most texts are ASCII, which needs no closer look. */
			memcpy(&word, p + i, sizeof word);
			if (!(word & 0x8080808080808080ULL))
				continue;
		}
		n = utf8_length(p[i]);
		if (n == 0 || n > s.n - i)
			return false;
		for (size_t k = 1; k < n; k++)
			if ((p[i + k] & 0xc0) != 0x80)
				return false;
		if (n > 1 && !utf8_second_ok(p[i], p[i + 1]))
			return false;
	}
	return true;
}

size_t str_distance(str a, str b, size_t limit)
{
	size_t row[64], before[64] = {0}; /* before: the row above the one that `row` replaces */

	if (a.n >= 64 || b.n >= 64)
		return limit + 1;
	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0], corner = 0;

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t above = row[j];
			size_t best = diagonal + (a.p[i - 1] != b.p[j - 1]);
			bool swapped = i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
				       a.p[i - 2] == b.p[j - 1];

			if (swapped && corner + 1 < best)
				best = corner + 1;
			corner = before[j - 1];
			before[j - 1] = diagonal;

			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = above;
			row[j] = best;
		}
	}
	return row[b.n] > limit ? limit + 1 : row[b.n];
}

/* Lower case in `space`; a word that is too long for it is nobody's typing error. */
static str guess_lower(str s, char space[64])
{
	if (s.n >= 64)
		return (str){NULL, 0};
	for (size_t i = 0; i < s.n; i++)
		space[i] = ascii_lower(s.p[i]);
	return str_make(space, s.n);
}

bool str_nearer(str word, str candidate, size_t *best)
{
	char spaces[2][64];
	str a = guess_lower(word, spaces[0]), b = guess_lower(candidate, spaces[1]);
	size_t limit = a.n <= 3 ? 1 : a.n <= 6 ? 2 : 3;
	size_t distance;

	if (a.n == 0 || b.n == 0)
		return false;
	distance = str_distance(a, b, limit);
	if (distance > limit || distance >= b.n || distance >= *best)
		return false;
	*best = distance;
	return true;
}

void buf_clear(struct buf *b)
{
	free(b->p);
	*b = (struct buf){NULL, 0, 0};
}

void buf_reset(struct buf *b)
{
	buf_cut(b, 0);
}

void buf_cut(struct buf *b, size_t n)
{
	b->n = n;
	if (b->p)
		b->p[n] = '\0';
}

void buf_reserve(struct buf *b, size_t more)
{
	size_t need = b->n + more + 1;

	if (need <= more)
		mem_out();
	if (need <= b->room)
		return;
	if (need < b->room * 2)
		need = b->room * 2;
	if (need < 64)
		need = 64;
	b->p = mem_resize(b->p, need, 1);
	b->room = need;
}

void buf_put(struct buf *b, str s)
{
	buf_reserve(b, s.n);
	if (s.n)
		memcpy(b->p + b->n, s.p, s.n);
	b->n += s.n;
	b->p[b->n] = '\0';
}

void buf_text(struct buf *b, const char *text)
{
	buf_put(b, str_of(text));
}

void buf_vprintf(struct buf *b, const char *format, va_list args)
{
	va_list again;
	int n;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	assert(n >= 0);
	buf_reserve(b, (size_t)n);
	vsnprintf(b->p + b->n, (size_t)n + 1, format, args);
	b->n += (size_t)n;
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(b, format, args);
	va_end(args);
}
