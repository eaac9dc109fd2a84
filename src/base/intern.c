/* SPDX-License-Identifier: Apache-2.0 */
/* Interned texts: packed bytes, an index by number and an open-addressing index by hash. */
#include "base/intern.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"

/* A text is stored as one byte of length (255: eight more bytes follow with it) and its bytes; a
 * UUID as 16 bytes. */
enum { LONG_TEXT = 255, UUID_TEXT = 36, UUID_BYTES = 16 };

void intern_clear(struct intern *t)
{
	free(t->bytes);
	free(t->starts);
	free(t->slots);
	*t = (struct intern){0};
}

static bool is_dash_place(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

/* Of a lower-case hex digit; above 15 for any other byte. */
static inline uint8_t hex_value(unsigned char c)
{
	uint8_t digit = (uint8_t)(c - '0'), letter = (uint8_t)(c - 'a');

	if (digit < 10)
		return digit;
	return letter < 6 ? (uint8_t)(letter + 10) : 255;
}

bool uuid_pack(str text, uint8_t ret[16])
{
	/* Where the two digits of each byte stand. */
	static const uint8_t places[UUID_BYTES] = {0,  2,  4,  6,  9,  11, 14, 16,
						   19, 21, 24, 26, 28, 30, 32, 34};
	const unsigned char *p = (const unsigned char *)text.p;
	uint8_t wrong = 0;

	if (text.n != UUID_TEXT || p[8] != '-' || p[13] != '-' || p[18] != '-' || p[23] != '-')
		return false;
	for (size_t i = 0; i < UUID_BYTES; i++) {
		uint8_t high = hex_value(p[places[i]]), low = hex_value(p[places[i] + 1]);

		wrong |= high | low;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return wrong < 16;
}

void uuid_unpack(const uint8_t bytes[16], char ret[37])
{
	static const char digits[] = "0123456789abcdef";
	size_t at = 0;

	for (int i = 0; i < UUID_BYTES; i++) {
		if (is_dash_place(at))
			ret[at++] = '-';
		ret[at++] = digits[bytes[i] >> 4];
		ret[at++] = digits[bytes[i] & 15];
	}
	ret[at] = '\0';
}

static bool is_packed(const struct intern *t, uint32_t number)
{
	return t->starts[number] & 1;
}

/* What is stored for a number: the packed 16 bytes or the text itself. */
static str intern_stored(const struct intern *t, uint32_t number)
{
	const char *at = t->bytes + (t->starts[number] >> 1);
	uint64_t n;

	if (is_packed(t, number))
		return str_make(at, UUID_BYTES);
	if ((unsigned char)*at < LONG_TEXT)
		return str_make(at + 1, (unsigned char)*at);
	memcpy(&n, at + 1, sizeof n);
	return str_make(at + 1 + sizeof n, n);
}

str intern_text(const struct intern *t, uint32_t number, char space[37])
{
	str s;

	assert(number < t->count);
	s = intern_stored(t, number);
	if (!is_packed(t, number))
		return s;
	uuid_unpack((const uint8_t *)s.p, space);
	return str_make(space, UUID_TEXT);
}

static uint32_t hash_of(str key)
{
	return (uint32_t)hash_quick(hash_process_key(), key);
}

/*
 * The slot that holds the key, or the free one where it belongs. The hashes are looked at first:
 * they lie in the slots, so that a step past another text costs nothing.
 */
static struct intern_slot *slot_for(const struct intern *t, uint32_t hash, str key, bool packed)
{
	uint32_t mask = t->slot_count - 1;

	for (uint32_t at = hash & mask;; at = (at + 1) & mask) {
		struct intern_slot *slot = &t->slots[at];

		if (slot->number == 0)
			return slot;
		if (slot->hash == hash && is_packed(t, slot->number - 1) == packed &&
		    str_equal(intern_stored(t, slot->number - 1), key))
			return slot;
	}
}

/* The slots know their hashes: no text is looked at. */
static void grow_slots(struct intern *t)
{
	struct intern_slot *old = t->slots;
	uint32_t old_count = t->slot_count, mask;

	t->slot_count = old_count ? old_count * 2 : 16;
	mask = t->slot_count - 1;
	t->slots = mem_alloc(t->slot_count, sizeof *t->slots);
	for (uint32_t i = 0; i < old_count; i++) {
		uint32_t at = old[i].hash & mask;

		if (old[i].number == 0)
			continue;
		while (t->slots[at].number)
			at = (at + 1) & mask;
		t->slots[at] = old[i];
	}
	free(old);
}

static void intern_append(struct intern *t, const void *p, size_t n)
{
	if (t->room - t->used < n) {
		/* By a half: the texts of a million ids are the largest thing a run holds. */
		t->room = t->room + t->room / 2 + n + 256;
		t->bytes = mem_resize(t->bytes, t->room, 1);
	}
	memcpy(t->bytes + t->used, p, n);
	t->used += n;
}

static void append_text(struct intern *t, str text)
{
	uint8_t short_length = text.n < LONG_TEXT ? (uint8_t)text.n : LONG_TEXT;
	uint64_t long_length = text.n;

	intern_append(t, &short_length, 1);
	if (short_length == LONG_TEXT)
		intern_append(t, &long_length, sizeof long_length);
	intern_append(t, text.n ? text.p : "", text.n);
}

uint32_t intern_find(const struct intern *t, str text)
{
	uint8_t uuid[UUID_BYTES];
	bool packed = uuid_pack(text, uuid);
	str key = packed ? str_make((char *)uuid, UUID_BYTES) : text;

	if (t->slot_count == 0)
		return INTERN_NONE;
	/* A free one's number is 0, and INTERN_NONE is what lies before it. */
	return slot_for(t, hash_of(key), key, packed)->number - 1;
}

static uint32_t intern_put_key(struct intern *t, uint32_t hash, str key, bool packed)
{
	struct intern_slot *slot;

	/* At most three quarters full, or the probes get long. */
	if (t->count >= t->slot_count / 4 * 3)
		grow_slots(t);
	slot = slot_for(t, hash, key, packed);
	if (slot->number)
		return slot->number - 1;
	if (t->count == t->starts_room) {
		t->starts_room = t->starts_room + t->starts_room / 2 + 16;
		t->starts = mem_resize(t->starts, t->starts_room, sizeof *t->starts);
	}
	t->starts[t->count] = (uint64_t)t->used << 1 | packed;
	if (packed)
		intern_append(t, key.p, UUID_BYTES);
	else
		append_text(t, key);
	*slot = (struct intern_slot){hash, ++t->count};
	return t->count - 1;
}

uint32_t intern_put(struct intern *t, str text)
{
	uint8_t uuid[UUID_BYTES];
	bool packed = uuid_pack(text, uuid);
	str key = packed ? str_make((char *)uuid, UUID_BYTES) : text;

	return intern_put_key(t, hash_of(key), key, packed);
}

uint32_t intern_put_uuid(struct intern *t, const uint8_t uuid[16])
{
	str key = str_make((const char *)uuid, UUID_BYTES);

	return intern_put_key(t, hash_of(key), key, true);
}

/*
 * Brings near what the keys with these hashes will touch, in three rounds, because each place is
 * known only from the one before: the slot, the start, the text.
 */
static void intern_fetch(const struct intern *t, const uint32_t *hashes, size_t count)
{
	uint32_t numbers[INTERN_WARM_MAX], mask = t->slot_count - 1;

	if (t->slot_count == 0)
		return;
	assert(count <= INTERN_WARM_MAX);
	for (size_t i = 0; i < count; i++)
		__builtin_prefetch(&t->slots[hashes[i] & mask]);
	for (size_t i = 0; i < count; i++) {
		uint32_t at = hashes[i] & mask;

		while (t->slots[at].number && t->slots[at].hash != hashes[i])
			at = (at + 1) & mask;
		numbers[i] = t->slots[at].number - 1;
		if (numbers[i] != INTERN_NONE)
			__builtin_prefetch(&t->starts[numbers[i]]);
	}
	for (size_t i = 0; i < count; i++)
		if (numbers[i] != INTERN_NONE)
			__builtin_prefetch(t->bytes + (t->starts[numbers[i]] >> 1));
}

void intern_warm(const struct intern *t, const uint8_t uuids[][16], size_t count)
{
	uint32_t hashes[INTERN_WARM_MAX] = {0};

	assert(count <= INTERN_WARM_MAX);
	for (size_t i = 0; i < count; i++)
		hashes[i] = hash_of(str_make((const char *)uuids[i], UUID_BYTES));
	intern_fetch(t, hashes, count);
}

static void put_some(struct intern *t, const str *texts, size_t count, uint32_t *ret)
{
	uint8_t uuids[INTERN_WARM_MAX][UUID_BYTES];
	uint32_t hashes[INTERN_WARM_MAX] = {0};
	bool packed[INTERN_WARM_MAX];
	str keys[INTERN_WARM_MAX];

	for (size_t i = 0; i < count; i++) {
		packed[i] = uuid_pack(texts[i], uuids[i]);
		keys[i] = packed[i] ? str_make((char *)uuids[i], UUID_BYTES) : texts[i];
		hashes[i] = hash_of(keys[i]);
	}
	intern_fetch(t, hashes, count);
	for (size_t i = 0; i < count; i++)
		ret[i] = intern_put_key(t, hashes[i], keys[i], packed[i]);
}

void intern_put_all(struct intern *t, const str *texts, size_t count, uint32_t *ret_numbers)
{
	for (size_t at = 0, n; at < count; at += n) {
		n = count - at < INTERN_WARM_MAX ? count - at : INTERN_WARM_MAX;
		put_some(t, texts + at, n, ret_numbers + at);
	}
}
