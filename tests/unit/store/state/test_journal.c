/* SPDX-License-Identifier: Apache-2.0 */
/* The journal: intents before calls, outcomes with their consequences, settling, and stops at every
 * step. */
#include "unit/store/state/state_help.h"

#define LINK(s, kind) only_link(s, kind, (char[400]){0}, 400)

static struct state *locked(const struct place *place)
{
	struct state *s = reopen(place, NULL);

	OK(state_lock(s, STR("crm"), &err));
	return s;
}

static void one_change(struct state *s, enum change_kind kind, const char *source,
		       const char *target, enum outcome outcome)
{
	struct plan plan = {0};

	plan_change(&plan, kind, plan_user(&plan, source, target), ROW_NONE);
	carry_out(s, &plan, outcome);
	plan_clear(&plan);
}

static void links_follow_outcomes(void **state)
{
	struct state *s = locked(*state);

	assert_string_equal(LINK(s, ENTRY_USER), "");
	one_change(s, CHANGE_CREATE_USER, "ada", "", OUTCOME_REFUSED);
	one_change(s, CHANGE_CREATE_USER, "ada", "", OUTCOME_LATER);
	one_change(s, CHANGE_CREATE_USER, "ada", "", OUTCOME_UNKNOWN);
	one_change(s, CHANGE_CREATE_USER, "ada", "", OUTCOME_SKIPPED);
	assert_string_equal(LINK(s, ENTRY_USER), "");
	one_change(s, CHANGE_CREATE_USER, "ada", "", OUTCOME_DONE);
	assert_string_equal(LINK(s, ENTRY_USER), "ada -> t-ada 1 0");
	one_change(s, CHANGE_UPDATE_USER, "ada", "t-ada", OUTCOME_DONE);
	assert_string_equal(LINK(s, ENTRY_USER), "ada -> t-ada 1 0");
	one_change(s, CHANGE_DISABLE_USER, "ada", "t-ada", OUTCOME_REFUSED);
	assert_string_equal(LINK(s, ENTRY_USER), "ada -> t-ada 1 0");
	one_change(s, CHANGE_DISABLE_USER, "ada", "t-ada", OUTCOME_DONE);
	assert_string_equal(LINK(s, ENTRY_USER), "ada -> t-ada 3 1800000000");
	clock_set(NOW + 30 * DAY);
	one_change(s, CHANGE_DELETE_USER, "ada", "t-ada", OUTCOME_LATER);
	assert_string_equal(LINK(s, ENTRY_USER), "ada -> t-ada 3 1800000000");
	one_change(s, CHANGE_DELETE_USER, "ada", "t-ada", OUTCOME_ALREADY);
	assert_string_equal(LINK(s, ENTRY_USER), "");
	state_close(s);
}

static void missing_and_returning(void **state)
{
	struct state *s = locked(*state);
	struct plan plan = {0};
	uint32_t ada;

	one_change(s, CHANGE_ADOPT_USER, "ada", "1", OUTCOME_DONE);
	one_change(s, CHANGE_MISS, "ada", "1", OUTCOME_DONE);
	assert_string_equal(LINK(s, ENTRY_USER), "ada -> 1 0 1800000000");
	clock_set(NOW + 60);
	one_change(s, CHANGE_MISS, "ada", "1", OUTCOME_DONE);
	one_change(s, CHANGE_DISABLE_USER, "ada", "1", OUTCOME_DONE);
	assert_string_equal(LINK(s, ENTRY_USER), "ada -> 1 2 1800000000");
	ada = plan_user(&plan, "ada", "1");
	plan_change(&plan, CHANGE_UPDATE_USER, ada, ROW_NONE)->returns = true;
	carry_out(s, &plan, OUTCOME_DONE);
	assert_string_equal(LINK(s, ENTRY_USER), "ada -> 1 0 0");
	one_change(s, CHANGE_MISS, "ada", "1", OUTCOME_DONE);
	plan_change(&plan, CHANGE_MISS, ada, ROW_NONE)->returns = true;
	carry_out(s, &plan, OUTCOME_DONE);
	assert_string_equal(LINK(s, ENTRY_USER), "ada -> 1 0 0");
	one_change(s, CHANGE_FORGET, "ada", "1", OUTCOME_DONE);
	assert_string_equal(LINK(s, ENTRY_USER), "");
	plan_clear(&plan);
	state_close(s);
}

