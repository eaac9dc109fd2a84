/* SPDX-License-Identifier: Apache-2.0 */
/* Lines for the admin on stderr, with the <N> prefixes of sd-daemon(3) under systemd; the subject
 * is a parameter. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* One of the two mutable globals of the program: what is shown (default: info). */
void log_level_set(enum log_level level);
bool log_shows(enum log_level level);
/* Called before each line, so that a progress line on the terminal can step aside; NULL: none. */
void log_before_set(void (*before)(void));

/* subject: the system, sync or part that the line is about; NULL or "" for none. One call writes
 * one whole line. */
void log_error(const char *subject, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_warn(const char *subject, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_info(const char *subject, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_debug(const char *subject, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
