/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of columns: each field in turn, in the checksum, in the JSON and through the journal;
 * and what they come to is what it was before there were tables. */
#include "model/columns.h"

#include "base/hash.h"
#include "plan/plan.h"
#include "unit/store/state/state_help.h"
#include "view/view.h"

/* -- a plan with something in each column -- */

static struct edit plan_edits[] = {{STR("title"), STR("Engi\"neer"), STR("Lead")},
				   {STR("nickName"), {NULL, 0}, STR("")},
				   {STR("emails.value"), STR("a@x"), {NULL, 0}}};
static struct field plan_fields[] = {{STR("userName"), STR("bob")},
				     {STR("emails.value"), STR("b@x")},
				     {STR("emails.value"), STR("a@x")}};

static void add(struct plan *plan, struct change change)
{
	change.number = (uint32_t)plan->changes.count + 1;
	list_push(&plan->changes, change);
}

static struct plan plan_of_all_columns(void)
{
	struct plan plan = {.sync = STR("crm"),
			    .from = STR("corp"),
			    .to = STR("crm"),
			    .verdict = VERDICT_HELD,
			    .approvable = true};

	list_push(&plan.objects, ((struct object){.kind = ENTRY_USER,
						  .source_id = STR("s1"),
						  .target_id = STR("t1"),
						  .label = STR("ada"),
						  .name = STR("Ada L."),
						  .address = STR("ada@x"),
						  .origin = STR("cn=staff"),
						  .etag = STR("W/1"),
						  .dn = STR("cn=ada"),
						  .digest = 7}));
	list_push(&plan.objects, ((struct object){.kind = ENTRY_USER,
						  .source_id = STR("s2"),
						  .label = STR("bob"),
						  .fields = plan_fields,
						  .field_count = 3}));
	list_push(&plan.objects, ((struct object){.kind = ENTRY_GROUP,
						  .source_id = STR("g1"),
						  .target_id = STR("h1"),
						  .label = STR("eng")}));
	add(&plan, (struct change){.kind = CHANGE_UPDATE_USER,
				   .team = ROW_NONE,
				   .edits = plan_edits,
				   .edit_count = 3,
				   .reason = STR("returns"),
				   .returns = true});
	add(&plan,
	    (struct change){.kind = CHANGE_CREATE_USER, .user = 1, .team = ROW_NONE, .after = 1});
	add(&plan,
	    (struct change){
		    .kind = CHANGE_ADOPT_TEAM, .user = ROW_NONE, .team = 2, .created = true});
	add(&plan, (struct change){.kind = CHANGE_SET_ROLE,
				   .team = 2,
				   .role = STR("manager"),
				   .old_role = STR("member")});
	add(&plan, (struct change){.kind = CHANGE_REVOKE,
				   .user = 1,
				   .team = ROW_NONE,
				   .invitation = STR("i1"),
				   .reason = STR("to be sent again"),
				   .why = REVOKE_REPLACED});
	add(&plan, (struct change){.kind = CHANGE_REVOKE,
				   .user = 1,
				   .team = ROW_NONE,
				   .invitation = STR("i2"),
				   .why = REVOKE_BY_HAND});
	add(&plan,
	    (struct change){
		    .kind = CHANGE_REVOKE, .user = 1, .team = ROW_NONE, .invitation = STR("i3")});
	add(&plan,
	    (struct change){.kind = CHANGE_HANDOFF, .team = ROW_NONE, .key = STR("remove: s1")});
	return plan;
}

struct said {
	char checksum[65], json[65];
};

static struct said said_of(const struct plan *plan)
{
	struct said said;
	struct buf json = {0};

	plan_checksum(plan, said.checksum);
	plan_print_json(plan, &json);
	sha256_hex(buf_str(&json), said.json);
	buf_clear(&json);
	return said;
}

/* A plan of yesterday may be approved today by the first digits of its checksum. Both were recorded
 * with the program that wrote each column by hand. */
static void checksum_and_json_are_those_of_always(void **state)
{
	struct plan plan = plan_of_all_columns();
	struct said said = said_of(&plan);

	(void)state;
	assert_string_equal(said.checksum,
			    "bca920222814dae49a96012b0ec7feace86e64d9fb1b090c425b142fe64d0063");
	assert_string_equal(said.json,
			    "78f16a023ae1e6117bcc9ebc379b55c43dc54cff16a9bd0660facce93ed9925c");
	plan_clear(&plan);
}

