/* SPDX-License-Identifier: Apache-2.0 */
/* The state file: opening, locks, memory, the guard's window, held plans, status; losing and
 * damaging it. */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "unit/store/state/state_help.h"

static struct remembered loaded(struct state *s, int64_t window)
{
	struct remembered r = {0};

	remember(s, &r, window);
	return r;
}

/* -- the file -- */

static void a_lost_file_is_made_anew(void **state)
{
	struct place *place = *state;
	struct state *s = reopen(place, NULL);
	struct remembered r = loaded(s, DAY);
	struct hash_key key = r.memory.key;
	struct plan plan = {0};
	struct stat facts;

	assert_true(r.memory.fresh);
	assert_true(key.k0 || key.k1);
	remembered_clear(&r);
	assert_int_equal(stat(place->path, &facts), 0);
	assert_int_equal(facts.st_mode & 0777, 0600);

	plan_change(&plan, CHANGE_ADOPT_USER, plan_user(&plan, "ada", "1"), ROW_NONE);
	carry_out(s, &plan, OUTCOME_DONE);
	plan_clear(&plan);
	s = reopen(place, s);
	r = loaded(s, DAY);
	assert_false(r.memory.fresh);
	assert_memory_equal(&r.memory.key, &key, sizeof key);
	remembered_clear(&r);

	state_close(s);
	assert_int_equal(remove(place->path), 0);
	s = reopen(place, NULL);
	r = loaded(s, DAY);
	assert_true(r.memory.fresh);
	assert_int_equal(r.memory.users.count, 0);
	assert_memory_not_equal(&r.memory.key, &key, sizeof key);
	remembered_clear(&r);
	state_close(s);
}

