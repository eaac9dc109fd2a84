/* SPDX-License-Identifier: Apache-2.0 */
/* Arenas and lists: alignment, zeroes, large pieces, growth, and the end when memory is out. */
#include "lib/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/list.h"

static void test_pieces(void **state)
{
	struct arena a = {0};
	char *pieces[2000];

	(void)state;
	for (size_t i = 0; i < COUNT(pieces); i++) {
		size_t size = i * 37 % 700;

		pieces[i] = arena_alloc(&a, size);
		assert_int_equal((uintptr_t)pieces[i] % 16, 0);
		for (size_t k = 0; k < size; k++)
			assert_int_equal(pieces[i][k], 0);
		memset(pieces[i], (int)i, size);
	}
	for (size_t i = 0; i < COUNT(pieces); i++)
		for (size_t k = 0; k < i * 37 % 700; k++)
			assert_int_equal((unsigned char)pieces[i][k], (unsigned char)i);
	arena_clear(&a);
	assert_null(a.blocks);
	assert_int_equal(a.total, 0);
	arena_clear(&a);
}

/* A large piece must not cost the rest of the block that is in use. */
static void test_large_pieces_stand_apart(void **state)
{
	struct arena a = {0};
	char *first = arena_alloc(&a, 16);
	char *large = arena_alloc(&a, 1 << 20);
	char *second = arena_alloc(&a, 16);

	(void)state;
	assert_ptr_equal(second, first + 16);
	memset(large, 1, 1 << 20);
	assert_int_equal(second[0], 0);
	assert_true(a.total >= (1 << 20) && a.total < (1 << 20) + 200000);
	arena_clear(&a);
}

static void test_reset_keeps_a_block(void **state)
{
	struct arena a = {0};
	char *first = arena_alloc(&a, 100), *again;

	(void)state;
	memset(first, 1, 100);
	arena_alloc(&a, 1 << 20);
	for (int i = 0; i < 10; i++)
		arena_alloc(&a, 10000);
	arena_reset(&a);
	assert_true(a.total < 100000);
	again = arena_alloc(&a, 100);
	for (int i = 0; i < 100; i++)
		assert_int_equal(again[i], 0);
	arena_clear(&a);
	arena_reset(&a);
	assert_null(a.blocks);
}

static void test_a_large_piece_first(void **state)
{
	struct arena a = {0};
	char *large = arena_alloc(&a, 300000);

	(void)state;
	memset(large, 1, 300000);
	memset(arena_alloc(&a, 1000), 2, 1000);
	for (int i = 0; i < 300000; i++)
		assert_int_equal(large[i], 1);
	arena_clear(&a);
}

static void test_texts(void **state)
{
	struct arena a = {0};
	char local[] = "changes";
	str copy = arena_str(&a, str_of(local));

	(void)state;
	local[0] = 'X';
	assert_str_equal(copy, "changes");
	assert_int_equal(copy.p[copy.n], 0);
	assert_string_equal(arena_text(&a, (str){NULL, 0}), "");
	assert_str_equal(arena_printf(&a, "%s-%d", "a", 7), "a-7");
	assert_memory_equal(arena_text(&a, STR("a\0b")), "a\0b", 4);
	arena_clear(&a);
}

static void ask_for_too_much(void *data)
{
	struct arena a = {0};

	/* So that the child dies of mem_out and not of the sanitizer's own limit. */
	if (!freopen("/dev/null", "w", stderr))
		_exit(50);
	if (*(int *)data == 0)
		arena_alloc_array(&a, SIZE_MAX / 4, 8);
	else if (*(int *)data == 1)
		arena_alloc(&a, SIZE_MAX - 5);
	else
		mem_resize(NULL, SIZE_MAX / 4, 8);
}

static void test_overflow_ends_the_process(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(run_apart(ask_for_too_much, &i), 1);
}

static void test_heap_door(void **state)
{
	char *p = mem_alloc(10, 10);

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_int_equal(p[i], 0);
	p = mem_resize(p, 1000, 1);
	memset(p, 1, 1000);
	free(p);
	p = mem_alloc(0, 8);
	assert_non_null(p);
	p = mem_resize(p, 0, 8);
	assert_non_null(p);
	free(p);
}

struct pair {
	int a, b;
};

static void test_list(void **state)
{
	LIST(struct pair) list = {0};
	int sum = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct pair *p = list_add(&list);

		assert_int_equal(p->a, 0);
		assert_int_equal(p->b, 0);
		p->a = i;
	}
	list_push(&list, ((struct pair){7, 8}));
	assert_int_equal(list.count, 1001);
	list_each (struct pair, p, &list)
		sum += p->a;
	assert_int_equal(sum, 999 * 1000 / 2 + 7);
	/* An item that is used again is zeroed again. */
	list.count = 3;
	assert_int_equal(list_add(&list)->a, 0);
	assert_int_equal(list.items[2].a, 2);
	list_clear(&list);
	assert_null(list.items);
	assert_int_equal(list.count + list.room, 0);
	list_each (struct pair, p, &list)
		fail();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_large_pieces_stand_apart),
		cmocka_unit_test(test_reset_keeps_a_block),
		cmocka_unit_test(test_a_large_piece_first),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_overflow_ends_the_process),
		cmocka_unit_test(test_heap_door),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
