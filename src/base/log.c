/* SPDX-License-Identifier: Apache-2.0 */
/* One line, one write: lines of threads never mix, and systemd reads the level from the prefix. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Atomic enum log_level shown = LOG_LEVEL_INFO;
static void (*_Atomic before_line)(void);

void log_level_set(enum log_level level)
{
	shown = level;
}

bool log_shows(enum log_level level)
{
	return level <= shown;
}

void log_before_set(void (*before)(void))
{
	before_line = before;
}

/* systemd sets JOURNAL_STREAM when stderr goes to the journal; sd-daemon(3). */
static const char *log_prefix(enum log_level level)
{
	static const char *const journal[] = {"<3>", "<4>", "<6>", "<7>"};
	static const char *const terminal[] = {"error: ", "warning: ", "", "debug: "};

	return getenv("JOURNAL_STREAM") ? journal[level] : terminal[level];
}

/* Ends a text of n bytes in "...", without leaving half a character of UTF-8; its new length. */
static int log_cut(char *text, int n)
{
	int at = n - 3;

	while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
		at--;
	memcpy(text + at, "...", 3);
	return at + 3;
}

static void log_line(enum log_level level, const char *subject, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

static void log_line(enum log_level level, const char *subject, const char *format, va_list args)
{
	char text[2048];
	size_t room = sizeof text - 1;
	int n;
	void (*before)(void) = before_line;

	if (!log_shows(level))
		return;
	n = snprintf(text, room, "%s%s%s", log_prefix(level), subject ? subject : "",
		     subject && *subject ? ": " : "");
	if (n >= 0 && (size_t)n < room)
		n += vsnprintf(text + n, room - (size_t)n, format, args);
	if (n < 0)
		return;
	if ((size_t)n >= room)
		n = log_cut(text, (int)room - 1);
	for (int i = 0; i < n; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = ' ';
	text[n++] = '\n';
	if (before)
		before();
	/* A log line that cannot be written has nowhere to be reported. */
	(void)!write(STDERR_FILENO, text, (size_t)n);
}

#define LOG_DOOR(name, level)                                                                      \
	void name(const char *subject, const char *format, ...)                                    \
	{                                                                                          \
		va_list args;                                                                      \
                                                                                                   \
		va_start(args, format);                                                            \
		log_line(level, subject, format, args);                                            \
		va_end(args);                                                                      \
	}

LOG_DOOR(log_error, LOG_LEVEL_ERROR)
LOG_DOOR(log_warn, LOG_LEVEL_WARN)
LOG_DOOR(log_info, LOG_LEVEL_INFO)
LOG_DOOR(log_debug, LOG_LEVEL_DEBUG)
