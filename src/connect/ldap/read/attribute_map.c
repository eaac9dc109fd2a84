/* SPDX-License-Identifier: Apache-2.0 */
/* Rules from LDAP attributes to SCIM fields: plain ones are a copy, the others go through a
 * template. */
#include "connect/ldap/read/attribute_map.h"

#include <string.h>

#include "base/unicode.h"
#include "connect/ldap/session/session.h"
#include "expr/path.h"
#include "expr/template.h"

/* Slots grow by one pointer array anew: there are a few dozen, made once. */
static size_t map_slot_add(struct attribute_map *m, str attribute)
{
	const char **grown = arena_array(&m->arena, const char *, m->slot_count + 2);

	for (size_t i = 0; i < m->slot_count; i++)
		grown[i] = m->attributes[i];
	grown[m->slot_count] = arena_text(&m->arena, attribute);
	m->attributes = grown;
	return m->slot_count++;
}

size_t attribute_map_find(const struct attribute_map *m, str attribute, size_t from)
{
	for (size_t i = 0; i < m->slot_count; i++) {
		size_t slot = (from + i) % m->slot_count;

		if (str_equal_nocase(attribute, str_of(m->attributes[slot])))
			return slot;
	}
	return SLOT_NONE;
}

static size_t map_slot_put(struct attribute_map *m, str attribute)
{
	size_t slot = attribute_map_find(m, attribute, 0);

	return slot == SLOT_NONE ? map_slot_add(m, attribute) : slot;
}

size_t attribute_map_slot(struct attribute_map *m, const char *attribute)
{
	return map_slot_put(m, str_of(attribute));
}

/* A multi-valued attribute without [type eq ...] takes every value. */
static bool path_takes_all(const char *path, struct arena *arena)
{
	struct parse_rules rules = {.any_attribute = true};
	struct path parsed;

	return path_parse(str_of(path), &rules, arena, &parsed, NULL) == 0 && !parsed.where &&
	       parsed.attribute && parsed.attribute->multiple;
}

static void rule_add(struct attribute_map *m, const char *path, str attribute, bool lower)
{
	*list_add(&m->rules) = (struct attribute_map_rule){
		.path = path,
		.slot = map_slot_put(m, attribute),
		.lower = lower,
		.all = path_takes_all(path, &m->arena),
		.reference = strcmp(path, PATH_MANAGER) == 0,
	};
}

/* "{mail}" alone needs no engine. */
static bool template_is_plain(const struct template *t)
{
	return t->name_count == 1 && t->text.n == t->names[0].n + 2 && t->text.p[0] == '{' &&
	       str_equal(str_slice(t->text, 1, t->text.n - 1), t->names[0]);
}

static void rule_add_own(struct attribute_map *m, const struct attribute_rule *own)
{
	if (template_is_plain(own->value)) {
		rule_add(m, own->path, own->value->names[0], false);
		return;
	}
	for (size_t i = 0; i < own->value->name_count; i++)
		map_slot_put(m, own->value->names[i]);
	*list_add(&m->rules) = (struct attribute_map_rule){
		.path = own->path,
		.slot = SLOT_NONE,
		.value = own->value,
		.all = path_takes_all(own->path, &m->arena),
	};
}

static bool is_of_settings(const struct attribute_map *m, const char *path)
{
	for (size_t i = 0; i < m->own_count; i++)
		if (strcmp(path, m->own[i].path) == 0)
			return true;
	return false;
}

void attribute_map_init(struct attribute_map *m, const struct attribute_rule *own, size_t own_count)
{
	*m = (struct attribute_map){.own = own, .own_count = own_count};
}

void attribute_map_add_default(struct attribute_map *m, const char *path, const char *attribute,
			       bool lower)
{
	if (!is_of_settings(m, path))
		rule_add(m, path, str_of(attribute), lower);
}

void attribute_map_add_own(struct attribute_map *m)
{
	for (size_t i = 0; i < m->own_count; i++)
		rule_add_own(m, &m->own[i]);
}

void attribute_map_bind(struct attribute_map *m, struct snapshot *into)
{
	list_each (struct attribute_map_rule, r, &m->rules)
		r->number = intern_put(&into->names, str_of(r->path));
}

bool attribute_map_remove(struct attribute_map *m, const char *path, struct attribute_map_rule *ret)
{
	for (size_t i = 0; i < m->rules.count; i++) {
		if (strcmp(m->rules.items[i].path, path) != 0)
			continue;
		*ret = m->rules.items[i];
		for (; i + 1 < m->rules.count; i++)
			m->rules.items[i] = m->rules.items[i + 1];
		m->rules.count--;
		return true;
	}
	return false;
}

void attribute_map_clear(struct attribute_map *m)
{
	list_clear(&m->rules);
	arena_clear(&m->arena);
	*m = (struct attribute_map){0};
}