static void file_of(const struct place *place, const char *text)
{
	FILE *f = fopen(place->path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void bad_files_are_told_with_path_and_way_out(void **state)
{
	struct place *place = *state;
	struct state *s = NULL;
	char version_known[100];

	file_of(place, "this is no database, however long it may be: it is a note of somebody");
	REFUSED(state_open(place->path, false, &s, &err), CODE_DATA,
		"is no state file of muster; it was left as it is");
	REFUSED(state_open(place->path, false, &s, &err), CODE_DATA, place->path);
	place_empty(place);

	s = reopen(place, NULL);
	number_of(s, "PRAGMA user_version = 9");
	snprintf(version_known, sizeof version_known,
		 "is of version 9, this muster knows %zu: use a newer muster",
		 s->schema.step_count);
	state_close(s);
	s = NULL;
	REFUSED(state_open(place->path, false, &s, &err), CODE_DATA, version_known);
	REFUSED(state_open(place->path, true, &s, &err), CODE_DATA, "is of version 9");
	place_empty(place);

	state_close(reopen(place, NULL));
	assert_int_equal(truncate(place->path, 3 * 4096 + 17), 0);
	REFUSED(state_open(place->path, false, &s, &err), CODE_DATA, "links are then found anew");
	place_empty(place);

	REFUSED(state_open(place->path, true, &s, &err), CODE_CONFIG, "No such file");
	REFUSED(state_open("/nowhere/at/all/state.db", false, &s, &err), CODE_CONFIG,
		"its folder does not exist");
	assert_null(s);
}

static void a_file_that_may_only_be_read(void **state)
{
	struct place *place = *state;
	struct state *s = reopen(place, NULL);
	struct plan plan = {0};
	struct sync_status status;
	char own[60];

	plan_change(&plan, CHANGE_ADOPT_USER, plan_user(&plan, "ada", "1"), ROW_NONE);
	carry_out(s, &plan, OUTCOME_DONE);
	plan_clear(&plan);
	state_close(s);
	OK(state_open(place->path, true, &s, &err));
	OK(state_status(s, STR("crm"), &status, &err));
	assert_int_equal(status.users, 1);
	assert_string_equal(only_link(s, ENTRY_USER, own, sizeof own), "ada -> 1 0 0");
	REFUSED(state_cursor_save(s, STR("corp"), STR("1"), &err), CODE_REFUSED,
		"cannot be written");
	state_close(s);
}

/* -- locks -- */

static void one_run_of_a_sync_at_a_time(void **state)
{
	struct state *a = reopen(*state, NULL), *b = reopen(*state, NULL);
	struct sync_status status;
	char holder[60];

	OK(state_status(b, STR("crm"), &status, &err));
	assert_int_equal(status.running, 0);
	OK(state_lock(a, STR("crm"), &err));
	OK(state_lock(b, STR("other"), &err));
	snprintf(holder, sizeof holder, "by process %ld since 2027-01-15T08:00:00Z",
		 (long)getpid());
	REFUSED(state_lock(b, STR("crm"), &err), CODE_LOCKED, holder);
	OK(state_status(b, STR("crm"), &status, &err));
	assert_int_equal(status.running, getpid());
	assert_true(status.running_since == NOW);
	OK(state_status(a, STR("crm"), &status, &err));
	assert_int_equal(status.running, getpid());
	state_unlock(a, STR("crm"));
	OK(state_lock(b, STR("crm"), &err));
	state_close(b);
	OK(state_lock(a, STR("crm"), &err));
	state_close(a);
}

static void a_killed_process_leaves_no_lock(void **state)
{
	struct place *place = *state;
	int ready[2], status;
	pid_t child;
	char byte;
	struct state *s;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		s = reopen(place, NULL);
		OK(state_lock(s, STR("crm"), &err));
		alarm(30); /* should the test fail, nobody else ends it */
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	s = reopen(place, NULL);
	REFUSED(state_lock(s, STR("crm"), &err), CODE_LOCKED, "by process");
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	OK(state_lock(s, STR("crm"), &err));
	state_close(s);
	close(ready[0]);
	close(ready[1]);
}

/* -- memory -- */

static uint32_t put_entry(struct snapshot *snapshot, enum entry_kind kind, const char *id)
{
	uint32_t row = ROW_NONE;

	snapshot_begin(snapshot);
	OK(snapshot_end(snapshot, kind, str_of(id), 0, &row, &err));
	return row;
}

static void links_hold_the_numbers_of_the_reads(void **state)
{
	struct state *s = reopen(*state, NULL);
	struct plan plan = {0};
	struct snapshot source, target;
	struct memory m = {0};

	plan_change(&plan, CHANGE_ADOPT_USER, plan_user(&plan, "ada", "1"), ROW_NONE);
	plan_change(&plan, CHANGE_ADOPT_USER, plan_user(&plan, "bob", "2"), ROW_NONE);
	plan_change(&plan, CHANGE_ADOPT_TEAM, ROW_NONE, plan_team(&plan, "eng", "g1"));
	carry_out(s, &plan, OUTCOME_DONE);
	plan_clear(&plan);
	OK(snapshot_open(&source, NULL, &err));
	OK(snapshot_open(&target, NULL, &err));
	put_entry(&source, ENTRY_USER, "zoe");
	put_entry(&source, ENTRY_USER, "bob");
	put_entry(&source, ENTRY_GROUP, "eng");
	put_entry(&target, ENTRY_USER, "2");
	OK(snapshot_seal(&source, &err));
	OK(snapshot_seal(&target, &err));
	OK(state_memory_load(s, STR("crm"), &source, &target, NOW, DAY, &m, &err));
	assert_int_equal(m.users.count, 2);
	assert_int_equal(m.users.items[0].source, intern_find(&source.ids, STR("ada")));
	assert_true(m.users.items[0].source > source.groups.items[0].id);
	assert_int_equal(m.users.items[1].source, source.users.items[1].id);
	assert_int_equal(m.users.items[1].target, target.users.items[0].id);
	assert_int_equal(m.groups.count, 1);
	assert_int_equal(m.groups.items[0].source, source.groups.items[0].id);
	memory_clear(&m);
	m = (struct memory){0};
	OK(state_memory_load(s, STR("another sync"), &source, &target, NOW, DAY, &m, &err));
	assert_true(m.fresh);
	assert_int_equal(m.users.count, 0);
	memory_clear(&m);
	snapshot_close(&source);
	snapshot_close(&target);
	state_close(s);
}

static void trust_aliases_invitations_and_cursors_are_kept(void **state)
{
	struct trusted_read read = {10, 2, 30, UINT64_MAX, 0x8000000000000000};
	struct sent_invitation invitation = {
		.source = STR("ada"),
		.address = STR("ada@example.com"),
		.role = STR("admin"),
		.target = STR("i1"),
		.first_sent = 1,
		.last_sent = 2,
		.expires_at = 3,
		.resent = 4,
		.state = INVITATION_EXPIRED,
	};
	struct state *s = reopen(*state, NULL);
	struct arena arena = {0};
	struct memory m = {0};
	str cursor;

	OK(state_trust_save(s, STR("crm"), &read, &err));
	read.users = 11;
	OK(state_trust_save(s, STR("crm"), &read, &err));
	OK(state_alias_put(s, STR("crm"), STR("ada"), STR("a@x"), &err));
	OK(state_alias_put(s, STR("crm"), STR("ada"), STR("b@x"), &err));
	OK(state_alias_put(s, STR("crm"), STR("bob"), STR("c@x"), &err));
	OK(state_alias_put(s, STR("crm"), STR("bob"), STR(""), &err));
	OK(state_invitation_put(s, STR("crm"), &invitation, &err));
	OK(state_cursor_load(s, STR("corp"), &arena, &cursor, &err));
	assert_null(cursor.p);
	OK(state_cursor_save(s, STR("corp"), STR("17"), &err));
	OK(state_cursor_save(s, STR("corp"), STR("18"), &err));
	s = reopen(*state, s);
	OK(state_cursor_load(s, STR("corp"), &arena, &cursor, &err));
	assert_str(cursor, "18");
	OK(state_memory_brief(s, STR("crm"), NOW, DAY, &m, &err));
	assert_false(m.fresh);
	assert_true(m.trusted_users == 11 && m.trusted_groups == 2 && m.trusted_edges == 30);
	assert_true(m.trusted_scope == UINT64_MAX && m.trusted_mapping == 0x8000000000000000);
	assert_int_equal(m.aliases.count, 1);
	assert_str(m.aliases.items[0].source, "ada");
	assert_str(m.aliases.items[0].address, "b@x");
	assert_int_equal(m.invitations.count, 1);
	assert_str(m.invitations.items[0].address, "ada@example.com");
	assert_int_equal(m.invitations.items[0].resent, 4);
	assert_true(m.invitations.items[0].expires_at == 3);
	assert_int_equal(m.invitations.items[0].state, INVITATION_EXPIRED);
	memory_clear(&m);
	arena_clear(&arena);
	state_close(s);
}

/* -- the guard's window -- */

static void run_of(struct state *s, enum change_kind kind, const char *team, int count,
		   enum outcome outcome)
{
	struct plan plan = {0};
	uint32_t t = team ? plan_team(&plan, team, team) : ROW_NONE;
	char name[20];

	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof name, "u%d", i);
		plan_change(&plan, kind, plan_user(&plan, name, name), t);
	}
	carry_out(s, &plan, outcome);
	plan_clear(&plan);
}

