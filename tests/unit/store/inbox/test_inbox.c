/* SPDX-License-Identifier: Apache-2.0 */
/* The inbox: users, groups, memberships, what is held, tokens, and how few statements it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "store/store.h"

struct place {
	char folder[40], path[60];
	struct inbox *inbox;
	struct arena arena;
};

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof *p);
	struct err err;

	strcpy(p->folder, "/tmp/muster.inbox.XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	snprintf(p->path, sizeof p->path, "%s/inbox.db", p->folder);
	if (inbox_open(p->path, INBOX_WRITE, &p->inbox, &err) < 0)
		fail_msg("%s", err.text);
	clock_set(1700000000);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	char name[80];

	inbox_close(p->inbox);
	arena_clear(&p->arena);
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "%s%s", p->path,
			 i == 0   ? ""
			 : i == 1 ? "-wal"
				  : "-shm");
		unlink(name);
	}
	rmdir(p->folder);
	free(p);
	clock_set(0);
	return 0;
}

static void commit(struct place *p)
{
	struct err err;

	if (inbox_commit(p->inbox, &err) < 0)
		fail_msg("%s", err.text);
}

static struct inbox_resource put(struct place *p, enum inbox_kind kind, const char *name,
				 const char *external)
{
	struct inbox_resource r = {.kind = kind,
				   .active = true,
				   .name = str_of(name),
				   .label = str_of(kind == INBOX_GROUP ? name : ""),
				   .external = str_of(external),
				   .body = STR("\"x\":1")};

	inbox_put(p->inbox, &r, &p->arena);
	return r;
}

static void assert_totals(struct place *p, int64_t users, int64_t groups, int64_t members)
{
	struct inbox_totals t = inbox_totals(p->inbox);

	assert_int_equal(t.users, users);
	assert_int_equal(t.groups, groups);
	assert_int_equal(t.members, members);
}

static void test_resources(void **state)
{
	struct place *p = *state;
	struct inbox_resource ada, found;
	char id[37];

	inbox_begin(p->inbox);
	ada = put(p, INBOX_USER, "ada", "x1");
	put(p, INBOX_USER, "bob", "x1");
	commit(p);
	assert_totals(p, 2, 0, 0);
	assert_true(inbox_find(p->inbox, ada.id, &p->arena, &found));
	assert_int_equal(found.created, 1700000000);
	assert_true(str_equal(found.body, STR("\"x\":1")));
	assert_true(inbox_find_user(p->inbox, STR("bob"), &p->arena, &found));
	assert_false(inbox_find_user(p->inbox, STR("carl"), &p->arena, &found));
	inbox_begin(p->inbox);
	inbox_delete(p->inbox, &ada);
	commit(p);
	assert_totals(p, 1, 0, 0);
	assert_false(inbox_find(p->inbox, ada.id, &p->arena, &found));
	assert_true(inbox_find_tombstone(p->inbox, STR("x1"), id));
	assert_string_equal(id, ada.id.p);
}

static void test_members(void **state)
{
	struct place *p = *state;
	struct inbox_resource ada, group;
	struct inbox_walk walk;
	struct inbox_member m;
	char space[37];
	int64_t nobody;

	inbox_begin(p->inbox);
	ada = put(p, INBOX_USER, "ada", "");
	group = put(p, INBOX_GROUP, "eng", "");
	assert_true(inbox_member_add(p->inbox, group.row, ada.row, STR("")));
	assert_false(inbox_member_add(p->inbox, group.row, ada.row, STR("")));
	assert_true(inbox_member_add(p->inbox, group.row, ada.row, STR("Ada")));
	nobody = inbox_row_make(p->inbox, STR("string id 1"));
	assert_true(inbox_member_add(p->inbox, group.row, nobody, STR("")));
	commit(p);
	assert_totals(p, 1, 1, 2);
	walk = inbox_members_begin(p->inbox, group.row, 0, false);
	assert_true(inbox_member_next(&walk, &m, space));
	assert_int_equal(m.kind, INBOX_USER);
	assert_true(str_equal(m.display, STR("Ada")));
	assert_true(inbox_member_next(&walk, &m, space));
	assert_int_equal(m.kind, INBOX_NOBODY);
	assert_true(str_equal(m.id, STR("string id 1")));
	assert_false(inbox_member_next(&walk, &m, space));
	inbox_begin(p->inbox);
	inbox_forget(p->inbox, STR("string id 1"));
	inbox_forget(p->inbox, ada.id); /* a user is not forgotten */
	commit(p);
	assert_totals(p, 1, 1, 1);
	inbox_begin(p->inbox);
	inbox_delete(p->inbox, &ada);
	commit(p);
	assert_totals(p, 0, 1, 0);
}

