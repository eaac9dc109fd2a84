/* SPDX-License-Identifier: Apache-2.0 */
/* Keyed and unkeyed digests: SipHash-2-4 for tables and change detection, SHA-256 for checksums. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/str.h"

struct hash_key {
	uint64_t k0, k1;
};

/* SipHash-2-4 (Aumasson, Bernstein 2012). With a secret key nobody can craft a collision. */
uint64_t hash_str(const struct hash_key *key, str s);
/* SipHash-1-3: half the work, for tables in memory under hash_process_key; never stored. */
uint64_t hash_quick(const struct hash_key *key, str s);
uint64_t hash_nocase(const struct hash_key *key, str s); /* of the ASCII lower-cased text */
/* The key that this process drew at random at its start: for tables in memory, never stored. */
const struct hash_key *hash_process_key(void);

void sha256(str s, uint8_t ret[32]);
void sha256_hex(str s, char ret[65]); /* 64 hex digits and a NUL */

/* from the kernel; never fails, ends the process if it must */
void random_bytes(void *p, size_t n);
uint64_t random_below(uint64_t limit); /* 0 .. limit - 1, for jitter */
/* A version 7 UUID (RFC 9562) as 36 characters and a NUL: time-ordered, good as a key. */
void uuid_make(char ret[37]);

#endif