/* A rehire under a new source id gets the account back, and it is still known who made it. */
static void a_target_entry_has_one_link(void **state)
{
	struct state *s = locked(*state);

	one_change(s, CHANGE_CREATE_USER, "ada-1", "", OUTCOME_DONE);
	one_change(s, CHANGE_DISABLE_USER, "ada-1", "t-ada-1", OUTCOME_DONE);
	one_change(s, CHANGE_ADOPT_USER, "ada-2", "t-ada-1", OUTCOME_DONE);
	assert_string_equal(LINK(s, ENTRY_USER), "ada-2 -> t-ada-1 1 0");
	/* The same ids may be those of a group: other links. */
	{
		struct plan plan = {0};
		uint32_t team = plan_team(&plan, "ada-3", "t-ada-1");

		plan_change(&plan, CHANGE_ADOPT_TEAM, ROW_NONE, team);
		carry_out(s, &plan, OUTCOME_DONE);
		plan_clear(&plan);
	}
	assert_string_equal(LINK(s, ENTRY_USER), "ada-2 -> t-ada-1 1 0");
	assert_string_equal(LINK(s, ENTRY_GROUP), "ada-3 -> t-ada-1 0 0");
	/* Adopted once more, as after a change by hand: who made it is not forgotten. */
	one_change(s, CHANGE_ADOPT_USER, "ada-2", "t-ada-1", OUTCOME_DONE);
	assert_string_equal(LINK(s, ENTRY_USER), "ada-2 -> t-ada-1 1 0");
	/* The target entry was lost and made anew. */
	one_change(s, CHANGE_CREATE_USER, "ada-2", "", OUTCOME_DONE);
	assert_string_equal(LINK(s, ENTRY_USER), "ada-2 -> t-ada-2 1 0");
	state_close(s);
}

static void digests_are_those_of_what_was_applied(void **state)
{
	struct state *s = locked(*state);
	struct remembered r = {0};

	one_change(s, CHANGE_ADOPT_USER, "ada", "1", OUTCOME_DONE);
	remember(s, &r, DAY);
	assert_true(r.memory.users.items[0].digest == 0);
	remembered_clear(&r);
	one_change(s, CHANGE_UPDATE_USER, "ada", "1", OUTCOME_DONE);
	r = (struct remembered){0};
	remember(s, &r, DAY);
	assert_true(r.memory.users.items[0].digest == 0x8000000000000001);
	remembered_clear(&r);
	state_close(s);
}

static void teams_and_ids_of_every_form(void **state)
{
	static const char uuid[] = "2819c223-7f76-453a-919d-413861904646";
	static const char upper[] = "2819C223-7F76-453A-919D-413861904646";
	struct state *s = locked(*state);
	struct plan plan = {0};

	plan_change(&plan, CHANGE_CREATE_TEAM, ROW_NONE, plan_team(&plan, uuid, ""));
	plan_change(&plan, CHANGE_ADOPT_TEAM, ROW_NONE, plan_team(&plan, upper, uuid))->created =
		true;
	carry_out(s, &plan, OUTCOME_DONE);
	assert_int_equal(number_of(s, "SELECT count(*) FROM link"), 2);
	assert_int_equal(number_of(s, "SELECT count(*) FROM link WHERE typeof(source_id) = 'blob' "
				      "AND length(source_id) = 16 AND flags = 1"),
			 1);
	assert_int_equal(number_of(s, "SELECT count(*) FROM link WHERE typeof(source_id) = 'text' "
				      "AND typeof(target_id) = 'blob' AND flags = 1"),
			 1);
	assert_string_equal(LINK(s, ENTRY_GROUP), "2819C223-7F76-453A-919D-413861904646 -> "
						  "2819c223-7f76-453a-919d-413861904646 1 0, "
						  "2819c223-7f76-453a-919d-413861904646 -> "
						  "t-2819c223-7f76-453a-919d-413861904646 1 0");
	plan.changes.count = 0;
	plan_change(&plan, CHANGE_DELETE_TEAM, ROW_NONE, plan_team(&plan, "", uuid));
	carry_out(s, &plan, OUTCOME_DONE);
	assert_int_equal(number_of(s, "SELECT count(*) FROM link"), 1);
	plan_clear(&plan);
	state_close(s);
}

static void invitation_is(struct state *s, const char *expected)
{
	struct memory m = {0};
	char text[200] = "";

	OK(state_memory_brief(s, STR("crm"), clock_now(), DAY, &m, &err));
	if (m.invitations.count) {
		const struct sent_invitation *i = &m.invitations.items[0];

		snprintf(text, sizeof text, "%.*s %.*s %.*s %lld %lld %u %s", STR_ARG(i->source),
			 STR_ARG(i->role), STR_ARG(i->target), (long long)(i->first_sent - NOW),
			 (long long)(i->last_sent - NOW), i->resent,
			 invitation_state_text(i->state));
	}
	memory_clear(&m);
	assert_string_equal(text, expected);
}

