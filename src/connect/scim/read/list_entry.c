/* SPDX-License-Identifier: Apache-2.0 */
/* The entries of a list's pages, put into the snapshot. */
#include "connect/scim/read/internal.h"

static uint32_t list_name_number(struct list_read *l, size_t place, str name)
{
	if (place >= 64)
		return intern_put(&l->into->names, name);
	/* Canonical names are kept, so the same name has the same address. */
	if (l->name_texts[place].p != name.p) {
		l->name_texts[place] = name;
		l->name_numbers[place] = intern_put(&l->into->names, name);
	}
	return l->name_numbers[place];
}

static str shown_name(const struct list_read *l, const struct resource *r)
{
	str name = resource_value(r, l->kind == ENTRY_USER ? STR(PATH_USERNAME)
							   : STR(PATH_DISPLAYNAME));

	return name.n ? name : r->id;
}

static void list_reject(struct list_read *l, const struct resource *r, const char *reason)
{
	snapshot_reject(l->into, l->kind, shown_name(l, r), r->id, "%s", reason);
	list_incomplete(l, "holds an entry that cannot be taken: %s", reason);
}

/* "." and ".." would lead a request elsewhere. */
static bool is_usable_id(str id)
{
	return !str_equal(id, STR(".")) && !str_equal(id, STR("..")) && id.n <= 1024;
}

void list_put_members(struct list_read *l, uint32_t row, const struct resource *r)
{
	snapshot_members(l->into, row, r->members, r->member_count);
}

static void after_entry(struct list_read *l, uint32_t row, const struct resource *r)
{
	enum members_style style = l->c->settings.quirks.members;

	snapshot_key(l->into, l->kind, row, r->id);
	if (l->kind == ENTRY_USER)
		return;
	if (style == MEMBERS_EACH)
		list_push(&l->rows, row);
	else if (style == MEMBERS_NEVER)
		list_push(&l->into->opaque_groups, row);
	else
		list_put_members(l, row, r);
}

static int list_put_entry(struct list_read *l, const struct resource *r, struct err *err)
{
	struct err reason;
	uint32_t row;

	snapshot_begin(l->into);
	for (size_t i = 0; i < r->field_count; i++)
		snapshot_field_number(l->into, list_name_number(l, i, r->fields[i].name),
				      r->fields[i].value);
	if (r->etag.n)
		snapshot_field(l->into, STR(FIELD_ETAG), r->etag);
	if (snapshot_end(l->into, l->kind, r->id, r->inactive ? ENTRY_INACTIVE : 0, &row, &reason) <
	    0) {
		if (reason.reach != REACH_ENTRY) {
			*err = reason;
			return -1;
		}
		l->doubles += intern_find(&l->into->ids, r->id) != INTERN_NONE;
		list_reject(l, r, reason.text);
		return 0;
	}
	after_entry(l, row, r);
	if ((l->entries & 1023) == 0)
		connection_progress(&l->c->base, l->entries);
	return 0;
}

int list_put_resource(void *context, const struct resource *r, const char *defect, struct err *err)
{
	struct list_read *l = context;
	bool is_first = l->at->met++ == 0;

	if (is_first) {
		buf_reset(&l->first);
		buf_put(&l->first, r->id);
	}
	buf_reset(&l->last);
	buf_put(&l->last, r->id);
	if (is_first && l->at->overlaps)
		return 0;
	l->entries++;
	if (!defect && !is_usable_id(r->id))
		defect = "its id cannot stand in a URL";
	if (defect) {
		list_reject(l, r, defect);
		return 0;
	}
	return list_put_entry(l, r, err);
}
