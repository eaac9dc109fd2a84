/* SPDX-License-Identifier: Apache-2.0 */
/* What people and programs read of health, invitations, hand-offs, tokens and runs: made from plain
 * data, down to the byte. */
#include "lib/unit.h"
#include "view/view.h"

#define NOW INT64_C(1795000000) /* 2026-11-18 */
#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)

static void assert_text(struct buf *out, const char *expected)
{
	assert_string_equal(out->p ? out->p : "", expected);
	buf_reset(out);
}

static struct sync_health *sync_add(struct health *health)
{
	struct sync_health *h = list_add(&health->syncs);

	*h = (struct sync_health){.sync = "crm", .from = "corp", .to = "saas", .changed = -1};
	return h;
}

static void a_sync_that_never_ran(void **unused)
{
	struct health health = {.now = NOW};
	struct buf out = {0};

	(void)unused;
	sync_add(&health);
	status_print_text(&health, &out);
	assert_text(&out, "crm: corp -> saas\n"
			  "  last success never, source last read whole never\n"
			  "  0 users and 0 teams linked\n");
	status_print_json(&health, &out);
	assert_null(strstr(out.p, "changed_since"));
	assert_non_null(strstr(out.p, "\"plans\":[]"));
	health_clear(&health);
	buf_clear(&out);
}

static void what_waits_is_told(void **unused)
{
	struct health health = {.now = NOW};
	struct sync_health *h = sync_add(&health);
	struct buf out = {0};

	(void)unused;
	h->changed = 3;
	h->status = (struct sync_status){.last_run = 7,
					 .last_run_at = NOW - 90,
					 .last_code = CODE_HELD,
					 .last_success = NOW - 2 * HOUR,
					 .last_complete = NOW,
					 .users = 1,
					 .groups = 2,
					 .pending_invitations = 1,
					 .open_handoffs = 2,
					 .oldest_handoff = NOW - 3 * DAY,
					 .unsettled = 4,
					 .running = 11};
	*list_add(&h->plans.items) =
		(struct held_plan){.number = 5,
				   .sync = STR("crm"),
				   .checksum = STR("0123456789abcdef"),
				   .state = PLAN_HELD,
				   .approvable = true,
				   .reasons = STR("removes 9 of 9 users\nand more"),
				   .held = NOW - 1};
	*list_add(&h->plans.items) = (struct held_plan){.number = 4, .state = PLAN_REPLACED};
	status_print_text(&health, &out);
	assert_text(
		&out,
		"crm: corp -> saas\n"
		"  running now, process 11\n"
		"  last run 7, 1 minute ago: held by the guard (12)\n"
		"  last success 2 hours ago, source last read whole just now\n"
		"  1 user and 2 teams linked\n"
		"  3 changed at corp since; the next run takes them\n"
		"  4 changes with an unknown outcome; the next run settles them\n"
		"  1 pending invitation\n"
		"  2 hand-offs for a person, the oldest since 2026-11-15 (3 days): muster todo\n"
		"  plan 5 held 1 second ago:\n"
		"    removes 9 of 9 users\n"
		"    and more\n"
		"    look: muster plan crm   decide: muster approve 5 0123456789ab, or reject\n");
	health_clear(&health);
	buf_clear(&out);
}

static struct inbox_health *inbox_add(struct health *health)
{
	struct inbox_health *i = list_add(&health->inboxes);

	*i = (struct inbox_health){.system = "okta",
				   .store = "/var/inbox",
				   .held = {.users = 1, .members = 12, .since = NOW - DAY},
				   .checksum = "fedcba9876543210"};
	*list_add(&i->list.items) = (struct held_removal){
		.user = true, .name = STR("ada"), .tokens = STR("okta-1"), .since = NOW - DAY};
	for (size_t k = 0; k < 12; k++)
		*list_add(&i->list.items) = (struct held_removal){
			.user = true, .group = STR("eng"), .name = STR("bob"), .since = NOW - HOUR};
	return i;
}

static void an_inbox_shows_ten_of_what_it_holds(void **unused)
{
	struct health health = {.now = NOW};
	struct buf out = {0};
	str text;

	(void)unused;
	inbox_add(&health);
	status_print_text(&health, &out);
	text = buf_str(&out);
	assert_true(str_starts(
		text, STR("okta: inbox /var/inbox\n"
			  "  held: the removal of 1 user, 12 memberships, first 1 day ago, by the "
			  "identity provider; they stay in force until decided\n"
			  "    - user   ada   by token okta-1, 1 day ago\n"
			  "    - member eng <- bob, 1 hour ago\n")));
	assert_true(str_ends(
		text,
		STR("    ... and 3 more: muster status --json\n"
		    "    decide: muster approve okta fedcba987654, or muster reject okta\n")));
	buf_reset(&out);
	inbox_decided_text("okta", &health.inboxes.items[0].held, false, &out);
	assert_text(&out, "okta: the removal of 1 user, 12 memberships is rejected: they are back, "
			  "for the identity provider too\n");
	health_clear(&health);
	buf_clear(&out);
}

