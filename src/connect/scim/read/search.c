/* SPDX-License-Identifier: Apache-2.0 */
/* Looking one user or group up at the service: by muster's mark in externalId, else by its name. */
#include <string.h>

#include "base/url.h"
#include "connect/scim/read/read.h"

void match_clear(struct match *m)
{
	buf_clear(&m->id);
}

static bool keeps_mark(const struct scim_connection *c, enum entry_kind kind)
{
	return !(c->settings.quirks.flags &
		 (kind == ENTRY_USER ? QUIRK_NO_USER_MARK : QUIRK_NO_GROUP_MARK));
}

/* What a creation writes to externalId: as the policy maps it, else the source's immutable id. */
static str mark_of(const struct object *object)
{
	for (size_t i = 0; i < object->field_count; i++)
		if (str_equal(object->fields[i].name, STR(PATH_EXTERNALID)))
			return object->fields[i].value;
	return object->source_id;
}

static void put_comparison(struct buf *filter, const char *attribute, str value)
{
	struct json_writer w = {.out = filter};

	buf_printf(filter, "%s eq ", attribute);
	json_write_string(&w, value);
}

bool search_target(const struct scim_connection *c, enum entry_kind kind, bool by_mark,
		   const struct object *object, struct buf *ret)
{
	bool user = kind == ENTRY_USER;
	const char *name = user ? PATH_USERNAME : PATH_DISPLAYNAME;
	enum search_by by = user ? SEARCH_USERNAME : SEARCH_DISPLAYNAME;
	struct buf filter = {0};

	if (by_mark &&
	    (!keeps_mark(c, kind) || !can_search(c, SEARCH_EXTERNALID) || !mark_of(object).n))
		return false;
	if (!by_mark && (!can_search(c, by) || !object->label.n))
		return false;
	if (by_mark)
		put_comparison(&filter, PATH_EXTERNALID, mark_of(object));
	else
		put_comparison(&filter, name, object->label);
	buf_printf(ret, "%s?filter=", kind_path(kind));
	url_escape(buf_str(&filter), ret);
	buf_clear(&filter);
	return true;
}

struct matching {
	const struct object *object;
	enum entry_kind kind;
	struct match *match;
};

static int match_resource(void *context, const struct resource *r, const char *defect,
			  struct err *err)
{
	struct matching *m = context;
	str mark = resource_value(r, STR(PATH_EXTERNALID));
	str name = resource_value(r, m->kind == ENTRY_USER ? STR(PATH_USERNAME)
							   : STR(PATH_DISPLAYNAME));
	bool by_mark = mark.n && str_equal(mark, mark_of(m->object));

	(void)err;
	/* Services that do not understand a filter answer with everything: what came is compared
	 * again. */
	if (defect || (!by_mark && !str_equal_nocase(name, m->object->label)))
		return 0;
	if (m->match->result != SEARCH_NONE && str_equal(buf_str(&m->match->id), r->id))
		return 0;
	m->match->result = m->match->result == SEARCH_NONE ? SEARCH_ONE : SEARCH_MANY;
	m->match->by_mark |= by_mark;
	m->match->foreign |= mark.n && !by_mark;
	buf_reset(&m->match->id);
	buf_put(&m->match->id, r->id);
	return 0;
}

int match_read(const struct http_response *r, enum entry_kind kind, const struct object *object,
	       struct match *ret, struct err *err)
{
	struct resource_names *names;
	struct matching m = {object, kind, ret};
	struct page page = {0};
	int result;

	if (r->outcome != HTTP_ANSWERED || r->status != 200) {
		/* Some answer 404 to a search that finds nothing. */
		if (r->outcome == HTTP_ANSWERED && r->status == 404 && http_is_json(r))
			return 0;
		scim_error_explain(r, err);
		return -1;
	}
	names = resource_names_open();
	result = page_read(names, r->body, false, &page, match_resource, &m, err);
	if (result == 0 && !page.is_list)
		result = err_set(err, REACH_ENTRY, CODE_DATA, "the answer to a search is no list");
	buf_clear(&page.cursor);
	resource_names_close(names);
	return result;
}