static void the_window_counts_what_may_have_happened(void **state)
{
	struct state *s = reopen(*state, NULL);
	struct plan plan = {0};
	struct memory m = {0};
	int64_t run;

	run_of(s, CHANGE_REMOVE_MEMBER, "eng", 7, OUTCOME_DONE);
	clock_set(NOW + DAY);
	run_of(s, CHANGE_REMOVE_MEMBER, "eng", 1, OUTCOME_DONE);
	run_of(s, CHANGE_REMOVE_MEMBER, "eng", 2, OUTCOME_ALREADY);
	run_of(s, CHANGE_REMOVE_MEMBER, "ops", 4, OUTCOME_UNKNOWN);
	run_of(s, CHANGE_REMOVE_MEMBER, "ops", 8, OUTCOME_REFUSED);
	run_of(s, CHANGE_REMOVE_MEMBER, "ops", 8, OUTCOME_LATER);
	run_of(s, CHANGE_REMOVE_MEMBER, "ops", 8, OUTCOME_SKIPPED);
	run_of(s, CHANGE_DISABLE_USER, NULL, 3, OUTCOME_DONE);
	run_of(s, CHANGE_DELETE_USER, NULL, 2, OUTCOME_DONE);
	run_of(s, CHANGE_INVITE, NULL, 6, OUTCOME_DONE);
	run_of(s, CHANGE_UPDATE_USER, NULL, 9, OUTCOME_DONE);
	run_of(s, CHANGE_ADD_MEMBER, "eng", 9, OUTCOME_DONE);
	run_of(s, CHANGE_RESEND, NULL, 1, OUTCOME_DONE);
	/* Two are revoked, one of them to be invited anew; a return is no rewrite. */
	plan_change(&plan, CHANGE_REVOKE, plan_user(&plan, "r", ""), ROW_NONE);
	plan_change(&plan, CHANGE_REVOKE, plan_user(&plan, "s", ""), ROW_NONE)->why =
		REVOKE_REPLACED;
	plan_change(&plan, CHANGE_INVITE, 1, ROW_NONE)->after = 2;
	plan_change(&plan, CHANGE_UPDATE_USER, plan_user(&plan, "t", "t"), ROW_NONE)->returns =
		true;
	plan_change(&plan, CHANGE_HANDOFF, 0, ROW_NONE)->key = STR("remove/r");
	plan_change(&plan, CHANGE_HANDOFF, 0, ROW_NONE)->key = STR("role/r");
	carry_out(s, &plan, OUTCOME_DONE);
	plan_clear(&plan);
	/* Cut before any outcome was known. */
	plan_change(&plan, CHANGE_DELETE_USER, plan_user(&plan, "x", "x"), ROW_NONE);
	OK(state_run_begin(s, STR("crm"), STR("sync"), &run, &err));
	intend_all(s, run, &plan);
	plan_clear(&plan);
	/* Another sync has a window of its own. */
	OK(state_run_begin(s, STR("other"), STR("sync"), &run, &err));
	plan_change(&plan, CHANGE_DELETE_USER, plan_user(&plan, "y", "y"), ROW_NONE);
	intend_all(s, run, &plan);
	plan_clear(&plan);

	clock_set(NOW + DAY + 60);
	OK(state_memory_brief(s, STR("crm"), clock_now(), DAY, &m, &err));
	assert_int_equal(m.window.memberships_removed, 7);
	assert_int_equal(m.window.users_removed, 3 + 2 + 1 + 1 + 1);
	assert_int_equal(m.window.invitations, 6 + 1 + 1);
	assert_int_equal(m.window.rewrites, 9);
	assert_int_equal(m.window.teams.count, 2);
	assert_str(m.window.teams.items[0].team, "eng");
	assert_int_equal(m.window.teams.items[0].removed, 3);
	assert_str(m.window.teams.items[1].team, "ops");
	assert_int_equal(m.window.teams.items[1].removed, 4);
	memory_clear(&m);
	m = (struct memory){0};
	OK(state_memory_brief(s, STR("crm"), clock_now(), DAY + 60, &m, &err));
	assert_int_equal(m.window.memberships_removed, 14);
	memory_clear(&m);
	m = (struct memory){0};
	OK(state_memory_brief(s, STR("crm"), clock_now() + 2 * DAY, DAY, &m, &err));
	assert_int_equal(m.window.memberships_removed, 0);
	assert_int_equal(m.window.users_removed, 0);
	memory_clear(&m);
	state_close(s);
}

