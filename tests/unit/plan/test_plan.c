/* SPDX-License-Identifier: Apache-2.0 */
/* The door of the plan: what its checksum depends on, how much is printed, and what cannot be
 * planned. */
#include <stdio.h>

#include "lib/unit.h"
#include "plan/plan.h"
#include "view/view.h"

/* Some people of a source that an empty target is to get. */
struct world {
	struct snapshot source, target;
	struct memory memory;
	struct policy policy;
	struct abilities abilities;
};

static void world_open(struct world *w, size_t people)
{
	struct err err;
	char id[32], name[64];
	uint32_t row;

	*w = (struct world){
		.memory = {.key = {1, 2}, .fresh = true},
		.policy = {.sync = STR("crm"),
			   .from = STR("corp"),
			   .to = STR("crm"),
			   .manage_users = true,
			   .users_default = true,
			   .leaver_after = LEAVER_AFTER_UNSET,
			   .guard = {.removals_count = 5,
				     .removals_percent = 10,
				     .invitations = 50,
				     .rewrites_from = 10,
				     .team_from = 5}},
		.abilities = {.flags = ABILITY_CREATE_USERS | ABILITY_UPDATE_USERS |
				       ABILITY_DISABLE_USERS | ABILITY_DELETE_USERS},
	};
	assert_int_equal(snapshot_open(&w->source, "/tmp", &err), 0);
	assert_int_equal(snapshot_open(&w->target, "/tmp", &err), 0);
	for (size_t i = 0; i < people; i++) {
		snprintf(id, sizeof id, "%zu", i + 10);
		snprintf(name, sizeof name, "user%zu@example.com", i);
		snapshot_begin(&w->source);
		snapshot_field(&w->source, STR(PATH_USERNAME), str_of(name));
		assert_int_equal(snapshot_end(&w->source, ENTRY_USER, str_of(id), 0, &row, &err),
				 0);
	}
	w->source.complete = w->target.complete = true;
	assert_int_equal(snapshot_seal(&w->source, &err), 0);
	assert_int_equal(snapshot_seal(&w->target, &err), 0);
	list_push(&w->policy.match, STR(PATH_USERNAME));
}

static void world_close(struct world *w)
{
	snapshot_close(&w->source);
	snapshot_close(&w->target);
	list_clear(&w->policy.match);
	list_clear(&w->memory.users);
	memory_clear(&w->memory);
}

static void build(const struct world *w, int64_t now, struct plan *ret)
{
	struct plan_input in = {&w->policy, &w->abilities, &w->source, &w->target, &w->memory, now};
	struct err err;

	assert_int_equal(plan_build(&in, ret, &err), 0);
}

static void checksum_of(const struct plan *plan, char ret[65])
{
	plan_checksum(plan, ret);
	assert_int_equal(strlen(ret), 64);
}

static void test_checksum_is_of_what_is_done(void **state)
{
	char first[65], second[65];
	struct plan plan;
	struct world w;

	(void)state;
	world_open(&w, 3);
	build(&w, 1700000000, &plan);
	checksum_of(&plan, first);
	assert_string_equal(first, plan.checksum);

	plan.sync = STR("other");
	checksum_of(&plan, second);
	assert_string_not_equal(first, second);
	plan.sync = STR("crm");
	plan.changes.items[0].role = STR("admin");
	checksum_of(&plan, second);
	assert_string_not_equal(first, second);
	plan.changes.items[0].role = STR("");
	plan.objects.items[0].fields[0].value = STR("someone.else@example.com");
	checksum_of(&plan, second);
	assert_string_not_equal(first, second);
	plan_clear(&plan);
	world_close(&w);
}

static void test_checksum_is_not_of_what_surrounds_it(void **state)
{
	char first[65], second[65];
	struct plan plan;
	struct world w;

	(void)state;
	world_open(&w, 3);
	build(&w, 1700000000, &plan);
	checksum_of(&plan, first);
	plan.changes.items[0].reason = STR("because");
	plan.verdict = VERDICT_HELD;
	plan.counts.create = 77;
	plan.source_users = 99;
	plan.objects.items[0].target_row = 5;
	checksum_of(&plan, second);
	assert_string_equal(first, second);
	plan_clear(&plan);
	world_close(&w);
}