/* -- nothing is left out -- */

static size_t columns_count(const struct plan_column *columns)
{
	size_t count = 0;

	while (columns[count].name)
		count++;
	return count;
}

static size_t rounded(size_t offset, size_t size)
{
	size_t align = size % 8 == 0 ? 8 : size;

	return (offset + align - 1) / align * align;
}

/* In the order of the struct each column begins where the one before ends, but for alignment. */
static void assert_covered(const struct plan_column *columns, size_t size)
{
	size_t end = 0, count = columns_count(columns);

	for (size_t n = 0; n < count; n++) {
		const struct plan_column *next = NULL;

		for (size_t i = 0; i < count; i++)
			if (columns[i].offset >= end && (!next || columns[i].offset < next->offset))
				next = &columns[i];
		assert_non_null(next);
		if (next->offset != rounded(end, next->size))
			fail_msg("a field before `%s` has no column", next->name);
		end = next->offset + next->size;
	}
	assert_int_equal(rounded(end, 8), size);
}

static void the_tables_cover_the_structs(void **state)
{
	(void)state;
	assert_covered(change_columns, sizeof(struct change));
	assert_covered(object_columns, sizeof(struct object));
}

/* -- each in turn -- */

/* Another value than what it has, of whatever kind. */
static void alter(const struct plan_column *column, void *row)
{
	void *value = column_in(column, row);

	switch (column->kind) {
	case COLUMN_NUMBER:
		*(uint32_t *)value += 100;
		break;
	case COLUMN_DIGEST:
		*(uint64_t *)value += 3;
		break;
	case COLUMN_TEXT:
	case COLUMN_ID:
		*(str *)value = STR("altered");
		break;
	case COLUMN_FLAG:
		*(bool *)value ^= true;
		break;
	case COLUMN_CHANGE_KIND:
		*(enum change_kind *)value = CHANGE_UPDATE_TEAM;
		break;
	case COLUMN_ENTRY_KIND:
		*(enum entry_kind *)value ^= 1;
		break;
	case COLUMN_WHY:
		*(enum revoke_why *)value = REVOKE_BY_HAND;
		break;
	case COLUMN_OBJECT:
		*(uint32_t *)value = *(uint32_t *)value == 2 ? 0 : 2;
		break;
	case COLUMN_ROW:
		*(uint32_t *)value += 3;
		break;
	case COLUMN_EDITS:
		*(struct edit **)value = plan_edits;
		((struct change *)row)->edit_count = 2;
		break;
	case COLUMN_FIELDS:
		*(struct field **)value = plan_fields;
		((struct object *)row)->field_count = 2;
		break;
	}
}

static void assert_said(const struct plan_column *column, const struct said *before,
			const struct said *after, bool in_checksum)
{
	bool is_in_checksum = strcmp(before->checksum, after->checksum) != 0;
	bool is_in_json = strcmp(before->json, after->json) != 0;

	if (is_in_checksum != in_checksum)
		fail_msg("`%s` is %sin the checksum", column->name, is_in_checksum ? "" : "not ");
	if (is_in_json != ((column->places & IN_JSON) != 0))
		fail_msg("`%s` is %sin the JSON", column->name, is_in_json ? "" : "not ");
}

static void each_column_of_a_change_is_said(void **state)
{
	struct plan plan = plan_of_all_columns();
	struct said before = said_of(&plan);
	unsigned in_checksum = IN_CHECKSUM | IN_CHECKSUM_IF_SET;

	(void)state;
	for (size_t i = 0; change_columns[i].name; i++) {
		struct change kept = plan.changes.items[3];
		struct said after;

		alter(&change_columns[i], &plan.changes.items[3]);
		after = said_of(&plan);
		assert_said(&change_columns[i], &before, &after,
			    change_columns[i].places & in_checksum);
		plan.changes.items[3] = kept;
	}
	plan_clear(&plan);
}

