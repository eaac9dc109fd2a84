/* SPDX-License-Identifier: Apache-2.0 */
/* Users and groups out of JSON: nested attributes become flat fields under canonical names, one
 * resource at a time. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "connect/scim/read/read.h"
#include "expr/path.h"

enum { TYPE_LONGEST = 64, PLACES = 64 };

/* A sub-attribute of an element whose type is not known yet. */
struct resource_part {
	str name, value;
};

/* What an attribute of the resource is to us. */
enum attribute_kind { KIND_PLAIN, KIND_MEMBERS, KIND_EXTENSION, KIND_META, KIND_SKIPPED };

struct resource_names {
	struct intern raw; /* as the service spells them */
	LIST(str) canonical; /* by number of raw; empty: not a field */
	struct arena arena;
	/* The last name at each place of an entry: entries of one list look alike. */
	struct {
		str raw, canonical;
	} last[PLACES];
};

struct resource_reader {
	struct resource_names *names;
	str body; /* what is read: texts without escapes are views of it */
	unsigned base; /* level of the resource: 0 by itself, 2 in a list */
	bool with_etags;
	struct page *page; /* NULL: a resource by itself */
	resource_sink *sink;
	void *context;
	const char *defect; /* of the resource at hand */
	struct buf texts, name; /* texts: those that are no views of the body; it never moves */
	str id, etag;
	size_t place; /* of the next name in the resource */
	bool inactive, shows_members, in_list; /* in_list: inside Resources */
	enum attribute_kind kind; /* of the attribute at hand */
	LIST(struct field) fields;
	LIST(str) members;
	LIST(struct resource_part) parts; /* of the element at hand */
	str type; /* its type */
};

struct resource_names *resource_names_open(void)
{
	return mem_alloc(1, sizeof(struct resource_names));
}

void resource_names_close(struct resource_names *n)
{
	if (!n)
		return;
	intern_clear(&n->raw);
	list_clear(&n->canonical);
	arena_clear(&n->arena);
	free(n);
}

/* What stays behind: not a value of the entry, or not to be compared. */
static bool is_service_own(str canonical)
{
	static const char *const names[] = {"id", "schemas", "password", "groups.value",
					    "members.value"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_equal(canonical, str_of(names[i])))
			return true;
	return str_ends(canonical, STR(".$ref")) || str_starts(canonical, STR("meta."));
}

/* Each spelling is parsed once; empty for what is no field. */
static str look_up_name(struct resource_names *names, str raw)
{
	static const struct parse_rules rules = {.any_attribute = true};
	uint32_t number = intern_put(&names->raw, raw);
	str name = {NULL, 0};

	if (number < names->canonical.count)
		return names->canonical.items[number];
	if (path_canonical(raw, &rules, &names->arena, &name, NULL) < 0 || is_service_own(name))
		name = (str){NULL, 0};
	list_push(&names->canonical, name);
	return name;
}

static str canonical_name(struct resource_names *names, size_t place, str raw)
{
	str name;

	if (place < PLACES && str_equal(names->last[place].raw, raw))
		return names->last[place].canonical;
	name = look_up_name(names, raw);
	if (place < PLACES) {
		names->last[place].raw = arena_str(&names->arena, raw);
		names->last[place].canonical = name;
	}
	return name;
}

/* A text that holds until the resource is handed on. */
static str resource_keep_text(struct resource_reader *d, str text)
{
	size_t from = d->texts.n;

	if (text.n == 0)
		return STR("");
	if (text.p >= d->body.p && text.p < d->body.p + d->body.n)
		return text;
	/* Decoded texts are shorter than what they stand for, and words are not many: the size of
	 * the body twice is enough for those of one resource. */
	if (!d->texts.p)
		buf_reserve(&d->texts, 2 * d->body.n + 64);
	assert(d->texts.n + text.n < d->texts.room);
	buf_put(&d->texts, text);
	return str_make(d->texts.p + from, text.n);
}

