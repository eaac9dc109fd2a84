/* SPDX-License-Identifier: Apache-2.0 */
/* Case and accents by small tables of Unicode's own ranges; the ASCII road is the short one. */
#include "base/unicode.h"

#include <string.h>

/* A byte that is no UTF-8 travels as RAW + byte, above every code point. */
enum { RAW = 0x110000 };

/* Capital letters from..to, each `step` apart, and how far their small letters lie behind them. */
struct case_range {
	uint32_t from, to;
	uint32_t step;
	int32_t shift;
};

static const struct case_range CASES[] = {
	{'A', 'Z', 1, 32},      {0xc0, 0xd6, 1, 32},     {0xd8, 0xde, 1, 32},
	{0x100, 0x12e, 2, 1},   {0x132, 0x136, 2, 1},    {0x139, 0x147, 2, 1},
	{0x14a, 0x176, 2, 1},   {0x178, 0x178, 1, -121}, {0x179, 0x17d, 2, 1},
	{0x1a0, 0x1a4, 2, 1},   {0x1af, 0x1af, 1, 1},    {0x1cd, 0x1db, 2, 1},
	{0x1de, 0x1ee, 2, 1},   {0x1f4, 0x1f4, 1, 1},    {0x1f8, 0x21e, 2, 1},
	{0x222, 0x232, 2, 1},   {0x386, 0x386, 1, 38},   {0x388, 0x38a, 1, 37},
	{0x38c, 0x38c, 1, 64},  {0x38e, 0x38f, 1, 63},   {0x391, 0x3a1, 1, 32},
	{0x3a3, 0x3ab, 1, 32},  {0x400, 0x40f, 1, 80},   {0x410, 0x42f, 1, 32},
	{0x460, 0x480, 2, 1},   {0x48a, 0x4be, 2, 1},    {0x4c1, 0x4cd, 2, 1},
	{0x4d0, 0x52e, 2, 1},   {0x531, 0x556, 1, 48},   {0x1e00, 0x1e94, 2, 1},
	{0x1ea0, 0x1efe, 2, 1}, {0xff21, 0xff3a, 1, 32},
};

static inline unsigned char byte_lower(unsigned char c)
{
	return (unsigned char)(c - 'A') < 26 ? (unsigned char)(c + 32) : c;
}

static uint32_t code_lower(uint32_t c)
{
	if (c < 0x80)
		return byte_lower((unsigned char)c);
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES && c >= CASES[i].from; i++)
		if (c <= CASES[i].to && (c - CASES[i].from) % CASES[i].step == 0)
			return (uint32_t)((int32_t)c + CASES[i].shift);
	return c;
}

static uint32_t code_upper(uint32_t c)
{
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		uint32_t big = (uint32_t)((int32_t)c - CASES[i].shift);

		if (big >= CASES[i].from && big <= CASES[i].to &&
		    (big - CASES[i].from) % CASES[i].step == 0)
			return big;
	}
	return c;
}

/* A final sigma is the same letter as any other. */
static uint32_t code_fold(uint32_t c)
{
	return c == 0x3c2 ? 0x3c3 : code_lower(c);
}

static bool is_follower(str s, size_t at)
{
	return at < s.n && ((unsigned char)s.p[at] & 0xc0) == 0x80;
}

static uint32_t follower(str s, size_t at)
{
	return (unsigned char)s.p[at] & 0x3f;
}

/*
 * One code point at *at, which moves on; *at < s.n. Overlong forms and surrogates count as raw
 * bytes.
 */
static uint32_t code_take(str s, size_t *at)
{
	size_t i = *at;
	uint32_t c = (unsigned char)s.p[i];
	uint32_t code = 0;

	*at = i + 1;
	if (c < 0x80)
		return c;
	if (c >= 0xc2 && c <= 0xdf && is_follower(s, i + 1)) {
		*at = i + 2;
		return (c & 0x1f) << 6 | follower(s, i + 1);
	}
	if (c >= 0xe0 && c <= 0xef && is_follower(s, i + 1) && is_follower(s, i + 2)) {
		code = (c & 0x0f) << 12 | follower(s, i + 1) << 6 | follower(s, i + 2);
		if (code >= 0x800 && (code < 0xd800 || code > 0xdfff)) {
			*at = i + 3;
			return code;
		}
	}
	if (c >= 0xf0 && c <= 0xf4 && is_follower(s, i + 1) && is_follower(s, i + 2) &&
	    is_follower(s, i + 3)) {
		code = (c & 0x07) << 18 | follower(s, i + 1) << 12 | follower(s, i + 2) << 6 |
		       follower(s, i + 3);
		if (code >= 0x10000 && code < RAW) {
			*at = i + 4;
			return code;
		}
	}
	return RAW + c;
}

