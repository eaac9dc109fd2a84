/* SPDX-License-Identifier: Apache-2.0 */
/* A snapshot as a roster in YAML: what `dump` writes and the readers here take back. */
#include <stdlib.h>
#include <string.h>

#include "base/unicode.h"
#include "connect/connect.h"
#include "expr/filter.h"

/* What is known of a field name, once for all entries. */
struct roster_shape {
	bool hidden; /* no attribute of the person: dn, etag, mark ... */
	struct path path;
};

struct writer {
	const struct snapshot *snapshot;
	struct buf *out;
	struct arena arena;
	struct roster_shape *shapes; /* by number in snapshot.names */
	bool *left_out; /* users by row: those whom a roster cannot name */
	size_t named; /* the others */
};

/* The fields of the entry being written. */
struct fields {
	const struct roster_shape *shape[256];
	str value[256];
	bool written[256];
	size_t count;
};

static bool is_plain_char(char c)
{
	return (unsigned char)c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == ' ' || c == '@' || c == '.' || c == '_' || c == '/' ||
	       c == '+' || c == '-';
}

/* Words that YAML would read as something else than text. */
static bool is_reserved(str s)
{
	static const char *const words[] = {"true", "false", "null", "yes", "no",
					    "on",   "off",   "y",    "n"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_equal_nocase(s, str_of(words[i])))
			return true;
	return false;
}

static bool roster_is_plain(str s)
{
	char first = s.n ? ascii_lower(s.p[0]) : 0;

	if (first < 'a' || first > 'z' || s.p[s.n - 1] == ' ' || is_reserved(s))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_plain_char(s.p[i]))
			return false;
	return true;
}

static void roster_put_text(struct buf *out, str s)
{
	if (roster_is_plain(s)) {
		buf_put(out, s);
		return;
	}
	buf_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buf_printf(out, "\\x%02x", c);
		else
			buf_char(out, (char)c);
	}
	buf_char(out, '"');
}

static bool is_hidden(str name)
{
	static const char *const own[] = {FIELD_DN, FIELD_ETAG, FIELD_MARK, FIELD_LOGIN};

	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (str_equal(name, str_of(own[i])))
			return true;
	return str_equal(name, STR("schemas")) || str_starts(name, STR("meta.")) ||
	       str_starts(name, STR("groups."));
}

static void learn_shapes(struct writer *w)
{
	const struct parse_rules rules = {.any_attribute = true};

	w->shapes = arena_array(&w->arena, struct roster_shape, w->snapshot->names.count + 1);
	for (uint32_t i = 0; i < w->snapshot->names.count; i++) {
		str name = intern_text(&w->snapshot->names, i, (char[37]){0});

		w->shapes[i].hidden = is_hidden(name) || path_parse(name, &rules, &w->arena,
								    &w->shapes[i].path, NULL) < 0;
	}
}

static void roster_gather(const struct writer *w, const struct entry *e, struct fields *ret)
{
	struct field_walk walk = field_walk_begin(w->snapshot, e);
	uint32_t name;
	str value;

	ret->count = 0;
	while (ret->count < 256 && field_next(&walk, &name, &value)) {
		if (w->shapes[name].hidden)
			continue;
		ret->shape[ret->count] = &w->shapes[name];
		ret->value[ret->count] = value;
		ret->written[ret->count++] = false;
	}
}

/* true and false are written as such where they are one; everything else is text. */
static void roster_put_value(struct buf *out, const struct attribute *attribute, str value)
{
	bool truth = str_equal(value, STR("true")) || str_equal(value, STR("false"));

	if (truth && attribute && attribute->type == ATTRIBUTE_BOOLEAN)
		buf_put(out, value);
	else
		roster_put_text(out, value);
}

static void roster_put_pair(struct buf *out, bool *first, str key,
			    const struct attribute *attribute, str value)
{
	buf_printf(out, "%s%.*s: ", *first ? "" : ", ", STR_ARG(key));
	roster_put_value(out, attribute, value);
	*first = false;
}

static str type_of(const struct path *path)
{
	/* Canonical names have one form of filter only: [type eq "x"]. */
	return path->where && path->where->kind == FILTER_COMPARE ? path->where->value.text
								  : STR("");
}

/* One element {type: ..., value: ...}: the fields of one base and type up to the first that comes
 * again. */
static void roster_put_element(struct buf *out, struct fields *f, size_t from)
{
	const struct path *path = &f->shape[from]->path;
	bool first = true;

	buf_char(out, '{');
	for (size_t i = from; i < f->count; i++) {
		const struct path *other = &f->shape[i]->path;

		if (f->written[i] || !str_equal(other->base, path->base) ||
		    !str_equal(type_of(other), type_of(path)))
			continue;
		if (i > from && str_equal(other->sub, path->sub))
			break;
		roster_put_pair(out, &first, other->sub, other->part, f->value[i]);
		f->written[i] = true;
	}
	if (type_of(path).n)
		roster_put_pair(out, &first, STR("type"), NULL, type_of(path));
	buf_char(out, '}');
}