static void invitations_are_followed(void **state)
{
	struct state *s = locked(*state);
	struct plan plan = {0};
	struct change *c;

	one_change(s, CHANGE_INVITE, "ada", "", OUTCOME_REFUSED);
	invitation_is(s, "");
	one_change(s, CHANGE_INVITE, "ada", "", OUTCOME_DONE);
	invitation_is(s, "ada  t-ada 0 0 0 pending");
	clock_set(NOW + DAY);
	one_change(s, CHANGE_RESEND, "ada", "", OUTCOME_DONE);
	invitation_is(s, "ada  t-ada 0 86400 1 pending");
	c = plan_change(&plan, CHANGE_SET_ROLE, plan_user(&plan, "ada", ""), ROW_NONE);
	c->invitation = STR("t-ada");
	c->role = STR("admin");
	carry_out(s, &plan, OUTCOME_DONE);
	invitation_is(s, "ada admin t-ada 0 86400 1 pending");
	/* Invited anew although the last one was never answered: that counts as sent again. */
	one_change(s, CHANGE_INVITE, "ada", "", OUTCOME_DONE);
	invitation_is(s, "ada  t-ada 0 86400 2 pending");
	one_change(s, CHANGE_REVOKE, "ada", "", OUTCOME_DONE);
	invitation_is(s, "ada  t-ada 0 86400 2 revoked");
	clock_set(NOW + 2 * DAY);
	one_change(s, CHANGE_INVITE, "ada", "", OUTCOME_DONE);
	invitation_is(s, "ada  t-ada 172800 172800 0 pending");
	/* Revoked to be sent anew: the count of repeats goes on. A double's end is not that of the
	 * one. */
	plan_clear(&plan);
	plan = (struct plan){0};
	c = plan_change(&plan, CHANGE_REVOKE, plan_user(&plan, "ada", ""), ROW_NONE);
	c->invitation = STR("another");
	carry_out(s, &plan, OUTCOME_DONE);
	invitation_is(s, "ada  t-ada 172800 172800 0 pending");
	plan.changes.items[0].invitation = STR("t-ada");
	plan.changes.items[0].why = REVOKE_REPLACED;
	carry_out(s, &plan, OUTCOME_DONE);
	one_change(s, CHANGE_INVITE, "ada", "", OUTCOME_DONE);
	invitation_is(s, "ada  t-ada 172800 172800 1 pending");
	one_change(s, CHANGE_ADOPT_USER, "ada", "7", OUTCOME_DONE);
	invitation_is(s, "ada  t-ada 172800 172800 1 accepted");
	one_change(s, CHANGE_DELETE_USER, "ada", "7", OUTCOME_DONE);
	invitation_is(s, "");
	/* One that was met at the target is followed like those that were sent. */
	plan_clear(&plan);
	plan = (struct plan){0};
	c = plan_change(&plan, CHANGE_ADOPT_USER, plan_user(&plan, "ada", ""), ROW_NONE);
	c->invitation = STR("i7");
	c->role = STR("member");
	carry_out(s, &plan, OUTCOME_DONE);
	invitation_is(s, "ada member i7 172800 172800 0 pending");
	plan_clear(&plan);
	state_close(s);
}

static void handoffs_open_once_and_close_when_seen_done(void **state)
{
	struct state *s = locked(*state);
	struct plan plan = {0};
	struct memory m = {0};
	const str keep[] = {STR("remove/ada")};

	plan_change(&plan, CHANGE_HANDOFF, plan_user(&plan, "ada", "1"), ROW_NONE)->key =
		STR("remove/ada");
	plan_change(&plan, CHANGE_HANDOFF, plan_user(&plan, "bob", "2"), ROW_NONE)->key =
		STR("remove/bob");
	carry_out(s, &plan, OUTCOME_DONE);
	clock_set(NOW + DAY);
	carry_out(s, &plan, OUTCOME_DONE);
	OK(state_memory_brief(s, STR("crm"), clock_now(), DAY, &m, &err));
	assert_int_equal(m.handoffs.count, 2);
	assert_str(m.handoffs.items[0].key, "remove/ada");
	assert_str(m.handoffs.items[0].what, "because");
	assert_true(m.handoffs.items[0].opened == NOW);
	memory_clear(&m);
	OK(state_handoffs_keep(s, STR("crm"), keep, 1, &err));
	assert_int_equal(number_of(s, "SELECT count(*) FROM handoff WHERE key = 'remove/ada'"), 1);
	assert_int_equal(number_of(s, "SELECT count(*) FROM handoff"), 1);
	OK(state_handoffs_keep(s, STR("crm"), NULL, 0, &err));
	assert_int_equal(number_of(s, "SELECT count(*) FROM handoff"), 0);
	plan_clear(&plan);
	state_close(s);
}

