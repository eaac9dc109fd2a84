/* SPDX-License-Identifier: Apache-2.0 */
/* The floor of a list: bench_select FILE SQL REPEATS [STEP] runs one SELECT of an SQLite file again
 * and again, with ?1 growing by STEP, reads every column, and prints one line of JSON. */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

static int order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Every value is fetched as a text or number is for use, and its bytes are touched. */
static size_t row_read(sqlite3_stmt *q)
{
	size_t bytes = 0;

	for (int i = 0; i < sqlite3_column_count(q); i++) {
		const unsigned char *p;

		if (sqlite3_column_type(q, i) == SQLITE_INTEGER) {
			bytes += sqlite3_column_int64(q, i) != 0;
			continue;
		}
		p = sqlite3_column_blob(q, i);
		for (int at = 0; at < sqlite3_column_bytes(q, i); at += 64)
			bytes += p[at] != 0;
	}
	return bytes;
}

int main(int argc, char **argv)
{
	size_t repeats = argc > 3 ? (size_t)atol(argv[3]) : 0, rows = 0, bytes = 0;
	int64_t step = argc > 4 ? atol(argv[4]) : 0;
	double *times;
	sqlite3_stmt *q;
	sqlite3 *db;

	if (repeats == 0 ||
	    sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) ||
	    sqlite3_exec(db, "PRAGMA mmap_size=1073741824", NULL, NULL, NULL) ||
	    sqlite3_prepare_v2(db, argv[2], -1, &q, NULL)) {
		fprintf(stderr, "usage: bench_select FILE SQL REPEATS [STEP]\n");
		return 64;
	}
	times = mem_alloc(repeats, sizeof *times);
	for (size_t i = 0; i < repeats; i++) {
		times[i] = now_ms();
		rows = 0;
		sqlite3_bind_int64(q, 1, (int64_t)i * step);
		for (; sqlite3_step(q) == SQLITE_ROW; rows++)
			bytes += row_read(q);
		sqlite3_reset(q);
		times[i] = now_ms() - times[i];
	}
	qsort(times, repeats, sizeof *times, order);
	printf("{\"rows\": %zu, \"bytes\": %zu, \"p50_ms\": %.4f}\n", rows, bytes,
	       times[repeats / 2]);
	sqlite3_finalize(q);
	sqlite3_close(db);
	free(times);
	return 0;
}
