/* SPDX-License-Identifier: Apache-2.0 */
/* One team's task: create, rename, members in chunks, delete; a refused chunk is halved until the
 * culprit stands alone. */
#include <string.h>

#include "connect/scim/write/internal.h"

enum { CHUNK_DEFAULT = 100 };

static void send_ranges(struct task *t);

static bool is_member_change(const struct change *change)
{
	return change->kind == CHANGE_ADD_MEMBER || change->kind == CHANGE_REMOVE_MEMBER;
}

static str member_id(const struct task *t, const struct change *change)
{
	return t->apply->plan->objects.items[change->user].target_id;
}

static void outcome_range(struct task *t, struct range range, enum outcome outcome,
			  const struct err *err)
{
	for (size_t i = range.from; i < range.to; i++)
		task_outcome(t, t->parts[i], outcome, STR(""), err);
}

/* Everything that is not decided yet gets the same outcome. */
static void finish_rest(struct task *t, enum outcome outcome, const struct err *err)
{
	while (t->ranges.count)
		outcome_range(t, t->ranges.items[--t->ranges.count], outcome, err);
	task_end(t);
}

static void push_range(struct task *t, size_t from, size_t to)
{
	if (from < to)
		list_push(&t->ranges, ((struct range){from, to}));
}

/* Members whose account is not there (its creation failed) are left out, and said so. */
static size_t drop_homeless(struct task *t, size_t from)
{
	size_t kept = from;
	struct err err;

	err_set(&err, REACH_ENTRY, CODE_FAILED, "the account is not at the service yet");
	for (size_t i = from; i < t->part_count; i++) {
		struct change *change = t->parts[i];

		if (is_member_change(change) && !member_id(t, change).n)
			task_outcome(t, change, OUTCOME_SKIPPED, STR(""), &err);
		else
			t->parts[kept++] = change;
	}
	return kept;
}

static size_t chunk_size(const struct task *t)
{
	size_t chunk = t->apply->c->settings.quirks.member_chunk;
	size_t bytes = t->apply->c->settings.quirks.body_limit;

	if (!chunk)
		chunk = CHUNK_DEFAULT;
	/* A member takes an id of 36 bytes and, when it is removed, an operation of its own. */
	if (bytes && chunk > bytes / 120)
		chunk = bytes / 120;
	return chunk ? chunk : 1;
}

/* The last range is sent first, so they are put in backwards. */
static void cut_into_ranges(struct task *t, size_t from)
{
	size_t chunk = chunk_size(t), left = t->part_count - from;

	for (size_t n = (left + chunk - 1) / chunk; n-- > 0;) {
		size_t to = from + (n + 1) * chunk;

		push_range(t, from + n * chunk, to < t->part_count ? to : t->part_count);
	}
}

static void keep_version(struct task *t, const struct http_response *r)
{
	buf_reset(&t->etag);
	buf_put(&t->etag, http_header_get(r, "etag"));
}

/* --- members and names by PATCH */

static json_t *patch_range(const struct task *t, struct range range)
{
	json_t *patch = patch_document();
	LIST(str) add = {0}, remove = {0};

	for (size_t i = range.from; i < range.to; i++) {
		const struct change *change = t->parts[i];

		if (change->kind == CHANGE_ADD_MEMBER)
			list_push(&add, member_id(t, change));
		else if (change->kind == CHANGE_REMOVE_MEMBER)
			list_push(&remove, member_id(t, change));
		else
			patch_edits(patch, t->apply->c, t->object, change);
	}
	patch_members(patch, t->apply->c, add.items, add.count, true);
	patch_members(patch, t->apply->c, remove.items, remove.count, false);
	list_clear(&add);
	list_clear(&remove);
	return patch;
}

static bool is_refusal(const struct http_response *r)
{
	return r->outcome == HTTP_ANSWERED &&
	       (r->status == 400 || r->status == 404 || r->status == 409 || r->status == 413 ||
		r->status == 422);
}

/* 413: the service takes fewer at once than anyone said. */
static void learn_chunk(const struct task *t, const struct http_response *r, size_t fits)
{
	struct scim_quirks *q = &t->apply->c->settings.quirks;

	if (r->status == 413 && fits > 0 && (!q->member_chunk || fits < q->member_chunk))
		q->member_chunk = (unsigned)fits;
}

static void team_begin_put(struct task *t);

static void after_patch(struct task *t, const struct http_response *r)
{
	struct scim_connection *c = t->apply->c;
	struct range sent = t->sent;
	size_t middle = sent.from + (sent.to - sent.from) / 2;
	struct err err;

	if (task_system_out(t, r))
		return;
	keep_version(t, r);
	if (scim_reply_is_page(r, &err)) {
		outcome_range(t, sent, OUTCOME_UNKNOWN, &err);
	} else if (http_is_good(r)) {
		outcome_range(t, sent, OUTCOME_DONE, NULL);
	} else if (r->outcome == HTTP_ANSWERED && (r->status == 405 || r->status == 501) &&
		   t->method == HTTP_PATCH && c->settings.quirks.groups == UPDATE_AUTO) {
		c->service.patch = false;
		push_range(t, sent.from, sent.to);
	} else if (is_refusal(r) && t->method == HTTP_PATCH && !r->perhaps_done &&
		   sent.to - sent.from > 1) {
		learn_chunk(t, r, middle - sent.from);
		push_range(t, middle, sent.to);
		push_range(t, sent.from, middle);
	} else {
		scim_error_explain(r, &err);
		outcome_range(t, sent, http_outcome_of(r), &err);
	}
	send_ranges(t);
}

