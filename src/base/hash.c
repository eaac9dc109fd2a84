/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-2-4, SHA-256 through libcrypto, and the kernel's random numbers. */
#include "base/hash.h"

#include <errno.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/arena.h"

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v0 = rotate(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v2 = rotate(s->v2, 32);
}

static inline void sip_word(struct sip *s, uint64_t word, int rounds)
{
	s->v3 ^= word;
	for (int i = 0; i < rounds; i++)
		sip_round(s);
	s->v0 ^= word;
}

static inline uint64_t load_word(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof word);
	return le64toh(word);
}

/* The bytes behind the last whole word; where there is one, what it ends with is shifted out. */
static inline uint64_t load_rest(str s, size_t rest)
{
	uint64_t word = 0;

	if (rest == 0)
		return 0;
	if (s.n > 8)
		return load_word(s.p + s.n - 8) >> (64 - 8 * rest);
	for (size_t i = rest; i-- > 0;)
		word = word << 8 | (unsigned char)s.p[i];
	return word;
}

static inline uint64_t sip_hash(const struct hash_key *key, str s, int rounds, int last_rounds)
{
	struct sip sip = {
		key->k0 ^ 0x736f6d6570736575ULL,
		key->k1 ^ 0x646f72616e646f6dULL,
		key->k0 ^ 0x6c7967656e657261ULL,
		key->k1 ^ 0x7465646279746573ULL,
	};
	size_t whole = s.n & ~(size_t)7;

	for (size_t i = 0; i < whole; i += 8)
		sip_word(&sip, load_word(s.p + i), rounds);
	sip_word(&sip, (uint64_t)s.n << 56 | load_rest(s, s.n - whole), rounds);
	sip.v2 ^= 0xff;
	for (int i = 0; i < last_rounds; i++)
		sip_round(&sip);
	return sip.v0 ^ sip.v1 ^ sip.v2 ^ sip.v3;
}

uint64_t hash_str(const struct hash_key *key, str s)
{
	return sip_hash(key, s, 2, 4);
}

uint64_t hash_quick(const struct hash_key *key, str s)
{
	return sip_hash(key, s, 1, 3);
}

uint64_t hash_nocase(const struct hash_key *key, str s)
{
	char space[256] = "", *lower = s.n <= sizeof space ? space : mem_alloc(s.n, 1);
	uint64_t hash;

	for (size_t i = 0; i < s.n; i++)
		lower[i] = ascii_lower(s.p[i]);
	hash = hash_str(key, str_make(lower, s.n));
	if (lower != space)
		free(lower);
	return hash;
}

static struct hash_key process_key;

static void process_key_draw(void)
{
	random_bytes(&process_key, sizeof process_key);
}

const struct hash_key *hash_process_key(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, process_key_draw);
	return &process_key;
}

void sha256(str s, uint8_t ret[32])
{
	SHA256((const unsigned char *)(s.p ? s.p : ""), s.n, ret);
}

void sha256_hex(str s, char ret[65])
{
	uint8_t digest[32];

	sha256(s, digest);
	for (int i = 0; i < 32; i++)
		snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}

void random_bytes(void *p, size_t n)
{
	char *at = p;

	while (n > 0) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort();
		at += got;
		n -= (size_t)got;
	}
}

uint64_t random_below(uint64_t limit)
{
	uint64_t value;

	random_bytes(&value, sizeof value);
	return limit ? value % limit : 0;
}

void uuid_make(char ret[37])
{
	struct timespec now;
	uint8_t b[16];
	uint64_t ms;

	clock_gettime(CLOCK_REALTIME, &now);
	ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	random_bytes(b, sizeof b);
	for (int i = 0; i < 6; i++)
		b[i] = (uint8_t)(ms >> (40 - 8 * i));
	b[6] = (uint8_t)(0x70 | (b[6] & 0x0f));
	b[8] = (uint8_t)(0x80 | (b[8] & 0x3f));
	for (int i = 0, at = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			ret[at++] = '-';
		snprintf(ret + at, 3, "%02x", b[i]);
		at += 2;
	}
}
