/* SPDX-License-Identifier: Apache-2.0 */
/* What must be said to decide about what is held, and how long that counts. */
#include "model/decision.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define DAY ((int64_t)24 * 3600)

static enum code answer(str digits, bool approve)
{
	const struct held_thing thing = {STR("4f1c9a00aabbccdd"), "plan 7", "plan 7",
					 "look at it again"};
	struct err err = {0};

	return decision_check(&thing, digits, approve, &err) < 0 ? err.code : CODE_DONE;
}

static void the_first_digits_are_enough(void **state)
{
	(void)state;
	assert_int_equal(answer(STR("4f1c9a"), true), CODE_DONE);
	assert_int_equal(answer(STR("4F1C9A00AABBCCDD"), true), CODE_DONE);
	assert_int_equal(answer(STR("4f1c9"), true), CODE_USAGE);
	assert_int_equal(answer(STR(""), true), CODE_USAGE);
	assert_int_equal(answer(STR("4f1c9b"), true), CODE_STALE);
	assert_int_equal(answer(STR("4f1c9a00aabbccdd0"), true), CODE_STALE);
	/* To reject, no digits are needed; but when some are given they must be right. */
	assert_int_equal(answer(STR(""), false), CODE_DONE);
	assert_int_equal(answer(STR("4f1c9"), false), CODE_USAGE);
	assert_int_equal(answer(STR("4f1c9b"), false), CODE_STALE);
}

static void not_every_plan_can_be_decided(void **state)
{
	static const struct {
		enum plan_state state;
		bool approvable, approve;
		enum code code;
	} rows[] = {
		{PLAN_HELD, true, true, CODE_DONE},      {PLAN_APPROVED, true, false, CODE_DONE},
		{PLAN_REJECTED, true, true, CODE_DONE},  {PLAN_HELD, false, true, CODE_HELD},
		{PLAN_HELD, false, false, CODE_DONE},    {PLAN_USED, true, true, CODE_STALE},
		{PLAN_REPLACED, true, true, CODE_STALE}, {PLAN_EXPIRED, true, false, CODE_STALE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct held_plan plan = {.number = 7,
					 .sync = STR("crm"),
					 .checksum = STR("4f1c9a00"),
					 .state = rows[i].state,
					 .approvable = rows[i].approvable};
		struct err err = {0};
		int rc = decision_check_plan(&plan, STR("4f1c9a"), rows[i].approve, &err);

		assert_int_equal(rc < 0 ? err.code : CODE_DONE, rows[i].code);
		assert_true(rc == 0 || strstr(err.text, "plan 7"));
	}
}

static void decisions_expire(void **state)
{
	struct held_plan plan = {.state = PLAN_HELD, .approvable = true, .expires = DAY};

	(void)state;
	assert_int_equal(decision_state(PLAN_HELD, DAY, DAY - 1), PLAN_HELD);
	assert_int_equal(decision_state(PLAN_HELD, DAY, DAY), PLAN_EXPIRED);
	assert_int_equal(decision_state(PLAN_APPROVED, DAY, DAY), PLAN_EXPIRED);
	assert_int_equal(decision_state(PLAN_REJECTED, DAY, 2 * DAY), PLAN_REJECTED);
	assert_false(decision_lets_pass(&plan));
	plan.state = PLAN_APPROVED;
	assert_true(decision_lets_pass(&plan));
	/* Held once more: the approval keeps its own end, and ends. */
	decision_hold_again(&plan, DAY - 1);
	assert_true(plan.state == PLAN_APPROVED && plan.expires == DAY && plan.held == DAY - 1);
	decision_hold_again(&plan, DAY);
	assert_true(plan.state == PLAN_HELD && plan.expires == DAY + DECISION_LIFE);
	plan.state = PLAN_REJECTED;
	decision_hold_again(&plan, 2 * DAY);
	assert_true(plan.state == PLAN_REJECTED && plan.expires == 2 * DAY + DECISION_LIFE);
	plan.state = PLAN_REPLACED;
	decision_hold_again(&plan, 3 * DAY);
	assert_true(plan.state == PLAN_HELD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_digits_are_enough),
		cmocka_unit_test(not_every_plan_can_be_decided),
		cmocka_unit_test(decisions_expire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