/* --- members and names by PUT: read, changed, written back */

static bool is_member(const json_t *member, str id)
{
	const json_t *value = json_is_object(member) ? json_object_get(member, "value") : member;

	return json_is_string(value) &&
	       str_equal(str_make(json_string_value(value), json_string_length(value)), id);
}

static void remove_member(json_t *members, str id)
{
	for (size_t i = json_array_size(members); i-- > 0;)
		if (is_member(json_array_get(members, i), id))
			json_array_remove(members, i);
}

static void add_member(json_t *members, str id)
{
	json_t *member = json_object();

	json_object_set_new(member, "value", json_stringn(id.p, id.n));
	json_array_append_new(members, member);
}

static void edit_group(const struct task *t, json_t *group, struct range range)
{
	json_t *members = json_object_get(group, "members");

	if (!json_is_array(members)) {
		members = json_array();
		json_object_set_new(group, "members", members);
	}
	for (size_t i = range.from; i < range.to; i++) {
		const struct change *change = t->parts[i];

		if (!is_member_change(change)) {
			document_edit(group, change);
			continue;
		}
		remove_member(members, member_id(t, change));
		if (change->kind == CHANGE_ADD_MEMBER)
			add_member(members, member_id(t, change));
	}
}

static void after_group_read(struct task *t, const struct http_response *r)
{
	json_t *group;
	struct err err;

	if (task_system_out(t, r))
		return;
	if (!http_is_good(r)) {
		scim_error_explain(r, &err);
		finish_rest(t, http_outcome_of(r), &err);
		return;
	}
	group = json_loadb(r->body.p ? r->body.p : "", r->body.n, 0, NULL);
	if (!json_is_object(group)) {
		json_decref(group);
		err_set(&err, REACH_ENTRY, CODE_DATA,
			"the service showed the group as something that is no JSON");
		finish_rest(t, OUTCOME_REFUSED, &err);
		return;
	}
	keep_version(t, r);
	json_object_del(group, "meta");
	/* The ranges lie backwards and end to end: the last one begins the whole. */
	t->sent = (struct range){t->ranges.items[t->ranges.count - 1].from, t->part_count};
	t->ranges.count = 0;
	edit_group(t, group, t->sent);
	task_target(t, HTTP_PUT, ENTRY_GROUP, object_id(t));
	task_body(t, group);
	task_send(t, after_patch);
}

static void team_begin_put(struct task *t)
{
	task_target(t, HTTP_GET, ENTRY_GROUP, object_id(t));
	task_send(t, after_group_read);
}

static void send_ranges(struct task *t)
{
	if (t->ranges.count == 0) {
		task_end(t);
		return;
	}
	if (group_update(t->apply->c) != UPDATE_PATCH) {
		team_begin_put(t);
		return;
	}
	t->sent = t->ranges.items[--t->ranges.count];
	task_target(t, HTTP_PATCH, ENTRY_GROUP, object_id(t));
	task_body(t, patch_range(t, t->sent));
	task_send(t, after_patch);
}

/* --- creation */

static void send_create(struct task *t);
static void after_team_search(struct task *t, const struct http_response *r);

static bool team_search_next(struct task *t)
{
	t->method = HTTP_GET;
	buf_reset(&t->body);
	for (;;) {
		bool by_mark = !t->searched_mark;

		buf_reset(&t->target);
		t->searched_mark = true;
		if (search_target(t->apply->c, ENTRY_GROUP, by_mark, t->object, &t->target)) {
			task_send(t, after_team_search);
			return true;
		}
		if (!by_mark)
			return false;
	}
}

static void fail_create(struct task *t, enum outcome outcome, const struct err *err)
{
	struct err why;

	task_outcome(t, t->create, outcome, STR(""), err);
	push_range(t, t->sent.from, t->sent.to);
	err_set(&why, REACH_ENTRY, CODE_FAILED, "the team was not created");
	finish_rest(t, OUTCOME_SKIPPED, &why);
}

/* The team is there: what of its members did not come with it follows. */
static void team_create_done(struct task *t, str id, enum outcome outcome, bool with_members)
{
	object_created(t, id);
	task_outcome(t, t->create, outcome, object_id(t), NULL);
	if (with_members)
		outcome_range(t, t->sent, OUTCOME_DONE, NULL);
	else
		push_range(t, t->sent.from, t->sent.to);
	t->sent = (struct range){0, 0};
	send_ranges(t);
}