static size_t code_write(uint32_t code, char ret[4])
{
	if (code >= RAW || code < 0x80) {
		ret[0] = (char)(code >= RAW ? code - RAW : code);
		return 1;
	}
	if (code < 0x800) {
		ret[0] = (char)(0xc0 | code >> 6);
		ret[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		ret[0] = (char)(0xe0 | code >> 12);
		ret[1] = (char)(0x80 | (code >> 6 & 0x3f));
		ret[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	ret[0] = (char)(0xf0 | code >> 18);
	ret[1] = (char)(0x80 | (code >> 12 & 0x3f));
	ret[2] = (char)(0x80 | (code >> 6 & 0x3f));
	ret[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

void text_put(uint32_t code, struct buf *out)
{
	char bytes[4];

	buf_put(out, str_make(bytes, code_write(code, bytes)));
}

static uint32_t fold_take(str s, size_t *at)
{
	unsigned char c = (unsigned char)s.p[*at];

	if (c < 0x80) {
		++*at;
		return byte_lower(c);
	}
	return code_fold(code_take(s, at));
}

/*
 * How many bytes from the front are the same or differ in ASCII case only; ends before a letter,
 * never in it.
 */
static size_t common_start(str a, str b)
{
	size_t n = a.n < b.n ? a.n : b.n, i = 0;

	for (; i < n; i++) {
		unsigned char x = (unsigned char)a.p[i], y = (unsigned char)b.p[i];

		if (x != y && ((x | y) >= 0x80 || byte_lower(x) != byte_lower(y)))
			break;
	}
	while (i && (is_follower(a, i) || is_follower(b, i) || (unsigned char)a.p[i - 1] >= 0xc0))
		i--;
	return i;
}

int text_compare(str a, str b)
{
	size_t i = common_start(a, b), k = i;

	while (i < a.n && k < b.n) {
		uint32_t x = fold_take(a, &i), y = fold_take(b, &k);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return (i < a.n) - (k < b.n);
}

bool text_equal(str a, str b)
{
	return a.n == b.n && text_compare(a, b) == 0;
}

bool text_starts(str s, str prefix)
{
	return s.n >= prefix.n && text_equal(str_make(s.p, prefix.n), prefix);
}

bool text_ends(str s, str suffix)
{
	return s.n >= suffix.n && text_equal(str_slice(s, s.n - suffix.n, s.n), suffix);
}

void text_fold(str s, char *ret)
{
	for (size_t at = 0; at < s.n;)
		ret += code_write(fold_take(s, &at), ret);
}

/* The search of Knuth, Morris and Pratt: the longest border of each beginning of the needle. */
void text_borders(str needle, uint16_t *ret)
{
	size_t length = 0;

	for (size_t i = 0; i < needle.n; i++) {
		while (i && length && needle.p[i] != needle.p[length])
			length = ret[length - 1];
		length += i && needle.p[i] == needle.p[length];
		ret[i] = (uint16_t)length;
	}
}

bool text_contains(str s, str needle, const uint16_t *borders)
{
	size_t matched = 0;
	char bytes[4];

	for (size_t at = 0; at < s.n && matched < needle.n;) {
		size_t n = code_write(fold_take(s, &at), bytes);

		for (size_t i = 0; i < n && matched < needle.n; i++) {
			while (matched && bytes[i] != needle.p[matched])
				matched = borders[matched - 1];
			matched += bytes[i] == needle.p[matched];
		}
	}
	return matched == needle.n;
}

void text_lower(str s, struct buf *out)
{
	for (size_t at = 0; at < s.n;)
		text_put(code_lower(code_take(s, &at)), out);
}

void text_upper(str s, struct buf *out)
{
	for (size_t at = 0; at < s.n;)
		text_put(code_upper(code_take(s, &at)), out);
}

/*
 * The letter without its accents, by code point from the first of the block; a dot where there is
 * none.
 */
static const char LATIN[] = /* from U+00C0 */
	"AAAAAA.CEEEEIIIIDNOOOOO.OUUUUY..aaaaaa.ceeeeiiiidnooooo.ouuuuy.y"
	"AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi..JjKkkLlLlLl."
	".LlNnNnNn.NnOoOoOo..RrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs"
	"b........D.....E.......I..l.....Oo.............Uu....Zz........."
	".............AaIiOoUuUuUuUuUu.AaAa..GgGgKkOoOo..j...Gg..NnAa...."
	"AaAaEeEeIiIiOoOoRrRrUuUuSsTt..Hh.d....AaEeOoOoOoOoYylnt...ACcLT....B..EeJj..RrYy";
static const char LATIN_FURTHER[] = /* from U+1E00 */
	"AaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFfGgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMm"
	"MmMmNnNnNnNnOoOoOoOoPpPpRrRrRrRrSsSsSsSsSsTtTtTtTtUuUuUuUuUuVvVv"
	"WwWwWwWwWwXxXxYyZzZzZzhtwy......AaAaAaAaAaAaAaAaAaAaAaAaEeEeEeEe"
	"EeEeEeEeIiIiOoOoOoOoOoOoOoOoOoOoOoOoUuUuUuUuUuUuUuYyYyYyYy......";

static const struct {
	uint32_t code;
	const char *text;
} SPELLED[] = {
	{0xa0, " "},     {0xc6, "AE"},   {0xde, "Th"},  {0xdf, "ss"},   {0xe6, "ae"},
	{0xfe, "th"},    {0x132, "IJ"},  {0x133, "ij"}, {0x149, "n"},   {0x152, "OE"},
	{0x153, "oe"},   {0x1e9e, "SS"}, {0x2010, "-"}, {0x2011, "-"},  {0x2013, "-"},
	{0x2014, "-"},   {0x2018, "'"},  {0x2019, "'"}, {0x201c, "\""}, {0x201d, "\""},
	{0x2026, "..."},
};

static void ascii_put(uint32_t c, struct buf *out)
{
	char letter = '.';

	if (c < 0x80) {
		buf_char(out, (char)c);
		return;
	}
	for (size_t i = 0; i < sizeof SPELLED / sizeof *SPELLED; i++)
		if (SPELLED[i].code == c) {
			buf_text(out, SPELLED[i].text);
			return;
		}
	if (c >= 0xc0 && c - 0xc0 < sizeof LATIN - 1)
		letter = LATIN[c - 0xc0];
	else if (c >= 0x1e00 && c - 0x1e00 < sizeof LATIN_FURTHER - 1)
		letter = LATIN_FURTHER[c - 0x1e00];
	if (letter != '.')
		buf_char(out, letter);
}

void text_ascii(str s, struct buf *out)
{
	for (size_t at = 0; at < s.n;)
		ascii_put(code_take(s, &at), out);
}