static void test_marks(void **state)
{
	struct place *p = *state;
	struct inbox_resource group;

	inbox_begin(p->inbox);
	put(p, INBOX_USER, "ada", "");
	inbox_savepoint(p->inbox);
	group = put(p, INBOX_GROUP, "eng", "");
	inbox_member_add(p->inbox, group.row, inbox_row_make(p->inbox, STR("x")), STR(""));
	inbox_savepoint_rollback(p->inbox);
	commit(p);
	assert_totals(p, 1, 0, 0);
}

struct held_case {
	struct inbox_resource ada, bob, group, inner;
};

/* ada is held, and bob's membership, by the token "okta"; inner stays with ada in it. */
static struct held_case hold_some(struct place *p)
{
	struct held_case c;

	inbox_begin(p->inbox);
	c.ada = put(p, INBOX_USER, "ada", "x");
	c.bob = put(p, INBOX_USER, "bob", "");
	c.group = put(p, INBOX_GROUP, "eng", "");
	c.inner = put(p, INBOX_GROUP, "inner", "");
	inbox_member_add(p->inbox, c.group.row, c.ada.row, STR(""));
	inbox_member_add(p->inbox, c.group.row, c.bob.row, STR(""));
	inbox_member_add(p->inbox, c.inner.row, c.ada.row, STR(""));
	inbox_removal_add(p->inbox, INBOX_USER, 4, STR("okta"), 0);
	inbox_removal_add(p->inbox, INBOX_USER, 1, STR("okta"), clock_now());
	inbox_removal_add(p->inbox, INBOX_MEMBERSHIP, 1, STR("okta"), clock_now());
	inbox_hold(p->inbox, &c.ada, clock_now());
	inbox_member_remove(p->inbox, c.group.row, c.bob.row, clock_now());
	commit(p);
	return c;
}

static void test_held(void **state)
{
	struct place *p = *state;
	struct held_case c = hold_some(p);
	struct inbox_held held = inbox_held(p->inbox);
	struct held_list list;
	struct inbox_resource found;
	char sum[HELD_CHECKSUM_SIZE], later[HELD_CHECKSUM_SIZE];
	struct err err;

	assert_int_equal(held.users, 1);
	assert_int_equal(held.members, 1);
	assert_int_equal(held.since, 1700000000);
	assert_false(inbox_find(p->inbox, c.ada.id, &p->arena, &found));
	assert_true(inbox_find_held(p->inbox, STR("x"), &p->arena, &found));
	assert_int_equal(inbox_held_list(p->inbox, 10, &p->arena, &list, &err), 0);
	assert_int_equal(list.items.count, 2);
	assert_true(list.items.items[0].user && str_equal(list.items.items[0].name, STR("ada")));
	assert_null(list.items.items[0].group.p);
	assert_true(str_equal(list.items.items[1].group, STR("eng")));
	assert_true(str_equal(list.items.items[1].name, STR("bob")));
	assert_true(str_equal(list.items.items[1].tokens, STR("okta")));
	list_clear(&list.items);
	/* the checksum is that of the set: another time does not change it, one more does */
	inbox_held_checksum(p->inbox, sum);
	clock_set(1700000500);
	inbox_begin(p->inbox);
	inbox_member_add(p->inbox, c.group.row, c.bob.row, STR(""));
	inbox_member_remove(p->inbox, c.group.row, c.bob.row, clock_now());
	commit(p);
	inbox_held_checksum(p->inbox, later);
	assert_string_equal(sum, later);
	inbox_begin(p->inbox);
	inbox_member_remove(p->inbox, c.inner.row, c.ada.row, clock_now());
	commit(p);
	inbox_held_checksum(p->inbox, later);
	assert_string_not_equal(sum, later);
	assert_int_equal(inbox_decide(p->inbox, str_of(sum), true, &held, &err), -1);
	assert_int_equal(err.code, CODE_STALE);
	assert_int_equal(inbox_decide(p->inbox, STR("12345"), true, &held, &err), -1);
	assert_int_equal(err.code, CODE_USAGE);
	assert_int_equal(inbox_held(p->inbox).members, 2);
}