/* All that one attribute has: a text, a map of parts, or a list of elements. */
static void roster_put_attribute(struct buf *out, struct fields *f, size_t from)
{
	const struct path *path = &f->shape[from]->path;
	/* The enterprise extension's names are known in short; any other schema's need their
	 * URN. */
	bool own = path->urn.n == 0 || str_equal(path->urn, STR(ENTERPRISE_URN));
	str base = own ? path->name : path->base;

	buf_printf(out, "    %s%.*s%s: ", own ? "" : "\"", STR_ARG(base), own ? "" : "\"");
	if (path->sub.n == 0) {
		roster_put_value(out, path->attribute, f->value[from]);
		f->written[from] = true;
	} else if (!path->attribute || !path->attribute->multiple) {
		roster_put_element(out, f, from);
	} else {
		buf_char(out, '[');
		for (size_t i = from; i < f->count; i++) {
			if (f->written[i] || !str_equal(f->shape[i]->path.base, path->base))
				continue;
			buf_text(out, i > from ? ", " : "");
			roster_put_element(out, f, i);
		}
		buf_char(out, ']');
	}
	buf_char(out, '\n');
}

static void roster_put_entry(struct writer *w, enum entry_kind kind, const struct entry *e)
{
	struct fields gathered, *f = &gathered;
	char space[37];

	roster_gather(w, e, f);
	buf_text(w->out, "  - id: ");
	roster_put_text(w->out, snapshot_id(w->snapshot, e, space));
	buf_char(w->out, '\n');
	if (kind == ENTRY_USER)
		buf_printf(w->out, "    active: %s\n",
			   e->flags & ENTRY_INACTIVE ? "false" : "true");
	for (size_t i = 0; i < f->count; i++)
		if (!f->written[i] && !str_equal(f->shape[i]->path.base, STR(PATH_ACTIVE)))
			roster_put_attribute(w->out, f, i);
}

/* A roster names people by userName, without case: who has none, or that of somebody before, cannot
 * be in it. */
static void choose_users(struct writer *w)
{
	const struct snapshot *s = w->snapshot;
	struct intern seen = {0};

	w->left_out = arena_array(&w->arena, bool, s->users.count + 1);
	for (uint32_t row = 0; row < s->users.count; row++) {
		str name = snapshot_value(s, &s->users.items[row], STR(PATH_USERNAME));
		char *folded = arena_alloc(&w->arena, name.n + 1);
		uint32_t before = seen.count;

		text_fold(name, folded);
		intern_put(&seen, str_make(folded, name.n));
		w->left_out[row] = name.n == 0 || seen.count == before;
		w->named += !w->left_out[row];
	}
	intern_clear(&seen);
}

/* Said as comments, so that the roster tells what it does not hold. */
static void put_left_out(struct writer *w)
{
	const struct snapshot *s = w->snapshot;

	for (uint32_t row = 0; row < s->users.count; row++) {
		const struct entry *e = &s->users.items[row];
		str name = snapshot_value(s, e, STR(PATH_USERNAME));
		char space[37];

		if (!w->left_out[row])
			continue;
		buf_text(w->out, "  # left out: ");
		roster_put_text(w->out, snapshot_id(s, e, space));
		if (name.n) {
			buf_text(w->out, ", another userName ");
			roster_put_text(w->out, name);
			buf_char(w->out, '\n');
		} else {
			buf_text(w->out, ", without a userName\n");
		}
	}
}

static bool roster_leaves_out(const struct writer *w, edge e)
{
	return !edge_nested(e) && w->left_out[edge_member(e)];
}

static void put_member(struct writer *w, edge e)
{
	const struct snapshot *s = w->snapshot;
	enum entry_kind kind = edge_nested(e) ? ENTRY_GROUP : ENTRY_USER;
	str role = intern_text(&s->roles, edge_role(e), (char[37]){0});
	str name = snapshot_label(s, kind, snapshot_entry(s, kind, edge_member(e)), &w->arena);

	buf_text(w->out, "      - ");
	if (role.n || kind == ENTRY_GROUP) {
		buf_text(w->out, kind == ENTRY_GROUP ? "{team: " : "{user: ");
		roster_put_text(w->out, name);
		if (role.n) {
			buf_text(w->out, ", role: ");
			roster_put_text(w->out, role);
		}
		buf_char(w->out, '}');
	} else {
		roster_put_text(w->out, name);
	}
	buf_char(w->out, '\n');
}

static void roster_put_members(struct writer *w, uint32_t group, size_t *at)
{
	const struct snapshot *s = w->snapshot;
	bool any = false;

	for (; *at < s->edges.count && edge_group(s->edges.items[*at]) == group; ++*at) {
		if (roster_leaves_out(w, s->edges.items[*at]))
			continue;
		buf_text(w->out, any ? "" : "    members:\n");
		put_member(w, s->edges.items[*at]);
		any = true;
	}
	buf_text(w->out, any ? "" : "    members: []\n");
}

void roster_write(const struct snapshot *s, struct buf *out)
{
	struct writer w = {.snapshot = s, .out = out};
	size_t at = 0;

	learn_shapes(&w);
	choose_users(&w);
	buf_text(out, w.named ? "users:\n" : "users: []\n");
	put_left_out(&w);
	for (uint32_t row = 0; row < s->users.count; row++)
		if (!w.left_out[row])
			roster_put_entry(&w, ENTRY_USER, &s->users.items[row]);
	buf_text(out, s->groups.count ? "teams:\n" : "teams: []\n");
	for (uint32_t row = 0; row < s->groups.count; row++) {
		roster_put_entry(&w, ENTRY_GROUP, &s->groups.items[row]);
		roster_put_members(&w, row, &at);
	}
	arena_clear(&w.arena);
}