/* A held plan of today is that of tomorrow, although its reasons speak of dates. */
static void test_checksum_stays_while_time_passes(void **state)
{
	struct plan today, tomorrow;
	struct world w;
	uint32_t row;
	struct err err;

	(void)state;
	world_open(&w, 0);
	snapshot_begin(&w.target);
	snapshot_field(&w.target, STR(PATH_USERNAME), STR("eve"));
	assert_int_equal(snapshot_end(&w.target, ENTRY_USER, STR("900"), 0, &row, &err), 0);
	list_push(&w.memory.users,
		  ((struct link){intern_put(&w.source.ids, STR("13")),
				 intern_put(&w.target.ids, STR("900")), 0, 0, LINK_CREATED}));
	build(&w, 1700000000, &today);
	build(&w, 1700000000 + 86400, &tomorrow);
	assert_int_equal(today.changes.count, 1);
	assert_int_equal(today.changes.items[0].kind, CHANGE_DISABLE_USER);
	assert_string_equal(today.checksum, tomorrow.checksum);
	plan_clear(&today);
	plan_clear(&tomorrow);
	world_close(&w);
}

static void test_lines_are_limited(void **state)
{
	struct print_options options = {.lines = 2};
	struct buf out = {0};
	struct plan plan;
	struct world w;

	(void)state;
	world_open(&w, 5);
	build(&w, 1700000000, &plan);
	plan_print_text(&plan, &options, &out);
	assert_non_null(strstr(out.p, "crm: 5 to create"));
	assert_non_null(strstr(out.p, "user1@example.com"));
	assert_null(strstr(out.p, "user2@example.com"));
	assert_non_null(strstr(out.p, "  ... and 3 more to create user\n"));
	buf_clear(&out);
	plan_clear(&plan);
	world_close(&w);
}

static void test_color_only_when_asked(void **state)
{
	struct print_options plain = {0}, colored = {.color = true};
	struct buf out = {0};
	struct plan plan;
	struct world w;

	(void)state;
	world_open(&w, 1);
	build(&w, 1700000000, &plan);
	plan_print_text(&plan, &plain, &out);
	assert_null(strchr(out.p, '\033'));
	plan_print_text(&plan, &colored, &out);
	assert_non_null(strchr(out.p, '\033'));
	buf_clear(&out);
	plan_clear(&plan);
	world_close(&w);
}

static void test_nothing_to_do(void **state)
{
	struct print_options plain = {0};
	struct buf out = {0};
	struct plan plan;
	struct world w;

	(void)state;
	world_open(&w, 0);
	build(&w, 1700000000, &plan);
	assert_true(plan_is_empty(&plan));
	plan_print_text(&plan, &plain, &out);
	assert_string_equal(
		out.p, "crm: nothing to do            from corp, 0 users, 0 teams, complete\n");
	buf_clear(&out);
	plan_clear(&plan);
	world_close(&w);
}

static void test_numbers_and_order(void **state)
{
	struct plan plan;
	struct world w;

	(void)state;
	world_open(&w, 20);
	build(&w, 1700000000, &plan);
	assert_int_equal(plan.changes.count, 20);
	for (size_t i = 0; i < plan.changes.count; i++) {
		const struct change *c = &plan.changes.items[i];

		assert_int_equal(c->number, i + 1);
		assert_true(i == 0 ||
			    str_compare(plan.objects.items[plan.changes.items[i - 1].user].label,
					plan.objects.items[c->user].label) < 0);
	}
	plan_clear(&plan);
	world_close(&w);
}

static void test_created_carry_the_mark(void **state)
{
	const struct object *o;
	struct plan plan;
	struct world w;
	str mark = {NULL, 0};

	(void)state;
	world_open(&w, 1);
	build(&w, 1700000000, &plan);
	o = &plan.objects.items[plan.changes.items[0].user];
	for (size_t i = 0; i < o->field_count; i++)
		if (str_equal(o->fields[i].name, STR(PATH_EXTERNALID)))
			mark = o->fields[i].value;
	assert_str_equal(mark, "10");
	assert_str_equal(o->source_id, "10");
	plan_clear(&plan);
	world_close(&w);
}

static void test_too_many_match_paths(void **state)
{
	struct plan_input in;
	struct plan plan;
	struct world w;
	struct err err;

	(void)state;
	world_open(&w, 1);
	for (int i = 0; i < 40; i++)
		list_push(&w.policy.match, STR("title"));
	in = (struct plan_input){&w.policy, &w.abilities, &w.source, &w.target, &w.memory, 1};
	assert_int_equal(plan_build(&in, &plan, &err), -1);
	assert_int_equal(err.code, CODE_CONFIG);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checksum_is_of_what_is_done),
		cmocka_unit_test(test_checksum_is_not_of_what_surrounds_it),
		cmocka_unit_test(test_checksum_stays_while_time_passes),
		cmocka_unit_test(test_lines_are_limited),
		cmocka_unit_test(test_color_only_when_asked),
		cmocka_unit_test(test_nothing_to_do),
		cmocka_unit_test(test_numbers_and_order),
		cmocka_unit_test(test_created_carry_the_mark),
		cmocka_unit_test(test_too_many_match_paths),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
