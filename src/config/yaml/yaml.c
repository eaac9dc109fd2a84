/* SPDX-License-Identifier: Apache-2.0 */
/* libyaml's events become a tree; what is too clever for a configuration becomes a fault. */
#include "config/yaml/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/file.h"
#include "base/intern.h"

struct yaml_reader {
	yaml_parser_t parser;
	yaml_event_t event; /* the one that is being looked at */
	bool holds_event;
	int depth;
	const char *file;
	str text;
	struct arena *arena;
	struct diagnostics *diags;
};

/* For list_push; the nodes move to the arena when the list or map ends. */
struct node_list {
	struct yaml_node *items;
	size_t count, room;
};

static int yaml_read_node(struct yaml_reader *r, struct yaml_node *ret);

static struct source_pos yaml_pos(const struct yaml_reader *r, yaml_mark_t pos)
{
	return (struct source_pos){r->file, (uint32_t)pos.line + 1, (uint32_t)pos.column + 1};
}

/* The place of a byte, counted as libyaml counts. */
static struct source_pos yaml_pos_of_byte(const char *file, str text, size_t offset)
{
	struct source_pos pos = {file, 1, 1};

	for (size_t i = 0; i < offset && i < text.n; i++) {
		if (text.p[i] == '\n') {
			pos.line++;
			pos.column = 1;
		} else if (((unsigned char)text.p[i] & 0xc0) != 0x80) {
			pos.column++;
		}
	}
	return pos;
}

/* libyaml's words for the mistakes that people make most, and what to do about them. */
static const char *yaml_explain(const struct yaml_reader *r)
{
	static const struct {
		const char *problem, *text;
	} known[] = {
		{"mapping values are not allowed in this context",
		 "a ':' is out of place: put the value in quotes, or check the indentation of this "
		 "line"},
		{"did not find expected key", "this does not fit the lines above: check the "
					      "indentation, and quote values that hold "
					      "': ', '#' or quotes"},
		{"did not find expected '-' indicator",
		 "this does not continue the list above: check the indentation"},
		{"could not find expected ':'", "a ':' and a value are missing behind a key"},
		{"did not find expected ',' or '}'", "a ',' or the closing '}' is missing"},
		{"did not find expected ',' or ']'", "a ',' or the closing ']' is missing"},
		{"found unexpected end of stream", "the file ends inside a quoted text"},
		{"control characters are not allowed", "control characters are not allowed"},
		{"found undefined tag handle", "tags ('!') are not taken: quote the value"},
	};
	const char *problem = r->parser.problem ? r->parser.problem : "not YAML";

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(problem, known[i].problem) == 0)
			return known[i].text;
	if (strcmp(problem, "found character that cannot start any token") == 0)
		return "a value cannot begin with this character: quote it; indent with blanks, "
		       "not with tabs";
	return problem;
}

static void yaml_note_syntax(struct yaml_reader *r)
{
	const yaml_parser_t *p = &r->parser;
	struct source_pos pos = yaml_pos(r, p->problem_mark);

	if (p->error == YAML_MEMORY_ERROR)
		mem_out();
	if (p->error == YAML_READER_ERROR)
		pos = yaml_pos_of_byte(r->file, r->text, p->problem_offset);
	if (p->context && p->context_mark.line != p->problem_mark.line)
		diag_add(r->diags, pos, "%s (%s that begins at line %zu)", yaml_explain(r),
			 p->context, p->context_mark.line + 1);
	else
		diag_add(r->diags, pos, "%s", yaml_explain(r));
}

/* Moves to the next event; -1 when the text is not YAML. */
static int yaml_next(struct yaml_reader *r)
{
	if (r->holds_event)
		yaml_event_delete(&r->event);
	r->holds_event = yaml_parser_parse(&r->parser, &r->event);
	if (r->holds_event)
		return 0;
	yaml_note_syntax(r);
	return -1;
}

