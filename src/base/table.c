/* SPDX-License-Identifier: Apache-2.0 */
/* Interned texts: packed bytes, an index by number and an open-addressing index by hash. */
#include "base/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"

/* A text is stored as one byte of length (255: eight more bytes follow with it) and its bytes; a
 * UUID as 16 bytes. */
enum { LONG_TEXT = 255, UUID_TEXT = 36, UUID_BYTES = 16 };

void table_clear(struct table *t)
{
	free(t->bytes);
	free(t->starts);
	free(t->slots);
	*t = (struct table){0};
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_dash_place(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

bool uuid_pack(str text, uint8_t ret[16])
{
	size_t at = 0;

	if (text.n != UUID_TEXT)
		return false;
	for (size_t i = 0; i < UUID_TEXT;) {
		int high, low;

		if (is_dash_place(i)) {
			if (text.p[i++] != '-')
				return false;
			continue;
		}
		high = hex_value(text.p[i]);
		low = hex_value(text.p[i + 1]);
		if (high < 0 || low < 0)
			return false;
		ret[at++] = (uint8_t)(high << 4 | low);
		i += 2;
	}
	return true;
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

static bool is_packed(const struct table *t, uint32_t number)
{
	return t->starts[number] & 1;
}

/* What is stored for a number: the packed 16 bytes or the text itself. */
static str stored(const struct table *t, uint32_t number)
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

str table_text(const struct table *t, uint32_t number, char space[37])
{
	str s;

	assert(number < t->count);
	s = stored(t, number);
	if (!is_packed(t, number))
		return s;
	uuid_unpack((const uint8_t *)s.p, space);
	return str_make(space, UUID_TEXT);
}

/* The slot that holds the key, or the free one where it belongs. */
static uint32_t *slot_for(const struct table *t, str key, bool packed)
{
	uint32_t mask = t->slot_count - 1;
	uint32_t at = (uint32_t)hash_str(hash_process_key(), key) & mask;

	for (;; at = (at + 1) & mask) {
		uint32_t number = t->slots[at];

		if (number == 0 ||
		    (is_packed(t, number - 1) == packed && str_equal(stored(t, number - 1), key)))
			return &t->slots[at];
	}
}

static void grow_slots(struct table *t)
{
	uint32_t old_count = t->slot_count, *old = t->slots;

	t->slot_count = old_count ? old_count * 2 : 16;
	t->slots = mem_alloc(t->slot_count, sizeof *t->slots);
	for (uint32_t i = 0; i < old_count; i++)
		if (old[i])
			*slot_for(t, stored(t, old[i] - 1), is_packed(t, old[i] - 1)) = old[i];
	free(old);
}

static void append(struct table *t, const void *p, size_t n)
{
	if (t->room - t->used < n) {
		/* By a half: the texts of a million ids are the largest thing a run holds. */
		t->room = t->room + t->room / 2 + n + 256;
		t->bytes = mem_resize(t->bytes, t->room, 1);
	}
	memcpy(t->bytes + t->used, p, n);
	t->used += n;
}

static void append_text(struct table *t, str text)
{
	uint8_t short_length = text.n < LONG_TEXT ? (uint8_t)text.n : LONG_TEXT;
	uint64_t long_length = text.n;

	append(t, &short_length, 1);
	if (short_length == LONG_TEXT)
		append(t, &long_length, sizeof long_length);
	append(t, text.n ? text.p : "", text.n);
}

uint32_t table_find(const struct table *t, str text)
{
	uint8_t uuid[UUID_BYTES];
	bool packed = uuid_pack(text, uuid);
	uint32_t number;

	if (t->slot_count == 0)
		return TABLE_NONE;
	number = *slot_for(t, packed ? str_make((char *)uuid, UUID_BYTES) : text, packed);
	return number ? number - 1 : TABLE_NONE;
}

uint32_t table_put(struct table *t, str text)
{
	uint8_t uuid[UUID_BYTES];
	bool packed = uuid_pack(text, uuid);
	str key = packed ? str_make((char *)uuid, UUID_BYTES) : text;
	uint32_t *slot;

	/* At most three quarters full, or the probes get long. */
	if (t->count >= t->slot_count / 4 * 3)
		grow_slots(t);
	slot = slot_for(t, key, packed);
	if (*slot)
		return *slot - 1;
	if (t->count == t->starts_room) {
		t->starts_room = t->starts_room + t->starts_room / 2 + 16;
		t->starts = mem_resize(t->starts, t->starts_room, sizeof *t->starts);
	}
	t->starts[t->count] = (uint64_t)t->used << 1 | packed;
	if (packed)
		append(t, uuid, UUID_BYTES);
	else
		append_text(t, text);
	*slot = ++t->count;
	return t->count - 1;
}
