/* SPDX-License-Identifier: Apache-2.0 */
/* A set of distinct texts, each with a number: 0, 1, 2, ... in the order they came. */
#ifndef BASE_INTERN_H
#define BASE_INTERN_H

#include "base/str.h"

#define INTERN_NONE UINT32_MAX

/*
 * Zero-initialise; intern_clear frees. Texts are copied. A canonical lower-case UUID takes 16 bytes
 * instead of 36, so that millions of ids stay cheap. Not for sharing between threads.
 */
struct intern {
	char *bytes; /* the texts, packed */
	size_t used, room;
	uint64_t *starts; /* by number: where the text begins; the lowest bit says "packed UUID" */
	uint32_t count, starts_room;
	struct intern_slot {
		uint32_t hash; /* the low half of the text's */
		uint32_t number; /* + 1; 0: free */
	} * slots; /* open addressing */
	uint32_t slot_count;
};

void intern_clear(struct intern *t);
uint32_t intern_put(struct intern *t, str text); /* the number, new or known */
/* The same for many texts, several times as fast where the table is larger than the cache. */
void intern_put_all(struct intern *t, const str *texts, size_t count, uint32_t *ret_numbers);
uint32_t intern_find(const struct intern *t, str text); /* INTERN_NONE when it is not there */
/* The text of a number. A packed UUID is written into `space`; others point into the table and hold
 * until the next put. */
str intern_text(const struct intern *t, uint32_t number, char space[37]);

/* A canonical lower-case UUID as its 16 bytes and back; false for any other text. ret of unpack: 36
 * characters and a NUL. */
uint32_t intern_put_uuid(struct intern *t, const uint8_t uuid[16]); /* the same as its text */
/* A hint: brings near what intern_put_uuid will touch for these (64 at most), all at once instead
 * of one after the other. */
#define INTERN_WARM_MAX 64
void intern_warm(const struct intern *t, const uint8_t uuids[][16], size_t count);
bool uuid_pack(str text, uint8_t ret[16]);
void uuid_unpack(const uint8_t bytes[16], char ret[37]);

#endif
