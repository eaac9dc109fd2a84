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
static size_t slot_add(struct translation *m, str attribute)
{
	const char **grown = arena_array(&m->arena, const char *, m->slot_count + 2);

	for (size_t i = 0; i < m->slot_count; i++)
		grown[i] = m->attributes[i];
	grown[m->slot_count] = arena_text(&m->arena, attribute);
	m->attributes = grown;
	return m->slot_count++;
}

size_t translation_find(const struct translation *m, str attribute, size_t from)
{
	for (size_t i = 0; i < m->slot_count; i++) {
		size_t slot = (from + i) % m->slot_count;

		if (str_equal_nocase(attribute, str_of(m->attributes[slot])))
			return slot;
	}
	return SLOT_NONE;
}

static size_t slot_put(struct translation *m, str attribute)
{
	size_t slot = translation_find(m, attribute, 0);

	return slot == SLOT_NONE ? slot_add(m, attribute) : slot;
}

size_t translation_slot(struct translation *m, const char *attribute)
{
	return slot_put(m, str_of(attribute));
}

/* A multi-valued attribute without [type eq ...] takes every value. */
static bool takes_all(const char *path, struct arena *arena)
{
	struct parse_rules rules = {.any_attribute = true};
	struct path parsed;

	return path_parse(str_of(path), &rules, arena, &parsed, NULL) == 0 && !parsed.where &&
	       parsed.attribute && parsed.attribute->multiple;
}

static void add_rule(struct translation *m, const char *path, str attribute, bool lower)
{
	*list_add(&m->rules) = (struct translation_rule){
		.path = path,
		.slot = slot_put(m, attribute),
		.lower = lower,
		.all = takes_all(path, &m->arena),
		.reference = strcmp(path, PATH_MANAGER) == 0,
	};
}

/* "{mail}" alone needs no engine. */
static bool is_plain(const struct template *t)
{
	return t->name_count == 1 && t->text.n == t->names[0].n + 2 && t->text.p[0] == '{' &&
	       str_equal(str_slice(t->text, 1, t->text.n - 1), t->names[0]);
}

static void add_own(struct translation *m, const struct attribute_rule *own)
{
	if (is_plain(own->value)) {
		add_rule(m, own->path, own->value->names[0], false);
		return;
	}
	for (size_t i = 0; i < own->value->name_count; i++)
		slot_put(m, own->value->names[i]);
	*list_add(&m->rules) = (struct translation_rule){
		.path = own->path,
		.slot = SLOT_NONE,
		.value = own->value,
		.all = takes_all(own->path, &m->arena),
	};
}

static bool is_replaced(const char *path, const struct attribute_rule *own, size_t own_count)
{
	for (size_t i = 0; i < own_count; i++)
		if (strcmp(path, own[i].path) == 0)
			return true;
	return false;
}

void translation_build(struct translation *m, const struct server_mapping *in_example,
		       const char *id, const struct attribute_rule *own, size_t own_count)
{
	if (!is_replaced(PATH_EXTERNALID, own, own_count))
		add_rule(m, PATH_EXTERNALID, str_of(id), false);
	for (; in_example->path; in_example++)
		if (!is_replaced(in_example->path, own, own_count))
			add_rule(m, in_example->path, str_of(in_example->attribute),
				 in_example->lower);
	for (size_t i = 0; i < own_count; i++)
		add_own(m, &own[i]);
}

void translation_bind(struct translation *m, struct snapshot *into)
{
	list_each (struct translation_rule, r, &m->rules)
		r->number = intern_put(&into->names, str_of(r->path));
}

bool translation_take_rule(struct translation *t, const char *path, struct translation_rule *ret)
{
	for (size_t i = 0; i < t->rules.count; i++) {
		if (strcmp(t->rules.items[i].path, path) != 0)
			continue;
		*ret = t->rules.items[i];
		for (; i + 1 < t->rules.count; i++)
			t->rules.items[i] = t->rules.items[i + 1];
		t->rules.count--;
		return true;
	}
	return false;
}

void translation_clear(struct translation *m)
{
	list_clear(&m->rules);
	arena_clear(&m->arena);
	*m = (struct translation){0};
}

str value_first(const struct entry_values *v, size_t slot)
{
	const struct berval *first = slot == SLOT_NONE ? NULL : v->slots[slot];

	return first && first->bv_val ? str_make(first->bv_val, first->bv_len) : (str){NULL, 0};
}