static void a_run_reads_back_as_it_was_journaled(void **state)
{
	struct state *s = locked(*state);
	struct plan plan = {.verdict = VERDICT_HELD, .checksum = "abcdef", .source_users = 12};
	struct journal j = {0};
	struct edit edits[] = {{STR("title"), STR("Engi\"neer"), STR("Lead")},
			       {STR("nickName"), {NULL, 0}, STR("")},
			       {STR("emails.value"), STR("\xc3\xa9@x"), {NULL, 0}}};
	struct field fields[] = {{STR("userName"), STR("bob")}, {STR("active"), STR("true")}};
	struct change *c;
	uint32_t ada = plan_user(&plan, "ada", "1"), eng = plan_team(&plan, "eng", "g1"), bob;
	int64_t run;

	plan.objects.items[ada].name = STR("Ada L.");
	plan.objects.items[ada].origin = STR("cn=staff");
	c = plan_change(&plan, CHANGE_UPDATE_USER, ada, ROW_NONE);
	c->edits = edits;
	c->edit_count = 3;
	c->returns = true;
	c = plan_change(&plan, CHANGE_ADD_MEMBER, ada, eng);
	c->role = STR("manager");
	c->old_role = STR("member");
	bob = plan_user(&plan, "bob", "");
	plan.objects.items[bob].fields = fields;
	plan.objects.items[bob].field_count = 2;
	plan.objects.items[bob].dn = STR("cn=bob");
	plan_change(&plan, CHANGE_CREATE_USER, bob, ROW_NONE);
	plan_change(&plan, CHANGE_REMOVE_MEMBER, bob, eng);
	plan.counts = (struct counts){.create = 1, .update = 1, .members_add = 1, .forget = 3};

	OK(state_run_begin(s, STR("crm"), STR("sync crm"), &run, &err));
	intend_all(s, run, &plan);
	clock_set(NOW + 5);
	OK(state_outcome(s, run, &plan, &plan.changes.items[0], OUTCOME_DONE, STR(""), NULL, &err));
	OK(state_outcome(s, run, &plan, &plan.changes.items[1], OUTCOME_REFUSED, STR(""),
			 &(struct err){.text = "no \"thanks\""}, &err));
	OK(state_outcome(s, run, &plan, &plan.changes.items[2], OUTCOME_DONE, STR("t2"), NULL,
			 &err));
	OK(state_run_end(s, run, 10, &plan, STR("one failed"), &err));
	s = reopen(*state, s);
	OK(state_run_load(s, run, &j, &err));

	assert_str(j.run.sync, "crm");
	assert_str(j.run.command, "sync crm");
	assert_str(j.run.error, "one failed");
	assert_int_equal(j.run.code, 10);
	assert_true(j.run.planned && j.run.verdict == VERDICT_HELD);
	assert_str(j.run.checksum, "abcdef");
	assert_memory_equal(&j.run.counts, &plan.counts, sizeof plan.counts);
	assert_int_equal(j.run.source_users, 12);
	assert_int_equal(j.run.outcomes[OUTCOME_DONE], 2);
	assert_int_equal(j.run.outcomes[OUTCOME_REFUSED], 1);
	assert_int_equal(j.run.unsettled, 1);
	assert_true(j.run.started == NOW && j.run.ended == NOW + 5);

	assert_int_equal(j.plan.changes.count, 4);
	assert_int_equal(j.entries.count, 4);
	assert_int_equal(j.plan.objects.count, 3);
	c = &j.plan.changes.items[0];
	assert_int_equal(c->kind, CHANGE_UPDATE_USER);
	assert_true(c->returns && c->user == 0 && c->team == ROW_NONE);
	assert_int_equal(c->edit_count, 3);
	assert_str(c->edits[0].before, "Engi\"neer");
	assert_str(c->edits[0].after, "Lead");
	assert_true(c->edits[1].before.p == NULL && c->edits[1].after.p != NULL);
	assert_str(c->edits[2].before, "\xc3\xa9@x");
	assert_str(j.plan.objects.items[0].name, "Ada L.");
	assert_str(j.plan.objects.items[0].origin, "cn=staff");
	assert_true(j.entries.items[0].known && j.entries.items[0].outcome == OUTCOME_DONE);
	assert_true(j.entries.items[0].intended == NOW && j.entries.items[0].at == NOW + 5);
	c = &j.plan.changes.items[1];
	assert_true(c->user == 0 && c->team == 1);
	assert_str(c->role, "manager");
	assert_str(c->old_role, "member");
	assert_str(c->reason, "because");
	assert_str(j.entries.items[1].error, "no \"thanks\"");
	c = &j.plan.changes.items[2];
	assert_int_equal(j.plan.objects.items[c->user].field_count, 2);
	assert_str(j.plan.objects.items[c->user].fields[0].name, "userName");
	assert_str(j.plan.objects.items[c->user].fields[1].value, "true");
	assert_str(j.plan.objects.items[c->user].dn, "cn=bob");
	assert_str(j.entries.items[2].id, "t2");
	assert_false(j.entries.items[3].known);
	journal_clear(&j);
	j = (struct journal){0};
	REFUSED(state_run_load(s, 99, &j, &err), CODE_USAGE, "there is no run 99");
	journal_clear(&j);

	j = (struct journal){0};
	OK(state_history(s, STR("crm"), ENTRY_USER, STR("ada"), STR(""), 10, &j, &err));
	assert_int_equal(j.plan.changes.count, 2);
	assert_int_equal(j.plan.changes.items[0].number, 2);
	journal_clear(&j);
	j = (struct journal){0};
	OK(state_history(s, STR("crm"), ENTRY_GROUP, STR(""), STR("g1"), 10, &j, &err));
	assert_int_equal(j.plan.changes.count, 2);
	journal_clear(&j);
	plan_clear(&plan);
	state_close(s);
}

