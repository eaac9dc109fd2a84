/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that were worked out for their first page, kept a while for the next ones. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "serve/scim/listing.h"

enum { MEMOS = 16, PLACES = 256, MEMO_MS = 300 * 1000, MEMO_ROWS_MAX = 4 << 20 };

struct memo {
	char key[65]; /* SHA-256, so that the size of a filter does not matter */
	int64_t *rows;
	size_t count;
	int64_t used;
};

struct memos {
	pthread_mutex_t lock;
	struct memo items[MEMOS];
	struct {
		uint64_t key;
		int64_t start, row;
	} places[PLACES];
};

struct memos *memos_open(void)
{
	struct memos *m = mem_alloc(1, sizeof *m);

	pthread_mutex_init(&m->lock, NULL);
	return m;
}

void memos_close(struct memos *m)
{
	for (size_t i = 0; m && i < MEMOS; i++)
		free(m->items[i].rows);
	free(m);
}

static void drop_old(struct memos *m, int64_t now)
{
	for (size_t i = 0; i < MEMOS; i++)
		if (m->items[i].rows && now - m->items[i].used > MEMO_MS) {
			free(m->items[i].rows);
			m->items[i] = (struct memo){0};
		}
}

static struct memo *find(struct memos *m, const char *key)
{
	for (size_t i = 0; i < MEMOS; i++)
		if (m->items[i].rows && strcmp(m->items[i].key, key) == 0)
			return &m->items[i];
	return NULL;
}

/* The one of the same key, else an empty one, else the one longest unused. */
static struct memo *place_for(struct memos *m, const char *key)
{
	struct memo *oldest = find(m, key);

	for (size_t i = 0; !oldest && i < MEMOS; i++)
		if (!m->items[i].rows)
			oldest = &m->items[i];
	if (oldest)
		return oldest;
	oldest = &m->items[0];
	for (size_t i = 1; i < MEMOS; i++)
		if (m->items[i].used < oldest->used)
			oldest = &m->items[i];
	return oldest;
}

void memo_put(struct memos *m, str key, const int64_t *rows, size_t count)
{
	struct memo *memo;
	char digest[65];

	if (count == 0 || count > MEMO_ROWS_MAX)
		return;
	sha256_hex(key, digest);
	pthread_mutex_lock(&m->lock);
	drop_old(m, clock_ticks());
	memo = place_for(m, digest);
	free(memo->rows);
	memcpy(memo->key, digest, sizeof digest);
	memo->rows = mem_alloc(count, sizeof *rows);
	memcpy(memo->rows, rows, count * sizeof *rows);
	memo->count = count;
	memo->used = clock_ticks();
	pthread_mutex_unlock(&m->lock);
}

bool memo_get(struct memos *m, str key, size_t from, size_t count, struct arena *arena,
	      struct memo_rows *ret, size_t *ret_total)
{
	struct memo *memo;
	char digest[65];

	sha256_hex(key, digest);
	pthread_mutex_lock(&m->lock);
	drop_old(m, clock_ticks());
	memo = find(m, digest);
	if (memo) {
		if (from > memo->count)
			from = memo->count;
		if (count > memo->count - from)
			count = memo->count - from;
		ret->items = arena_array(arena, int64_t, count + 1);
		if (count > 0)
			memcpy(ret->items, memo->rows + from, count * sizeof(int64_t));
		ret->count = count;
		*ret_total = memo->count;
		memo->used = clock_ticks();
	}
	pthread_mutex_unlock(&m->lock);
	return memo != NULL;
}

void memo_place_put(struct memos *m, str key, int64_t start, int64_t row)
{
	uint64_t digest = hash_str(hash_process_key(), key);
	size_t slot = (digest ^ (uint64_t)start) % PLACES;

	pthread_mutex_lock(&m->lock);
	m->places[slot].key = digest;
	m->places[slot].start = start;
	m->places[slot].row = row;
	pthread_mutex_unlock(&m->lock);
}

int64_t memo_place_get(struct memos *m, str key, int64_t start)
{
	uint64_t digest = hash_str(hash_process_key(), key);
	size_t slot = (digest ^ (uint64_t)start) % PLACES;
	int64_t row = 0;

	pthread_mutex_lock(&m->lock);
	if (m->places[slot].key == digest && m->places[slot].start == start)
		row = m->places[slot].row;
	pthread_mutex_unlock(&m->lock);
	return row;
}
