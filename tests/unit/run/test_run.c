/* SPDX-License-Identifier: Apache-2.0 */
/* The road of a sync end to end: a roster as the source, a remote in memory as the target, every
 * kind of ending. */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crashpoint.h"
#include "base/file.h"
#include "base/log.h"
#include "lib/remote.h"
#include "lib/unit.h"
#include "run/run.h"

#define NOW INT64_C(1795000000) /* 2026-11-18 */

static const char roster[] =
	"users:\n"
	"  - {id: '1', userName: ada@example.com, displayName: Ada}\n"
	"  - {id: '2', userName: bob@example.com, displayName: Bob}\n"
	"  - {id: '3', userName: eve@example.com, displayName: Eve}\n"
	"teams:\n"
	"  - {id: t1, displayName: eng, members: [ada@example.com, bob@example.com]}\n"
	"  - {id: t2, displayName: ops, members: [eve@example.com]}\n";

struct world {
	char folder[32];
	struct arena arena;
	struct abilities abilities;
	struct remote remote;
	struct config *config;
	struct state *state;
};

static const char *in_folder(struct world *w, const char *name)
{
	return arena_printf(&w->arena, "%s/%s", w->folder, name).p;
}

static void write_roster(struct world *w, const char *text)
{
	assert_int_equal(file_replace(in_folder(w, "staff.yaml"), str_of(text), 0600, NULL), 0);
}

static struct kind *world_kinds(struct world *w)
{
	struct kind *kinds = arena_array(&w->arena, struct kind, 2);

	kinds[0] = (struct kind){.name = "file",
				 .summary = "a roster",
				 .keys = connector_find(STR("file"))->settings,
				 .reads = true};
	kinds[1] = (struct kind){.name = "remote",
				 .summary = "the remote",
				 .keys = arena_new(&w->arena, struct key),
				 .writes = true,
				 .manages = true};
	return kinds;
}

static void load_config(struct world *w, const char *sync)
{
	struct diagnostics diags = {0};
	str text = arena_printf(&w->arena,
				"version: 1\nstate: %s\nsystems:\n  staff: {kind: file, path: %s}\n"
				"  crm: {kind: remote}\nsyncs:\n  crm: {from: staff, to: crm%s}\n",
				in_folder(w, "state.db"), in_folder(w, "staff.yaml"), sync);

	if (config_parse("test.yaml", text, world_kinds(w), 2, &w->config, &diags) < 0)
		diag_print(&diags, stderr, false);
	assert_non_null(w->config);
	diag_clear(&diags);
}

static int world_open(void **state)
{
	struct world *w = mem_alloc(1, sizeof *w);
	struct snapshot empty;

	log_level_set(LOG_LEVEL_ERROR);
	folder_make(w->folder);
	w->abilities = (struct abilities){
		.flags = ABILITY_CREATE_USERS | ABILITY_UPDATE_USERS | ABILITY_DISABLE_USERS |
			 ABILITY_DELETE_USERS | ABILITY_GROUPS | ABILITY_MEMBERS |
			 ABILITY_GROUP_EXTERNALID,
		.removal = STR("deletes the account"),
	};
	w->remote =
		(struct remote){.path = in_folder(w, "remote.json"), .abilities = &w->abilities};
	remote_use(&w->remote);
	assert_int_equal(snapshot_open(&empty, NULL, NULL), 0);
	remote_seed(w->remote.path, &empty);
	snapshot_close(&empty);
	write_roster(w, roster);
	load_config(w, "");
	assert_int_equal(state_open(in_folder(w, "state.db"), false, &w->state, NULL), 0);
	clock_set(NOW);
	*state = w;
	return 0;
}

static int world_close(void **state)
{
	struct world *w = *state;

	state_close(w->state);
	config_free(w->config);
	folder_remove(w->folder);
	arena_clear(&w->arena);
	free(w);
	return 0;
}

typedef int road(const struct run_options *options, struct run_result *ret, struct err *err);

static enum code walk(struct world *w, road *r, struct run_result *ret)
{
	struct err err = {0};
	struct run_options options = {
		.config = w->config,
		.sync = &w->config->syncs.items[0],
		.to = &remote_target,
		.state = w->state,
		.command = "sync",
		.now = clock_now(),
	};
	int rc = r(&options, ret, &err);

	if (rc < 0)
		print_message("# %s\n", err.text);
	return rc < 0 ? err.code : ret->code;
}

/* One sync that must end with the code; gives the number of changes it carried out. */
static uint64_t sync_once(struct world *w, enum code expected)
{
	struct run_result result;
	uint64_t done;

	assert_int_equal(walk(w, run_sync, &result), expected);
	done = result.tally.done + result.tally.already;
	run_result_clear(&result);
	return done;
}

static void test_two_runs(void **state)
{
	struct world *w = *state;
	struct run_result result;

	/* 3 users, 2 teams, 3 memberships. */
	assert_int_equal(sync_once(w, CODE_DONE), 8);
	assert_int_equal(w->remote.writes, 8);
	assert_int_equal(walk(w, run_sync, &result), CODE_DONE);
	assert_true(plan_is_empty(&result.plan));
	assert_int_equal(w->remote.writes, 8);
	run_result_clear(&result);
}