static void what_a_crash_left_is_settled(void **state)
{
	struct state *s = locked(*state);
	struct plan plan = {0};
	struct journal j = {0};
	struct run_records runs = {0};
	uint32_t ada = plan_user(&plan, "ada", ""), eng = plan_team(&plan, "eng", "g1");
	int64_t run;

	plan_change(&plan, CHANGE_CREATE_USER, ada, ROW_NONE);
	plan_change(&plan, CHANGE_ADD_MEMBER, ada, eng);
	plan_change(&plan, CHANGE_CREATE_USER, plan_user(&plan, "bob", ""), ROW_NONE);
	plan_change(&plan, CHANGE_CREATE_USER, plan_user(&plan, "eve", ""), ROW_NONE);
	OK(state_run_begin(s, STR("crm"), STR("sync"), &run, &err));
	intend_all(s, run, &plan);
	OK(state_outcome(s, run, &plan, &plan.changes.items[3], OUTCOME_UNKNOWN, STR(""),
			 &(struct err){.text = "cut off"}, &err));
	OK(state_flush(s, &err));
	/* This outcome never reaches the file. */
	OK(state_outcome(s, run, &plan, &plan.changes.items[0], OUTCOME_DONE, STR("t1"), NULL,
			 &err));
	plan_clear(&plan);
	s = reopen(*state, s);

	OK(state_lock(s, STR("crm"), &err));
	OK(state_unsettled(s, STR("crm"), &j, &err));
	assert_int_equal(j.entries.count, 4);
	assert_true(j.entries.items[3].known && j.entries.items[3].outcome == OUTCOME_UNKNOWN);
	OK(state_settle(s, &j, 0, OUTCOME_DONE, STR("t1"), STR("found"), &err));
	/* The member change speaks of the same user, who has an id now. */
	assert_str(j.plan.objects.items[j.plan.changes.items[1].user].target_id, "t1");
	OK(state_settle(s, &j, 1, OUTCOME_LATER, STR(""), STR("not there"), &err));
	OK(state_settle(s, &j, 2, OUTCOME_LATER, STR(""), STR("not there"), &err));
	OK(state_settle(s, &j, 3, OUTCOME_UNKNOWN, STR(""), STR("cannot tell yet"), &err));
	OK(state_flush(s, &err));
	journal_clear(&j);
	assert_string_equal(LINK(s, ENTRY_USER), "ada -> t1 1 0");

	j = (struct journal){0};
	OK(state_unsettled(s, STR("crm"), &j, &err));
	assert_int_equal(j.entries.count, 1);
	assert_int_equal(j.entries.items[0].looks, 1);
	assert_str(j.plan.objects.items[0].source_id, "eve");
	OK(state_settle(s, &j, 0, OUTCOME_DONE, STR("t3"), STR(""), &err));
	OK(state_flush(s, &err));
	journal_clear(&j);
	assert_int_equal(number_of(s, "SELECT count(*) FROM change WHERE open = 1"), 0);

	OK(state_run_begin(s, STR("crm"), STR("sync"), &run, &err));
	OK(state_runs(s, STR("crm"), 10, &runs, &err));
	assert_int_equal(runs.items.count, 2);
	assert_int_equal(runs.items.items[1].code, RUN_CUT);
	assert_true(runs.items.items[1].ended == NOW);
	assert_int_equal(runs.items.items[1].outcomes[OUTCOME_DONE], 2);
	assert_int_equal(runs.items.items[1].outcomes[OUTCOME_LATER], 2);
	assert_int_equal(runs.items.items[1].outcomes[OUTCOME_UNKNOWN], 0);
	run_records_clear(&runs);
	state_close(s);
}

/* The user was created before the run was cut, the membership is open: its intent knew no id yet.
 */