/* -- what a change counts for is its own, wherever the window begins -- */

static struct window window_of(struct state *s, int64_t seconds)
{
	struct memory m = {0};
	struct window window;

	OK(state_memory_brief(s, STR("crm"), clock_now(), seconds, &m, &err));
	window = m.window;
	window.teams.items = NULL;
	memory_clear(&m);
	return window;
}

/* Changes of one run with a minute between their outcomes; the invitation waits for the one before.
 */
static void run_by_minutes(struct state *s, struct plan *plan, const enum outcome *outcomes)
{
	int64_t run;

	OK(state_run_begin(s, STR("crm"), STR("sync"), &run, &err));
	intend_all(s, run, plan);
	for (size_t i = 0; i < plan->changes.count; i++) {
		clock_set(clock_now() + 60);
		OK(state_outcome(s, run, plan, &plan->changes.items[i], outcomes[i], STR(""), NULL,
				 &err));
	}
	OK(state_run_end(s, run, 0, plan, STR(""), &err));
}

/* One is deleted; the invitation of another is revoked to be sent anew, and the window begins
 * between those two. */
static void a_window_that_begins_between_revocation_and_invitation(void **state)
{
	static const enum outcome done[3] = {OUTCOME_DONE, OUTCOME_DONE, OUTCOME_DONE};
	struct state *s = reopen(*state, NULL);
	struct plan plan = {0};
	struct window window;

	plan_change(&plan, CHANGE_REVOKE, plan_user(&plan, "r", ""), ROW_NONE)->why =
		REVOKE_REPLACED;
	plan_change(&plan, CHANGE_INVITE, 0, ROW_NONE)->after = 1;
	plan_change(&plan, CHANGE_DELETE_USER, plan_user(&plan, "d", "d"), ROW_NONE);
	run_by_minutes(s, &plan, done);
	window = window_of(s, 60);
	assert_int_equal(window.users_removed, 1);
	assert_int_equal(window.invitations, 1);
	window = window_of(s, 120);
	assert_int_equal(window.users_removed, 1);
	window = window_of(s, DAY);
	assert_int_equal(window.users_removed, 1);
	plan_clear(&plan);
	state_close(s);
}

/* What the service refused to revoke did not happen, whatever was sent after it. */
static void a_refused_revocation_takes_nothing_off(void **state)
{
	static const enum outcome outcomes[3] = {OUTCOME_REFUSED, OUTCOME_DONE, OUTCOME_DONE};
	struct state *s = reopen(*state, NULL);
	struct plan plan = {0};

	plan_change(&plan, CHANGE_REVOKE, plan_user(&plan, "r", ""), ROW_NONE)->why =
		REVOKE_REPLACED;
	plan_change(&plan, CHANGE_INVITE, 0, ROW_NONE)->after = 1;
	plan_change(&plan, CHANGE_DELETE_USER, plan_user(&plan, "d", "d"), ROW_NONE);
	run_by_minutes(s, &plan, outcomes);
	assert_int_equal(window_of(s, DAY).users_removed, 1);
	plan_clear(&plan);
	state_close(s);
}

