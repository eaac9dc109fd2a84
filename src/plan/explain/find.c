/* SPDX-License-Identifier: Apache-2.0 */
/* Who is meant by a name. */
#include "base/unicode.h"
#include "plan/explain/internal.h"
#include "plan/internal.h"
#include "plan/shape/shape.h"

static bool is_known_as(const struct snapshot *s, uint32_t row, str who)
{
	const struct entry *e = &s->users.items[row];
	struct field_walk walk = field_walk_begin(s, e);
	char id[37], space[37], bare[PATH_SPACE];
	uint32_t number;
	str value;

	if (str_equal(snapshot_id(s, e, id), who))
		return true;
	while (field_next(&walk, &number, &value)) {
		str path = path_bare(intern_text(&s->names, number, space), bare);
		bool names = str_equal(path, STR(PATH_USERNAME)) ||
			     str_equal(path, STR(PATH_EMAILS)) ||
			     str_equal(path, STR(PATH_DISPLAYNAME)) ||
			     str_equal(path, STR(FIELD_DN)) || str_equal(path, STR(FIELD_LOGIN));

		if (names && text_equal(value, who))
			return true;
	}
	return false;
}

struct candidate {
	uint32_t source, target;
};
typedef LIST(struct candidate) candidate_list;

static void candidate_add(candidate_list *people, struct candidate person)
{
	list_each (struct candidate, p, people)
		if (p->source == person.source && p->target == person.target)
			return;
	list_push(people, person);
}

static void find_candidates(const struct plan_context *w, str who, candidate_list *ret)
{
	for (uint32_t row = 0; row < w->source->users.count; row++)
		if (is_known_as(w->source, row, who))
			candidate_add(ret, (struct candidate){row, w->wants[row].target});
	for (uint32_t row = 0; row < w->target->users.count; row++)
		if (is_known_as(w->target, row, who))
			candidate_add(ret, (struct candidate){w->haves[row].source, row});
}

/* Of one who is at the source and others who are only at the target, the one is meant. */
static void prefer_source(candidate_list *people)
{
	size_t count = 0, at = 0;

	for (size_t i = 0; i < people->count; i++)
		if (people->items[i].source != ROW_NONE) {
			count++;
			at = i;
		}
	if (count == 1) {
		people->items[0] = people->items[at];
		people->count = 1;
	}
}

int find_person(struct inquiry *q, str who, struct err *err)
{
	const struct policy *p = q->w.policy;
	candidate_list people = {0};
	int result = 0;

	find_candidates(&q->w, who, &people);
	prefer_source(&people);
	if (people.count == 0)
		result = err_set(err, REACH_ENTRY, CODE_DATA,
				 "nobody at %.*s or %.*s has the user name, e-mail, id, DN or "
				 "display name %.*s",
				 STR_ARG(p->from), STR_ARG(p->to), STR_ARG(who));
	else if (people.count > 1)
		result = err_set(err, REACH_ENTRY, CODE_DATA,
				 "%zu people are known as %.*s at %.*s and %.*s; ask by id",
				 people.count, STR_ARG(who), STR_ARG(p->from), STR_ARG(p->to));
	if (result == 0) {
		q->source = people.items[0].source;
		q->target = people.items[0].target;
	}
	list_clear(&people);
	return result;
}