static void test_held_rejected(void **state)
{
	struct place *p = *state;
	struct held_case c = hold_some(p);
	struct inbox_resource found, group;
	struct inbox_held held;
	struct err err;
	int64_t version = inbox_version(p->inbox);

	assert_int_equal(inbox_decide(p->inbox, STR(""), false, &held, &err), 0);
	assert_int_equal(held.users, 1);
	assert_true(inbox_find(p->inbox, c.ada.id, &p->arena, &found));
	assert_true(found.version > version);
	assert_true(inbox_find(p->inbox, c.inner.id, &p->arena, &group) && group.version > version);
	assert_totals(p, 2, 2, 3);
	assert_int_equal(inbox_held(p->inbox).since, 0);
	/* what did not happen does not count */
	assert_int_equal(inbox_removals_since(p->inbox, INBOX_USER, 0), 4);
	assert_int_equal(inbox_decide(p->inbox, STR(""), false, &held, &err), -1);
	assert_int_equal(err.code, CODE_DATA);
}

static void test_held_approved(void **state)
{
	struct place *p = *state;
	struct held_case c = hold_some(p);
	struct inbox_resource found, group;
	struct inbox_walk walk;
	struct inbox_held held;
	enum inbox_kind kind;
	char sum[HELD_CHECKSUM_SIZE], id[37];
	struct err err;
	int64_t version = inbox_version(p->inbox), at;

	inbox_held_checksum(p->inbox, sum);
	assert_int_equal(inbox_decide(p->inbox, str_slice(str_of(sum), 0, 6), true, &held, &err),
			 0);
	assert_false(inbox_find_user(p->inbox, STR("ada"), &p->arena, &found));
	assert_totals(p, 1, 2, 0);
	assert_int_equal(inbox_members_count(p->inbox, c.group.row), 0);
	assert_int_equal(inbox_members_count(p->inbox, c.inner.row), 0);
	/* both groups have changed, and ada left a tombstone: all later than what was */
	assert_true(inbox_find(p->inbox, c.group.id, &p->arena, &group) && group.version > version);
	assert_true(inbox_find(p->inbox, c.inner.id, &p->arena, &group) && group.version > version);
	walk = inbox_tombstones_begin(p->inbox, version);
	assert_true(inbox_tombstone_next(&walk, &kind, &at, id));
	assert_string_equal(id, c.ada.id.p);
	assert_false(inbox_tombstone_next(&walk, &kind, &at, id));
	assert_int_equal(inbox_removals_since(p->inbox, INBOX_USER, 0), 5);
}

static void test_window(void **state)
{
	struct place *p = *state;

	inbox_begin(p->inbox);
	inbox_removal_add(p->inbox, INBOX_USER, 3, STR("t"), 0);
	clock_set(1700000100);
	inbox_removal_add(p->inbox, INBOX_USER, 2, STR("t"), 0);
	inbox_removal_add(p->inbox, INBOX_MEMBERSHIP, 9, STR("t"), 0);
	commit(p);
	assert_int_equal(inbox_removals_since(p->inbox, INBOX_USER, 1700000000), 5);
	assert_int_equal(inbox_removals_since(p->inbox, INBOX_USER, 1700000001), 2);
	assert_int_equal(inbox_removals_since(p->inbox, INBOX_MEMBERSHIP, 0), 9);
	inbox_begin(p->inbox);
	inbox_removal_add(p->inbox, INBOX_USER, 7, STR("t"), 1700000000);
	inbox_removals_forget(p->inbox, 1700000050);
	commit(p);
	/* what is held is not forgotten */
	assert_int_equal(inbox_removals_since(p->inbox, INBOX_USER, 0), 9);
}

