/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for the end of a JSON string eight bytes at a time, and stops only at bytes that mean
 * something. */
#include <endian.h>
#include <string.h>

#include "wire/json/internal.h"

enum { STOP_NONE, STOP_QUOTE, STOP_ESCAPE, STOP_CONTROL, STOP_HIGH };

#define EVERY(byte) (UINT64_C(0x0101010101010101) * (byte))

/* A bit in the first byte that is a quote, a backslash, a control character or beyond ASCII; those
 * behind it may err. */
static uint64_t run_stops(uint64_t word)
{
	uint64_t quote = word ^ EVERY('"'), escape = word ^ EVERY('\\');
	uint64_t found = (quote - EVERY(1)) & ~quote;

	found |= (escape - EVERY(1)) & ~escape;
	found |= word - EVERY(0x20);
	return (found | word) & EVERY(0x80);
}

static const unsigned char stop_kinds[256] = {
	[0 ... 0x1f] = STOP_CONTROL,
	['"'] = STOP_QUOTE,
	['\\'] = STOP_ESCAPE,
	[0x80 ... 0xff] = STOP_HIGH,
};

static const char *next_stop(const char *p, const char *end)
{
	uint64_t word;

	for (; end - p >= 8; p += 8) {
		memcpy(&word, p, 8);
		word = run_stops(le64toh(word));
		if (word)
			return p + __builtin_ctzll(word) / 8;
	}
	while (p < end && stop_kinds[(unsigned char)*p] == STOP_NONE)
		p++;
	return p;
}

/*
 * One UTF-8 sequence (RFC 3629): its length, 0 when it is wrong, -1 when the bytes end inside it
 * and were right so far. The second byte has tighter bounds after e0, ed, f0 and f4.
 */
static int utf8_sequence(const unsigned char *p, size_t left)
{
	unsigned char low = 0x80, high = 0xbf;
	int n = 2;

	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	if (p[0] >= 0xe0)
		n = p[0] >= 0xf0 ? 4 : 3;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	for (int i = 1; i < n; i++) {
		if ((size_t)i == left)
			return -1;
		if (p[i] < low || p[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return n;
}

static int scan_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The value of four hex digits; -1: not hex digits. */
static int hex_four(const char *p)
{
	int value = 0;

	for (int i = 0; i < 4; i++) {
		int digit = scan_hex_digit(p[i]);

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

static bool is_high_surrogate(int unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low_surrogate(int unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

/* The length of the escape at p; 0: wrong; -1: needs more bytes. */
static int escape_length(const char *p, const char *end)
{
	int unit;

	if (end - p < 2)
		return -1;
	if (p[1] != 'u')
		return p[1] && strchr("\"\\/bfnrt", p[1]) ? 2 : 0;
	if (end - p < 6)
		return -1;
	unit = hex_four(p + 2);
	if (unit < 0 || is_low_surrogate(unit))
		return 0;
	if (!is_high_surrogate(unit))
		return 6;
	if ((end - p > 6 && p[6] != '\\') || (end - p > 7 && p[7] != 'u'))
		return 0;
	if (end - p < 12)
		return -1;
	return is_low_surrogate(hex_four(p + 8)) ? 12 : 0;
}

void json_scan_string(const char *p, const char *end, struct json_scan *ret)
{
	*ret = (struct json_scan){end, NULL, false};
	for (int n = 0; (p = next_stop(p, end)) < end; p += n) {
		switch (stop_kinds[(unsigned char)*p]) {
		case STOP_QUOTE:
			ret->at = p;
			return;
		case STOP_ESCAPE:
			ret->has_escapes = true;
			n = escape_length(p, end);
			ret->fault = n ? NULL : "expected an escape that RFC 8259 knows";
			break;
		case STOP_HIGH:
			n = utf8_sequence((const unsigned char *)p, (size_t)(end - p));
			ret->fault = n ? NULL : "expected valid UTF-8";
			break;
		default:
			n = 0;
			ret->fault = "expected control characters in strings to be escaped";
		}
		if (n < 0)
			return;
		if (n == 0) {
			ret->at = p;
			return;
		}
	}
}

static void put_utf8(struct buf *out, int point)
{
	char c[4];
	size_t n = 0;

	if (point < 0x80) {
		c[n++] = (char)point;
	} else if (point < 0x800) {
		c[n++] = (char)(0xc0 | point >> 6);
		c[n++] = (char)(0x80 | (point & 0x3f));
	} else if (point < 0x10000) {
		c[n++] = (char)(0xe0 | point >> 12);
		c[n++] = (char)(0x80 | (point >> 6 & 0x3f));
		c[n++] = (char)(0x80 | (point & 0x3f));
	} else {
		c[n++] = (char)(0xf0 | point >> 18);
		c[n++] = (char)(0x80 | (point >> 12 & 0x3f));
		c[n++] = (char)(0x80 | (point >> 6 & 0x3f));
		c[n++] = (char)(0x80 | (point & 0x3f));
	}
	buf_put(out, str_make(c, n));
}

static char plain_escape(char c)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *at = strchr(from, c);

	return at ? to[at - from] : c;
}

/* Decodes one checked escape and returns its length. */
static size_t decode_escape(const char *p, struct buf *out)
{
	int unit;

	if (p[1] != 'u') {
		buf_char(out, plain_escape(p[1]));
		return 2;
	}
	unit = hex_four(p + 2);
	if (!is_high_surrogate(unit)) {
		put_utf8(out, unit);
		return 6;
	}
	put_utf8(out, 0x10000 + ((unit - 0xd800) << 10) + (hex_four(p + 8) - 0xdc00));
	return 12;
}

void json_decode_escapes(str body, struct buf *out)
{
	buf_reserve(out, body.n);
	while (body.n) {
		ptrdiff_t at = str_find(body, '\\');
		size_t plain = at < 0 ? body.n : (size_t)at;

		buf_put(out, str_make(body.p, plain));
		if (at >= 0)
			plain += decode_escape(body.p + plain, out);
		body = str_slice(body, plain, body.n);
	}
}

/* At least one digit. */
static bool number_digits(const char **p, const char *end)
{
	const char *from = *p;

	while (*p < end && **p >= '0' && **p <= '9')
		(*p)++;
	return *p > from;
}

bool json_scan_number(const char **p, const char *end)
{
	if (*p < end && **p == '-')
		(*p)++;
	if (*p < end && **p == '0')
		(*p)++;
	else if (!number_digits(p, end))
		return false;
	if (*p < end && **p == '.') {
		(*p)++;
		if (!number_digits(p, end))
			return false;
	}
	if (*p < end && (**p == 'e' || **p == 'E')) {
		(*p)++;
		if (*p < end && (**p == '+' || **p == '-'))
			(*p)++;
		return number_digits(p, end);
	}
	return true;
}