static void open_changes_know_what_was_created_since(void **state)
{
	struct state *s = locked(*state);
	struct plan plan = {0};
	struct journal j = {0};
	int64_t run;

	plan_change(&plan, CHANGE_CREATE_USER, plan_user(&plan, "ada", ""), ROW_NONE);
	plan_change(&plan, CHANGE_ADD_MEMBER, 0, plan_team(&plan, "eng", "g1"));
	OK(state_run_begin(s, STR("crm"), STR("sync"), &run, &err));
	intend_all(s, run, &plan);
	OK(state_outcome(s, run, &plan, &plan.changes.items[0], OUTCOME_DONE, STR("t1"), NULL,
			 &err));
	OK(state_flush(s, &err));
	plan_clear(&plan);
	s = reopen(*state, s);
	OK(state_unsettled(s, STR("crm"), &j, &err));
	assert_int_equal(j.entries.count, 1);
	assert_str(j.plan.objects.items[j.plan.changes.items[0].user].target_id, "t1");
	journal_clear(&j);
	state_close(s);
}

/* A thousand changes with 32 in flight: the bound of the design is two commits for each window. */
static void commits_are_in_proportion(void **state)
{
	enum { CHANGES = 1024, WINDOW = 32 };
	struct state *s = locked(*state);
	struct plan plan = {0};
	struct change *window[WINDOW];
	struct db_counters before;
	uint64_t commits, statements;
	char name[20];
	int64_t run;

	for (int i = 0; i < CHANGES; i++) {
		snprintf(name, sizeof name, "u%d", i);
		plan_change(&plan, CHANGE_CREATE_USER, plan_user(&plan, name, ""), ROW_NONE);
	}
	OK(state_run_begin(s, STR("crm"), STR("sync"), &run, &err));
	before = db_counters(s->db);
	for (int i = 0; i < CHANGES; i += WINDOW) {
		for (int k = 0; k < WINDOW; k++)
			window[k] = &plan.changes.items[i + k];
		OK(state_intend(s, run, &plan, window, WINDOW, &err));
		for (int k = 0; k < WINDOW; k++) {
			snprintf(name, sizeof name, "t%d", i + k);
			OK(state_outcome(s, run, &plan, window[k], OUTCOME_DONE, str_of(name), NULL,
					 &err));
		}
	}
	OK(state_flush(s, &err));
	commits = db_counters(s->db).commits - before.commits;
	statements = db_counters(s->db).statements - before.statements;
	print_message("%llu commits, %llu statements for %d changes\n", (unsigned long long)commits,
		      (unsigned long long)statements, CHANGES);
	assert_in_range(commits, CHANGES / WINDOW, 2 * CHANGES / WINDOW + 1);
	assert_in_range(statements, 0, 3 * CHANGES + 4 * CHANGES / WINDOW);
	assert_int_equal(number_of(s, "SELECT count(*) FROM link"), CHANGES);
	assert_int_equal(number_of(s, "SELECT value FROM run_count WHERE what = 'outcome done'"),
			 CHANGES);
	plan_clear(&plan);
	state_close(s);
}

static void sixty_four_outcomes_are_committed_unasked(void **state)
{
	struct state *s = locked(*state);
	struct plan plan = {0};
	int64_t run;

	for (int i = 0; i < 200; i++)
		plan_change(&plan, CHANGE_MISS, plan_user(&plan, "x", ""), ROW_NONE);
	OK(state_run_begin(s, STR("crm"), STR("sync"), &run, &err));
	for (int i = 0; i < 200; i++) {
		OK(state_outcome(s, run, &plan, &plan.changes.items[i], OUTCOME_DONE, STR(""), NULL,
				 &err));
		assert_in_range(s->queue.count, 0, 63);
		/* Time alone would never do it. */
		s->queued_since = INT64_MAX / 2;
	}
	/* Without an intent before, for what sends nothing. */
	assert_true(number_of(s, "SELECT count(*) FROM change WHERE outcome = 'done'") >= 192);
	OK(state_flush(s, &err));
	assert_int_equal(number_of(s, "SELECT count(*) FROM change WHERE outcome = 'done'"), 200);
	plan_clear(&plan);
	state_close(s);
}

static void outcomes_do_not_wait_longer_than_their_time(void **state)
{
	struct state *s = locked(*state);
	struct plan plan = {0};
	int64_t run;

	plan_change(&plan, CHANGE_MISS, plan_user(&plan, "x", ""), ROW_NONE);
	plan_change(&plan, CHANGE_MISS, plan_user(&plan, "y", ""), ROW_NONE);
	OK(state_run_begin(s, STR("crm"), STR("sync"), &run, &err));
	OK(state_outcome(s, run, &plan, &plan.changes.items[0], OUTCOME_DONE, STR(""), NULL, &err));
	/* As if the first had come 50 ms ago. */
	s->queued_since -= 50;
	OK(state_outcome(s, run, &plan, &plan.changes.items[1], OUTCOME_DONE, STR(""), NULL, &err));
	assert_int_equal(s->queue.count, 0);
	assert_int_equal(number_of(s, "SELECT count(*) FROM change WHERE outcome = 'done'"), 2);
	plan_clear(&plan);
	state_close(s);
}

