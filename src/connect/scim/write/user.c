/* SPDX-License-Identifier: Apache-2.0 */
/* One user's task: create, change, disable, delete, and the second look where the first answer
 * leaves doubt. */
#include <string.h>

#include "connect/scim/write/internal.h"

static struct change *change_of(const struct task *t)
{
	return t->parts[0];
}

static void user_finish(struct task *t, enum outcome outcome, str id, const struct err *err)
{
	task_outcome(t, change_of(t), outcome, id, err);
	task_end(t);
}

static void user_finish_by(struct task *t, const struct http_response *r)
{
	struct err err;

	if (task_system_out(t, r))
		return;
	scim_error_explain(r, &err);
	user_finish(t, http_outcome_of(r), STR(""), &err);
}

/* --- creation */

static void after_search(struct task *t, const struct http_response *r);

static bool user_search_next(struct task *t)
{
	t->method = HTTP_GET;
	buf_reset(&t->body);
	for (;;) {
		bool by_mark = !t->searched_mark;

		buf_reset(&t->target);
		if (search_target(t->apply->c, ENTRY_USER, by_mark, t->object, &t->target)) {
			t->searched_mark = true;
			task_send(t, after_search);
			return true;
		}
		/* Only the name is left, and that is enough for a conflict, not for a lost answer.
		 */
		if (!by_mark)
			return false;
		t->searched_mark = true;
	}
}

/* Neither search can tell: what the creation was answered stands. */
static void give_up_search(struct task *t)
{
	user_finish(t, t->lost ? OUTCOME_UNKNOWN : OUTCOME_REFUSED, STR(""), &t->err);
}

static void user_settle_match(struct task *t, const struct match *m)
{
	if (m->result == SEARCH_MANY) {
		err_wrap(&t->err, "several accounts have this user name or externalId");
		user_finish(t, OUTCOME_REFUSED, STR(""), &t->err);
	} else if (m->by_mark) {
		object_created(t, buf_str(&m->id));
		user_finish(t, t->lost ? OUTCOME_DONE : OUTCOME_ALREADY, object_id(t), NULL);
	} else if (t->lost) {
		user_finish(t, OUTCOME_UNKNOWN, STR(""), &t->err);
	} else if (m->foreign) {
		err_wrap(&t->err, "the account of this name belongs to another externalId");
		user_finish(t, OUTCOME_REFUSED, STR(""), &t->err);
	} else {
		object_created(t, buf_str(&m->id));
		user_finish(t, OUTCOME_ALREADY, object_id(t), NULL);
	}
}

static void after_search(struct task *t, const struct http_response *r)
{
	struct match m = {0};
	struct err err;
	bool by_mark = str_contains(buf_str(&t->target), STR(PATH_EXTERNALID "%20"));
	int result = match_read(r, ENTRY_USER, t->object, &m, &err);

	if (result == 0 && m.result != SEARCH_NONE)
		user_settle_match(t, &m);
	else if (!(by_mark && user_search_next(t)))
		give_up_search(t);
	match_clear(&m);
}

static void after_create(struct task *t, const struct http_response *r)
{
	bool doubtful = r->outcome == HTTP_UNKNOWN || r->perhaps_done;

	if (!http_is_good(r) && !doubtful && !(r->outcome == HTTP_ANSWERED && r->status == 409)) {
		user_finish_by(t, r);
		return;
	}
	if (http_is_good(r)) {
		str id = scim_reply_id(r, &t->apply->plan->arena);

		if (id.n) {
			object_created(t, id);
			user_finish(t, OUTCOME_DONE, id, NULL);
			return;
		}
		err_set(&t->err, REACH_ENTRY, CODE_DATA,
			"the service created it and did not say under which id");
		doubtful = true;
	} else {
		scim_error_explain(r, &t->err);
	}
	t->lost = doubtful;
	if (!user_search_next(t))
		give_up_search(t);
}

static void user_prepare_create(struct task *t)
{
	task_target(t, HTTP_POST, ENTRY_USER, STR(""));
	t->repeatable = false;
	task_body(t, user_document(t->apply->c, t->object, change_of(t)->role));
}

/* --- changes */

static enum update_style style_of(const struct task *t)
{
	const struct scim_connection *c = t->apply->c;

	if (change_of(t)->kind == CHANGE_DISABLE_USER &&
	    (c->settings.quirks.flags & QUIRK_PATCH_ACTIVE))
		return UPDATE_PATCH;
	return user_update(c);
}

static struct edit active_edit(void)
{
	return (struct edit){STR(PATH_ACTIVE), STR("true"), STR("false")};
}

static json_t *patch_of(const struct task *t)
{
	const struct scim_connection *c = t->apply->c;
	const struct change *change = change_of(t);
	struct change off = *change;
	struct edit edit = active_edit();
	json_t *patch = patch_document();

	if (change->kind == CHANGE_DISABLE_USER) {
		off.edits = &edit;
		off.edit_count = 1;
		patch_edits(patch, c, t->object, &off);
	} else if (change->kind == CHANGE_SET_ROLE) {
		json_t *roles = json_array();

		if (change->role.n)
			json_array_append_new(roles, json_pack("{s:s%}", "value", change->role.p,
							       change->role.n));
		patch_add(patch, change->role.n ? "replace" : "remove", "roles",
			  change->role.n ? roles : NULL);
		if (!change->role.n)
			json_decref(roles);
	} else {
		patch_edits(patch, c, t->object, change);
	}
	return patch;
}

