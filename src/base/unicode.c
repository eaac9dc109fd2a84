/* SPDX-License-Identifier: Apache-2.0 */
/* Case, accents and widths by utf8proc's tables of Unicode; the ASCII road is the short one. */
#include "base/unicode.h"

#include <string.h>

#include <utf8proc.h>

/* A byte that is no UTF-8 travels as RAW + byte, above every code point. */
enum { RAW = 0x110000 };

static inline unsigned char byte_lower(unsigned char c)
{
	return (unsigned char)(c - 'A') < 26 ? (unsigned char)(c + 32) : c;
}

/* How many bytes a code point takes in UTF-8. */
static size_t code_length(uint32_t c)
{
	if (c < 0x80 || c >= RAW)
		return 1;
	return c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

/* The other form of c, or c itself where that would take more or fewer bytes. */
static uint32_t same_length(uint32_t c, int32_t other)
{
	return code_length((uint32_t)other) == code_length(c) ? (uint32_t)other : c;
}

static uint32_t code_lower(uint32_t c)
{
	if (c < 0x80)
		return byte_lower((unsigned char)c);
	return c < RAW ? same_length(c, utf8proc_tolower((int32_t)c)) : c;
}

static uint32_t code_upper(uint32_t c)
{
	return c < RAW ? same_length(c, utf8proc_toupper((int32_t)c)) : c;
}

/*
 * Unicode's case folding, which is stable: a letter that is folded today is folded like that by
 * every later version, so what is stored folded stays right. Where it makes two letters of one,
 * the simple folding is that to the small letter.
 */
static uint32_t code_fold(uint32_t c)
{
	int32_t folded[4];
	int boundary = 0;

	if (c < 0x80)
		return byte_lower((unsigned char)c);
	if (c >= RAW)
		return c;
	if (utf8proc_decompose_char((int32_t)c, folded, 4, UTF8PROC_CASEFOLD, &boundary) != 1)
		return code_lower(c);
	return same_length(c, folded[0]);
}

static bool is_follower(str s, size_t at)
{
	return at < s.n && ((unsigned char)s.p[at] & 0xc0) == 0x80;
}

/*
 * One code point at *at, which moves on; *at < s.n. Overlong forms and surrogates count as raw
 * bytes.
 */
static uint32_t code_take(str s, size_t *at)
{
	const unsigned char *p = (const unsigned char *)s.p + *at;
	int32_t code = 0;
	ptrdiff_t n;

	if (*p < 0x80) {
		++*at;
		return *p;
	}
	n = utf8proc_iterate(p, (ptrdiff_t)(s.n - *at), &code);
	if (n <= 0) {
		++*at;
		return RAW + (uint32_t)*p;
	}
	*at += (size_t)n;
	return (uint32_t)code;
}

static size_t code_write(uint32_t code, char ret[4])
{
	if (code >= RAW || code < 0x80) {
		ret[0] = (char)(code >= RAW ? code - RAW : code);
		return 1;
	}
	return (size_t)utf8proc_encode_char((int32_t)code, (unsigned char *)ret);
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
	for (size_t at = 0; at < s.n;) {
		unsigned char c = (unsigned char)s.p[at];

		if (c < 0x80) {
			*ret++ = (char)byte_lower(c);
			at++;
		} else {
			ret += code_write(code_fold(code_take(s, &at)), ret);
		}
	}
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
 * Unicode takes a letter and its accent apart; a stroke, a hook or a ligature is part of the letter
 * itself, and these are spelled here as such names are written without them. Then the quotes and
 * dashes of print, which have a plain one. Sorted, which UTF-8 keeps as by code point.
 */
static const struct {
	char letter[4], ascii[4];
} SPELLED[] = {
	{"Æ", "AE"}, {"Ð", "D"},  {"Ø", "O"},  {"Þ", "Th"}, {"ß", "ss"}, {"æ", "ae"}, {"ð", "d"},
	{"ø", "o"},  {"þ", "th"}, {"Đ", "D"},  {"đ", "d"},  {"Ħ", "H"},  {"ħ", "h"},  {"ı", "i"},
	{"ĸ", "k"},  {"Ł", "L"},  {"ł", "l"},  {"ŉ", "n"},  {"Ŋ", "N"},  {"ŋ", "n"},  {"Œ", "OE"},
	{"œ", "oe"}, {"Ŧ", "T"},  {"ŧ", "t"},  {"ƀ", "b"},  {"Ɖ", "D"},  {"Ə", "E"},  {"Ɨ", "I"},
	{"ƚ", "l"},  {"Ƶ", "Z"},  {"ƶ", "z"},  {"Ǥ", "G"},  {"ǥ", "g"},  {"ȡ", "d"},  {"ȴ", "l"},
	{"ȵ", "n"},  {"ȶ", "t"},  {"Ⱥ", "A"},  {"Ȼ", "C"},  {"ȼ", "c"},  {"Ƚ", "L"},  {"Ⱦ", "T"},
	{"Ƀ", "B"},  {"Ɇ", "E"},  {"ɇ", "e"},  {"Ɉ", "J"},  {"ɉ", "j"},  {"Ɍ", "R"},  {"ɍ", "r"},
	{"Ɏ", "Y"},  {"ɏ", "y"},  {"ə", "e"},  {"ẞ", "SS"}, {"‐", "-"},  {"–", "-"},  {"—", "-"},
	{"‘", "'"},  {"’", "'"},  {"“", "\""}, {"”", "\""},
};

static bool is_mark(int32_t c)
{
	utf8proc_category_t category = utf8proc_category(c);

	return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
	       category == UTF8PROC_CATEGORY_ME;
}

/* A letter without an accent, as ASCII; NULL when it has no such form. `space` is room for it. */
static const char *ascii_of(int32_t c, char space[4])
{
	size_t from = 0, to = sizeof SPELLED / sizeof *SPELLED;

	memset(space, 0, 4);
	if (c < 0x80) {
		space[0] = (char)c;
		return space;
	}
	if (code_length((uint32_t)c) > 3)
		return NULL;
	code_write((uint32_t)c, space);
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = strcmp(space, SPELLED[middle].letter);

		if (order == 0)
			return SPELLED[middle].ascii;
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

/*
 * The parts of c, how many. Full width, ligatures and blanks of print are ways to write a letter; a
 * superscript, a fraction or a letter in a circle is more than that, and stays in one piece.
 */
static ptrdiff_t code_parts(uint32_t c, int32_t *ret, ptrdiff_t room)
{
	utf8proc_propval_t type = utf8proc_get_property((int32_t)c)->decomp_type;
	int boundary = 0;

	if (type != 0 && type != UTF8PROC_DECOMP_TYPE_COMPAT && type != UTF8PROC_DECOMP_TYPE_WIDE &&
	    type != UTF8PROC_DECOMP_TYPE_NOBREAK) {
		ret[0] = (int32_t)c;
		return 1;
	}
	return utf8proc_decompose_char((int32_t)c, ret, room, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT,
				       &boundary);
}

/* All of a letter or nothing: "(株)" without its middle would say something else. */
static void ascii_put(uint32_t c, struct buf *out)
{
	enum { PARTS_MAX = 32 }; /* the longest is 18 */
	int32_t parts[PARTS_MAX];
	size_t before = out->n;
	char space[4];
	const char *ascii = ascii_of((int32_t)c, space);
	ptrdiff_t count = ascii || c >= RAW ? 0 : code_parts(c, parts, PARTS_MAX);

	if (ascii)
		buf_text(out, ascii);
	if (count > PARTS_MAX || (count > 1 && parts[0] == ' ')) /* an accent that stands alone */
		return;
	for (ptrdiff_t i = 0; i < count; i++) {
		ascii = is_mark(parts[i]) ? "" : ascii_of(parts[i], space);
		if (!ascii) {
			buf_cut(out, before);
			return;
		}
		buf_text(out, ascii);
	}
}

void text_ascii(str s, struct buf *out)
{
	for (size_t at = 0; at < s.n;)
		ascii_put(code_take(s, &at), out);
}

static size_t code_cells(uint32_t c)
{
	if (c < 0x80)
		return c >= ' ' && c != 0x7f;
	return c >= RAW ? 1 : (size_t)utf8proc_charwidth((int32_t)c);
}

size_t unicode_cells(str s)
{
	size_t cells = 0;

	for (size_t at = 0; at < s.n;)
		cells += code_cells(code_take(s, &at));
	return cells;
}

str unicode_clip(str s, size_t cells)
{
	size_t end = 0;

	for (size_t at = 0; at < s.n; end = at) {
		size_t wide = code_cells(code_take(s, &at));

		if (wide > cells)
			break;
		cells -= wide;
	}
	return str_slice(s, 0, end);
}