str value_first(const struct entry_values *v, size_t slot)
{
	const struct berval *first = slot == SLOT_NONE ? NULL : v->slots[slot];

	return first && first->bv_val ? str_make(first->bv_val, first->bv_len) : (str){NULL, 0};
}

/* One entry whose fields are being made. */
struct mapped_entry {
	struct template_source source; /* first: templates call back with it */
	const struct attribute_map *m;
	const struct entry_values *v;
	struct snapshot *into;
	struct arena arena; /* of binary values as text */
};

static str mapped_text(struct mapped_entry *e, const char *attribute, str value)
{
	struct buf text = {0};
	str kept = STR("");

	if (!server_is_binary(str_of(attribute)))
		return value;
	if (server_binary_text(str_of(attribute), value, &text))
		kept = arena_str(&e->arena, buf_str(&text));
	buf_clear(&text);
	return kept;
}

static bool mapped_source_value(const struct template_source *source, str name, size_t nth,
				str *ret)
{
	/* The source is the first member of a struct that is not const; only its arena changes. */
	union {
		const struct template_source *in;
		struct mapped_entry *out;
	} u = {source};
	size_t slot = attribute_map_find(u.out->m, name, 0);
	const struct berval *values = slot == SLOT_NONE ? NULL : u.out->v->slots[slot];

	for (size_t i = 0; values && values[i].bv_val; i++) {
		if (i == nth) {
			*ret = mapped_text(u.out, u.out->m->attributes[slot],
					   str_make(values[i].bv_val, values[i].bv_len));
			return true;
		}
	}
	return false;
}

static int mapped_put_value(struct mapped_entry *e, const struct attribute_map_rule *r, str value,
			    struct err *err)
{
	struct buf text = {0};

	if (!str_is_utf8(value) || (value.n && memchr(value.p, '\0', value.n)))
		return err_set(
			err, REACH_ENTRY, CODE_DATA, "%s: a value that is not UTF-8 text (for %s)",
			r->slot == SLOT_NONE ? "a template" : e->m->attributes[r->slot], r->path);
	if (r->reference) {
		if (dn_key(value, &text))
			snapshot_field_id_of(e->into, str_of(r->path), buf_str(&text));
	} else if (r->lower) {
		text_lower(value, &text);
		snapshot_field_number(e->into, r->number, buf_str(&text));
	} else {
		snapshot_field_number(e->into, r->number, value);
	}
	buf_clear(&text);
	return 0;
}

/* The number of values put, or -1. */
static int mapped_put_plain(struct mapped_entry *e, const struct attribute_map_rule *r,
			    struct err *err)
{
	const struct berval *values = e->v->slots[r->slot];
	int count = 0;

	for (; values && values->bv_val && (r->all || !count); values++) {
		str value = mapped_text(e, e->m->attributes[r->slot],
					str_make(values->bv_val, values->bv_len));

		if (value.n == 0)
			continue;
		if (mapped_put_value(e, r, value, err) < 0)
			return -1;
		count++;
	}
	return count;
}

static int mapped_put_template(struct mapped_entry *e, const struct attribute_map_rule *r,
			       struct err *err)
{
	const str *values;
	size_t count = template_build_all(r->value, &e->source, &e->arena, &values);

	if (!r->all && count > 1)
		count = 1;
	for (size_t i = 0; i < count; i++)
		if (values[i].n && mapped_put_value(e, r, values[i], err) < 0)
			return -1;
	return (int)count;
}

int attribute_map_put(const struct attribute_map *m, const struct entry_values *v,
		      struct snapshot *into, struct err *err)
{
	struct mapped_entry e = {.source = {mapped_source_value}, .m = m, .v = v, .into = into};
	const char *done = "";
	int count = 0;

	list_each (struct attribute_map_rule, r, &m->rules) {
		/* Rows of one path stand together: the first that yields a value has it. */
		if (count > 0 && strcmp(done, r->path) == 0)
			continue;
		count = r->slot == SLOT_NONE ? mapped_put_template(&e, r, err)
					     : mapped_put_plain(&e, r, err);
		done = r->path;
		if (count < 0)
			break;
	}
	arena_clear(&e.arena);
	return count < 0 ? -1 : 0;
}

bool attribute_map_text(const struct attribute_map *m, const struct attribute_map_rule *r,
			const struct entry_values *v, struct buf *ret)
{
	struct mapped_entry e = {.source = {mapped_source_value}, .m = m, .v = v};
	str value = value_first(v, r->slot);
	bool there = value.n > 0;

	if (r->slot == SLOT_NONE)
		there = template_build(r->value, &e.source, ret, NULL);
	else
		buf_put(ret, mapped_text(&e, m->attributes[r->slot], value));
	arena_clear(&e.arena);
	return there;
}