/* The new invitation is refused or waits: nobody was removed by what was revoked for it. */
static void a_revocation_to_send_anew_removes_nobody(void **state)
{
	static const enum outcome outcomes[2] = {OUTCOME_DONE, OUTCOME_LATER};
	struct state *s = reopen(*state, NULL);
	struct plan plan = {0};

	plan_change(&plan, CHANGE_REVOKE, plan_user(&plan, "r", ""), ROW_NONE)->why =
		REVOKE_REPLACED;
	plan_change(&plan, CHANGE_INVITE, 0, ROW_NONE)->after = 1;
	run_by_minutes(s, &plan, outcomes);
	assert_int_equal(window_of(s, DAY).users_removed, 0);
	assert_int_equal(window_of(s, DAY).invitations, 0);
	plan_clear(&plan);
	state_close(s);
}

/* Disabled before the window and deleted within it is one removal of the window, and of a longer
 * one two; a membership likewise. */
static void a_window_that_begins_between_disable_and_delete(void **state)
{
	static const enum outcome done[4] = {OUTCOME_DONE, OUTCOME_DONE, OUTCOME_DONE,
					     OUTCOME_DONE};
	struct state *s = reopen(*state, NULL);
	struct plan plan = {0};

	plan_change(&plan, CHANGE_REMOVE_MEMBER, plan_user(&plan, "d", "d"),
		    plan_team(&plan, "eng", "eng"));
	plan_change(&plan, CHANGE_DISABLE_USER, 0, ROW_NONE);
	plan_change(&plan, CHANGE_DELETE_USER, 0, ROW_NONE);
	run_by_minutes(s, &plan, done);
	assert_int_equal(window_of(s, 0).users_removed, 1);
	assert_int_equal(window_of(s, 0).memberships_removed, 0);
	assert_int_equal(window_of(s, 60).users_removed, 2);
	assert_int_equal(window_of(s, 60).memberships_removed, 0);
	assert_int_equal(window_of(s, 120).memberships_removed, 1);
	plan_clear(&plan);
	state_close(s);
}

/* -- a file of version 1 -- */

extern const char embed_state_sql[];

/* What the journal of an older muster holds is read with the meaning it had there. */
static void an_old_file_keeps_its_meaning(void **state)
{
	static const char journal[] =
		"INSERT INTO sync VALUES (1, 'crm');"
		"INSERT INTO run (sync, command, started, ended) VALUES (1, 'sync', 1, 1800000000);"
		"INSERT INTO change (run, number, kind, user_source, digest, flags, intended, "
		"counted, open, outcome, at) VALUES "
		"(1, 1, 'revoke invitation', 'a', 0, 1, 1800000000, 1, 0, 'done', 1800000000), "
		"(1, 2, 'invite', 'a', 0, 4, 1800000000, 1, 0, 'done', 1800000000), "
		"(1, 3, 'revoke invitation', 'b', 0, 2, 1800000000, 1, 0, 'done', 1800000000), "
		"(1, 4, 'revoke invitation', 'c', 0, 0, 1800000000, 1, 1, NULL, NULL), "
		"(1, 5, 'delete user', 'd', 0, 0, 1800000000, 1, 0, 'done', 1800000000), "
		"(1, 6, 'update user', 'e', -9, 1, 1800000000, 0, 0, 'done', 1800000000), "
		"(1, 7, 'update user', 'f', 0, 0, 1800000000, 1, 0, 'done', 1800000000), "
		"(1, 8, 'adopt user', 'g', 0, 2, 1800000000, 0, 0, 'done', 1800000000), "
		"(1, 9, 'hand-off', 'h', 0, 0, 1800000000, 1, 0, 'done', 1800000000), "
		"(1, 10, 'remove member', 'h', 0, 0, 1800000000, 1, 0, 'done', 1800000000);";
	const str steps[] = {str_of(embed_state_sql)};
	const struct db_schema schema = {"state file", "", 0x6d757374, steps, 1};
	const struct db_options options = {.schema = &schema, .create = true};
	struct place *place = *state;
	struct journal j = {0};
	struct change *c;
	struct window window;
	struct state *s;
	struct db *db;

	OK(db_open(place->path, &options, &db, &err));
	for (const char *at = journal; *at; at = strchr(at, ';') + 1) {
		char one[2000];

		snprintf(one, sizeof one, "%.*s", (int)(strchr(at, ';') - at), at);
		db_run(db, one);
	}
	OK(db_error(db, &err));
	db_close(db);

	s = reopen(place, NULL);
	window = window_of(s, DAY);
	assert_int_equal(window.users_removed, 4); /* b, c, d, h */
	assert_int_equal(window.invitations, 1);
	assert_int_equal(window.rewrites, 1);
	assert_int_equal(window.memberships_removed, 1);
	OK(state_run_load(s, 1, &j, &err));
	c = j.plan.changes.items;
	assert_int_equal(j.plan.changes.count, 10);
	assert_int_equal(c[0].why, REVOKE_REPLACED);
	assert_int_equal(c[2].why, REVOKE_BY_HAND);
	assert_int_equal(c[3].why, REVOKE_UNWANTED);
	assert_false(c[0].returns || c[2].created);
	assert_true(c[5].returns && !c[5].created);
	assert_true(c[7].created && !c[7].returns);
	assert_true(j.plan.objects.items[c[5].user].digest == (uint64_t)-9);
	journal_clear(&j);
	OK(state_unsettled(s, STR("crm"), &j, &err));
	journal_clear(&j);
	state_close(s);
}

