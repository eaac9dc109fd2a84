/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing the progress line, at most ten times a second, and stepping aside for log lines. */
#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum { DRAW_EVERY = 100 /* milliseconds */ };

static void erase(void)
{
	/* A line that cannot be erased is only ugly. */
	(void)!write(STDERR_FILENO, "\r\x1b[K", 4);
}

static void put_rest(char *text, size_t size, uint64_t done, uint64_t total, int64_t elapsed)
{
	uint64_t seconds = done ? (uint64_t)elapsed * (total - done) / done / 1000 : 0;

	if (total && done <= total)
		snprintf(text, size, " of %llu, %llu:%02llu left", (unsigned long long)total,
			 (unsigned long long)(seconds / 60), (unsigned long long)(seconds % 60));
}

static void draw(void *context, const char *phase, uint64_t done, uint64_t total)
{
	struct progress *p = context;
	int64_t now = clock_ticks(), elapsed;
	char rest[64] = "", line[200];
	int n;

	if (phase != p->phase) {
		p->phase = phase;
		p->began = now;
	} else if (now - p->drawn < DRAW_EVERY) {
		return;
	}
	p->drawn = now;
	elapsed = now - p->began + 1;
	put_rest(rest, sizeof rest, done, total, elapsed);
	n = snprintf(line, sizeof line, "\r\x1b[K%s: %s %llu%s, %llu/s", p->subject, phase,
		     (unsigned long long)done, rest,
		     (unsigned long long)(done * 1000 / (uint64_t)elapsed));
	if (n > 0)
		(void)!write(STDERR_FILENO, line,
			     (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

struct run_watcher progress_watcher(struct progress *p, const char *subject, bool quiet)
{
	const char *term = getenv("TERM");

	*p = (struct progress){.subject = subject};
	p->shown = !quiet && isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
	if (!p->shown)
		return (struct run_watcher){0};
	log_before_set(erase);
	return (struct run_watcher){draw, p};
}

void progress_end(struct progress *p)
{
	if (!p->shown)
		return;
	log_before_set(NULL);
	erase();
}