static void yaml_refuse_extras(struct yaml_reader *r, const yaml_char_t *anchor,
			       const yaml_char_t *tag)
{
	struct source_pos pos = yaml_pos(r, r->event.start_mark);

	if (anchor)
		diag_add(r->diags, pos, "anchors ('&%s') are not taken: write the value out",
			 (const char *)anchor);
	if (tag)
		diag_add(
			r->diags, pos,
			"tags ('%s') are not taken: write the value alone, in quotes if it is text",
			(const char *)tag);
}

static void yaml_end_at(struct yaml_node *node, yaml_mark_t pos)
{
	node->end_line = (uint32_t)pos.line + 1;
	node->end_column = (uint32_t)pos.column + 1;
}

static void yaml_read_scalar(struct yaml_reader *r, struct yaml_node *ret)
{
	const yaml_event_t *e = &r->event;

	yaml_refuse_extras(r, e->data.scalar.anchor, e->data.scalar.tag);
	ret->kind = YAML_TEXT;
	ret->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	ret->text = arena_str(r->arena,
			      str_make((const char *)e->data.scalar.value, e->data.scalar.length));
	yaml_end_at(ret, e->end_mark);
}

static struct yaml_node *yaml_keep(struct yaml_reader *r, const struct node_list *list)
{
	struct yaml_node *nodes = arena_array(r->arena, struct yaml_node, list->count);

	if (list->count)
		memcpy(nodes, list->items, list->count * sizeof *nodes);
	return nodes;
}

static int yaml_read_list(struct yaml_reader *r, struct yaml_node *ret)
{
	struct node_list items = {0};
	int rc = -1;

	yaml_refuse_extras(r, r->event.data.sequence_start.anchor,
			   r->event.data.sequence_start.tag);
	ret->kind = YAML_LIST;
	for (;;) {
		struct yaml_node item;

		if (yaml_next(r) < 0)
			goto out;
		if (r->event.type == YAML_SEQUENCE_END_EVENT)
			break;
		if (yaml_read_node(r, &item) < 0)
			goto out;
		list_push(&items, item);
	}
	ret->items = yaml_keep(r, &items);
	ret->count = items.count;
	yaml_end_at(ret, r->event.end_mark);
	rc = 0;
out:
	list_clear(&items);
	return rc;
}

/* Is this a key that may stand in a map? `names` holds the ones before it, in the order of `keys`.
 */
static bool yaml_is_new_key(struct yaml_reader *r, const struct yaml_node *key,
			    struct intern *names, const struct node_list *keys)
{
	uint32_t first;

	if (key->kind != YAML_TEXT) {
		if (key->kind != YAML_BAD)
			diag_add(r->diags, key->pos, "a key must be text, not %s",
				 yaml_kind_text(key));
		return false;
	}
	if (!key->quoted && str_equal(key->text, STR("<<"))) {
		diag_add(r->diags, key->pos, "merge keys ('<<') are not taken: write the keys out");
		return false;
	}
	first = intern_find(names, key->text);
	if (first != INTERN_NONE) {
		diag_add(r->diags, key->pos, "duplicate key '%.*s': it is at line %u already",
			 STR_ARG(key->text), keys->items[first].pos.line);
		return false;
	}
	intern_put(names, key->text);
	return true;
}

static int yaml_read_map(struct yaml_reader *r, struct yaml_node *ret)
{
	struct node_list keys = {0}, values = {0};
	struct intern names = {0};
	int rc = -1;

	yaml_refuse_extras(r, r->event.data.mapping_start.anchor, r->event.data.mapping_start.tag);
	ret->kind = YAML_MAP;
	for (;;) {
		struct yaml_node key, value;
		bool taken;

		if (yaml_next(r) < 0)
			goto out;
		if (r->event.type == YAML_MAPPING_END_EVENT)
			break;
		if (yaml_read_node(r, &key) < 0)
			goto out;
		taken = yaml_is_new_key(r, &key, &names, &keys);
		if (yaml_next(r) < 0 || yaml_read_node(r, &value) < 0)
			goto out;
		if (!taken)
			continue;
		list_push(&keys, key);
		list_push(&values, value);
	}
	ret->keys = yaml_keep(r, &keys);
	ret->items = yaml_keep(r, &values);
	ret->count = values.count;
	yaml_end_at(ret, r->event.end_mark);
	rc = 0;
out:
	intern_clear(&names);
	list_clear(&keys);
	list_clear(&values);
	return rc;
}

