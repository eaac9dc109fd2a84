/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong, how far it reaches, whether trying again may help, and how the program ends for
 * it. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

/* How much of the work is lost: the caller acts on this, the person reads the text. */
enum err_reach {
	REACH_ENTRY, /* this entry or change is skipped, the rest goes on */
	REACH_SYSTEM, /* this system is out for this run */
	REACH_RUN, /* nothing of this run can go on */
};

/* Exit codes; CONTRACT "The command line". Values are fixed. */
enum code {
	CODE_DONE = 0,
	CODE_FAILED = 1,
	CODE_PENDING = 2,
	CODE_PARTLY = 10,
	CODE_LOCKED = 11,
	CODE_HELD = 12,
	CODE_UNTRUSTED = 13,
	CODE_STALE = 14,
	CODE_UNSETTLED = 15,
	CODE_USAGE = 64,
	CODE_DATA = 65,
	CODE_UNAVAILABLE = 69,
	CODE_LATER = 75,
	CODE_REFUSED = 77,
	CODE_CONFIG = 78,
	CODE_INTERRUPTED = 130,
	CODE_TERMINATED = 143,
};

struct err {
	enum err_reach reach;
	enum code code;
	bool again; /* the same call may succeed later */
	uint32_t column; /* where in the text that was read, in characters from 1; 0: not known */
	char text[1000];
};

/*
 * Each returns -1, so that `return err_set(...)` reads well. The text says what, where and what was
 * expected; control characters are made visible, a text that is too long is cut with "...".
 * err may be NULL: then nothing is kept.
 */
int err_set(struct err *err, enum err_reach reach, enum code code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* the same, with again = true */
int err_later(struct err *err, enum err_reach reach, enum code code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Puts "context: " in front of the text. */
int err_wrap(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* So that compilers and analysers see the -1, and with it that no result is read after a failure.
 */
#define err_set(...)                                                                               \
	__extension__({                                                                            \
		err_set(__VA_ARGS__);                                                              \
		-1;                                                                                \
	})
#define err_later(...)                                                                             \
	__extension__({                                                                            \
		err_later(__VA_ARGS__);                                                            \
		-1;                                                                                \
	})
#define err_wrap(...)                                                                              \
	__extension__({                                                                            \
		err_wrap(__VA_ARGS__);                                                             \
		-1;                                                                                \
	})

#endif