static void test_plan_changes_nothing(void **state)
{
	struct world *w = *state;
	struct run_result result;
	struct run_records runs = {0};

	assert_int_equal(walk(w, run_plan, &result), CODE_DONE);
	assert_int_equal(result.plan.counts.create, 3);
	assert_int_equal(w->remote.writes, 0);
	assert_int_equal(state_runs(w->state, STR(""), 10, &runs, NULL), 0);
	assert_int_equal(runs.items.count, 0);
	run_records_clear(&runs);
	run_result_clear(&result);
}

static void test_refused_change_is_partly_done_and_tried_again(void **state)
{
	struct world *w = *state;
	struct run_result result;

	w->remote.trouble.refuse_at = 1;
	assert_int_equal(walk(w, run_sync, &result), CODE_PARTLY);
	assert_int_equal(result.tally.refused, 1);
	assert_true(result.failures.count >= 1);
	run_result_clear(&result);
	w->remote.trouble.refuse_at = 0;
	sync_once(w, CODE_DONE);
	assert_int_equal(remote_max_created(w->remote.path), 1);
	assert_int_equal(sync_once(w, CODE_DONE), 0);
}

/* Both kinds of an unknown outcome: it was done and the answer got lost, or it was never done. */
static void settle_case(struct world *w)
{
	struct run_result result;

	sync_once(w, CODE_UNSETTLED);
	w->remote.trouble = (struct remote_trouble){0};
	clock_set(NOW + 60);
	assert_int_equal(walk(w, run_sync, &result), CODE_DONE);
	assert_int_equal(result.settled.done + result.settled.later, 1);
	run_result_clear(&result);
	assert_int_equal(remote_max_created(w->remote.path), 1);
	assert_int_equal(sync_once(w, CODE_DONE), 0);
}

static void test_lost_answer_is_settled(void **state)
{
	struct world *w = *state;

	w->remote.trouble.lose_answer_at = 2;
	settle_case(w);
}

static void test_lost_request_is_settled(void **state)
{
	struct world *w = *state;

	w->remote.trouble.fail_at = 2;
	settle_case(w);
}

static void fill_roster(struct world *w, int users, int team)
{
	struct buf text = {0};

	buf_text(&text, "users:\n");
	for (int i = 0; i < users; i++)
		buf_printf(&text, "  - {id: u%d, userName: u%d@example.com}\n", i, i);
	buf_text(&text, "teams:\n  - displayName: eng\n    id: t1\n    members:\n");
	for (int i = 0; i < team; i++)
		buf_printf(&text, "      - u%d@example.com\n", i);
	write_roster(w, text.p);
	buf_clear(&text);
}

/* Four of twenty leave and `trouble` befalls the first removal: whether it was done is told by the
 * next read, and the guard's window counts the four and no more. */
static void removals_case(struct world *w, uint64_t *trouble, uint64_t left_open)
{
	struct run_result result;
	struct memory memory = {0};

	fill_roster(w, 20, 0);
	sync_once(w, CODE_DONE);
	fill_roster(w, 16, 0);
	clock_set(NOW + 10);
	*trouble = 22; /* behind 20 people and a team */
	sync_once(w, CODE_UNSETTLED);
	clock_set(NOW + 60);
	w->remote.trouble = (struct remote_trouble){0};
	assert_int_equal(walk(w, run_sync, &result), CODE_DONE);
	assert_int_equal(result.settled.done, left_open ? 0 : 1);
	assert_int_equal(result.plan.counts.disable, left_open);
	run_result_clear(&result);
	assert_int_equal(state_memory_brief(w->state, STR("crm"), NOW + 60, 86400, &memory, NULL),
			 0);
	assert_int_equal(memory.window.users_removed, 4);
	assert_int_equal(memory.window.memberships_removed, 0);
	memory_clear(&memory);
	assert_int_equal(sync_once(w, CODE_DONE), 0);
}

static void test_lost_removal_counts_once(void **state)
{
	struct world *w = *state;

	removals_case(w, &w->remote.trouble.lose_answer_at, 0);
}

static void test_removal_that_was_not_done_counts_once(void **state)
{
	struct world *w = *state;

	removals_case(w, &w->remote.trouble.fail_at, 1);
}

static void test_target_out_of_reach_in_the_middle(void **state)
{
	struct world *w = *state;
	struct run_result result;

	w->remote.trouble.out_at = 5;
	assert_int_equal(walk(w, run_sync, &result), CODE_UNAVAILABLE);
	assert_string_equal(result.abort_reason, "the remote went away");
	run_result_clear(&result);
	clock_set(NOW + 60);
	sync_once(w, CODE_DONE);
	assert_int_equal(remote_max_created(w->remote.path), 1);
	assert_int_equal(sync_once(w, CODE_DONE), 0);
}

