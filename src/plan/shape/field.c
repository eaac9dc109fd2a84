/* SPDX-License-Identifier: Apache-2.0 */
/* Entries as fields and values: which attributes a sync manages, and when two values are the same.
 */
#include <string.h>

#include "base/unicode.h"
#include "plan/internal.h"

void fields_read(const struct snapshot *s, const struct entry *e, field_list *into)
{
	struct field_walk walk = field_walk_begin(s, e);
	bool active = !(e->flags & ENTRY_INACTIVE);
	char space[37];
	uint32_t number;
	str value;

	into->count = 0;
	while (field_next(&walk, &number, &value)) {
		str name = intern_text(&s->names, number, space);

		if (value.n == 0)
			continue;
		if (str_equal(name, STR(PATH_ACTIVE)))
			active = active && !str_equal_nocase(value, STR("false"));
		else
			list_push(into, ((struct field){name, value}));
	}
	list_push(into, ((struct field){STR(PATH_ACTIVE), active ? STR("true") : STR("false")}));
}

str fields_value(const field_list *fields, str path)
{
	list_each (struct field, f, fields)
		if (str_equal(f->name, path))
			return f->value;
	return (str){NULL, 0};
}

str path_bare(str path, char space[PATH_SPACE])
{
	ptrdiff_t open = str_find(path, '['), close = str_find_last(path, ']');
	size_t rest;

	if (open < 0 || close < open || path.n > PATH_SPACE)
		return path;
	rest = path.n - (size_t)close - 1;
	memcpy(space, path.p, (size_t)open);
	memcpy(space + open, path.p + close + 1, rest);
	return str_make(space, (size_t)open + rest);
}

static bool same_attribute(str a, str b)
{
	char space_a[PATH_SPACE], space_b[PATH_SPACE];

	return str_equal(path_bare(a, space_a), path_bare(b, space_b));
}

static struct plan_attribute name_make(const struct plan_context *w, str path)
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
static bool stays_here(str path)
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

static bool is_mapped(const struct plan_context *w, str path)
{
	list_each (struct mapping, m, &w->policy->users)
		if (same_attribute(m->path, path))
			return true;
	return false;
}

static struct plan_attribute *names_of(struct plan_context *w, const struct snapshot *s)
{
	struct plan_attribute *names =
		arena_array(&w->arena, struct plan_attribute, s->names.count + 1);
	char space[37];

	for (uint32_t i = 0; i < s->names.count; i++)
		names[i] = name_make(w, arena_str(&w->arena, intern_text(&s->names, i, space)));
	return names;
}

void names_init(struct plan_context *w)
{
	w->target_names = names_of(w, w->target);
	w->source_names = names_of(w, w->source);
	for (uint32_t i = 0; i < w->source->names.count; i++) {
		struct plan_attribute *n = &w->source_names[i];
		str path = path_at_target(w, n->path);

		if (!path.n || stays_here(n->path) || is_mapped(w, n->path))
			continue;
		*n = name_make(w, path);
		n->managed = true;
	}
	w->mapped_names = arena_array(&w->arena, struct plan_attribute, w->policy->users.count + 1);
	w->mapped = arena_array(&w->arena, struct buf, w->policy->users.count + 1);
	for (size_t i = 0; i < w->policy->users.count; i++) {
		str path = path_at_target(w, w->policy->users.items[i].path);

		w->mapped_names[i] = name_make(w, path);
		w->mapped_names[i].managed = path.n > 0 && !str_equal(path, STR(PATH_ACTIVE));
	}
}

/* What nobody in scope has is not spoken of: then the target's values stay as they are. */
void names_match_target(struct plan_context *w)
{
	for (uint32_t t = 0; t < w->target->names.count; t++) {
		struct plan_attribute *n = &w->target_names[t];

		for (uint32_t i = 0; i < w->source->names.count && !n->managed; i++)
			n->managed = w->source_names[i].managed && w->source_names[i].seen &&
				     str_equal(w->source_names[i].path, n->path);
		for (size_t i = 0; i < w->policy->users.count && !n->managed; i++)
			n->managed = w->mapped_names[i].managed &&
				     str_equal(w->mapped_names[i].path, n->path);
	}
}

void values_read_target(struct plan_context *w, uint32_t row)
{
	struct field_walk walk = field_walk_begin(w->target, &w->target->users.items[row]);
	uint32_t number;
	str value;

	w->actual.count = 0;
	while (field_next(&walk, &number, &value))
		if (w->target_names[number].managed && value.n)
			list_push(&w->actual,
				  ((struct plan_value){&w->target_names[number], value}));
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

/*
 * Pages of a read that were looked at, here and there, are given back now and then, so that a large
 * read does not become resident: the kernel maps sixteen pages for each that is looked at.
 */
void reads_trim(const struct plan_context *w)
{
	spool_trim(w->source->spool, spool_size(w->source->spool));
	spool_trim(w->target->spool, spool_size(w->target->spool));
}

void rows_passed(const struct plan_context *w, uint32_t row)
{
	enum { STEP = 1 << 14 };

	if (row % STEP == STEP - 1)
		reads_trim(w);
}