/* Reads the node that begins with the current event. */
static int yaml_read_node(struct yaml_reader *r, struct yaml_node *ret)
{
	int rc = 0;

	*ret = (struct yaml_node){.kind = YAML_BAD, .pos = yaml_pos(r, r->event.start_mark)};
	yaml_end_at(ret, r->event.end_mark);
	if (++r->depth > YAML_DEPTH) {
		diag_add(r->diags, ret->pos, "nested more than %d deep", YAML_DEPTH);
		return -1;
	}
	if (r->event.type == YAML_SCALAR_EVENT)
		yaml_read_scalar(r, ret);
	else if (r->event.type == YAML_SEQUENCE_START_EVENT)
		rc = yaml_read_list(r, ret);
	else if (r->event.type == YAML_MAPPING_START_EVENT)
		rc = yaml_read_map(r, ret);
	else
		diag_add(r->diags, ret->pos, "aliases ('*%s') are not taken: write the value out",
			 (const char *)r->event.data.alias.anchor);
	r->depth--;
	return rc;
}

/* The one document between the start and the end of the stream. */
static const struct yaml_node *yaml_read_document(struct yaml_reader *r)
{
	struct yaml_node *root = arena_new(r->arena, struct yaml_node);

	if (yaml_next(r) < 0 || yaml_next(r) < 0) /* the start of the stream, then what is in it */
		return NULL;
	if (r->event.type == YAML_STREAM_END_EVENT) {
		diag_add(r->diags, (struct source_pos){r->file, 0, 0},
			 "there is nothing in this file");
		return NULL;
	}
	if (r->event.data.document_start.tag_directives.start !=
	    r->event.data.document_start.tag_directives.end)
		diag_add(r->diags, yaml_pos(r, r->event.start_mark), "%%TAG is not taken");
	if (yaml_next(r) < 0 || yaml_read_node(r, root) < 0)
		return NULL;
	if (yaml_next(r) < 0 || yaml_next(r) < 0) /* the end of the document, then the end of all */
		return NULL;
	if (r->event.type != YAML_STREAM_END_EVENT)
		diag_add(r->diags, yaml_pos(r, r->event.start_mark),
			 "a second document begins here: one file holds one");
	return root;
}

static bool yaml_check_utf8(const char *file, str text, struct diagnostics *f)
{
	size_t at = 0;

	if (str_is_utf8(text))
		return true;
	while (at < text.n) {
		size_t n = 1;

		while (n < 4 && at + n < text.n && ((unsigned char)text.p[at + n] & 0xc0) == 0x80)
			n++;
		if (!str_is_utf8(str_slice(text, at, at + n)))
			break;
		at += n;
	}
	diag_add(f, yaml_pos_of_byte(file, text, at), "this is not UTF-8: save the file as UTF-8");
	return false;
}

const struct yaml_node *yaml_parse(struct arena *arena, const char *file, str text,
				   struct diagnostics *f)
{
	struct yaml_reader r = {.file = file, .arena = arena, .diags = f};
	const struct yaml_node *root;

	/* libyaml would count a byte order mark as a column. */
	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = str_slice(text, 3, text.n);
	r.text = text;
	diag_source(f, file, text);
	if (!yaml_check_utf8(file, text, f))
		return NULL;
	if (!yaml_parser_initialize(&r.parser))
		mem_out();
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)(text.p ? text.p : ""),
				     text.n);
	root = yaml_read_document(&r);
	if (r.holds_event)
		yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	return root;
}

const struct yaml_node *yaml_load(struct arena *arena, const char *file, size_t limit,
				  struct diagnostics *f)
{
	const struct yaml_node *root = NULL;
	struct buf b = {0};
	struct err err;

	if (file_read(file, limit, &b, &err) == 0)
		root = yaml_parse(arena, arena_text(arena, str_of(file)),
				  arena_str(&f->arena, buf_str(&b)), f);
	else
		diag_add(f, (struct source_pos){0}, "%s", err.text);
	buf_clear(&b);
	return root;
}
