/* SPDX-License-Identifier: Apache-2.0 */
/* Trying a profile out: the first entries of each list as the engine understands them, and from
 * where. */
#include <string.h>

#include "base/clock.h"
#include "connect/team/call/call.h"
#include "connect/team/internal.h"
#include "connect/team/read/read.h"

enum { SHOWN = 3, VALUE_SHOWN = 80 };

struct trial {
	struct team_connection *c;
	struct findings *findings;
};

static void say_value(const struct trial *t, const char *name, str value,
		      const struct json_path *path)
{
	if (!path)
		return;
	finding_add(t->findings, false, "      %-8s %-32.*s from %.*s", name,
		    STR_ARG(value.n ? str_slice(value, 0, VALUE_SHOWN) : STR("(nothing)")),
		    STR_ARG(json_path_text(path)));
}

static void say_time(const struct trial *t, const char *name, int64_t at,
		     const struct json_path *path)
{
	char text[CLOCK_ISO_SIZE] = "";

	if (at)
		clock_iso(at, text);
	say_value(t, name, str_of(text), path);
}

/* The role as the service says it, and what it is here. */
static void say_role(const struct trial *t, const struct entry_set *set, const json_t *item,
		     const struct entry_record *e)
{
	const json_t *raw = json_path_first(set->role, item, &t->c->parameters);
	struct arena scratch = {0};
	str text = STR("");

	json_to_text(raw, &scratch, &text);
	if (set->role)
		say_value(t, "role",
			  raw ? arena_printf(&scratch, "%.*s -> %.*s", STR_ARG(text),
					     STR_ARG(e->role.n ? e->role : STR("?")))
			      : STR(""),
			  set->role);
	else if (set->role_is.n)
		finding_add(t->findings, false, "      %-8s %.*s, as everyone in this list", "role",
			    STR_ARG(set->role_is));
	arena_clear(&scratch);
}

/* What else could be written into the profile. */
static void say_paths(const struct trial *t, const json_t *item)
{
	struct buf paths = {0};

	json_paths_put(item, &paths);
	finding_add(t->findings, false, "      %-8s %s", "has", paths.n ? paths.p : "nothing");
	buf_clear(&paths);
}

static void say_entry(const struct trial *t, const struct entry_set *set, const json_t *item,
		      size_t number)
{
	struct entry_record e;
	bool counts = team_entry_read(t->c, set, item, &t->c->last_read.arena, &e);

	finding_add(t->findings, e.defect != NULL, "    %zu. %s%s%s%s%s", number,
		    counts ? entry_state_text(e.state) : "passed over",
		    e.assumed ? " (assumed)" : "", e.read_only ? ", never changed" : "",
		    e.self ? ", muster's own account" : "",
		    e.defect ? ", not as the profile says" : "");
	if (e.defect)
		finding_add(t->findings, true, "      %s", e.defect);
	if (e.defect || number == 1)
		say_paths(t, item);
	say_value(t, "id", e.id, set->id);
	say_value(t, "email", e.email, set->email);
	say_value(t, "login", e.login, set->login);
	say_value(t, "name", e.name, set->name);
	say_value(t, "given", e.given, set->given);
	say_value(t, "family", e.family, set->family);
	say_role(t, set, item, &e);
	say_time(t, "sent", e.sent, set->sent);
	say_time(t, "expires", e.expires, set->expires);
	list_each (const struct named_path, n, &set->keep)
		say_value(t, n->name.p, values_text(&e.values, n->name.p), n->path);
	list_each (const struct named_path, n, &set->secrets)
		say_value(t, n->name.p, STR("(a secret, not shown)"), n->path);
	list_clear(&e.values.items);
}

/* Only the first page is shown; the walk goes on, so that paging is tried as well. */
static int say_page(void *context, const struct list_call *l, const json_t *answer, bool first,
		    size_t *ret_count, struct err *err)
{
	struct trial *t = context;
	json_list items = {0};

	*ret_count = 0;
	list_each (struct entry_set, set, &l->sets) {
		if (entry_set_items(t->c, set, answer, &items, err) < 0) {
			list_clear(&items);
			return -1;
		}
		if (set == l->sets.items)
			*ret_count = items.count;
		if (!first)
			continue;
		finding_add(t->findings, false, "  %.*s: %zu on the first page",
			    STR_ARG(json_path_text(set->items)), items.count);
		for (size_t i = 0; i < items.count && i < SHOWN; i++)
			say_entry(t, set, items.items[i], i + 1);
	}
	list_clear(&items);
	return 0;
}

int team_profile_test(struct connection *connection, struct findings *findings, struct err *err)
{
	struct team_connection *c = connection_own(team_connection, connection);
	struct trial t = {.c = c, .findings = findings};
	struct page_sink sink = {say_page, &t};

	finding_add(findings, false, "%s, %s%s, at %s; only reading", c->profile->title.p,
		    c->profile->embedded ? "" : "profile ", c->profile->file, c->settings.url);
	if (catalogue_read(c, err) < 0)
		return -1;
	list_each (const struct catalogue_role, role, &c->catalogue)
		finding_add(findings, false, "role %.*s has the id %.*s", STR_ARG(role->name),
			    STR_ARG(role->id));
	list_each (const struct list_call, l, &c->profile->lists) {
		finding_add(findings, false, "%s %.*s", http_method_text(l->call.method),
			    STR_ARG(l->call.path));
		if (list_walk(c, l, &sink, err) < 0)
			return -1;
	}
	return team_check(connection, findings, err);
}
