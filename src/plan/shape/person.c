/* SPDX-License-Identifier: Apache-2.0 */
/* One source user, read and turned into what is to be of it at the target. */
#include <string.h>

#include "plan/internal.h"
#include "plan/shape/internal.h"
#include "plan/shape/shape.h"

void person_clear(struct person *p)
{
	for (size_t i = 0; i < p->mapped_count; i++)
		buf_clear(&p->mapped[i]);
	free(p->mapped);
	list_clear(&p->fields);
	list_clear(&p->groups);
	list_clear(&p->desired);
	buf_clear(&p->address);
	*p = (struct person){0};
}

/* Groups are told to filters and templates as if the source had written them into the user (RFC
 * 7643 4.1.2). */
void person_read(struct plan_context *w, uint32_t row, struct person *p)
{
	p->row = row;
	fields_read(w->source, &w->source->users.items[row], &p->fields);
	user_groups_put(&w->groups, row, &p->fields, &p->groups);
}

bool person_matches(const struct person *p, const struct filter *filter)
{
	struct flat_view view = flat_view_of(p->fields.items, p->fields.count, NULL, 0);

	return !filter || filter_match(filter, &view.view);
}

static void desire_value(struct person *p, const struct plan_attribute *attribute, str value)
{
	if (attribute->managed && value.n)
		list_push(&p->desired, ((struct plan_value){attribute, value}));
}

/* What the built-in mapping carries over: the same attribute under the same name. */
static void desire_same(struct plan_context *w, struct person *p)
{
	struct field_walk walk = field_walk_begin(w->source, &w->source->users.items[p->row]);
	uint32_t number;
	str value;

	while (w->policy->users_default && field_next(&walk, &number, &value)) {
		struct plan_attribute *attribute = &w->attributes.source[number];

		if (attribute->managed && value.n)
			attribute->seen = true;
		desire_value(p, attribute, value);
	}
}

static void desire_mapped(const struct plan_context *w, struct person *p)
{
	struct field_source source = field_source_of(p->fields.items, p->fields.count);

	if (!p->mapped) {
		p->mapped_count = w->policy->users.count;
		p->mapped = mem_alloc(p->mapped_count + 1, sizeof *p->mapped);
	}
	for (size_t i = 0; i < p->mapped_count; i++) {
		buf_reset(&p->mapped[i]);
		template_build(w->policy->users.items[i].value, &source.source, &p->mapped[i],
			       NULL);
		desire_value(p, &w->attributes.mapped[i], buf_str(&p->mapped[i]));
	}
}

/*
 * A deleted Entra account is renamed to its object id, without dashes, and its old name. Whoever
 * writes such a name to a target has spoilt the account there.
 */
static bool is_name_of_deleted(str name)
{
	size_t i = 0;

	while (i < name.n && strchr("0123456789abcdefABCDEF", name.p[i]))
		i++;
	return i >= 32 && name.n > 32;
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

int person_desire(struct plan_context *w, struct person *p, struct err *err)
{
	str name;

	p->desired.count = 0;
	desire_same(w, p);
	desire_mapped(w, p);
	if (by_invitation(w))
		return person_address(w, p, err);
	name = desired_value(p, STR(PATH_USERNAME));
	if (!w->policy->manage_users)
		return 0;
	if (!name.n)
		return no_name(w, err);
	if (is_name_of_deleted(name))
		return err_set(err, REACH_ENTRY, CODE_DATA,
			       "userName %.*s is that of a deleted Entra account", STR_ARG(name));
	return 0;
}

int person_build(struct plan_context *w, uint32_t row, struct person *p, struct err *err)
{
	person_read(w, row, p);
	return person_desire(w, p, err);
}

str desired_value(const struct person *p, str path)
{
	char space[PATH_SPACE];

	list_each (struct plan_value, v, &p->desired)
		if (str_equal(v->attribute->path, path) ||
		    str_equal(path_bare(v->attribute->path, space), path))
			return v->text;
	return (str){NULL, 0};
}

str desired_name(const struct plan_context *w, const struct person *p)
{
	return by_invitation(w) ? buf_str(&p->address) : desired_value(p, STR(PATH_USERNAME));
}

/*
 * The mark of what muster makes: the source's immutable id, unless the policy maps externalId
 * otherwise. What an account has there already stays.
 */
static str mark_of_person(struct plan_context *w, const struct person *p, const struct object *o)
{
	str there;

	if (desired_value(p, STR(PATH_EXTERNALID)).n)
		return (str){NULL, 0};
	if (o->target_row == ROW_NONE)
		return o->source_id;
	there = snapshot_value(w->target, &w->target->users.items[o->target_row],
			       STR(PATH_EXTERNALID));
	return there.p ? plan_copy(w, there) : there;
}

uint32_t person_object(struct plan_context *w, const struct person *p, uint32_t target)
{
	uint32_t object = object_user(w, p->row, target);
	struct object *o = &w->plan->objects.items[object];
	str mark = mark_of_person(w, p, o), name = desired_name(w, p);

	if (target == ROW_NONE && name.n)
		o->label = plan_copy(w, name);
	o->digest = w->wants[p->row].digest;
	o->fields = arena_array(&w->plan->arena, struct field, p->desired.count + 2);
	o->field_count = 0;
	list_each (struct plan_value, v, &p->desired)
		o->fields[o->field_count++] =
			(struct field){plan_copy(w, v->attribute->path), plan_copy(w, v->text)};
	if (plan_can(w, ABILITY_DISABLE_USERS))
		o->fields[o->field_count++] = (struct field){STR(PATH_ACTIVE), STR("true")};
	if (mark.n)
		o->fields[o->field_count++] = (struct field){STR(PATH_EXTERNALID), mark};
	return object;
}
