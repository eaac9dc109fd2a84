/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that were worked out for their first page, kept a while for the next ones. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "serve/scim/list/internal.h"

enum { LISTS_MAX = 16, STARTS_MAX = 256, KEPT_MS = 300 * 1000, LIST_ROWS_MAX = 4 << 20 };

struct cached_list {
	char key[65]; /* SHA-256, so that the size of a filter does not matter */
	int64_t *rows;
	size_t count;
	int64_t used;
};

struct list_cache {
	pthread_mutex_t lock;
	struct cached_list items[LISTS_MAX];
	struct {
		uint64_t key;
		int64_t start, row;
	} starts[STARTS_MAX];
};

struct list_cache *list_cache_open(void)
{
	struct list_cache *cache = mem_alloc(1, sizeof *cache);

	pthread_mutex_init(&cache->lock, NULL);
	return cache;
}

void list_cache_close(struct list_cache *cache)
{
	for (size_t i = 0; cache && i < LISTS_MAX; i++)
		free(cache->items[i].rows);
	free(cache);
}

static void list_cache_age(struct list_cache *cache, int64_t now)
{
	for (size_t i = 0; i < LISTS_MAX; i++)
		if (cache->items[i].rows && now - cache->items[i].used > KEPT_MS) {
			free(cache->items[i].rows);
			cache->items[i] = (struct cached_list){0};
		}
}

static struct cached_list *cached_list_find(struct list_cache *cache, const char *key)
{
	for (size_t i = 0; i < LISTS_MAX; i++)
		if (cache->items[i].rows && strcmp(cache->items[i].key, key) == 0)
			return &cache->items[i];
	return NULL;
}

/* The one of the same key, else an empty one, else the one longest unused. */
static struct cached_list *cached_list_slot(struct list_cache *cache, const char *key)
{
	struct cached_list *oldest = cached_list_find(cache, key);

	for (size_t i = 0; !oldest && i < LISTS_MAX; i++)
		if (!cache->items[i].rows)
			oldest = &cache->items[i];
	if (oldest)
		return oldest;
	oldest = &cache->items[0];
	for (size_t i = 1; i < LISTS_MAX; i++)
		if (cache->items[i].used < oldest->used)
			oldest = &cache->items[i];
	return oldest;
}

void list_cache_put(struct list_cache *cache, str key, const int64_t *rows, size_t count)
{
	struct cached_list *list;
	char digest[65];

	if (count == 0 || count > LIST_ROWS_MAX)
		return;
	sha256_hex(key, digest);
	pthread_mutex_lock(&cache->lock);
	list_cache_age(cache, clock_ticks());
	list = cached_list_slot(cache, digest);
	free(list->rows);
	memcpy(list->key, digest, sizeof digest);
	list->rows = mem_alloc(count, sizeof *rows);
	memcpy(list->rows, rows, count * sizeof *rows);
	list->count = count;
	list->used = clock_ticks();
	pthread_mutex_unlock(&cache->lock);
}

bool list_cache_find(struct list_cache *cache, str key, size_t from, size_t count,
		     struct arena *arena, struct row_slice *ret, size_t *ret_total)
{
	struct cached_list *list;
	char digest[65];

	sha256_hex(key, digest);
	pthread_mutex_lock(&cache->lock);
	list_cache_age(cache, clock_ticks());
	list = cached_list_find(cache, digest);
	if (list) {
		if (from > list->count)
			from = list->count;
		if (count > list->count - from)
			count = list->count - from;
		ret->items = arena_array(arena, int64_t, count + 1);
		if (count > 0)
			memcpy(ret->items, list->rows + from, count * sizeof(int64_t));
		ret->count = count;
		*ret_total = list->count;
		list->used = clock_ticks();
	}
	pthread_mutex_unlock(&cache->lock);
	return list != NULL;
}

void list_cache_start_put(struct list_cache *cache, str key, int64_t start, int64_t row)
{
	uint64_t digest = hash_str(hash_process_key(), key);
	size_t slot = (digest ^ (uint64_t)start) % STARTS_MAX;

	pthread_mutex_lock(&cache->lock);
	cache->starts[slot].key = digest;
	cache->starts[slot].start = start;
	cache->starts[slot].row = row;
	pthread_mutex_unlock(&cache->lock);
}

int64_t list_cache_start_find(struct list_cache *cache, str key, int64_t start)
{
	uint64_t digest = hash_str(hash_process_key(), key);
	size_t slot = (digest ^ (uint64_t)start) % STARTS_MAX;
	int64_t row = 0;

	pthread_mutex_lock(&cache->lock);
	if (cache->starts[slot].key == digest && cache->starts[slot].start == start)
		row = cache->starts[slot].row;
	pthread_mutex_unlock(&cache->lock);
	return row;
}
