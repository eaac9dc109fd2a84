/* SPDX-License-Identifier: Apache-2.0 */
/* Resources as answers: the stored text in the middle, what is computed around it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "serve/scim/internal.h"

/* Entity tags ---------------------------------------------------------------- */

/* By hand: each resource of a list has one. Versions are not negative. */
void etag_text(int64_t version, char ret[32])
{
	char digits[24];
	size_t n = 0, at = 3;

	do
		digits[n++] = (char)('0' + version % 10);
	while ((version /= 10) > 0);
	memcpy(ret, "W/\"", 3);
	while (n > 0)
		ret[at++] = digits[--n];
	memcpy(ret + at, "\"", 2);
}

bool etag_listed(str list, int64_t version)
{
	char wanted[32];
	str item;

	snprintf(wanted, sizeof wanted, "\"%" PRId64 "\"", version);
	while (str_split(&list, ',', &item)) {
		item = str_trim(item);
		if (str_starts_nocase(item, STR("W/")))
			item = str_slice(item, 2, item.n);
		if (str_equal(item, STR("*")) || str_equal(item, str_of(wanted)))
			return true;
	}
	return false;
}

/* Resources ------------------------------------------------------------------- */

static void json_put_text(struct buf *out, str text)
{
	struct json_writer w = {.out = out};

	json_write_string(&w, text);
}

static void location_render(struct scim_request *x, struct buf *out, enum inbox_kind kind, str id)
{
	buf_put(out, x->base);
	buf_text(out, kind == INBOX_USER ? "/Users/" : "/Groups/");
	buf_put(out, id);
}

/* The text around the ids of members that are users, or groups. */
static struct member_text *member_text_of(struct scim_request *x, enum inbox_kind kind)
{
	struct member_text *t = &x->member_texts[kind == INBOX_GROUP];
	struct buf text = {0};

	if (t->middle.n > 0)
		return t;
	buf_text(&text, "\",\"$ref\":\"");
	location_render(x, &text, kind, STR(""));
	t->middle = arena_str(x->request.arena, buf_str(&text));
	t->end = kind == INBOX_USER ? STR("\",\"type\":\"User\"}") : STR("\",\"type\":\"Group\"}");
	buf_clear(&text);
	return t;
}

static char *bytes_put(char *at, str s)
{
	memcpy(at, s.p, s.n);
	return at + s.n;
}

/* A group may have a hundred thousand: room is asked for once a member. */
static void member_render(struct scim_request *x, const struct inbox_member *m, struct buf *out)
{
	const struct member_text *t;
	char *at;

	buf_text(out, "{\"value\":");
	if (m->kind == INBOX_NOBODY) {
		json_put_text(out, m->id);
		buf_char(out, '}');
	} else {
		t = member_text_of(x, m->kind);
		buf_reserve(out, 1 + 2 * m->id.n + t->middle.n + t->end.n);
		at = out->p + out->n;
		*at++ = '"';
		at = bytes_put(bytes_put(bytes_put(bytes_put(at, m->id), t->middle), m->id),
			       t->end);
		out->n = (size_t)(at - out->p);
	}
	if (m->display.n > 0) {
		out->n--;
		buf_text(out, ",\"display\":");
		json_put_text(out, m->display);
		buf_char(out, '}');
	}
}

void render_members(struct scim_request *x, struct inbox *inbox, int64_t row, struct buf *out)
{
	struct inbox_walk walk = inbox_members_begin(inbox, row, 0, false);
	struct inbox_member m;
	char space[37];
	bool first = true;

	while (inbox_member_next(&walk, &m, space)) {
		buf_char(out, first ? '[' : ',');
		first = false;
		member_render(x, &m, out);
	}
	if (!first)
		buf_char(out, ']');
}

/* `,"key":` and the list, or nothing when it is empty. */
static void list_render(struct scim_request *x, struct inbox *inbox, const struct inbox_resource *r,
			struct buf *out)
{
	size_t before = out->n, head;

	buf_text(out, r->kind == INBOX_USER ? ",\"groups\":" : ",\"members\":");
	head = out->n;
	if (r->kind == INBOX_USER)
		render_groups(x, inbox, r->row, out);
	else
		render_members(x, inbox, r->row, out);
	if (out->n == head)
		buf_cut(out, before);
}

static void meta_render(struct scim_request *x, const struct inbox_resource *r, struct buf *out)
{
	char created[CLOCK_ISO_SIZE], modified[CLOCK_ISO_SIZE], tag[32];

	clock_iso(r->created, created);
	clock_iso(r->modified, modified);
	etag_text(r->version, tag);
	buf_text(out, r->kind == INBOX_USER
			      ? ",\"meta\":{\"resourceType\":\"User\",\"created\":\""
			      : ",\"meta\":{\"resourceType\":\"Group\",\"created\":\"");
	buf_text(out, created);
	buf_text(out, "\",\"lastModified\":\"");
	buf_text(out, modified);
	buf_text(out, "\",\"location\":\"");
	location_render(x, out, r->kind, r->id);
	buf_text(out, "\",\"version\":\"W/\\\"");
	buf_put(out, str_make(tag + 3, strlen(tag) - 4)); /* its quotes are escaped in JSON */
	buf_text(out, "\\\"\"}}");
}

static void whole_render(struct scim_request *x, struct inbox *inbox,
			 const struct inbox_resource *r, struct buf *out)
{
	bool wants = r->kind == INBOX_USER ? x->projection.groups : x->projection.members;

	buf_text(out, r->kind == INBOX_GROUP ? "{\"schemas\":[\"" SCIM_GROUP_URN "\"],\"id\":\""
		      : r->extended ? "{\"schemas\":[\"" SCIM_USER_URN "\",\"" SCIM_ENTERPRISE_URN
				      "\"],\"id\":\""
				    : "{\"schemas\":[\"" SCIM_USER_URN "\"],\"id\":\"");
	buf_put(out, r->id);
	buf_char(out, '"');
	if (r->body.n > 0)
		buf_char(out, ',');
	buf_put(out, r->body);
	if (wants)
		list_render(x, inbox, r, out);
	meta_render(x, r, out);
}

void render_resource(struct scim_request *x, struct inbox *inbox, const struct inbox_resource *r,
		     struct buf *out)
{
	struct buf whole = {0};
	json_t *document;
	char *text;

	if (!x->projection.given || x->projection.plain) {
		whole_render(x, inbox, r, out);
		return;
	}
	whole_render(x, inbox, r, &whole);
	document = json_loadb(whole.p, whole.n, 0, NULL);
	buf_clear(&whole);
	projection_apply(&x->projection, document);
	text = json_dumps(document, JSON_COMPACT);
	buf_text(out, text ? text : "{}");
	free(text);
	json_decref(document);
}
