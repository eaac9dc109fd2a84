/* SPDX-License-Identifier: Apache-2.0 */
/* Counting steps, and stopping at one when a test asks for it. */
#include "base/crashpoint.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"

static _Atomic uint64_t count;
static _Atomic int64_t stop_at = -1; /* -1: the environment was not asked yet */

void crashpoint_set(uint64_t step)
{
	count = 0;
	stop_at = (int64_t)step;
}

static int64_t from_environment(void)
{
	int64_t step = 0;
	const char *text = getenv("MUSTER_FAULT_AT");

	if (!text || !str_to_int(str_of(text), &step) || step < 0)
		return 0;
	return step;
}

void crashpoint_pass(const char *what)
{
	uint64_t step = ++count;

	if (stop_at < 0)
		stop_at = from_environment();
	if (stop_at > 0 && step == (uint64_t)stop_at) {
		log_debug("fault", "stopped at step %llu, %s", (unsigned long long)step, what);
		_exit(CRASHPOINT_EXIT);
	}
}

uint64_t crashpoint_count(void)
{
	return count;
}