/* A month ahead, unless its successor lives on; after the end only what was in use. */
static void tokens_that_end_soon_are_told(void **unused)
{
	static const struct token tokens[] = {
		{.id = "a", .name = "soon", .expires = NOW + DAY, .used = NOW - HOUR},
		{.id = "b", .name = "late", .expires = NOW + 40 * DAY},
		{.id = "c", .name = "two", .expires = NOW + DAY},
		{.id = "d", .name = "two", .expires = NOW + 300 * DAY},
		{.id = "e", .name = "old", .expires = NOW - DAY},
		{.id = "f", .name = "gone", .expires = NOW + DAY, .revoked = NOW},
	};
	struct health health = {.now = NOW};
	struct inbox_health *i = list_add(&health.inboxes);
	struct buf out = {0};

	(void)unused;
	i->system = "okta";
	i->store = "s";
	for (size_t k = 0; k < sizeof tokens / sizeof *tokens; k++)
		list_push(&i->tokens.items, tokens[k]);
	status_print_text(&health, &out);
	assert_text(&out,
		    "okta: token soon (a) expires on 2026-11-19; last used 1 hour ago: muster "
		    "token create soon\n");
	health_clear(&health);
	buf_clear(&out);
}

static void an_inbox_that_cannot_be_read_says_why(void **unused)
{
	struct health health = {.now = NOW};
	struct inbox_health *i = list_add(&health.inboxes);
	struct buf out = {0};

	(void)unused;
	i->system = "okta";
	i->store = "s";
	i->unread = true;
	err_set(&i->err, REACH_RUN, CODE_FAILED, "no such disk");
	status_print_text(&health, &out);
	assert_text(&out, "okta: no such disk\n");
	status_print_json(&health, &out);
	assert_non_null(strstr(out.p, "\"error\":\"no such disk\""));
	health_clear(&health);
	buf_clear(&out);
}

static void invitations_and_tasks(void **unused)
{
	struct sync_memories memories = {.now = NOW};
	struct sync_memory *m;
	struct buf out = {0};

	(void)unused;
	invitations_print_text(&memories, &out);
	assert_text(&out, "no invitations\n");
	todo_print_text(&memories, &out);
	assert_text(&out, "nothing to do by hand\n");
	m = list_add(&memories.items);
	m->sync = "crm";
	m->system = "saas";
	*list_add(&m->memory.invitations) =
		(struct sent_invitation){.address = STR("ada@example.com"),
					 .state = INVITATION_PENDING,
					 .first_sent = NOW,
					 .last_sent = NOW,
					 .resent = 1,
					 .expires_at = NOW + DAY};
	*list_add(&m->memory.handoffs) = (struct handoff){
		.key = STR("k"), .what = STR("remove eve"), .opened = NOW - 2 * DAY};
	invitations_print_text(&memories, &out);
	assert_text(&out,
		    "saas             ada@example.com                  pending                "
		    " sent 2026-11-18, again 1 time, last 2026-11-18, ends 2026-11-19\n");
	todo_print_text(&memories, &out);
	assert_text(&out, "crm: 1 to do at saas\n  ! remove eve\n    since 2026-11-16, 2 days\n");
	todo_print_json(&memories, &out);
	assert_text(&out,
		    "{\"format_version\":1,\"handoffs\":[{\"sync\":\"crm\",\"system\":\"saas\","
		    "\"key\":\"k\",\"what\":\"remove eve\",\"opened\":1794827200,\"days\":2}]}\n");
	sync_memories_clear(&memories);
	buf_clear(&out);
}

static void a_list_of_tokens(void **unused)
{
	static const struct token token = {.id = "a1", .name = "okta", .scopes = TOKEN_ALL};
	struct owned_tokens tokens = {0};
	struct buf out = {0};

	(void)unused;
	tokens_print_text(&tokens, NOW, &out);
	assert_text(&out, "no tokens; make one with: muster token create NAME\n");
	list_push(&tokens.items, ((struct owned_token){&token, "ada"}));
	tokens_print_text(&tokens, NOW, &out);
	assert_text(&out, "a1  okta                  read,users,groups  expires never  last used "
			  "never  belongs to ada\n");
	list_clear(&tokens.items);
	buf_clear(&out);
}

/* A column is as wide as it looks, whatever its bytes. */
static void columns_are_counted_in_cells(void **unused)
{
	struct run_records runs = {0};
	struct buf out = {0};

	(void)unused;
	*list_add(&runs.items) = (struct run_record){
		.number = 1, .sync = STR("caf\xc3\xa9"), .command = STR("sync"), .started = NOW};
	*list_add(&runs.items) = (struct run_record){.number = 2,
						     .sync = STR("crm"),
						     .command = STR("sync"),
						     .started = NOW,
						     .ended = NOW + 3,
						     .outcomes = {1},
						     .error = STR("no answer")};
	runs_print_text(&runs, &out);
	assert_text(&out,
		    "     1  2026-11-18T11:06:40Z  caf\xc3\xa9         sync       0s  running  "
		    "\n"
		    "     2  2026-11-18T11:06:40Z  crm          sync       3s  exit 0     1 "
		    "change  no answer\n");
	list_clear(&runs.items);
	buf_clear(&out);
}

