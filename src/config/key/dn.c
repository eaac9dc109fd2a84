/* SPDX-License-Identifier: Apache-2.0 */
/* The form of a distinguished name that a setting holds. */
#include "config/internal.h"

static bool is_letter(char c)
{
	return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* An attribute's name or OID (RFC 4512 1.4). */
static bool is_descriptor(str s)
{
	s = str_trim(s);
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_letter(s.p[i]) && !is_digit(s.p[i]) && s.p[i] != '-' && s.p[i] != '.')
			return false;
	return true;
}

/* Each part between unescaped ',' and '+' is NAME=VALUE. The server judges the rest. */
bool dn_is_valid(str text)
{
	size_t start = 0;

	for (size_t i = 0; i <= text.n; i++) {
		str part;
		ptrdiff_t equals;

		if (i < text.n && text.p[i] == '\\') {
			i++;
			continue;
		}
		if (i < text.n && text.p[i] != ',' && text.p[i] != '+')
			continue;
		part = str_slice(text, start, i);
		equals = str_find(part, '=');
		if (equals < 0 || !is_descriptor(str_slice(part, 0, (size_t)equals)))
			return false;
		start = i + 1;
	}
	return text.n > 0;
}