/* The window and the unsettled are asked for at each run: never by reading the whole journal. */
static void frequent_questions_use_an_index(void **state)
{
	static const char *const questions[] = {
		"EXPLAIN QUERY PLAN SELECT weight, team_target, count(*) FROM change "
		"WHERE weight IS NOT NULL AND run IN (SELECT number FROM run WHERE sync = 1 AND "
		"ended = 0 "
		"UNION ALL SELECT number FROM run WHERE sync = 1 AND ended >= 5) "
		"AND coalesce(at, intended) >= 5 AND (open = 1 OR outcome IN ('done')) "
		"GROUP BY weight, team_target",
		"EXPLAIN QUERY PLAN SELECT * FROM change WHERE open = 1 AND EXISTS (SELECT 1 FROM "
		"run WHERE run.number = change.run AND run.sync = 1) ORDER BY run, number",
		"EXPLAIN QUERY PLAN DELETE FROM link WHERE sync = 1 AND kind = 0 AND "
		"target_id = 'x' AND source_id <> 'y'",
	};
	static const char *const indexes[] = {"change_weight", "change_open", "link_target"};
	struct state *s = reopen(*state, NULL);

	for (size_t i = 0; i < 3; i++) {
		struct query *q = db_query(s->db, questions[i]);
		bool found = false;

		while (query_next(q)) {
			found = found || str_contains(query_str(q, 3), str_of(indexes[i]));
			if (str_starts(query_str(q, 3), STR("SCAN change")) &&
			    !str_contains(query_str(q, 3), str_of(indexes[i])))
				fail_msg("%.*s", STR_ARG(query_str(q, 3)));
		}
		assert_true(found);
	}
	state_close(s);
}

/* -- memberships that the target never lists -- */

static void load_blind(struct state *s, const char *blind, const char *seen, struct remembered *r)
{
	OK(snapshot_open(&r->source, NULL, &err));
	OK(snapshot_open(&r->target, NULL, &err));
	if (seen)
		put_entry(&r->target, ENTRY_GROUP, seen);
	if (blind)
		list_push(&r->target.opaque_groups, put_entry(&r->target, ENTRY_GROUP, blind));
	OK(snapshot_seal(&r->source, &err));
	OK(snapshot_seal(&r->target, &err));
	r->target.complete = true;
	OK(state_memory_load(s, STR("crm"), &r->source, &r->target, NOW, DAY, &r->memory, &err));
}

static void memberships_of_blind_teams_are_remembered(void **state)
{
	struct state *s = reopen(*state, NULL);
	struct remembered r = {0};
	struct plan plan = {0};
	char space[37];

	/* A target without any team: whatever is created may be blind. */
	OK(state_lock(s, STR("crm"), &err));
	load_blind(s, NULL, NULL, &r);
	remembered_clear(&r);
	plan_change(&plan, CHANGE_CREATE_TEAM, ROW_NONE, plan_team(&plan, "eng", ""));
	carry_out(s, &plan, OUTCOME_DONE);
	plan_clear(&plan);
	run_of(s, CHANGE_ADD_MEMBER, "t-eng", 3, OUTCOME_DONE);
	run_of(s, CHANGE_REMOVE_MEMBER, "t-eng", 1, OUTCOME_DONE);
	r = (struct remembered){0};
	load_blind(s, "t-eng", "t-ops", &r);
	assert_int_equal(r.memory.unlisted_members.count, 2);
	assert_str(intern_text(&r.target.ids, r.memory.unlisted_members.items[0].group, space),
		   "t-eng");
	assert_str(intern_text(&r.target.ids, r.memory.unlisted_members.items[0].user, space),
		   "u1");
	remembered_clear(&r);
	run_of(s, CHANGE_ADD_MEMBER, "t-ops", 1, OUTCOME_DONE);
	assert_int_equal(number_of(s, "SELECT count(*) FROM unseen"), 2);
	/* The target lists them after all. */
	r = (struct remembered){0};
	load_blind(s, NULL, "t-eng", &r);
	assert_int_equal(r.memory.unlisted_members.count, 0);
	remembered_clear(&r);
	assert_int_equal(number_of(s, "SELECT count(*) FROM unseen"), 0);
	state_close(s);
}

/* -- held plans -- */

static struct plan held(const char *checksum)
{
	struct plan plan = {.sync = STR("crm"), .verdict = VERDICT_HELD, .approvable = true};

