/* SPDX-License-Identifier: Apache-2.0 */
/* Source users become desired ones: who is in scope, what is to be said of them, and who cannot be
 * said at all. */
#include <string.h>

#include "base/unicode.h"
#include "plan/internal.h"

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

static void desire(struct plan_context *w, const struct plan_attribute *name, str value)
{
	if (name->managed && value.n)
		list_push(&w->desired, ((struct plan_value){name, value}));
}

/* What the built-in mapping carries over: the same attribute under the same name. */
static void desire_same(struct plan_context *w, uint32_t row)
{
	struct field_walk walk = field_walk_begin(w->source, &w->source->users.items[row]);
	uint32_t number;
	str value;

	while (w->policy->users_default && field_next(&walk, &number, &value)) {
		struct plan_attribute *name = &w->source_names[number];

		if (name->managed && value.n)
			name->seen = true;
		desire(w, name, value);
	}
}

static void desire_mapped(struct plan_context *w)
{
	struct field_source source = field_source_of(w->raw.items, w->raw.count);

	for (size_t i = 0; i < w->policy->users.count; i++) {
		buf_reset(&w->mapped[i]);
		template_build(w->policy->users.items[i].value, &source.source, &w->mapped[i],
			       NULL);
		desire(w, &w->mapped_names[i], buf_str(&w->mapped[i]));
	}
}

str desired_value(const struct plan_context *w, str path)
{
	char space[PATH_SPACE];

	list_each (struct plan_value, v, &w->desired)
		if (str_equal(v->attribute->path, path) ||
		    str_equal(path_bare(v->attribute->path, space), path))
			return v->text;
	return (str){NULL, 0};
}

/*
 * A deleted Entra account is renamed to its object id, without dashes, and its old name: such a
 * name is a grave, and whoever writes it to a target has spoilt the account there.
 */
static bool is_tombstone(str name)
{
	size_t i = 0;

	while (i < name.n && strchr("0123456789abcdefABCDEF", name.p[i]))
		i++;
	return i >= 32 && name.n > 32;
}

/* Groups are told to filters and templates as if the source had written them into the user (RFC
 * 7643 4.1.2). */
void source_read(struct plan_context *w, uint32_t row)
{
	fields_read(w->source, &w->source->users.items[row], &w->raw);
	user_groups_put(&w->groups, row, &w->raw);
}

static bool source_matches(struct plan_context *w, const struct filter *filter)
{
	struct flat_view view = flat_view_of(w->raw.items, w->raw.count, NULL, 0);

	return !filter || filter_match(filter, &view.view);
}

static int no_name(const struct plan_context *w, struct err *err)
{
	list_each (struct mapping, m, &w->policy->users)
		if (str_equal(m->path, STR(PATH_USERNAME)))
			return err_set(err, REACH_ENTRY, CODE_DATA,
				       "it has nothing for userName, which is to be \"%.*s\"",
				       STR_ARG(m->value->text));
	return err_set(err, REACH_ENTRY, CODE_DATA,
		       "it has no userName; map another attribute to it");
}

/* Of the entry that was read last. */
static int desire_read(struct plan_context *w, uint32_t row, struct err *err)
{
	str name;

	w->desired.count = 0;
	desire_same(w, row);
	desire_mapped(w);
	if (by_invitation(w))
		return desire_address(w, row, err);
	name = desired_value(w, STR(PATH_USERNAME));
	if (!w->policy->manage_users)
		return 0;
	if (!name.n)
		return no_name(w, err);
	if (is_tombstone(name))
		return err_set(err, REACH_ENTRY, CODE_DATA,
			       "userName %.*s is that of a deleted Entra account", STR_ARG(name));
	return 0;
}

int desire_user(struct plan_context *w, uint32_t row, struct err *err)
{
	source_read(w, row);
	return desire_read(w, row, err);
}

str desired_name(const struct plan_context *w)
{
	return by_invitation(w) ? buf_str(&w->address) : desired_value(w, STR(PATH_USERNAME));
}