static void add_field(struct resource_reader *d, str value)
{
	str name = canonical_name(d->names, d->place++, buf_str(&d->name));

	if (name.n && value.n)
		list_push(&d->fields, ((struct field){name, value}));
}

static bool is_true(enum json_event event, str text)
{
	return event == JSON_EVENT_TRUE || str_equal_nocase(text, STR("true"));
}

/* What `primary: false` says is what its absence says. */
static bool is_value_said(str name, enum json_event event, str text)
{
	if (event == JSON_EVENT_NULL)
		return false;
	return !str_equal_nocase(name, STR("primary")) || is_true(event, text);
}

/* Scalars directly in the resource. */
static void read_scalar_attribute(struct resource_reader *d, str name, enum json_event event,
				  str text)
{
	if (event == JSON_EVENT_NULL)
		return;
	if (str_equal_nocase(name, STR("id"))) {
		d->id = resource_keep_text(d, text);
		return;
	}
	if (str_equal_nocase(name, STR(PATH_ACTIVE))) {
		d->inactive = !is_true(event, text);
		text = d->inactive ? STR("false") : STR("true");
	}
	buf_reset(&d->name);
	buf_put(&d->name, name);
	add_field(d, resource_keep_text(d, text));
}

static void start_name(struct resource_reader *d, str urn, str attribute)
{
	buf_reset(&d->name);
	if (urn.n) {
		buf_put(&d->name, urn);
		buf_char(&d->name, ':');
	}
	buf_put(&d->name, attribute);
}

static void read_sub(struct resource_reader *d, str urn, str attribute, str sub,
		     enum json_event event, str text)
{
	if (!is_value_said(sub, event, text))
		return;
	start_name(d, urn, attribute);
	buf_char(&d->name, '.');
	buf_put(&d->name, sub);
	add_field(d, resource_keep_text(d, text));
}

/* A text where an object was expected: ["admin"] for [{"value": "admin"}]. */
static void read_bare_value(struct resource_reader *d, str urn, str attribute, str text)
{
	const struct attribute *known = attribute_find(urn, attribute);

	start_name(d, urn, attribute);
	if (known && known->part_count)
		buf_put(&d->name, STR(".value"));
	add_field(d, resource_keep_text(d, text));
}

static void read_part(struct resource_reader *d, str sub, enum json_event event, str text)
{
	if (str_equal_nocase(sub, STR("type"))) {
		d->type = text.n <= TYPE_LONGEST ? resource_keep_text(d, text) : STR("");
		return;
	}
	if (!is_value_said(sub, event, text) || sub.n == 0 || sub.n >= TYPE_LONGEST)
		return;
	list_push(&d->parts, ((struct resource_part){resource_keep_text(d, sub),
						     resource_keep_text(d, text)}));
}

static void begin_element(struct resource_reader *d)
{
	d->parts.count = 0;
	d->type = STR("");
}

/* [type eq "work"], the type as a JSON string. */
static void put_type(struct resource_reader *d)
{
	struct json_writer w = {.out = &d->name};

	buf_put(&d->name, STR("[type eq "));
	json_write_string(&w, d->type);
	buf_char(&d->name, ']');
}

static void end_element(struct resource_reader *d, str urn, str attribute)
{
	bool role = urn.n == 0 && str_equal_nocase(attribute, STR("roles"));

	list_each (struct resource_part, part, &d->parts) {
		/* Roles are spoken of by value alone. */
		if (role && !str_equal_nocase(part->name, STR("value")))
			continue;
		start_name(d, urn, attribute);
		if (d->type.n && !role)
			put_type(d);
		buf_char(&d->name, '.');
		buf_put(&d->name, part->name);
		add_field(d, part->value);
	}
}

static bool is_scalar(enum json_event event)
{
	return event >= JSON_EVENT_STRING;
}

/* Inside "members": texts or objects with a value. */
static void read_group_member(struct resource_reader *d, unsigned depth, struct json_reader *r,
			      enum json_event event, str text)
{
	d->shows_members = true;
	if (depth == 2 && event == JSON_EVENT_STRING)
		list_push(&d->members, resource_keep_text(d, text));
	else if (depth == 3 && is_scalar(event) && event != JSON_EVENT_NULL && text.n &&
		 json_reader_in_array(r, d->base + 1) &&
		 str_equal_nocase(json_reader_key(r, d->base + 2), STR("value")))
		list_push(&d->members, resource_keep_text(d, text));
}