static void edit_whole(const struct task *t, json_t *user)
{
	const struct change *change = change_of(t);
	struct change off = *change;
	struct edit edit = active_edit();

	if (change->kind == CHANGE_SET_ROLE) {
		json_object_del(user, "roles");
		if (change->role.n)
			document_put(user, STR(PATH_ROLES), change->role);
		return;
	}
	if (change->kind == CHANGE_DISABLE_USER) {
		off.edits = &edit;
		off.edit_count = 1;
	}
	document_edit(user, &off);
}

static void after_write(struct task *t, const struct http_response *r);

static void user_put_whole(struct task *t, json_t *user)
{
	edit_whole(t, user);
	task_target(t, HTTP_PUT, ENTRY_USER, object_id(t));
	task_body(t, user);
	task_send(t, after_write);
}

static void after_read(struct task *t, const struct http_response *r)
{
	json_t *user = NULL;
	str version;
	struct err err;

	if (!http_is_good(r)) {
		user_finish_by(t, r);
		return;
	}
	user = json_loadb(r->body.p ? r->body.p : "", r->body.n, 0, NULL);
	if (!json_is_object(user)) {
		json_decref(user);
		err_set(&err, REACH_ENTRY, CODE_DATA,
			"the service showed it as something that is no JSON");
		user_finish(t, OUTCOME_REFUSED, STR(""), &err);
		return;
	}
	version = http_header_get(r, "etag");
	buf_reset(&t->etag);
	buf_put(&t->etag, version);
	/* What the service says of the user by itself is not said back. */
	json_object_del(user, "meta");
	json_object_del(user, "groups");
	user_put_whole(t, user);
}

static json_t *changed_only(const struct task *t)
{
	json_t *user = json_object();

	json_object_set_new(user, "schemas", json_pack("[s]", CORE_USER_URN));
	edit_whole(t, user);
	if (!json_object_get(user, PATH_USERNAME))
		document_put(user, STR(PATH_USERNAME), t->object->label);
	return user;
}

static void user_begin_put(struct task *t)
{
	if (style_of(t) == UPDATE_PUT_CHANGED) {
		task_target(t, HTTP_PUT, ENTRY_USER, object_id(t));
		task_body(t, changed_only(t));
		task_send(t, after_write);
		return;
	}
	task_target(t, HTTP_GET, ENTRY_USER, object_id(t));
	task_send(t, after_read);
}

static void after_write(struct task *t, const struct http_response *r)
{
	struct err err;
	struct scim_connection *c = t->apply->c;
	bool no_patch = r->outcome == HTTP_ANSWERED && (r->status == 405 || r->status == 501) &&
			t->method == HTTP_PATCH;

	if (scim_reply_is_page(r, &err)) {
		user_finish(t, OUTCOME_UNKNOWN, STR(""), &err);
	} else if (http_is_good(r)) {
		user_finish(t, OUTCOME_DONE, STR(""), NULL);
	} else if (no_patch && c->settings.quirks.users == UPDATE_AUTO) {
		/* Said or not, there is no PATCH: from here on it is PUT. */
		c->service.patch = false;
		user_begin_put(t);
	} else {
		user_finish_by(t, r);
	}
}

static void after_confirm(struct task *t, const struct http_response *r)
{
	if (r->outcome == HTTP_ANSWERED && (r->status == 404 || r->status == 410))
		user_finish(t, OUTCOME_ALREADY, STR(""), NULL);
	else if (http_is_good(r))
		user_finish(t, OUTCOME_REFUSED, STR(""), &t->err);
	else
		user_finish_by(t, r);
}

/* 404 may mean "gone" and may mean that nobody serves DELETE there: the entry itself is asked for.
 */
static void after_delete(struct task *t, const struct http_response *r)
{
	struct err err;

	if (scim_reply_is_page(r, &err)) {
		user_finish(t, OUTCOME_UNKNOWN, STR(""), &err);
	} else if (http_is_good(r)) {
		user_finish(t, OUTCOME_DONE, STR(""), NULL);
	} else if (r->outcome == HTTP_ANSWERED && (r->status == 404 || r->status == 410)) {
		scim_error_explain(r, &t->err);
		task_target(t, HTTP_GET, ENTRY_USER, object_id(t));
		task_send(t, after_confirm);
	} else {
		user_finish_by(t, r);
	}
}

static task_step *user_prepare_request(struct task *t)
{
	switch (change_of(t)->kind) {
	case CHANGE_CREATE_USER:
		user_prepare_create(t);
		return after_create;
	case CHANGE_DELETE_USER:
		task_target(t, HTTP_DELETE, ENTRY_USER, object_id(t));
		return after_delete;
	default:
		if (style_of(t) != UPDATE_PATCH)
			return NULL;
		task_target(t, HTTP_PATCH, ENTRY_USER, object_id(t));
		task_body(t, patch_of(t));
		return after_write;
	}
}

static bool has_id(const struct task *t)
{
	return change_of(t)->kind == CHANGE_CREATE_USER || object_id(t).n > 0;
}

void user_begin(struct task *t)
{
	task_step *next;
	struct err err;

	if (!has_id(t)) {
		err_set(&err, REACH_ENTRY, CODE_FAILED, "it is not at the service yet");
		user_finish(t, OUTCOME_SKIPPED, STR(""), &err);
		return;
	}
	next = user_prepare_request(t);
	if (next)
		task_send(t, next);
	else
		user_begin_put(t);
}

bool user_may_go_by_bulk(const struct task *t)
{
	enum change_kind kind = change_of(t)->kind;

	if (t->object->kind != ENTRY_USER || !has_id(t))
		return false;
	return kind == CHANGE_CREATE_USER || kind == CHANGE_DELETE_USER ||
	       style_of(t) == UPDATE_PATCH;
}

void user_prepare(struct task *t)
{
	t->next = user_prepare_request(t);
}