/* Of an object that is there, of one that is not yet, and of a team. */
static void each_column_of_an_object_is_said(void **state)
{
	struct plan plan = plan_of_all_columns();
	struct said before = said_of(&plan);
	size_t count = columns_count(object_columns);

	(void)state;
	for (size_t n = 0; n < count * plan.objects.count; n++) {
		const struct plan_column *column = &object_columns[n % count];
		struct object *o = &plan.objects.items[n / count], kept = *o;
		bool is_new = o->target_id.n == 0, created = o == &plan.objects.items[1];
		struct said after;

		alter(column, o);
		after = said_of(&plan);
		assert_said(column, &before, &after,
			    column->places & IN_CHECKSUM ||
				    (column->places & IN_CHECKSUM_IF_NEW && is_new) ||
				    (column->kind == COLUMN_FIELDS && created));
		*o = kept;
	}
	plan_clear(&plan);
}

/* -- through the journal -- */

static void assert_column_equal(const struct plan_column *column, const void *written,
				const void *read)
{
	str a = column_text(column, written), b = column_text(column, read);
	bool equal = str_equal(a, b);

	if (column->kind == COLUMN_NUMBER)
		equal = *(const uint32_t *)column_at(column, written) ==
			*(const uint32_t *)column_at(column, read);
	if (column->kind == COLUMN_DIGEST)
		equal = *(const uint64_t *)column_at(column, written) ==
			*(const uint64_t *)column_at(column, read);
	if (!equal)
		fail_msg("`%s` is not what was journaled", column->name);
}

static void assert_object_equal(const struct plan *written, const struct plan *read, uint32_t a,
				uint32_t b, unsigned place)
{
	assert_true((a == ROW_NONE) == (b == ROW_NONE));
	for (size_t i = 0; a != ROW_NONE && object_columns[i].name; i++)
		if (object_columns[i].places & place)
			assert_column_equal(&object_columns[i], &written->objects.items[a],
					    &read->objects.items[b]);
}

static void assert_journaled(struct state *s, struct plan *plan)
{
	struct journal j = {0};
	int64_t run;

	OK(state_run_begin(s, STR("crm"), STR("sync"), &run, &err));
	intend_all(s, run, plan);
	OK(state_run_load(s, run, &j, &err));
	assert_int_equal(j.plan.changes.count, plan->changes.count);
	for (size_t n = 0; n < plan->changes.count; n++) {
		const struct change *a = &plan->changes.items[n], *b = &j.plan.changes.items[n];

		for (size_t i = 0; change_columns[i].name; i++)
			if (change_columns[i].places & IN_JOURNAL &&
			    (change_columns[i].kind != COLUMN_WHY || a->kind == CHANGE_REVOKE))
				assert_column_equal(&change_columns[i], a, b);
		/* The fields of a create come back as edits. */
		if (a->kind != CHANGE_CREATE_USER)
			assert_int_equal(b->edit_count, a->edit_count);
		assert_object_equal(plan, &j.plan, a->user, b->user, IN_JOURNAL_USER);
		assert_object_equal(plan, &j.plan, a->team, b->team, IN_JOURNAL_TEAM);
		assert_object_equal(plan, &j.plan, a->user == ROW_NONE ? a->team : a->user,
				    b->user == ROW_NONE ? b->team : b->user, IN_JOURNAL_MAIN);
	}
	journal_clear(&j);
}

static void each_column_comes_back_from_the_journal(void **state)
{
	struct state *s = reopen(*state, NULL);
	struct plan plan = plan_of_all_columns();

	assert_journaled(s, &plan);
	for (size_t i = 0; change_columns[i].name; i++) {
		/* The last one: rows come back in the order of their numbers. */
		struct change *last = &plan.changes.items[plan.changes.count - 1], kept = *last;

		if (change_columns[i].kind == COLUMN_OBJECT)
			continue;
		alter(&change_columns[i], last);
		assert_journaled(s, &plan);
		*last = kept;
	}
	for (size_t i = 0; object_columns[i].name; i++) {
		struct object kept = plan.objects.items[0];

		if (object_columns[i].kind == COLUMN_ENTRY_KIND)
			continue;
		alter(&object_columns[i], &plan.objects.items[0]);
		assert_journaled(s, &plan);
		plan.objects.items[0] = kept;
	}
	plan_clear(&plan);
	state_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksum_and_json_are_those_of_always),
		cmocka_unit_test(the_tables_cover_the_structs),
		cmocka_unit_test(each_column_of_a_change_is_said),
		cmocka_unit_test(each_column_of_an_object_is_said),
		cmocka_unit_test_setup_teardown(each_column_comes_back_from_the_journal, place_make,
						place_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
