/* SPDX-License-Identifier: Apache-2.0 */
/* What users and groups have in common: attributes sorted into slots, an id, fields, or the reason
 * why the entry is rejected. */
#include <string.h>

#include "connect/ldap/read/internal.h"

enum { DOUBLES_LIMIT = 10000 };

struct entry_values entry_values_read(struct ldap_read *r, const struct attribute_map *map,
				      const struct entry_view *e, uint64_t *ret_tail)
{
	size_t slot = SLOT_NONE;
	struct berval *values;
	str name;

	memset(r->slots, 0, map->slot_count * sizeof *r->slots);
	*ret_tail = 0;
	while (entry_next(e, &name, &values)) {
		/* Servers answer mostly in the order of the question. */
		slot = attribute_map_find(map, name, slot == SLOT_NONE ? 0 : slot + 1);
		if (slot == SLOT_NONE && map == &r->groups && range_parse(name, ret_tail))
			slot = r->group.members[0];
		else if (slot != SLOT_NONE && map == &r->groups)
			range_parse(name, ret_tail);
		if (slot == SLOT_NONE || r->slots[slot])
			ber_memfree(values);
		else
			r->slots[slot] = values;
	}
	return (struct entry_values){e->dn, r->slots};
}

void entry_values_drop(struct ldap_read *r, const struct attribute_map *map)
{
	for (size_t i = 0; i < map->slot_count; i++)
		ber_memfree(r->slots[i]);
}

/* The id as text, in r->id; false when there is none. */
static bool entry_read_id(struct ldap_read *r, const struct entry_values *v, size_t slot)
{
	str value = value_first(v, slot);

	buf_reset(&r->id);
	if (value.n == 0 || value.n > 256)
		return false;
	return ldap_id_text(r->c, value, &r->id) && str_is_utf8(buf_str(&r->id));
}

static void entry_reject(struct ldap_read *r, enum entry_kind kind, str dn, str id, const char *why)
{
	snapshot_reject(r->into, kind, str_is_utf8(dn) ? dn : STR("(a DN that is not UTF-8)"), id,
			"%s", why);
}

/* A server that sends its pages over and over would never end. */
static int entry_count_double(struct ldap_read *r, struct err *err)
{
	if (intern_find(&r->into->ids, buf_str(&r->id)) == INTERN_NONE ||
	    ++r->doubles < DOUBLES_LIMIT)
		return 0;
	return err_set(err, REACH_SYSTEM, CODE_DATA,
		       "%s: %d entries came twice: the server's paging runs in circles; try "
		       "page_size: 0",
		       r->c->session->url, DOUBLES_LIMIT);
}

bool entry_begin(struct ldap_read *r, enum entry_kind kind, const struct attribute_map *map,
		 const struct entry_values *v, size_t id_slot)
{
	struct err why = {0};

	if (!entry_read_id(r, v, id_slot)) {
		err_set(&why, REACH_ENTRY, CODE_DATA,
			"it has no usable %s: muster may lack the right to read it",
			r->c->id_attribute);
		entry_reject(r, kind, v->dn, STR(""), why.text);
		return false;
	}
	snapshot_begin(r->into);
	if (!str_is_utf8(v->dn)) {
		err_set(&why, REACH_ENTRY, CODE_DATA, "its DN is not UTF-8");
	} else if (attribute_map_put(map, v, r->into, &why) == 0) {
		snapshot_field_number(r->into, r->number_dn, v->dn);
		return true;
	}
	snapshot_abandon(r->into);
	entry_reject(r, kind, v->dn, buf_str(&r->id), why.text);
	return false;
}

int entry_end(struct ldap_read *r, enum entry_kind kind, const struct entry_values *v,
	      uint32_t flags, uint32_t *ret_row, struct err *err)
{
	struct err why = {0};

	if (snapshot_end(r->into, kind, buf_str(&r->id), flags, ret_row, &why) == 0)
		return 1;
	if (why.reach == REACH_ENTRY) {
		entry_reject(r, kind, v->dn, buf_str(&r->id), why.text);
		return entry_count_double(r, err);
	}
	if (err)
		*err = why;
	return -1;
}

void entry_key(struct ldap_read *r, str dn)
{
	buf_reset(&r->key);
	if (!dn_key(dn, &r->key))
		buf_put(&r->key, dn);
}