static void after_team_search(struct task *t, const struct http_response *r)
{
	struct match m = {0};
	struct err err;
	bool by_mark = str_contains(buf_str(&t->target), STR(PATH_EXTERNALID "%20"));
	bool found = match_read(r, ENTRY_GROUP, t->object, &m, &err) == 0 && m.result == SEARCH_ONE;

	/* After a lost answer a team without our mark may be anybody's, unless the service keeps no
	 * marks. */
	if (found && t->lost && !m.by_mark &&
	    !(t->apply->c->settings.quirks.flags & QUIRK_NO_GROUP_MARK))
		found = false;
	if (found && !m.foreign)
		team_create_done(t, buf_str(&m.id), t->lost ? OUTCOME_DONE : OUTCOME_ALREADY,
				 false);
	else if (!(by_mark && team_search_next(t)))
		fail_create(t, t->lost ? OUTCOME_UNKNOWN : OUTCOME_REFUSED, &t->err);
	match_clear(&m);
}

static void after_team_create(struct task *t, const struct http_response *r)
{
	bool with_members = t->sent.to > t->sent.from && !t->without_members;
	struct err err;

	if (task_system_out(t, r))
		return;
	scim_error_explain(r, &err);
	keep_version(t, r);
	if (http_is_good(r)) {
		str id = scim_reply_id(r, &t->apply->plan->arena);

		if (id.n) {
			team_create_done(t, id, OUTCOME_DONE, with_members);
			return;
		}
		err_set(&err, REACH_ENTRY, CODE_DATA,
			"the service created it and did not say under which id");
	}
	t->lost = http_is_good(r) || r->outcome == HTTP_UNKNOWN || r->perhaps_done;
	t->err = err;
	if (!t->lost && with_members && is_refusal(r) && r->status != 409) {
		t->without_members = true;
		send_create(t);
		return;
	}
	if ((t->lost || (r->outcome == HTTP_ANSWERED && r->status == 409)) && team_search_next(t))
		return;
	fail_create(t, t->lost ? OUTCOME_UNKNOWN : http_outcome_of(r), &err);
}

static void send_create(struct task *t)
{
	json_t *group = group_document(t->apply->c, t->object), *members = json_array();

	for (size_t i = t->sent.from; i < t->sent.to && !t->without_members; i++)
		add_member(members, member_id(t, t->parts[i]));
	if (json_array_size(members))
		json_object_set(group, "members", members);
	json_decref(members);
	task_target(t, HTTP_POST, ENTRY_GROUP, STR(""));
	t->repeatable = false;
	task_body(t, group);
	task_send(t, after_team_create);
}

static bool only_adds(const struct task *t, struct range range)
{
	for (size_t i = range.from; i < range.to; i++)
		if (t->parts[i]->kind != CHANGE_ADD_MEMBER)
			return false;
	return true;
}

static void begin_create(struct task *t)
{
	t->create = t->parts[0];
	t->sent = (struct range){0, 0};
	if (t->ranges.count && only_adds(t, t->ranges.items[t->ranges.count - 1]))
		t->sent = t->ranges.items[--t->ranges.count];
	t->without_members = t->apply->c->settings.quirks.flags & QUIRK_EMPTY_GROUPS;
	send_create(t);
}

/* --- deletion */

static void after_team_confirm(struct task *t, const struct http_response *r)
{
	struct err err;

	if (task_system_out(t, r))
		return;
	scim_error_explain(r, &err);
	if (r->outcome == HTTP_ANSWERED && (r->status == 404 || r->status == 410))
		finish_rest(t, OUTCOME_ALREADY, NULL);
	else
		finish_rest(t, http_is_good(r) ? OUTCOME_REFUSED : http_outcome_of(r),
			    http_is_good(r) ? &t->err : &err);
}

static void after_team_delete(struct task *t, const struct http_response *r)
{
	struct err err;

	if (task_system_out(t, r))
		return;
	scim_error_explain(r, &err);
	if (r->outcome == HTTP_ANSWERED && (r->status == 404 || r->status == 410)) {
		t->err = err;
		task_target(t, HTTP_GET, ENTRY_GROUP, object_id(t));
		task_send(t, after_team_confirm);
		return;
	}
	finish_rest(t, scim_reply_is_page(r, &err) ? OUTCOME_UNKNOWN : http_outcome_of(r), &err);
}

void team_begin(struct task *t)
{
	const struct change *first = t->parts[0], *last = t->parts[t->part_count - 1];
	bool creates = first->kind == CHANGE_CREATE_TEAM,
	     deletes = last->kind == CHANGE_DELETE_TEAM;
	struct err err;

	if (!creates && !object_id(t).n) {
		err_set(&err, REACH_ENTRY, CODE_FAILED, "the team is not at the service yet");
		push_range(t, 0, t->part_count);
		finish_rest(t, OUTCOME_SKIPPED, &err);
		return;
	}
	if (deletes) {
		/* Its members go with it. */
		push_range(t, 0, t->part_count);
		task_target(t, HTTP_DELETE, ENTRY_GROUP, object_id(t));
		task_send(t, after_team_delete);
		return;
	}
	t->part_count = drop_homeless(t, creates);
	cut_into_ranges(t, creates);
	if (creates)
		begin_create(t);
	else
		send_ranges(t);
}