	snprintf(plan.checksum, sizeof plan.checksum, "%s", checksum);
	list_push(&plan.reasons, STR("removes 31 of 120 members of \"eng\""));
	list_push(&plan.reasons, STR("disables 12 users"));
	return plan;
}

static int64_t hold(struct state *s, const char *checksum)
{
	struct plan plan = held(checksum);
	int64_t number = 0;

	OK(state_plan_hold(s, &plan, STR("as text"), STR("{}"), &number, &err));
	plan_clear(&plan);
	return number;
}

static enum plan_state state_of(struct state *s, int64_t number)
{
	struct arena arena = {0};
	struct held_plan plan;

	OK(state_plan_load(s, number, &arena, &plan, &err));
	arena_clear(&arena);
	return plan.state;
}

static int64_t approved(struct state *s, const char *checksum)
{
	int64_t number = -1;

	OK(state_plan_approved(s, STR("crm"), str_of(checksum), &number, &err));
	return number;
}

static void held_plans_are_decided(void **state)
{
	struct state *s = reopen(*state, NULL);
	struct arena arena = {0};
	struct held_plan plan;
	struct held_plans plans = {0};
	int64_t first = hold(s, "4f1c9a00aa"), second;

	clock_set(NOW + 60);
	assert_true(hold(s, "4f1c9a00aa") == first);
	OK(state_plan_load(s, first, &arena, &plan, &err));
	assert_str(plan.sync, "crm");
	assert_str(plan.text, "as text");
	assert_str(plan.json, "{}");
	assert_str(plan.reasons, "removes 31 of 120 members of \"eng\"\ndisables 12 users");
	assert_true(plan.made == NOW && plan.held == NOW + 60);
	assert_true(plan.expires == NOW + 60 + DECISION_LIFE);
	assert_int_equal(plan.state, PLAN_HELD);
	arena_clear(&arena);

	REFUSED(state_plan_decide(s, 99, STR("4f1c9a"), true, STR("ann"), &err), CODE_USAGE,
		"there is no plan 99");
	REFUSED(state_plan_decide(s, first, STR("4f1c9"), true, STR("ann"), &err), CODE_USAGE,
		"at least the first 6 digits");
	REFUSED(state_plan_decide(s, first, STR(""), true, STR("ann"), &err), CODE_USAGE,
		"at least");
	REFUSED(state_plan_decide(s, first, STR("4f1c9b"), true, STR("ann"), &err), CODE_STALE,
		"not 4f1c9b");
	REFUSED(state_plan_decide(s, first, STR("4f1c9a00aabb"), true, STR("ann"), &err),
		CODE_STALE, "not 4f1c9a00aabb");
	assert_int_equal(approved(s, "4f1c9a00aa"), 0);
	OK(state_plan_decide(s, first, STR("4F1C9A"), true, STR("ann"), &err));
	assert_true(approved(s, "4f1c9a00aa") == first);
	assert_int_equal(approved(s, "4f1c9a00ab"), 0);
	/* Held once more by a run in between: the approval still counts. */
	assert_true(hold(s, "4f1c9a00aa") == first);
	assert_true(approved(s, "4f1c9a00aa") == first);
	OK(state_plan_used(s, first, &err));
	assert_int_equal(approved(s, "4f1c9a00aa"), 0);
	REFUSED(state_plan_decide(s, first, STR("4f1c9a"), true, STR("ann"), &err), CODE_STALE,
		"was carried out already");

	second = hold(s, "4f1c9a00aa");
	assert_true(second > first);
	OK(state_plan_decide(s, second, STR(""), false, STR("bea"), &err));
	assert_int_equal(state_of(s, second), PLAN_REJECTED);
	assert_true(hold(s, "4f1c9a00aa") == second);
	assert_int_equal(state_of(s, second), PLAN_REJECTED);
	/* Second thoughts. */
	OK(state_plan_decide(s, second, STR("4f1c9a00aa"), true, STR("bea"), &err));
	assert_true(approved(s, "4f1c9a00aa") == second);
	OK(state_plans(s, STR("crm"), 10, &plans, &err));
	assert_int_equal(plans.items.count, 2);
	assert_true(plans.items.items[0].number == second);
	assert_str(plans.items.items[0].decided_by, "bea");
	held_plans_clear(&plans);
	state_close(s);
}

