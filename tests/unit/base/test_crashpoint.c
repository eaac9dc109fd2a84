/* SPDX-License-Identifier: Apache-2.0 */
/* The fault counter: it counts, stops where it is told, by call or by environment, and else never.
 */
#include "lib/unit.h"

#include <unistd.h>

#include "base/crashpoint.h"

static void take_steps(void *count)
{
	for (int i = 0; i < *(int *)count; i++)
		crashpoint_pass("a step");
	_exit(crashpoint_count() == (uint64_t) * (int *)count ? 0 : 1);
}

static void stop_then_step(void *step)
{
	int five = 5;

	crashpoint_set(*(uint64_t *)step);
	take_steps(&five);
}

static void test_counting(void **state)
{
	int many = 1000;

	(void)state;
	assert_int_equal(run_apart(take_steps, &many), 0);
	crashpoint_set(0);
	assert_int_equal(crashpoint_count(), 0);
	crashpoint_pass("one");
	crashpoint_pass("two");
	assert_int_equal(crashpoint_count(), 2);
	crashpoint_set(0);
	assert_int_equal(crashpoint_count(), 0);
}

static void test_stop_at(void **state)
{
	(void)state;
	for (uint64_t step = 1; step <= 5; step++)
		assert_int_equal(run_apart(stop_then_step, &step), CRASHPOINT_EXIT);
	for (uint64_t step = 6; step <= 7; step++)
		assert_int_equal(run_apart(stop_then_step, &step), 0);
}

/* Execs itself, so that the environment is asked in a fresh process. */
static void run_itself(void *value)
{
	char program[200] = "";

	if (readlink("/proc/self/exe", program, sizeof program - 1) < 0)
		_exit(50);
	setenv("MUSTER_FAULT_AT", value, 1);
	execl(program, program, "five-steps", NULL);
	_exit(51);
}

static void test_environment(void **state)
{
	(void)state;
	assert_int_equal(run_apart(run_itself, (char[]){"3"}), CRASHPOINT_EXIT);
	assert_int_equal(run_apart(run_itself, (char[]){"5"}), CRASHPOINT_EXIT);
	assert_int_equal(run_apart(run_itself, (char[]){"6"}), 0);
	assert_int_equal(run_apart(run_itself, (char[]){"0"}), 0);
	assert_int_equal(run_apart(run_itself, (char[]){"nonsense"}), 0);
	assert_int_equal(run_apart(run_itself, (char[]){"-3"}), 0);
}

int main(int count, char **words)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_counting),
		cmocka_unit_test(test_stop_at),
	};
	int five = 5;

	if (count > 1 && strcmp(words[1], "five-steps") == 0)
		take_steps(&five);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