static void test_tokens(void **state)
{
	struct place *p = *state;
	struct token token, judged;
	struct secret *secret;
	struct token_list list;
	struct err err;
	char text[80];

	assert_int_equal(inbox_token_create(p->inbox, STR("okta"), TOKEN_READ, 1700000060, STR(""),
					    &token, &secret, &err),
			 0);
	snprintf(text, sizeof text, "%s", secret_reveal(secret));
	secret_free(secret);
	assert_int_equal(inbox_token_judge(p->inbox, str_of(text), 1700000000, &judged),
			 TOKEN_GOOD);
	assert_int_equal(judged.scopes, TOKEN_READ);
	assert_int_equal(inbox_token_judge(p->inbox, str_of(text), 1700000060, &judged),
			 TOKEN_EXPIRED);
	text[30] = text[30] == 'a' ? 'b' : 'a';
	assert_int_equal(inbox_token_judge(p->inbox, str_of(text), 1700000000, &judged),
			 TOKEN_UNKNOWN);
	assert_int_equal(inbox_token_list(p->inbox, &list, &err), 0);
	assert_int_equal(list.items.count, 1);
	list_clear(&list.items);
	assert_int_equal(inbox_token_revoke(p->inbox, str_of(token.id), &err), 0);
	assert_int_equal(inbox_token_find(p->inbox, str_of(token.id), 1700000000, &judged),
			 TOKEN_REVOKED);
	assert_int_equal(inbox_token_revoke(p->inbox, STR("okta"), &err), -1);
}

/* One member more in a large group costs as many statements as in a small one. */
static void test_counted(void **state)
{
	struct place *p = *state;
	struct inbox_resource small, large;
	uint64_t before, cost[2];
	char name[20];

	inbox_begin(p->inbox);
	small = put(p, INBOX_GROUP, "small", "");
	large = put(p, INBOX_GROUP, "large", "");
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof name, "u%d", i);
		inbox_member_add(p->inbox, large.row, put(p, INBOX_USER, name, "").row, STR(""));
	}
	commit(p);
	for (int i = 0; i < 2; i++) {
		inbox_begin(p->inbox);
		before = inbox_counters(p->inbox).statements;
		inbox_member_add(p->inbox, i ? large.row : small.row,
				 inbox_row_make(p->inbox, STR("someone")), STR(""));
		cost[i] = inbox_counters(p->inbox).statements - before;
		inbox_rollback(p->inbox);
	}
	assert_int_equal(cost[0], cost[1]);
	before = inbox_counters(p->inbox).statements;
	assert_true(inbox_find(p->inbox, large.id, &p->arena, &large));
	assert_int_equal(inbox_counters(p->inbox).statements - before, 1);
}

/* What a reader sees of a group's members, as one text. */
static str members_text(struct place *p, struct inbox *reader, int64_t group, bool held)
{
	struct inbox_walk walk = inbox_members_begin(reader, group, 0, held);
	struct inbox_member m;
	struct buf text = {0};
	char space[37];
	str kept;

	while (inbox_member_next(&walk, &m, space))
		buf_printf(&text, "%lld %.*s %d %.*s %d\n", (long long)m.row, STR_ARG(m.id), m.kind,
			   STR_ARG(m.display), m.held != 0);
	kept = arena_str(&p->arena, buf_str(&text));
	buf_clear(&text);
	return kept;
}