static void held_plans_end(void **state)
{
	struct state *s = reopen(*state, NULL);
	struct plan plan = held("cccccccc");
	int64_t first = hold(s, "aaaaaaaa"), second, third, refused;

	OK(state_plan_decide(s, first, STR("aaaaaaaa"), true, STR("ann"), &err));
	second = hold(s, "bbbbbbbb");
	assert_int_equal(state_of(s, first), PLAN_REPLACED);
	assert_int_equal(approved(s, "aaaaaaaa"), 0);
	REFUSED(state_plan_decide(s, first, STR("aaaaaaaa"), true, STR("ann"), &err), CODE_STALE,
		"made another plan since");

	clock_set(NOW + DECISION_LIFE - 1);
	OK(state_plan_decide(s, second, STR("bbbbbbbb"), true, STR("ann"), &err));
	clock_set(NOW + 2 * DECISION_LIFE - 2);
	assert_true(approved(s, "bbbbbbbb") == second);
	clock_set(NOW + 2 * DECISION_LIFE - 1);
	assert_int_equal(approved(s, "bbbbbbbb"), 0);
	assert_int_equal(state_of(s, second), PLAN_EXPIRED);
	REFUSED(state_plan_decide(s, second, STR("bbbbbbbb"), true, STR("ann"), &err), CODE_STALE,
		"expired at");
	/* Held anew under its number, and to be decided anew. */
	assert_true(hold(s, "bbbbbbbb") == second);
	assert_int_equal(state_of(s, second), PLAN_HELD);
	assert_int_equal(approved(s, "bbbbbbbb"), 0);

	OK(state_plans_replace(s, STR("crm"), &err));
	assert_int_equal(state_of(s, second), PLAN_REPLACED);
	third = hold(s, "bbbbbbbb");
	assert_true(third == second);
	assert_int_equal(state_of(s, third), PLAN_HELD);

	plan.verdict = VERDICT_REFUSED;
	plan.approvable = false;
	OK(state_plan_hold(s, &plan, STR(""), STR(""), &refused, &err));
	REFUSED(state_plan_decide(s, refused, STR("cccccccc"), true, STR("ann"), &err), CODE_HELD,
		"cannot be approved by anyone: removes 31 of 120");
	plan_clear(&plan);
	state_close(s);
}

/* -- status -- */

static void status_says_how_a_sync_is(void **state)
{
	struct state *s = reopen(*state, NULL);
	struct sync_status status;
	struct plan plan = {.source_complete = true};
	int64_t run;

	OK(state_status(s, STR("crm"), &status, &err));
	assert_int_equal(status.last_run, 0);
	plan_change(&plan, CHANGE_ADOPT_USER, plan_user(&plan, "ada", "1"), ROW_NONE);
	plan_change(&plan, CHANGE_ADOPT_TEAM, ROW_NONE, plan_team(&plan, "eng", "2"));
	plan_change(&plan, CHANGE_INVITE, plan_user(&plan, "bob", ""), ROW_NONE);
	plan_change(&plan, CHANGE_HANDOFF, 0, ROW_NONE)->key = STR("k");
	carry_out(s, &plan, OUTCOME_DONE);
	plan_clear(&plan);
	clock_set(NOW + 100);
	OK(state_run_begin(s, STR("crm"), STR("sync"), &run, &err));
	OK(state_run_end(s, run, CODE_UNAVAILABLE, NULL, STR("corp: no route"), &err));
	run_of(s, CHANGE_UPDATE_USER, NULL, 2, OUTCOME_UNKNOWN);
	number_of(s, "UPDATE run SET code = 15 WHERE number = 3");
	hold(s, "aaaaaaaa");
	OK(state_status(s, STR("crm"), &status, &err));
	assert_int_equal(status.last_run, 3);
	assert_true(status.last_run_at == NOW + 100);
	assert_int_equal(status.last_code, 15);
	assert_true(status.last_success == NOW);
	assert_true(status.last_complete == NOW);
	assert_int_equal(status.users, 1);
	assert_int_equal(status.groups, 1);
	assert_int_equal(status.held_plans, 1);
	assert_int_equal(status.pending_invitations, 1);
	assert_int_equal(status.open_handoffs, 1);
	assert_int_equal(status.unsettled, 2);
	clock_set(NOW + 100 + DECISION_LIFE);
	OK(state_status(s, STR("crm"), &status, &err));
	assert_int_equal(status.held_plans, 0);
	state_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_lost_file_is_made_anew),
		TEST(bad_files_are_told_with_path_and_way_out),
		TEST(a_file_that_may_only_be_read),
		TEST(one_run_of_a_sync_at_a_time),
		TEST(a_killed_process_leaves_no_lock),
		TEST(links_hold_the_numbers_of_the_reads),
		TEST(trust_aliases_invitations_and_cursors_are_kept),
		TEST(the_window_counts_what_may_have_happened),
		TEST(a_window_that_begins_between_revocation_and_invitation),
		TEST(a_refused_revocation_takes_nothing_off),
		TEST(a_revocation_to_send_anew_removes_nobody),
		TEST(a_window_that_begins_between_disable_and_delete),
		TEST(an_old_file_keeps_its_meaning),
		TEST(frequent_questions_use_an_index),
		TEST(memberships_of_blind_teams_are_remembered),
		TEST(held_plans_are_decided),
		TEST(held_plans_end),
		TEST(status_says_how_a_sync_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
