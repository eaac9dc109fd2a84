/* SPDX-License-Identifier: Apache-2.0 */
/* The plan for programs: one JSON object whose shape is promised. */
#include "model/columns.h"
#include "view/internal.h"

/*
 * format_version 1; fields are only ever added.
 * {
 *   "format_version": 1, "sync": "crm", "from": "corp", "to": "crm", "checksum": "<64 hex digits>",
 *   "verdict": "go" | "held" | "refused" | "untrusted", "approvable": false, "reasons": ["..."],
 *   "source": {"users": 1204, "groups": 38, "memberships": 7000, "complete": true},
 *   "counts": {"create": 4, "update": 2, "disable": 1, "remove": 0, "invite": 0, ...},
 *   "changes": [{"number": 1, "kind": "create user", "user": 0, "team": 1, "role": "manager",
 *                "edits": [{"path": "title", "before": "Engineer", "after": null}],
 *                "reason": "...", ...}],
 *   "objects": [{"kind": "user", "source_id": "17", "label": "ada@example.com", ...,
 *                "fields": {"userName": ["ada@example.com"]}}],
 *   "notices": [{"kind": "doubtful", "subject": "...", "text": "..."}],
 *   "figures": [{"what": "users removed", "value": 1, "in_window": 0, "of": 100, "limit": 10,
 *                "limit_text": "10 %, at least 5", "over": false}],
 *   "open_handoffs": ["remove: 17"]
 * }
 * A change and an object have what model/columns.c puts IN_JSON. user and team are places in
 * objects; what a change does not have is left out.
 */

static void plan_write_number(struct json_writer *w, const char *key, uint64_t number)
{
	json_write_member_int(w, key, (int64_t)number);
}

static void plan_write_value(struct json_writer *w, const char *key, str value)
{
	json_write_key(w, str_of(key));
	if (value.p)
		json_write_string(w, value);
	else
		json_write_null(w);
}

static void plan_write_edits(struct json_writer *w, const struct change *c)
{
	if (!c->edit_count)
		return;
	json_write_key(w, STR("edits"));
	json_write_array(w);
	for (size_t i = 0; i < c->edit_count; i++) {
		json_write_object(w);
		json_write_member(w, "path", c->edits[i].path);
		plan_write_value(w, "before", c->edits[i].before);
		plan_write_value(w, "after", c->edits[i].after);
		json_write_object_end(w);
	}
	json_write_array_end(w);
}

/* Several values of one attribute stand together, whether or not they came so. */
static void plan_write_fields(struct json_writer *w, const struct object *o)
{
	if (!o->field_count)
		return;
	json_write_key(w, STR("fields"));
	json_write_object(w);
	for (size_t i = 0; i < o->field_count; i++) {
		bool first = true;

		for (size_t j = 0; j < i; j++)
			first = first && !str_equal(o->fields[j].name, o->fields[i].name);
		if (!first)
			continue;
		json_write_key(w, o->fields[i].name);
		json_write_array(w);
		for (size_t j = i; j < o->field_count; j++)
			if (str_equal(o->fields[j].name, o->fields[i].name))
				json_write_string(w, o->fields[j].value);
		json_write_array_end(w);
	}
	json_write_object_end(w);
}

/* What both have, a change and an object: texts and words, where there are any. */
static void plan_write_text_column(struct json_writer *w, const struct plan_column *column,
				   const void *row)
{
	str text = column_text(column, row);

	if (text.n)
		json_write_member(w, column->name, text);
}

static void plan_write_change_column(struct json_writer *w, const struct plan_column *column,
				     const struct change *c)
{
	uint32_t number;

	switch (column->kind) {
	case COLUMN_NUMBER:
	case COLUMN_OBJECT:
		number = *(const uint32_t *)column_at(column, c);
		if (number != (column->kind == COLUMN_OBJECT ? ROW_NONE : 0))
			plan_write_number(w, column->name, number);
		break;
	case COLUMN_FLAG:
		if (column_flag(column, c))
			json_write_member_bool(w, column->name, true);
		break;
	case COLUMN_EDITS:
		plan_write_edits(w, c);
		break;
	default:
		plan_write_text_column(w, column, c);
		break;
	}
}

static void plan_write_change(struct json_writer *w, const struct change *c)
{
	json_write_object(w);
	for (const struct plan_column *column = change_columns; column->name; column++)
		if (column->places & IN_JSON)
			plan_write_change_column(w, column, c);
	json_write_object_end(w);
}

