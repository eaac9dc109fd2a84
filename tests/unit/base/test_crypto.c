/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures against their published vectors, and base64url that has one text for the same bytes.
 */
#include "lib/unit.h"

#include "base/crypto.h"

/* RFC 4231, test case 2, with its key filled up with zeros, which HMAC does itself. */
static void test_hmac_vector(void **state)
{
	static const uint8_t key[HMAC_SIZE] = {'J', 'e', 'f', 'e'};
	static const uint8_t expected[HMAC_SIZE] = {0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e,
						    0x6a, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xc7,
						    0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83,
						    0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43};
	uint8_t made[HMAC_SIZE];

	(void)state;
	hmac_sha256(key, STR("what do ya want for nothing?"), made);
	assert_memory_equal(made, expected, HMAC_SIZE);
}

/* RFC 4648 10, without padding. */
static void test_base64url_vectors(void **state)
{
	static const char *const texts[][2] = {
		{"", ""},
		{"f", "Zg"},
		{"fo", "Zm8"},
		{"foo", "Zm9v"},
		{"foob", "Zm9vYg"},
		{"fooba", "Zm9vYmE"},
		{"foobar", "Zm9vYmFy"},
		{"\xfb\xff", "-_8"},
	};
	struct buf out = {0};
	uint8_t back[8];
	size_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		buf_reset(&out);
		base64url_put(&out, texts[i][0], strlen(texts[i][0]));
		assert_true(str_equal(buf_str(&out), str_of(texts[i][1])));
		assert_true(base64url_read(str_of(texts[i][1]), back, sizeof back, &n));
		assert_int_equal(n, strlen(texts[i][0]));
		assert_memory_equal(back, texts[i][0], n);
	}
	buf_clear(&out);
}

static void test_base64url_refuses_what_it_would_not_write(void **state)
{
	/* padding, the other alphabet, left-over bits, half a byte, a NUL */
	static const char *const texts[] = {"Zg==", "+/8", "Zh", "Zm9", "Z", "Zg "};
	uint8_t back[8];
	size_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_false(base64url_read(str_of(texts[i]), back, sizeof back, &n));
	assert_false(base64url_read(str_make("Z\0", 2), back, sizeof back, &n));
	assert_false(base64url_read(STR("Zm9vYmFy"), back, 5, &n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hmac_vector),
		cmocka_unit_test(test_base64url_vectors),
		cmocka_unit_test(test_base64url_refuses_what_it_would_not_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