/* A full disk in the middle of a run: the error comes back, and what was committed stands. */
static void a_full_disk_stops_the_run(void **state)
{
	struct state *s = locked(*state);
	struct plan plan = {0};
	struct change *change;
	struct err failure = {0};
	int64_t run, kept = 0;
	char limit[60];

	for (int i = 0; i < 4000; i++) {
		char name[80];

		snprintf(name, sizeof name, "%070d", i);
		plan_change(&plan, CHANGE_CREATE_USER, plan_user(&plan, name, ""), ROW_NONE);
	}
	OK(state_run_begin(s, STR("crm"), STR("sync"), &run, &err));
	snprintf(limit, sizeof limit, "PRAGMA max_page_count = %lld",
		 (long long)number_of(s, "PRAGMA page_count") + 60);
	number_of(s, limit);
	for (size_t i = 0; i < plan.changes.count; i++) {
		change = &plan.changes.items[i];
		if (state_intend(s, run, &plan, &change, 1, &failure) < 0)
			break;
		kept++;
	}
	assert_in_range(kept, 10, 3999);
	assert_true(failure.again && strstr(failure.text, "disk is full"));
	assert_non_null(strstr(failure.text, ((struct place *)*state)->path));
	assert_int_equal(number_of(s, "SELECT count(*) FROM change"), kept);
	s = reopen(*state, s);
	assert_int_equal(number_of(s, "SELECT count(*) FROM change"), kept);
	assert_int_equal(number_of(s, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"),
			 1);
	plan_clear(&plan);
	state_close(s);
}

static void a_second_outcome_replaces_the_first(void **state)
{
	struct state *s = locked(*state);
	struct plan plan = {0};
	struct run_records runs = {0};
	int64_t run;

	plan_change(&plan, CHANGE_CREATE_USER, plan_user(&plan, "ada", ""), ROW_NONE);
	OK(state_run_begin(s, STR("crm"), STR("sync"), &run, &err));
	intend_all(s, run, &plan);
	OK(state_outcome(s, run, &plan, &plan.changes.items[0], OUTCOME_LATER, STR(""), NULL,
			 &err));
	OK(state_outcome(s, run, &plan, &plan.changes.items[0], OUTCOME_DONE, STR("t1"), NULL,
			 &err));
	OK(state_flush(s, &err));
	OK(state_runs(s, STR(""), 10, &runs, &err));
	assert_int_equal(runs.items.items[0].outcomes[OUTCOME_LATER], 0);
	assert_int_equal(runs.items.items[0].outcomes[OUTCOME_DONE], 1);
	assert_string_equal(LINK(s, ENTRY_USER), "ada -> t1 1 0");
	run_records_clear(&runs);
	plan_clear(&plan);
	state_close(s);
}

static void old_runs_are_let_go(void **state)
{
	struct state *s = locked(*state);

	one_change(s, CHANGE_ADOPT_USER, "ada", "1", OUTCOME_DONE);
	one_change(s, CHANGE_UPDATE_USER, "ada", "1", OUTCOME_UNKNOWN);
	clock_set(NOW + DAY);
	one_change(s, CHANGE_UPDATE_USER, "ada", "1", OUTCOME_DONE);
	clock_set(NOW + 3 * DAY);
	OK(state_runs_prune(s, NOW + 2 * DAY, &err));
	assert_int_equal(number_of(s, "SELECT group_concat(number) = '2,3' FROM run"), 1);
	assert_int_equal(number_of(s, "SELECT count(*) FROM change"), 2);
	assert_int_equal(number_of(s, "SELECT count(*) FROM run_count WHERE run = 1"), 0);
	assert_string_equal(LINK(s, ENTRY_USER), "ada -> 1 0 0");
	state_close(s);
}

/* -- stopped anywhere -- */

/*
 * The world of the kill test: a file of lines, one for each user the "target" has. A create adds a
 * line between the intent and the outcome, with steps of its own, as a connector does.
 */
struct world {
	struct state *s;
	char path[100];
};

static bool world_has(const struct world *w, const char *name)
{
	FILE *f = fopen(w->path, "r");
	char line[60];
	bool found = false;

	while (f && fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = '\0';
		found = found || strcmp(line, name) == 0;
	}
	if (f)
		fclose(f);
	return found;
}

static void world_create(const struct world *w, const char *name)
{
	FILE *f;

	crashpoint_pass("before a request");
	if (world_has(w, name))
		_exit(50); /* a second account: the worst that may happen */
	f = fopen(w->path, "a");
	fprintf(f, "%s\n", name);
	fclose(f);
	crashpoint_pass("after a request");
}

static void life_settle(const struct world *w)
{
	struct journal j = {0};
	char id[60];

	OK(state_unsettled(w->s, STR("crm"), &j, &err));
	for (size_t i = 0; i < j.entries.count; i++) {
		const struct object *o = &j.plan.objects.items[j.plan.changes.items[i].user];

		snprintf(id, sizeof id, "%.*s", STR_ARG(o->source_id));
		if (world_has(w, id))
			OK(state_settle(w->s, &j, i, OUTCOME_DONE, str_of(id), STR(""), &err));
		else
			OK(state_settle(w->s, &j, i, OUTCOME_LATER, STR(""), STR("not there"),
					&err));
	}
	OK(state_flush(w->s, &err));
	journal_clear(&j);
}

/* Plans what has no link, in windows of three. */
static void life_sync(const struct world *w)
{
	struct plan plan = {0};
	char name[20], sql[100];
	struct change *window[3];
	int64_t run;

	OK(state_run_begin(w->s, STR("crm"), STR("sync"), &run, &err));
	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof name, "u%d", i);
		snprintf(sql, sizeof sql, "SELECT count(*) FROM link WHERE source_id = '%s'", name);
		if (number_of(w->s, sql) == 0)
			plan_change(&plan, CHANGE_CREATE_USER, plan_user(&plan, name, ""),
				    ROW_NONE);
	}
	for (size_t i = 0; i < plan.changes.count; i += 3) {
		size_t count = plan.changes.count - i < 3 ? plan.changes.count - i : 3;

		for (size_t k = 0; k < count; k++)
			window[k] = &plan.changes.items[i + k];
		OK(state_intend(w->s, run, &plan, window, count, &err));
		for (size_t k = 0; k < count; k++) {
			str id = plan.objects.items[window[k]->user].source_id;

			world_create(w, id.p);
			OK(state_outcome(w->s, run, &plan, window[k], OUTCOME_DONE, id, NULL,
					 &err));
		}
	}
	OK(state_run_end(w->s, run, 0, &plan, STR(""), &err));
	plan_clear(&plan);
}