static void plan_write_object(struct json_writer *w, const struct object *o)
{
	json_write_object(w);
	for (const struct plan_column *column = object_columns; column->name; column++) {
		if (!(column->places & IN_JSON))
			continue;
		if (column->kind == COLUMN_FIELDS)
			plan_write_fields(w, o);
		else
			plan_write_text_column(w, column, o);
	}
	json_write_object_end(w);
}

static void plan_write_notices(struct json_writer *w, const struct plan *plan)
{
	static const char *const kinds[] = {"doubtful", "skipped",   "unmatched",
					    "conflict", "protected", "note"};

	json_write_key(w, STR("notices"));
	json_write_array(w);
	list_each (struct notice, n, &plan->notices) {
		json_write_object(w);
		json_write_member(w, "kind", str_of(kinds[n->kind]));
		json_write_member(w, "subject", n->subject);
		json_write_member(w, "text", n->text);
		json_write_object_end(w);
	}
	json_write_array_end(w);
}

static void plan_write_limit_checks(struct json_writer *w, const struct plan *plan)
{
	json_write_key(w, STR("figures"));
	json_write_array(w);
	list_each (struct limit_check, f, &plan->limit_checks) {
		json_write_object(w);
		json_write_member(w, "what", f->what);
		plan_write_number(w, "value", f->value);
		plan_write_number(w, "in_window", f->in_window);
		plan_write_number(w, "of", f->of);
		plan_write_number(w, "limit", f->limit);
		json_write_member(w, "limit_text", f->limit_text);
		json_write_member_bool(w, "over", f->over);
		json_write_object_end(w);
	}
	json_write_array_end(w);
}

static void plan_write_counts(struct json_writer *w, const struct counts *n)
{
	const struct {
		const char *key;
		uint64_t count;
	} counts[] = {
		{"adopt", n->adopt},
		{"create", n->create},
		{"update", n->update},
		{"disable", n->disable},
		{"remove", n->remove},
		{"invite", n->invite},
		{"resend", n->resend},
		{"revoke", n->revoke},
		{"teams_create", n->teams_create},
		{"teams_update", n->teams_update},
		{"teams_delete", n->teams_delete},
		{"members_add", n->members_add},
		{"members_remove", n->members_remove},
		{"roles", n->roles},
		{"handoffs", n->handoffs},
		{"miss", n->miss},
		{"forget", n->forget},
	};

	json_write_key(w, STR("counts"));
	json_write_object(w);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		plan_write_number(w, counts[i].key, counts[i].count);
	json_write_object_end(w);
}

static void plan_write_head(struct json_writer *w, const struct plan *plan)
{
	plan_write_number(w, "format_version", 1);
	json_write_member(w, "sync", plan->sync);
	json_write_member(w, "from", plan->from);
	json_write_member(w, "to", plan->to);
	json_write_member(w, "checksum", str_of(plan->checksum));
	json_write_member(w, "verdict", str_of(verdict_text(plan->verdict)));
	json_write_member_bool(w, "approvable", plan->approvable);
	json_write_key(w, STR("reasons"));
	json_write_array(w);
	list_each (str, reason, &plan->reasons)
		json_write_string(w, *reason);
	json_write_array_end(w);
	json_write_key(w, STR("source"));
	json_write_object(w);
	plan_write_number(w, "users", plan->source_users);
	plan_write_number(w, "groups", plan->source_groups);
	plan_write_number(w, "memberships", plan->source_edges);
	json_write_member_bool(w, "complete", plan->source_complete);
	json_write_object_end(w);
}

void plan_print_json(const struct plan *plan, struct buf *out)
{
	struct json_writer w = {.out = out, .pretty = true};

	json_write_object(&w);
	plan_write_head(&w, plan);
	plan_write_counts(&w, &plan->counts);
	json_write_key(&w, STR("changes"));
	json_write_array(&w);
	list_each (struct change, c, &plan->changes)
		plan_write_change(&w, c);
	json_write_array_end(&w);
	json_write_key(&w, STR("objects"));
	json_write_array(&w);
	list_each (struct object, o, &plan->objects)
		plan_write_object(&w, o);
	json_write_array_end(&w);
	plan_write_notices(&w, plan);
	plan_write_limit_checks(&w, plan);
	json_write_key(&w, STR("open_handoffs"));
	json_write_array(&w);
	list_each (str, key, &plan->open_handoffs)
		json_write_string(&w, *key);
	json_write_array_end(&w);
	json_write_object_end(&w);
	buf_char(out, '\n');
}