/* What is being put, for the helpers. */
struct putting {
	struct template_source source; /* first: templates call back with it */
	const struct translation *m;
	const struct entry_values *v;
	struct snapshot *into;
	struct arena arena; /* of binary values as text */
};

static str text_of(struct putting *p, const char *attribute, str value)
{
	struct buf text = {0};
	str kept = STR("");

	if (!server_is_binary(str_of(attribute)))
		return value;
	if (server_binary_text(str_of(attribute), value, &text))
		kept = arena_str(&p->arena, buf_str(&text));
	buf_clear(&text);
	return kept;
}

static bool source_value(const struct template_source *source, str name, size_t nth, str *ret)
{
	/* The source is the first member of a struct that is not const; only its arena changes. */
	union {
		const struct template_source *in;
		struct putting *out;
	} u = {source};
	size_t slot = translation_find(u.out->m, name, 0);
	const struct berval *values = slot == SLOT_NONE ? NULL : u.out->v->slots[slot];

	for (size_t i = 0; values && values[i].bv_val; i++) {
		if (i == nth) {
			*ret = text_of(u.out, u.out->m->attributes[slot],
				       str_make(values[i].bv_val, values[i].bv_len));
			return true;
		}
	}
	return false;
}

static int put_value(struct putting *p, const struct translation_rule *r, str value,
		     struct err *err)
{
	struct buf text = {0};

	if (!str_is_utf8(value) || (value.n && memchr(value.p, '\0', value.n)))
		return err_set(
			err, REACH_ENTRY, CODE_DATA, "%s: a value that is not UTF-8 text (for %s)",
			r->slot == SLOT_NONE ? "a template" : p->m->attributes[r->slot], r->path);
	if (r->reference) {
		if (dn_key(value, &text))
			snapshot_field_id_of(p->into, str_of(r->path), buf_str(&text));
	} else if (r->lower) {
		text_lower(value, &text);
		snapshot_field_number(p->into, r->number, buf_str(&text));
	} else {
		snapshot_field_number(p->into, r->number, value);
	}
	buf_clear(&text);
	return 0;
}

/* The number of values put, or -1. */
static int put_plain(struct putting *p, const struct translation_rule *r, struct err *err)
{
	const struct berval *values = p->v->slots[r->slot];
	int count = 0;

	for (; values && values->bv_val && (r->all || !count); values++) {
		str value = text_of(p, p->m->attributes[r->slot],
				    str_make(values->bv_val, values->bv_len));

		if (value.n == 0)
			continue;
		if (put_value(p, r, value, err) < 0)
			return -1;
		count++;
	}
	return count;
}

static int put_template(struct putting *p, const struct translation_rule *r, struct err *err)
{
	const str *values;
	size_t count = template_build_all(r->value, &p->source, &p->arena, &values);

	if (!r->all && count > 1)
		count = 1;
	for (size_t i = 0; i < count; i++)
		if (values[i].n && put_value(p, r, values[i], err) < 0)
			return -1;
	return (int)count;
}

int translation_put(const struct translation *m, const struct entry_values *v,
		    struct snapshot *into, struct err *err)
{
	struct putting p = {.source = {source_value}, .m = m, .v = v, .into = into};
	const char *done = "";
	int count = 0;

	list_each (struct translation_rule, r, &m->rules) {
		/* Rows of one path stand together: the first that yields a value has it. */
		if (count > 0 && strcmp(done, r->path) == 0)
			continue;
		count = r->slot == SLOT_NONE ? put_template(&p, r, err) : put_plain(&p, r, err);
		done = r->path;
		if (count < 0)
			break;
	}
	arena_clear(&p.arena);
	return count < 0 ? -1 : 0;
}

bool translation_text(const struct translation *t, const struct translation_rule *r,
		      const struct entry_values *v, struct buf *ret)
{
	struct putting p = {.source = {source_value}, .m = t, .v = v};
	str value = value_first(v, r->slot);
	bool there = value.n > 0;

	if (r->slot == SLOT_NONE)
		there = template_build(r->value, &p.source, ret, NULL);
	else
		buf_put(ret, text_of(&p, t->attributes[r->slot], value));
	arena_clear(&p.arena);
	return there;
}