static void test_held_approved_and_carried_out_once(void **state)
{
	struct world *w = *state;
	struct run_result result;
	char checksum[65];
	int64_t number;
	uint64_t before;

	fill_roster(w, 20, 20);
	sync_once(w, CODE_DONE);
	fill_roster(w, 20, 10);
	before = w->remote.writes;
	assert_int_equal(walk(w, run_sync, &result), CODE_HELD);
	number = result.held_as;
	assert_true(number > 0);
	memcpy(checksum, result.plan.checksum, sizeof checksum);
	run_result_clear(&result);
	assert_int_equal(w->remote.writes, before);
	assert_int_equal(
		state_plan_decide(w->state, number, str_make(checksum, 8), true, STR("kim"), NULL),
		0);
	assert_int_equal(sync_once(w, CODE_DONE), 10);
	/* The approval was for one run: the next mass removal is held anew. */
	fill_roster(w, 20, 2);
	assert_int_equal(walk(w, run_sync, &result), CODE_HELD);
	assert_true(result.held_as != number);
	run_result_clear(&result);
}

static void test_apply_wants_the_same_checksum(void **state)
{
	struct world *w = *state;
	struct run_options options;
	struct run_result result, other;
	struct err err;

	assert_int_equal(walk(w, run_plan, &result), CODE_DONE);
	fill_roster(w, 3, 1);
	options = (struct run_options){
		.config = w->config,
		.sync = &w->config->syncs.items[0],
		.to = &remote_target,
		.state = w->state,
		.command = "apply",
		.now = clock_now(),
	};
	assert_int_equal(run_apply(&options, str_of(result.plan.checksum), &other, &err), 0);
	assert_int_equal(other.code, CODE_STALE);
	assert_int_equal(w->remote.writes, 0);
	run_result_clear(&other);
	write_roster(w, roster);
	assert_int_equal(run_apply(&options, str_of(result.plan.checksum), &other, &err), 0);
	assert_int_equal(other.code, CODE_DONE);
	assert_int_equal(w->remote.writes, 8);
	run_result_clear(&other);
	run_result_clear(&result);
}

static void test_unreadable_source_is_not_trusted(void **state)
{
	struct world *w = *state;

	sync_once(w, CODE_DONE);
	unlink(in_folder(w, "staff.yaml"));
	sync_once(w, CODE_UNTRUSTED);
	write_roster(w, "users: []\n");
	sync_once(w, CODE_UNTRUSTED);
	assert_int_equal(w->remote.writes, 8);
}

static void test_losing_the_state_file_removes_nothing(void **state)
{
	struct world *w = *state;
	struct run_result result;
	uint64_t before;

	sync_once(w, CODE_DONE);
	before = w->remote.writes;
	state_close(w->state);
	unlink(in_folder(w, "state.db"));
	unlink(in_folder(w, "state.db-wal"));
	unlink(in_folder(w, "state.db-shm"));
	assert_int_equal(state_open(in_folder(w, "state.db"), false, &w->state, NULL), 0);
	write_roster(w, "users:\n  - {id: '1', userName: ada@example.com, displayName: Ada}\n");
	assert_int_equal(walk(w, run_sync, &result), CODE_DONE);
	assert_int_equal(result.plan.counts.adopt, 1);
	assert_int_equal(w->remote.writes, before);
	run_result_clear(&result);
}

static size_t runs_kept(struct world *w)
{
	struct run_records runs = {0};
	size_t count;

	assert_int_equal(state_runs(w->state, STR(""), 10, &runs, NULL), 0);
	count = runs.items.count;
	run_records_clear(&runs);
	return count;
}

static void test_old_runs_are_let_go(void **state)
{
	struct world *w = *state;

	sync_once(w, CODE_DONE);
	clock_set(NOW + 364 * INT64_C(86400));
	sync_once(w, CODE_DONE);
	assert_int_equal(runs_kept(w), 2);
	clock_set(NOW + 366 * INT64_C(86400));
	sync_once(w, CODE_DONE);
	assert_int_equal(runs_kept(w), 2);
}

static void test_another_run_holds_the_lock(void **state)
{
	struct world *w = *state;
	struct state *other;

	assert_int_equal(state_open(in_folder(w, "state.db"), false, &other, NULL), 0);
	assert_int_equal(state_lock(other, STR("crm"), NULL), 0);
	sync_once(w, CODE_LOCKED);
	state_unlock(other, STR("crm"));
	state_close(other);
	assert_int_equal(sync_once(w, CODE_DONE), 8);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)
	const struct CMUnitTest tests[] = {
		CASE(test_two_runs),
		CASE(test_plan_changes_nothing),
		CASE(test_refused_change_is_partly_done_and_tried_again),
		CASE(test_lost_answer_is_settled),
		CASE(test_lost_request_is_settled),
		CASE(test_lost_removal_counts_once),
		CASE(test_removal_that_was_not_done_counts_once),
		CASE(test_target_out_of_reach_in_the_middle),
		CASE(test_held_approved_and_carried_out_once),
		CASE(test_apply_wants_the_same_checksum),
		CASE(test_unreadable_source_is_not_trusted),
		CASE(test_losing_the_state_file_removes_nothing),
		CASE(test_old_runs_are_let_go),
		CASE(test_another_run_holds_the_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
