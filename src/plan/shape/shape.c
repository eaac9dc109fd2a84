/* SPDX-License-Identifier: Apache-2.0 */
/* Source users become desired ones: who is in scope, what is to be said of them, and who cannot be
 * said at all. */
#include "plan/shape/shape.h"
#include "base/unicode.h"
#include "plan/internal.h"
#include "plan/shape/internal.h"

static bool asks_groups(const struct policy *policy)
{
	if (filter_asks_groups(policy->users_where))
		return true;
	list_each (struct role_rule, rule, &policy->roles)
		if (filter_asks_groups(rule->where))
			return true;
	list_each (struct mapping, m, &policy->users)
		for (size_t i = 0; i < m->value->name_count; i++)
			if (str_starts(m->value->names[i], STR("groups.")))
				return true;
	return false;
}

/* Index of the first rule that holds, or of all that hold of the one whose role ranks highest at
 * the target; + 1, 0 for none. */
static uint32_t role_rule_of(const struct plan_context *w, const struct person *p)
{
	const struct role_rule *rules = w->policy->roles.items;
	uint32_t best = 0;

	for (uint32_t i = 0; i < w->policy->roles.count; i++) {
		if (best && role_rank(w, rules[i].role) <= role_rank(w, rules[best - 1].role))
			continue;
		if (person_matches(p, rules[i].where))
			best = i + 1;
	}
	return best;
}

static enum want_state shape_user(struct plan_context *w, uint32_t row, struct person *p)
{
	const struct entry *e = &w->source->users.items[row];
	struct want *want = &w->wants[row];
	struct err err;

	person_read(w, row, p);
	if (str_equal(fields_value(&p->fields, STR(PATH_ACTIVE)), STR("false")))
		return WANT_INACTIVE;
	if ((e->flags & ENTRY_PLACEHOLDER) || !person_matches(p, w->policy->users_where))
		return WANT_NOT;
	if (person_desire(w, p, &err) < 0) {
		notice_add(w, NOTICE_SKIPPED, source_label(w, ENTRY_USER, row), "%s", err.text);
		return WANT_SKIPPED;
	}
	want->digest = values_digest(&p->desired);
	want->role_rule = role_rule_of(w, p);
	if (want->role_rule)
		want->role = role_put(w, w->policy->roles.items[want->role_rule - 1].role);
	return WANT_YES;
}

/* Users in scope by the hash of their name, to find two that map to the same one. */
struct name_index {
	uint64_t *hashes; /* by source row; 0: has none */
	uint32_t *slots; /* row + 1 */
	size_t mask;
	struct person person; /* scratch */
};

static uint64_t name_hash(const struct plan_context *w, const struct person *p)
{
	str name = desired_name(w, p);
	struct plan_attribute key = {.fold = true, .key = w->memory->key};

	return name.n ? value_digest(&(struct plan_value){&key, name}) | 1 : 0;
}

/* The names that two entries map to, when they are one. */
static bool same_name(struct plan_context *w, struct person *p, uint32_t a, uint32_t b,
		      str ret_names[2])
{
	uint32_t rows[] = {a, b};
	struct err err;

	for (int i = 0; i < 2; i++) {
		if (person_build(w, rows[i], p, &err) < 0)
			return false;
		ret_names[i] = plan_copy(w, desired_name(w, p));
	}
	return text_equal(ret_names[0], ret_names[1]);
}

static void skip_same_name(struct plan_context *w, uint32_t row, uint32_t other, str name)
{
	if (w->wants[row].state == WANT_SKIPPED)
		return;
	w->wants[row].state = WANT_SKIPPED;
	notice_add(w, NOTICE_SKIPPED, source_place(w, ENTRY_USER, row),
		   "it maps to the user name %.*s, and so does %.*s", STR_ARG(name),
		   STR_ARG(source_place(w, ENTRY_USER, other)));
}

static void name_index_put(struct plan_context *w, struct name_index *index, uint32_t row)
{
	size_t at = index->hashes[row] >> 8 & index->mask;

	for (; index->slots[at]; at = (at + 1) & index->mask) {
		uint32_t other = index->slots[at] - 1;
		str names[2];

		if (index->hashes[other] != index->hashes[row] ||
		    !same_name(w, &index->person, other, row, names))
			continue;
		skip_same_name(w, other, row, names[0]);
		skip_same_name(w, row, other, names[1]);
		return;
	}
	index->slots[at] = row + 1;
}

static void skip_same_names(struct plan_context *w, struct name_index *index)
{
	size_t size = 16;

	while (size < w->source->users.count * 3 / 2)
		size *= 2;
	index->slots = mem_alloc(size, sizeof *index->slots);
	index->mask = size - 1;
	for (uint32_t row = 0; row < w->source->users.count; row++)
		if (index->hashes[row])
			name_index_put(w, index, row);
	free(index->slots);
}

static void shape_users(struct plan_context *w)
{
	struct name_index index = {.hashes = mem_alloc(w->source->users.count, sizeof(uint64_t))};
	struct person *p = &index.person;

	if (asks_groups(w->policy))
		user_groups_init(&w->groups, w->source, w->policy->expand_nested);
	for (uint32_t row = 0; row < w->source->users.count; row++) {
		rows_passed(w, row);
		w->wants[row].state = (uint8_t)shape_user(w, row, p);
		if (w->wants[row].state == WANT_YES)
			index.hashes[row] = name_hash(w, p);
	}
	skip_same_names(w, &index);
	person_clear(p);
	free(index.hashes);
}

/* What the target has, in the same terms. */
static void shape_target(struct plan_context *w)
{
	value_list values = {0};

	attributes_match_target(w);
	for (uint32_t row = 0; w->policy->manage_users && row < w->target->users.count; row++) {
		rows_passed(w, row);
		values_read_target(w, row, &values);
		w->haves[row].digest = values_digest(&values);
	}
	list_clear(&values);
}

/* An entry that the read could not take is not gone: neither it nor what it became is touched. */
static void note_rejected(struct plan_context *w, const struct snapshot *s, str system)
{
	list_each (struct rejected_entry, o, &s->rejected)
		notice_add(w, NOTICE_SKIPPED, o->name.n ? o->name : o->id, "%.*s: %.*s",
			   STR_ARG(system), STR_ARG(o->reason));
}

int step_shape(struct plan_context *w, struct err *err)
{
	attributes_init(w);
	if (roles_init(w, err) < 0)
		return -1;
	note_rejected(w, w->source, w->policy->from);
	note_rejected(w, w->target, w->policy->to);
	shape_users(w);
	shape_teams(w);
	shape_target(w);
	roles_count_held(w);
	return 0;
}