/* Something in the attribute at `level`: depth 1 is its own value, 2 a part or an element, 3 a part
 * of an element. */
static void read_attribute(struct resource_reader *d, struct json_reader *r, unsigned level,
			   str urn, enum json_event event, str text)
{
	unsigned depth = json_reader_level(r) - level;
	str attribute = json_reader_key(r, level);
	bool listed = depth > 1 && json_reader_in_array(r, level + 1);
	str sub = depth > 1 && !listed ? json_reader_key(r, level + 1) : STR("");

	if (depth == 3 && listed)
		sub = json_reader_key(r, level + 2);
	if (depth == 1 && is_scalar(event) && urn.n == 0)
		read_scalar_attribute(d, attribute, event, text);
	else if (depth == 1 && is_scalar(event) && event != JSON_EVENT_NULL)
		read_bare_value(d, urn, attribute, text);
	else if (depth == 2 && !listed && is_scalar(event))
		read_sub(d, urn, attribute, sub, event, text);
	else if (depth == 2 && is_scalar(event) && event != JSON_EVENT_NULL)
		read_bare_value(d, urn, attribute, text);
	else if (depth == 2 && event == JSON_EVENT_OBJECT)
		begin_element(d);
	else if (depth == 2 && listed && event == JSON_EVENT_OBJECT_END)
		end_element(d, urn, attribute);
	else if (depth == 3 && listed && is_scalar(event))
		read_part(d, sub, event, text);
}

static void begin_resource(struct resource_reader *d)
{
	d->defect = NULL;
	d->id = d->etag = STR("");
	d->inactive = d->shows_members = false;
	d->place = 0;
	d->fields.count = d->members.count = 0;
	buf_reset(&d->texts);
}

static int end_resource(struct resource_reader *d, struct err *err)
{
	struct resource r = {.inactive = d->inactive, .shows_members = d->shows_members};

	r.id = d->id;
	r.etag = d->etag;
	r.fields = d->fields.items;
	r.field_count = d->fields.count;
	r.members = d->members.items;
	r.member_count = d->members.count;
	if (!d->defect && r.id.n == 0)
		d->defect = "it has no id";
	return d->sink(d->context, &r, d->defect, err);
}

static int no_object(struct resource_reader *d, struct err *err)
{
	begin_resource(d);
	d->defect = "it is no JSON object";
	return end_resource(d, err);
}

static enum attribute_kind kind_of(str key, bool container)
{
	if (str_starts_nocase(key, STR("urn:")))
		return KIND_EXTENSION;
	if (str_equal_nocase(key, STR("meta")))
		return KIND_META;
	if (container &&
	    (str_equal_nocase(key, STR("schemas")) || str_equal_nocase(key, STR("groups"))))
		return KIND_SKIPPED;
	return str_equal_nocase(key, STR("members")) ? KIND_MEMBERS : KIND_PLAIN;
}

static void read_in_resource(struct resource_reader *d, struct json_reader *r,
			     enum json_event event, str text)
{
	unsigned depth = json_reader_level(r) - d->base;

	if (depth == 1)
		d->kind = kind_of(json_reader_key(r, d->base),
				  event == JSON_EVENT_OBJECT || event == JSON_EVENT_ARRAY);
	switch (d->kind) {
	case KIND_EXTENSION:
		/* Its attributes lie one level deeper. */
		if (depth > 1 && !json_reader_in_array(r, d->base + 1))
			read_attribute(d, r, d->base + 1, json_reader_key(r, d->base), event, text);
		break;
	case KIND_META:
		if (depth == 2 && d->with_etags && event == JSON_EVENT_STRING &&
		    str_equal_nocase(json_reader_key(r, d->base + 1), STR("version")))
			d->etag = resource_keep_text(d, text);
		break;
	case KIND_SKIPPED:
		if (event == JSON_EVENT_OBJECT || event == JSON_EVENT_ARRAY)
			json_reader_skip(r);
		break;
	case KIND_MEMBERS:
		read_group_member(d, depth, r, event, text);
		break;
	case KIND_PLAIN:
		read_attribute(d, r, d->base, STR(""), event, text);
	}
}

