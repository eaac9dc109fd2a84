/* SPDX-License-Identifier: Apache-2.0 */
/* Interned texts: numbers in order, packed UUIDs, long and odd texts, many of them. */
#include "lib/unit.h"

#include <stdio.h>

#include "base/intern.h"

static const char UUID[] = "0123abcd-4567-89ef-0123-456789abcdef";

static void check(const struct intern *t, uint32_t number, const char *text)
{
	char space[37];

	assert_str_equal(intern_text(t, number, space), text);
	assert_int_equal(intern_find(t, str_of(text)), number);
}

static void test_numbers_in_order(void **state)
{
	struct intern t = {0};

	(void)state;
	assert_int_equal(intern_find(&t, STR("a")), INTERN_NONE);
	assert_int_equal(intern_put(&t, STR("a")), 0);
	assert_int_equal(intern_put(&t, STR("")), 1);
	assert_int_equal(intern_put(&t, STR("b")), 2);
	assert_int_equal(intern_put(&t, STR("a")), 0);
	assert_int_equal(intern_put(&t, (str){NULL, 0}), 1);
	assert_int_equal(t.count, 3);
	check(&t, 0, "a");
	check(&t, 1, "");
	check(&t, 2, "b");
	assert_int_equal(intern_find(&t, STR("A")), INTERN_NONE);
	intern_clear(&t);
	assert_int_equal(t.count, 0);
	intern_clear(&t);
}

static void test_uuids_are_packed(void **state)
{
	struct intern t = {0};

	(void)state;
	assert_int_equal(intern_put(&t, STR(UUID)), 0);
	assert_int_equal(t.used, 16);
	check(&t, 0, UUID);
	assert_int_equal(intern_put(&t, STR(UUID)), 0);
	intern_clear(&t);
}

/* What only looks like a UUID, and the very bytes that a packed one has, stay themselves. */
static void test_near_uuids(void **state)
{
	static const char *const near[] = {
		"0123ABCD-4567-89EF-0123-456789ABCDEF",
		"0123abcd-4567-89ef-0123-456789abcdeg",
		"0123abcd-4567-89ef-0123-456789abcde",
		"0123abcd-4567-89ef-0123-456789abcdef0",
		"0123abcd_4567-89ef-0123-456789abcdef",
		"0123abcd-4567-89ef-0123-456789abcd-f",
		"0123abc--4567-89ef-0123-456789abcdef",
		"{123abcd-4567-89ef-0123-456789abcde}",
		/* The very bytes of the packed one (hexadecimal escapes would swallow the letters).
		 */
		"\001\043\253\315\105\147\211\357\001\043\105\147\211\253\315\357",
	};
	struct intern t = {0};

	(void)state;
	intern_put(&t, STR(UUID));
	for (uint32_t i = 0; i < COUNT(near); i++)
		assert_int_equal(intern_put(&t, str_of(near[i])), i + 1);
	for (uint32_t i = 0; i < COUNT(near); i++)
		check(&t, i + 1, near[i]);
	check(&t, 0, UUID);
	intern_clear(&t);
}

static void test_lengths(void **state)
{
	static const size_t lengths[] = {253, 254, 255, 256, 70000};
	struct intern t = {0};
	char *text = malloc(70001);

	(void)state;
	for (uint32_t i = 0; i < COUNT(lengths); i++) {
		memset(text, 'x', lengths[i]);
		assert_int_equal(intern_put(&t, str_make(text, lengths[i])), i);
	}
	for (uint32_t i = 0; i < COUNT(lengths); i++) {
		char space[37];

		memset(text, 'x', lengths[i]);
		assert_int_equal(intern_find(&t, str_make(text, lengths[i])), i);
		assert_int_equal(intern_text(&t, i, space).n, lengths[i]);
	}
	assert_int_equal(intern_put(&t, STR("a\0b")), COUNT(lengths));
	assert_int_equal(intern_find(&t, STR("a\0c")), INTERN_NONE);
	free(text);
	intern_clear(&t);
}

static void test_many(void **state)
{
	enum { MANY = 200000 };
	struct intern t = {0};
	char text[64];

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(text, sizeof text,
			 i % 2 ? "%08x-0000-4000-8000-000000000000" : "user%u@example.com", i);
		assert_int_equal(intern_put(&t, str_of(text)), i);
	}
	for (uint32_t i = 0; i < MANY; i++) {
		char space[37];

		snprintf(text, sizeof text,
			 i % 2 ? "%08x-0000-4000-8000-000000000000" : "user%u@example.com", i);
		assert_int_equal(intern_find(&t, str_of(text)), i);
		assert_true(str_equal(intern_text(&t, i, space), str_of(text)));
	}
	assert_int_equal(intern_find(&t, STR("nobody")), INTERN_NONE);
	/* Half of them 16 bytes, half about 24, and at most half as much again in reserve. */
	assert_true(t.room < (size_t)MANY * 21 * 3 / 2 + 1000);
	intern_clear(&t);
}

/* The door for ids that are 16 bytes already, and the hint before it, which changes nothing. */
static void test_uuid_bytes(void **state)
{
	enum { MANY = 1000 };
	uint8_t ids[INTERN_WARM_MAX][16], again[16];
	struct intern t = {0};
	char text[37];

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		size_t at = i % INTERN_WARM_MAX;

		memset(ids[at], (int)(i % 251), 16);
		memcpy(ids[at], &i, sizeof i);
		intern_warm(&t, (const uint8_t(*)[16])ids, at + 1);
		assert_int_equal(intern_put_uuid(&t, ids[at]), i);
		assert_int_equal(intern_put_uuid(&t, ids[at]), i);
		uuid_unpack(ids[at], text);
		assert_true(uuid_pack(str_of(text), again));
		assert_memory_equal(again, ids[at], 16);
		assert_int_equal(intern_find(&t, str_of(text)), i);
		assert_int_equal(intern_put(&t, str_of(text)), i);
	}
	assert_int_equal(t.count, MANY);
	/* The bytes as a text are another key. */
	assert_int_equal(intern_put(&t, str_make((char *)ids[0], 16)), MANY);
	intern_clear(&t);
}

/* Many at a time get the numbers that they would get one by one: new, known, and twice in a row. */
static void test_put_all(void **state)
{
	enum { MANY = 300 };
	struct intern one = {0}, all = {0};
	uint32_t numbers[MANY];
	char space[MANY][48];
	str texts[MANY];

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		uint32_t of = i * i % 97;

		snprintf(space[i], sizeof space[i],
			 of % 3 ? "%08x-0000-4000-8000-000000000000" : "uid=user%u,dc=x", of);
		texts[i] = i % 50 == 49 ? STR("") : str_of(space[i]);
	}
	intern_put_all(&all, texts, 0, numbers);
	for (int round = 0; round < 2; round++) {
		intern_put_all(&all, texts, MANY, numbers);
		for (uint32_t i = 0; i < MANY; i++)
			assert_int_equal(numbers[i], intern_put(&one, texts[i]));
		assert_int_equal(all.count, one.count);
	}
	intern_clear(&one);
	intern_clear(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_in_order),
		cmocka_unit_test(test_uuids_are_packed),
		cmocka_unit_test(test_near_uuids),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_uuid_bytes),
		cmocka_unit_test(test_put_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