/* A name that a stranger chose can neither steer the terminal nor begin a line of its own. */
#define EVIL STR("x\x1b[2J\nheld: nothing\xc2\x9b\xe2\x80\xae")
#define SAFE "x\\x1b[2J\\x0aheld: nothing\\xc2\\x9b\\xe2\\x80\\xae"

static void what_comes_from_elsewhere_stays_in_its_line(void **unused)
{
	struct sync_memories memories = {.now = NOW};
	struct sync_memory *m = list_add(&memories.items);
	struct edit edit = {EVIL, EVIL, EVIL};
	struct journal journal = {0};
	struct system_checks checks = {0};
	struct system_check *check = list_add(&checks.items);
	struct arena arena = {0};
	struct buf out = {0};

	(void)unused;
	*m = (struct sync_memory){.sync = "crm", .system = "saas"};
	*list_add(&m->memory.invitations) =
		(struct sent_invitation){.address = EVIL, .role = EVIL, .first_sent = NOW};
	*list_add(&m->memory.handoffs) = (struct handoff){.what = EVIL, .opened = NOW};
	invitations_print_text(&memories, &out);
	assert_true(str_starts(buf_str(&out), STR("saas             " SAFE " pending    " SAFE)));
	assert_int_equal(str_find(buf_str(&out), '\n'), out.n - 1);
	buf_reset(&out);
	todo_print_text(&memories, &out);
	assert_text(&out, "crm: 1 to do at saas\n  ! " SAFE "\n    since 2026-11-18, 0 days\n");

	*list_add(&journal.plan.objects) = (struct object){.kind = ENTRY_USER, .label = EVIL};
	*list_add(&journal.plan.changes) = (struct change){.kind = CHANGE_UPDATE_USER,
							   .team = ROW_NONE,
							   .role = EVIL,
							   .edits = &edit,
							   .edit_count = 1,
							   .reason = EVIL};
	*list_add(&journal.entries) = (struct journal_entry){.number = 1, .error = EVIL};
	journal_print_text(&journal, &out);
	assert_true(str_ends(buf_str(&out),
			     STR("    1  unsettled update user    " SAFE "  role " SAFE "  " SAFE
				 ": \"" SAFE "\" -> \"" SAFE "\"  (" SAFE ")  ! " SAFE "\n")));
	buf_reset(&out);

	*check = (struct system_check){.system = "saas", .kind = "scim", .findings.arena = &arena};
	finding_add(&check->findings, false, "%.*s", STR_ARG(EVIL));
	checks_print_text(&checks, false, &out);
	assert_text(&out, "saas (scim)\n  + " SAFE "\n");

	buf_reset(&out);
	explain_print_text(&(struct explanation){.sync = STR("crm"), .from = EVIL, .who = EVIL},
			   &out);
	assert_true(
		str_starts(buf_str(&out), STR("crm: " SAFE "\n  source   " SAFE " has nobody")));

	system_checks_clear(&checks);
	arena_clear(&arena);
	sync_memories_clear(&memories);
	list_clear(&journal.entries);
	plan_clear(&journal.plan);
	buf_clear(&out);
}

static void a_run_that_ended_early(void **unused)
{
	struct run_result result = {.run = 3, .abort_reason = "the target went away"};
	struct run_report report = {"crm", CODE_UNAVAILABLE, true, &result};
	struct buf out = {0};

	(void)unused;
	run_report_text(&report, false, 0, &out);
	assert_text(&out, ""); /* without a plan there is nothing to show */
	result.plan.sync = STR("crm");
	result.plan.source_complete = true;
	tally_count(&result.tally, OUTCOME_DONE);
	tally_count(&result.tally, OUTCOME_LATER);
	run_report_text(&report, false, 0, &out);
	assert_true(str_ends(buf_str(&out), STR("crm: 1 done, 1 to try later; run 3\n"
						"crm: ended early: the target went away\n")));
	run_result_clear(&result);
	buf_clear(&out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sync_that_never_ran),
		cmocka_unit_test(what_waits_is_told),
		cmocka_unit_test(an_inbox_shows_ten_of_what_it_holds),
		cmocka_unit_test(tokens_that_end_soon_are_told),
		cmocka_unit_test(an_inbox_that_cannot_be_read_says_why),
		cmocka_unit_test(invitations_and_tasks),
		cmocka_unit_test(a_list_of_tokens),
		cmocka_unit_test(columns_are_counted_in_cells),
		cmocka_unit_test(what_comes_from_elsewhere_stays_in_its_line),
		cmocka_unit_test(a_run_that_ended_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