static void read_total(str text, int64_t *ret)
{
	int64_t number;

	if (str_to_int(text, &number) && number >= 0)
		*ret = number;
}

/* Beside the resources of a list. Numbers as texts were met. */
static void read_list_key(struct page *page, str key, enum json_event event, str text)
{
	if (str_equal_nocase(key, STR("totalResults"))) {
		page->is_list = true;
		read_total(text, &page->total);
	} else if (str_equal_nocase(key, STR("startIndex"))) {
		read_total(text, &page->start);
	} else if (str_equal_nocase(key, STR("itemsPerPage"))) {
		read_total(text, &page->items);
	} else if (str_equal_nocase(key, STR("nextCursor")) && event == JSON_EVENT_STRING &&
		   text.n) {
		page->has_cursor = true;
		buf_reset(&page->cursor);
		buf_put(&page->cursor, text);
	} else if (str_equal_nocase(key, STR("Resources")) && event == JSON_EVENT_ARRAY) {
		page->is_list = true;
	}
}

static int on_event(void *user, struct json_reader *r, enum json_event event, str text,
		    struct err *err)
{
	struct resource_reader *d = user;
	unsigned level = json_reader_level(r);

	if (d->page && level == 1) {
		read_list_key(d->page, json_reader_key(r, 0), event, text);
		d->in_list = event == JSON_EVENT_ARRAY &&
			     str_equal_nocase(json_reader_key(r, 0), STR("Resources"));
	}
	if (d->page && (level <= 1 || !d->in_list))
		return 0;
	if (level > d->base) {
		if (!json_reader_in_array(r, d->base))
			read_in_resource(d, r, event, text);
		return 0;
	}
	if (level < d->base)
		return 0;
	if (d->page)
		d->page->resources +=
			event != JSON_EVENT_OBJECT_END && event != JSON_EVENT_ARRAY_END;
	if (event == JSON_EVENT_OBJECT)
		begin_resource(d);
	else if (event == JSON_EVENT_OBJECT_END)
		return end_resource(d, err);
	else if (event != JSON_EVENT_ARRAY_END)
		return no_object(d, err);
	return 0;
}

static int resources_parse(struct resource_reader *d, str body, struct err *err)
{
	/* The resource with its extension's elements lies at most seven deep; a group may be long.
	 */
	static const struct json_limits limits = {.depth = 64, .text = 4 * 1024 * 1024};
	int result;

	d->body = body;
	result = json_read(body, &limits, on_event, d, err);
	buf_clear(&d->texts);
	buf_clear(&d->name);
	list_clear(&d->fields);
	list_clear(&d->members);
	list_clear(&d->parts);
	return result;
}

int page_read(struct resource_names *names, str body, bool with_etags, struct page *ret,
	      resource_sink *sink, void *context, struct err *err)
{
	struct resource_reader d = {.names = names,
				    .base = 2,
				    .with_etags = with_etags,
				    .page = ret,
				    .sink = sink,
				    .context = context};

	ret->total = ret->start = ret->items = -1;
	ret->resources = 0;
	ret->is_list = ret->has_cursor = false;
	return resources_parse(&d, body, err);
}

int resource_read(struct resource_names *names, str body, bool with_etags, resource_sink *sink,
		  void *context, struct err *err)
{
	struct resource_reader d = {
		.names = names, .with_etags = with_etags, .sink = sink, .context = context};

	return resources_parse(&d, body, err);
}

str resource_value(const struct resource *r, str name)
{
	for (size_t i = 0; i < r->field_count; i++)
		if (str_equal(r->fields[i].name, name))
			return r->fields[i].value;
	return (str){NULL, 0};
}