/* Ids that look alike in the file: UUIDs that begin with the sign of texts, and texts as long. */
static void test_ids(void **state)
{
	static const char *const ids[] = {
		"21a2025e-b038-7eb8-aa33-4fbf901c4d39",
		"fifteen letters",
		"!",
		"01a2025e-b038-7eb8-aa33-4fbf901c4d39",
		"sixteen letters!",
		"01A2025E-B038-7EB8-AA33-4FBF901C4D39",
		"!1a2025e-b038-7eb8-aa33-4fbf901c4d39",
	};
	const size_t count = sizeof ids / sizeof *ids;
	struct place *p = *state;
	struct inbox_resource group;
	struct inbox_walk walk;
	struct inbox_member m;
	char space[37];
	size_t i = 0;

	inbox_begin(p->inbox);
	group = put(p, INBOX_GROUP, "eng", "");
	for (i = 0; i < count; i++)
		assert_true(inbox_member_add(p->inbox, group.row,
					     inbox_row_make(p->inbox, str_of(ids[i])), STR("")));
	commit(p);
	walk = inbox_members_begin(p->inbox, group.row, 0, false);
	for (i = 0; inbox_member_next(&walk, &m, space); i++)
		assert_true(i < count && str_equal(m.id, str_of(ids[i])));
	assert_int_equal(i, count);
	for (i = 0; i < count; i++)
		assert_int_not_equal(inbox_row_find(p->inbox, str_of(ids[i])), 0);
}

enum { MANY = 2500, TEAMS = 4 };

/* Groups of all users, the third with somebody who is nobody, the last with one who is held. */
static void fill(struct place *p, struct inbox_resource users[MANY],
		 struct inbox_resource groups[TEAMS])
{
	char name[20];

	inbox_begin(p->inbox);
	for (int t = 0; t < TEAMS; t++)
		groups[t] = put(p, INBOX_GROUP, "team", "");
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "u%d", i);
		users[i] = put(p, INBOX_USER, name, "");
		for (int t = 0; t < TEAMS; t++)
			if (i != 7 || t != 1)
				inbox_member_add(p->inbox, groups[t].row, users[i].row,
						 i % 100 ? STR("") : STR("Display"));
	}
	inbox_member_add(p->inbox, groups[0].row, groups[1].row, STR(""));
	inbox_member_add(p->inbox, groups[2].row, inbox_row_make(p->inbox, STR("someone")),
			 STR(""));
	inbox_member_remove(p->inbox, groups[1].row, users[3].row, 1700000000);
	inbox_hold(p->inbox, &users[7], 1700000000);
	commit(p);
}

/* Many members are looked up in memory after a while: nothing must look different then. */
static void test_member_ids(void **state)
{
	struct place *p = *state;
	struct inbox_resource *users = mem_alloc(MANY, sizeof *users), groups[TEAMS];
	str first[TEAMS][2];
	struct inbox *reader;
	struct err err;

	fill(p, users, groups);
	for (int t = 0; t < TEAMS; t++) {
		first[t][0] = members_text(p, p->inbox, groups[t].row, false);
		first[t][1] = members_text(p, p->inbox, groups[t].row, true);
	}
	assert_int_equal(inbox_open(p->path, INBOX_READ, &reader, &err), 0);
	for (int round = 0; round < 3; round++) {
		inbox_begin_read(reader);
		for (int t = 0; t < TEAMS; t++)
			for (int held = 0; held < 2; held++)
				assert_string_equal(members_text(p, reader, groups[t].row, held).p,
						    first[t][held].p);
		assert_int_equal(inbox_commit(reader, &err), 0);
		if (round == 1)
			inbox_shrink(reader);
	}
	/* and what somebody else writes is seen */
	inbox_begin(p->inbox);
	inbox_delete(p->inbox, &users[9]);
	commit(p);
	inbox_begin_read(reader);
	assert_null(strstr(members_text(p, reader, groups[0].row, false).p, users[9].id.p));
	inbox_begin(p->inbox);
	inbox_member_add(p->inbox, groups[0].row, inbox_row_make(p->inbox, STR("late")), STR(""));
	commit(p);
	assert_null(strstr(members_text(p, reader, groups[0].row, false).p, "late"));
	assert_int_equal(inbox_commit(reader, &err), 0);
	inbox_begin_read(reader);
	assert_non_null(strstr(members_text(p, reader, groups[0].row, false).p, "late"));
	inbox_close(reader);
	free(users);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_resources, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_members, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_marks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_held, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_held_rejected, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_held_approved, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_window, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_tokens, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ids, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_member_ids, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