/* The first rule that holds, or of all that hold the one whose role ranks highest at the target. */
const struct role_rule *role_rule_for(struct plan_context *w)
{
	const struct role_rule *best = NULL;

	list_each (struct role_rule, rule, &w->policy->roles) {
		if (best && role_rank(w, rule->role) <= role_rank(w, best->role))
			continue;
		if (source_matches(w, rule->where))
			best = rule;
	}
	return best;
}

static enum want_state shape_user(struct plan_context *w, uint32_t row)
{
	const struct entry *e = &w->source->users.items[row];
	struct want *want = &w->wants[row];
	const struct role_rule *rule;
	struct err err;

	source_read(w, row);
	if (str_equal(fields_value(&w->raw, STR(PATH_ACTIVE)), STR("false")))
		return WANT_INACTIVE;
	if ((e->flags & ENTRY_PLACEHOLDER) || !source_matches(w, w->policy->users_where))
		return WANT_NOT;
	if (desire_read(w, row, &err) < 0) {
		notice_add(w, NOTICE_SKIPPED, source_label(w, ENTRY_USER, row), "%s", err.text);
		return WANT_SKIPPED;
	}
	want->digest = values_digest(&w->desired);
	rule = role_rule_for(w);
	want->role = rule ? role_put(w, rule->role) : 0;
	return WANT_YES;
}

/* Users in scope by the hash of their name, to find two that map to the same one. */
struct name_index {
	uint64_t *hashes; /* by source row; 0: has none */
	uint32_t *slots; /* row + 1 */
	size_t mask;
};

static uint64_t name_hash(const struct plan_context *w)
{
	str name = desired_name(w);
	struct plan_attribute key = {.fold = true, .key = w->memory->key};

	return name.n ? value_digest(&(struct plan_value){&key, name}) | 1 : 0;
}

/* The names that two entries map to, when they are one. */
static bool same_name(struct plan_context *w, uint32_t a, uint32_t b, str ret_names[2])
{
	uint32_t rows[] = {a, b};
	struct err err;

	for (int i = 0; i < 2; i++) {
		if (desire_user(w, rows[i], &err) < 0)
			return false;
		ret_names[i] = plan_text(w, "%.*s", STR_ARG(desired_name(w)));
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

		if (index->hashes[other] != index->hashes[row] || !same_name(w, other, row, names))
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

	if (asks_groups(w->policy))
		user_groups_init(&w->groups, w->source, w->policy->expand_nested);
	for (uint32_t row = 0; row < w->source->users.count; row++) {
		rows_passed(w, row);
		w->wants[row].state = (uint8_t)shape_user(w, row);
		if (w->wants[row].state == WANT_YES)
			index.hashes[row] = name_hash(w);
	}
	skip_same_names(w, &index);
	free(index.hashes);
}

/* What the target has, in the same terms. */
static void shape_target(struct plan_context *w)
{
	names_match_target(w);
	for (uint32_t row = 0; w->policy->manage_users && row < w->target->users.count; row++) {
		rows_passed(w, row);
		values_read_target(w, row);
		w->haves[row].digest = values_digest(&w->actual);
	}
}

/* An entry that the read could not take is not gone: neither it nor what it became is touched. */
static void note_oddities(struct plan_context *w, const struct snapshot *s, str system)
{
	list_each (struct rejected_entry, o, &s->rejected)
		notice_add(w, NOTICE_SKIPPED, o->name.n ? o->name : o->id, "%.*s: %.*s",
			   STR_ARG(system), STR_ARG(o->reason));
}

int step_shape(struct plan_context *w, struct err *err)
{
	names_init(w);
	invitations_init(w);
	if (roles_init(w, err) < 0)
		return -1;
	note_oddities(w, w->source, w->policy->from);
	note_oddities(w, w->target, w->policy->to);
	shape_users(w);
	shape_teams(w);
	shape_target(w);
	roles_count_held(w);
	return 0;
}
