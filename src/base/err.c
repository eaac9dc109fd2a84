/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as fixed texts: nothing to allocate, nothing to free. */
#include "base/err.h"

#include <stdio.h>
#include <string.h>

#undef err_set
#undef err_later
#undef err_wrap

/* What a server sends may end up in the text: no control character may reach a terminal or split a
 * log line. */
static void make_visible(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = ' ';
}

/* "..." at the end of a text that was cut, without leaving half a character of UTF-8 before it. */
static void cut_mark(struct err *err, int wanted)
{
	size_t at = sizeof err->text - 4;

	if (wanted < (int)sizeof err->text)
		return;
	while (at > 0 && ((unsigned char)err->text[at] & 0xc0) == 0x80)
		at--;
	memcpy(err->text + at, "...", 4);
}

static int err_put(struct err *err, enum err_reach reach, enum code code, bool again,
		   const char *format, va_list args) __attribute__((format(printf, 5, 0)));

static int err_put(struct err *err, enum err_reach reach, enum code code, bool again,
		   const char *format, va_list args)
{
	if (!err)
		return -1;
	err->reach = reach;
	err->code = code;
	err->again = again;
	err->column = 0;
	cut_mark(err, vsnprintf(err->text, sizeof err->text, format, args));
	make_visible(err->text);
	return -1;
}

int err_set(struct err *err, enum err_reach reach, enum code code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	err_put(err, reach, code, false, format, args);
	va_end(args);
	return -1;
}

int err_later(struct err *err, enum err_reach reach, enum code code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	err_put(err, reach, code, true, format, args);
	va_end(args);
	return -1;
}

int err_wrap(struct err *err, const char *format, ...)
{
	char inner[sizeof err->text];
	va_list args;
	int n;

	if (!err)
		return -1;
	memcpy(inner, err->text, sizeof inner);
	va_start(args, format);
	n = vsnprintf(err->text, sizeof err->text, format, args);
	va_end(args);
	if (n >= 0 && n < (int)sizeof err->text)
		n += snprintf(err->text + n, sizeof err->text - (size_t)n, ": %s", inner);
	cut_mark(err, n);
	make_visible(err->text);
	return -1;
}
