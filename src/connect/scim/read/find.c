/* SPDX-License-Identifier: Apache-2.0 */
/* Settling: whether a change whose answer was lost is in force at the service now. */
#include <string.h>

#include "base/url.h"
#include "connect/scim/read/read.h"

struct look {
	const struct change *change;
	str member; /* whose membership is asked for */
	bool holds, met;
};

static bool has_value(const struct resource *r, str path, str value)
{
	for (size_t i = 0; i < r->field_count; i++)
		if (str_equal(r->fields[i].name, path) && str_equal(r->fields[i].value, value))
			return true;
	return false;
}

static bool edits_hold(const struct resource *r, const struct change *change)
{
	for (size_t i = 0; i < change->edit_count; i++) {
		const struct edit *edit = &change->edits[i];

		if (edit->after.n && !has_value(r, edit->path, edit->after))
			return false;
		if (!edit->after.n && has_value(r, edit->path, edit->before))
			return false;
	}
	return true;
}

static bool has_member(const struct resource *r, str id)
{
	for (size_t i = 0; i < r->member_count; i++)
		if (str_equal(r->members[i], id))
			return true;
	return false;
}

static int probe_resource(void *context, const struct resource *r, const char *defect,
			  struct err *err)
{
	struct look *look = context;

	(void)err;
	look->met = !defect;
	switch (look->change->kind) {
	case CHANGE_ADD_MEMBER:
	case CHANGE_REMOVE_MEMBER:
		look->holds = has_member(r, look->member);
		break;
	case CHANGE_DISABLE_USER:
		look->holds = r->inactive;
		break;
	case CHANGE_SET_ROLE:
		look->holds = has_value(r, STR(PATH_ROLES), look->change->role);
		break;
	case CHANGE_UPDATE_USER:
	case CHANGE_UPDATE_TEAM:
		look->holds = edits_hold(r, look->change);
		break;
	default:
		look->holds = true;
	}
	return 0;
}

static int find_get(struct scim_connection *c, const struct buf *target, struct http_response *ret,
		    struct err *err)
{
	struct http_request request = {.target = buf_str(target),
				       .accept = SCIM_TYPE ", application/json"};

	if (http_call(c->http, &request, ret, err) == 0)
		return 0;
	scim_error_explain(ret, err);
	return ret->outcome == HTTP_ANSWERED && (ret->status == 404 || ret->status == 410) ? 0 : -1;
}

/* The entry itself is read, by its id. */
static int find_by_id(struct scim_connection *c, const struct object *object, struct look *look,
		      enum found *ret, struct err *err)
{
	struct http_response r = {0};
	struct resource_names *names;
	struct buf target = {0};
	int result;

	resource_target(object->kind, object->target_id, &target);
	result = find_get(c, &target, &r, err);
	buf_clear(&target);
	if (result == 0 && r.status == 200) {
		names = resource_names_open();
		result = resource_read(names, r.body, false, probe_resource, look, err);
		resource_names_close(names);
		if (result == 0 && !look->met)
			result = err_set(err, REACH_ENTRY, CODE_DATA,
					 "the service shows no resource");
		*ret = look->holds ? FOUND : FOUND_NOT;
	} else if (result == 0) {
		*ret = FOUND_NOT;
	}
	http_response_clear(&r);
	return result;
}

/* 0 also when the service cannot be searched so: then *ret_searched is false. */
static int find_search(struct scim_connection *c, const struct object *object, bool by_mark,
		       struct match *m, bool *ret_searched, struct err *err)
{
	struct http_response r = {0};
	struct http_request request = {.accept = SCIM_TYPE ", application/json"};
	struct buf target = {0};
	int result;

	*ret_searched = search_target(c, object->kind, by_mark, object, &target);
	if (!*ret_searched)
		return 0;
	request.target = buf_str(&target);
	http_call(c->http, &request, &r, NULL);
	result = match_read(&r, object->kind, object, m, err);
	http_response_clear(&r);
	buf_clear(&target);
	return result;
}

/* A creation is looked for by its mark; by name only where the service keeps no marks. */
static int find_created(struct scim_connection *c, const struct object *object, enum found *ret,
			struct arena *arena, str *ret_id, struct err *err)
{
	struct match m = {0};
	bool searched;
	int result = find_search(c, object, true, &m, &searched, err);

	*ret = FOUND_UNCLEAR;
	if (result == 0 && !searched)
		result = find_search(c, object, false, &m, &searched, err);
	if (result == 0 && searched && m.result == SEARCH_NONE)
		*ret = FOUND_NOT;
	if (result == 0 && m.result == SEARCH_ONE) {
		*ret = FOUND;
		*ret_id = arena_str(arena, buf_str(&m.id));
	}
	match_clear(&m);
	return result;
}

/* Where members are never shown, a filter that names both tells (AWS). */
static int find_member_by_filter(struct scim_connection *c, const struct object *team, str member,
				 enum found *ret, struct err *err)
{
	struct http_response r = {0};
	struct http_request request = {.accept = SCIM_TYPE ", application/json"};
	struct buf filter = {0}, target = {0};
	struct json_writer w = {.out = &filter};
	struct match m = {0};
	int result;

	buf_text(&filter, "id eq ");
	json_write_string(&w, team->target_id);
	w = (struct json_writer){.out = &filter};
	buf_text(&filter, " and members eq ");
	json_write_string(&w, member);
	buf_text(&target, "/Groups?filter=");
	url_escape(buf_str(&filter), &target);
	request.target = buf_str(&target);
	http_call(c->http, &request, &r, NULL);
	result = match_read(&r, ENTRY_GROUP, team, &m, err);
	*ret = m.result == SEARCH_NONE ? FOUND_NOT : FOUND;
	match_clear(&m);
	http_response_clear(&r);
	buf_clear(&filter);
	buf_clear(&target);
	return result;
}

static int find_member(struct scim_connection *c, const struct plan *plan,
		       const struct change *change, enum found *ret, struct err *err)
{
	const struct object *team = &plan->objects.items[change->team];
	struct look look = {.change = change,
			    .member = plan->objects.items[change->user].target_id};

	if (!team->target_id.n || !look.member.n) {
		*ret = FOUND_NOT;
		return 0;
	}
	if (c->settings.quirks.members == MEMBERS_NEVER)
		return find_member_by_filter(c, team, look.member, ret, err);
	return find_by_id(c, team, &look, ret, err);
}

int scim_find(struct connection *connection, const struct plan *plan, const struct change *change,
	      enum found *ret, struct arena *arena, str *ret_id, struct err *err)
{
	struct scim_connection *c = connection_own(scim_connection, connection);
	struct look look = {.change = change};
	const struct object *object;

	*ret_id = STR("");
	if (service_discover(c, err) < 0)
		return -1;
	if (change->kind == CHANGE_ADD_MEMBER || change->kind == CHANGE_REMOVE_MEMBER)
		return find_member(c, plan, change, ret, err);
	object = &plan->objects.items[change->user != ROW_NONE ? change->user : change->team];
	if (change->kind == CHANGE_CREATE_USER || change->kind == CHANGE_CREATE_TEAM)
		return find_created(c, object, ret, arena, ret_id, err);
	if (!object->target_id.n) {
		*ret = FOUND_NOT;
		return 0;
	}
	*ret_id = object->target_id;
	return find_by_id(c, object, &look, ret, err);
}
