/* SPDX-License-Identifier: Apache-2.0 */
/* Which attributes a sync manages, as the target calls them, and when two values are the same. */
#include "base/unicode.h"
#include "plan/internal.h"
#include "plan/shape/internal.h"
#include "plan/shape/shape.h"

static bool same_attribute(str a, str b)
{
	char space_a[PATH_SPACE], space_b[PATH_SPACE];

	return str_equal(path_bare(a, space_a), path_bare(b, space_b));
}

static struct plan_attribute attribute_make(const struct plan_context *w, str path)
{
	char space[PATH_SPACE];
	str bare = path_bare(path, space);
	uint64_t hash = hash_str(&w->memory->key, path);

	/* Directories and services change the case of these as they like (RFC 7643 4.1.1: userName
	 * is caseExact false). */
	return (struct plan_attribute){
		.path = path,
		.fold = str_equal(bare, STR(PATH_USERNAME)) || str_equal(bare, STR(PATH_EMAILS)),
		.key = {w->memory->key.k0 ^ hash, w->memory->key.k1 + hash},
	};
}

/*
 * Names that the built-in mapping never carries over: what stays in the house, what the target says
 * of itself, and what has a step of its own (active, roles, groups, the mark).
 */
static bool attribute_stays_here(str path)
{
	static const char *const whole[] = {FIELD_DN,    FIELD_ETAG,  FIELD_MARK,
					    FIELD_LOGIN, PATH_ACTIVE, "id",
					    "schemas",   "password",  PATH_EXTERNALID};
	static const char *const begins[] = {"meta.",  "groups.", "groups[",
					     "roles.", "roles[",  "members"};

	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		if (str_equal(path, str_of(whole[i])))
			return true;
	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
		if (str_starts(path, str_of(begins[i])))
			return true;
	return false;
}

/* As the target calls it: a service may take e-mails of one type only. The empty text when it takes
 * none of it. */
static str path_at_target(const struct plan_context *w, str path)
{
	const struct abilities *a = w->abilities;

	if (a->attributes.count == 0)
		return path;
	list_each (str, taken, &a->attributes)
		if (str_equal(*taken, path))
			return path;
	list_each (str, taken, &a->attributes)
		if (same_attribute(*taken, path))
			return *taken;
	return str_equal(path, STR(PATH_USERNAME)) ? path : (str){NULL, 0};
}

static bool attribute_is_mapped(const struct plan_context *w, str path)
{
	list_each (struct mapping, m, &w->policy->users)
		if (same_attribute(m->path, path))
			return true;
	return false;
}

static struct plan_attribute *attributes_of(struct plan_context *w, const struct snapshot *s)
{
	struct plan_attribute *names =
		arena_array(&w->arena, struct plan_attribute, s->names.count + 1);
	char space[37];

	for (uint32_t i = 0; i < s->names.count; i++)
		names[i] =
			attribute_make(w, arena_str(&w->arena, intern_text(&s->names, i, space)));
	return names;
}

void attributes_init(struct plan_context *w)
{
	w->attributes.target = attributes_of(w, w->target);
	w->attributes.source = attributes_of(w, w->source);
	for (uint32_t i = 0; i < w->source->names.count; i++) {
		struct plan_attribute *n = &w->attributes.source[i];
		str path = path_at_target(w, n->path);

		if (!path.n || attribute_stays_here(n->path) || attribute_is_mapped(w, n->path))
			continue;
		*n = attribute_make(w, path);
		n->managed = true;
	}
	w->attributes.mapped =
		arena_array(&w->arena, struct plan_attribute, w->policy->users.count + 1);
	for (size_t i = 0; i < w->policy->users.count; i++) {
		str path = path_at_target(w, w->policy->users.items[i].path);

		w->attributes.mapped[i] = attribute_make(w, path);
		w->attributes.mapped[i].managed = path.n > 0 && !str_equal(path, STR(PATH_ACTIVE));
	}
}

/* What nobody in scope has is not spoken of: then the target's values stay as they are. */
void attributes_match_target(struct plan_context *w)
{
	for (uint32_t t = 0; t < w->target->names.count; t++) {
		struct plan_attribute *n = &w->attributes.target[t];

		for (uint32_t i = 0; i < w->source->names.count && !n->managed; i++)
			n->managed = w->attributes.source[i].managed &&
				     w->attributes.source[i].seen &&
				     str_equal(w->attributes.source[i].path, n->path);
		for (size_t i = 0; i < w->policy->users.count && !n->managed; i++)
			n->managed = w->attributes.mapped[i].managed &&
				     str_equal(w->attributes.mapped[i].path, n->path);
	}
}

void values_read_target(const struct plan_context *w, uint32_t row, value_list *ret)
{
	struct field_walk walk = field_walk_begin(w->target, &w->target->users.items[row]);
	uint32_t number;
	str value;

	ret->count = 0;
	while (field_next(&walk, &number, &value))
		if (w->attributes.target[number].managed && value.n)
			list_push(ret, ((struct plan_value){&w->attributes.target[number], value}));
}

uint64_t value_digest(const struct plan_value *value)
{
	char space[256], *folded;
	uint64_t digest;

	if (!value->attribute->fold)
		return hash_str(&value->attribute->key, value->text);
	folded = value->text.n <= sizeof space ? space : mem_alloc(value->text.n, 1);
	text_fold(value->text, folded);
	digest = hash_str(&value->attribute->key, str_make(folded, value->text.n));
	if (folded != space)
		free(folded);
	return digest;
}

/* A sum does not depend on the order in which attributes and their values come. */
uint64_t values_digest(const value_list *values)
{
	uint64_t sum = 0;

	list_each (struct plan_value, v, values)
		sum += value_digest(v);
	return sum;
}

bool values_are_equal(const struct plan_value *a, const struct plan_value *b)
{
	return a->attribute->fold ? text_equal(a->text, b->text) : str_equal(a->text, b->text);
}
