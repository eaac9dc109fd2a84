/* SPDX-License-Identifier: Apache-2.0 */
/* Digests against their published vectors, and random numbers that look the part. */
#include "lib/unit.h"

#include "base/clock.h"
#include "base/hash.h"

/* The authors' vectors: key 00 01 .. 0f, input 00 01 .. of each length. */
static void test_siphash_vectors(void **state)
{
	static const uint64_t expected[] = {
		0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a, 0x85676696d7fb7e2d,
		0xcf2794e0277187b7, 0x18765564cd99a68d, 0xcbc9466e58fee3ce, 0xab0200f58b01d137,
		0x93f5f5799a932462, 0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7,
		0x751e8fbc860ee5fb, 0x14ea5627c0843d90, 0xf723ca908e7af2ee, 0xa129ca6149be45e5,
	};
	const struct hash_key key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
	char input[64];

	(void)state;
	for (size_t i = 0; i < sizeof input; i++)
		input[i] = (char)i;
	for (size_t n = 0; n < COUNT(expected); n++)
		assert_int_equal(hash_str(&key, str_make(input, n)), expected[n]);
	assert_int_equal(hash_str(&key, str_make(input, 63)), 0x958a324ceb064572);
}

static void test_nocase(void **state)
{
	const struct hash_key key = {1, 2};
	char long_lower[600], long_mixed[600];

	(void)state;
	assert_int_equal(hash_nocase(&key, STR("Ada@Example.COM")),
			 hash_str(&key, STR("ada@example.com")));
	assert_int_not_equal(hash_nocase(&key, STR("a")), hash_nocase(&key, STR("b")));
	memset(long_lower, 'x', sizeof long_lower);
	memset(long_mixed, 'X', sizeof long_mixed);
	for (size_t n = 254; n < 600; n += 86)
		assert_int_equal(hash_nocase(&key, str_make(long_mixed, n)),
				 hash_str(&key, str_make(long_lower, n)));
	assert_int_equal(hash_nocase(&key, STR("")), hash_str(&key, (str){NULL, 0}));
}

static void test_keys(void **state)
{
	const struct hash_key one = {1, 2}, two = {1, 3};

	(void)state;
	assert_int_not_equal(hash_str(&one, STR("x")), hash_str(&two, STR("x")));
	assert_ptr_equal(hash_process_key(), hash_process_key());
	assert_true(hash_process_key()->k0 != 0 || hash_process_key()->k1 != 0);
}

static void test_sha256(void **state)
{
	char hex[65];

	(void)state;
	sha256_hex((str){NULL, 0}, hex);
	assert_string_equal(hex,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha256_hex(STR("abc"), hex);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void test_random(void **state)
{
	uint8_t a[1000] = {0}, b[1000] = {0};
	bool seen[10] = {false};

	(void)state;
	random_bytes(a, sizeof a);
	random_bytes(b, sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
	for (int i = 0; i < 1000; i++) {
		uint64_t value = random_below(10);

		assert_true(value < 10);
		seen[value] = true;
	}
	for (int i = 0; i < 10; i++)
		assert_true(seen[i]);
	assert_int_equal(random_below(0), 0);
	assert_int_equal(random_below(1), 0);
}

/* Of every length: it depends on each byte, on the length and on the key, not on what lies around
 * the text. */
static void test_quick(void **state)
{
	const struct hash_key key = {1, 2}, other = {1, 3};
	char text[40], copy[48];

	(void)state;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)('a' + i % 26);
	for (size_t n = 0; n <= sizeof text; n++) {
		uint64_t hash = hash_quick(&key, str_make(text, n));

		memset(copy, '?', sizeof copy);
		memcpy(copy + 5, text, n);
		assert_true(hash == hash_quick(&key, str_make(copy + 5, n)));
		assert_true(hash != hash_quick(&other, str_make(text, n)));
		assert_true(hash != hash_str(&key, str_make(text, n)));
		for (size_t i = 0; i < n; i++) {
			copy[5 + i] ^= 1;
			assert_true(hash != hash_quick(&key, str_make(copy + 5, n)));
			copy[5 + i] ^= 1;
		}
		if (n)
			assert_true(hash != hash_quick(&key, str_make(text, n - 1)));
	}
}

static void test_uuid(void **state)
{
	char one[37], two[37];
	uint64_t ms, now = (uint64_t)clock_now() * 1000;

	(void)state;
	uuid_make(one);
	uuid_make(two);
	assert_int_equal(strlen(one), 36);
	assert_string_not_equal(one, two);
	assert_int_equal(one[14], '7');
	assert_non_null(strchr("89ab", one[19]));
	for (int i = 0; i < 36; i++)
		assert_true(i == 8 || i == 13 || i == 18 || i == 23
				    ? one[i] == '-'
				    : strchr("0123456789abcdef", one[i]) != NULL);
	/* The first 48 bits are the milliseconds, with a dash between. */
	ms = strtoull(one, NULL, 16) << 16 | strtoull(one + 9, NULL, 16);
	assert_true(ms + 5000 > now && ms < now + 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_siphash_vectors),
		cmocka_unit_test(test_nocase),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_quick),
		cmocka_unit_test(test_uuid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