static int life(const struct place *place, const char *world, uint64_t stop)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		struct world w = {0};

		snprintf(w.path, sizeof w.path, "%s", world);
		clock_set(NOW);
		crashpoint_set(stop);
		OK(state_open(place->path, false, &w.s, &err));
		OK(state_lock(w.s, STR("crm"), &err));
		life_settle(&w);
		life_sync(&w);
		state_close(w.s);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void check_world(const struct place *place)
{
	struct state *s = reopen(place, NULL);

	assert_int_equal(number_of(s, "SELECT count(*) FROM link WHERE flags = 1 AND "
				      "source_id = target_id"),
			 8);
	assert_int_equal(number_of(s, "SELECT count(*) FROM change WHERE open = 1"), 0);
	assert_int_equal(number_of(s, "SELECT count(*) FROM change WHERE outcome = 'done'"), 8);
	assert_int_equal(number_of(s, "SELECT count(*) FROM run WHERE ended = 0"), 0);
	assert_int_equal(number_of(s, "SELECT coalesce(sum(value), 0) FROM run_count "
				      "WHERE what = 'outcome done'"),
			 8);
	assert_int_equal(number_of(s, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"),
			 1);
	assert_int_equal(number_of(s, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	state_close(s);
}

static void stopped_at_any_step_nothing_is_lost_or_done_twice(void **state)
{
	struct place *place = *state;
	char world[100];
	uint64_t stop;

	snprintf(world, sizeof world, "%s/w", place->folder);
	for (stop = 1;; stop++) {
		int first = life(place, world, stop), again;

		assert_true(first == 0 || first == CRASHPOINT_EXIT);
		/* A fault during the recovery from a fault, then a quiet end. */
		again = first == 0 ? 0 : life(place, world, stop % 7 + 1);
		assert_true(again == 0 || again == CRASHPOINT_EXIT);
		assert_int_equal(life(place, world, 0), 0);
		check_world(place);
		place_empty(place);
		remove(world);
		if (first == 0)
			break;
	}
	assert_true(stop > 25);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(links_follow_outcomes),
		TEST(missing_and_returning),
		TEST(a_target_entry_has_one_link),
		TEST(digests_are_those_of_what_was_applied),
		TEST(teams_and_ids_of_every_form),
		TEST(invitations_are_followed),
		TEST(handoffs_open_once_and_close_when_seen_done),
		TEST(a_run_reads_back_as_it_was_journaled),
		TEST(what_a_crash_left_is_settled),
		TEST(open_changes_know_what_was_created_since),
		TEST(commits_are_in_proportion),
		TEST(sixty_four_outcomes_are_committed_unasked),
		TEST(outcomes_do_not_wait_longer_than_their_time),
		TEST(a_full_disk_stops_the_run),
		TEST(a_second_outcome_replaces_the_first),
		TEST(old_runs_are_let_go),
		TEST(stopped_at_any_step_nothing_is_lost_or_done_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
