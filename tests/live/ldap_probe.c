/* SPDX-License-Identifier: Apache-2.0 */
/* Drives the LDAP connector alone, for the live tests: one verb a call, its result as JSON on
 * standard output. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "config/config.h"
#include "connect/ldap/ldap.h"

/*
 * ldap_probe CONFIG SYSTEM check
 * ldap_probe CONFIG SYSTEM read [source] [users] [counts]
 * ldap_probe CONFIG SYSTEM abilities
 * ldap_probe CONFIG SYSTEM apply [after-read] [in_flight=N] [per_second=N] < changes
 * ldap_probe CONFIG SYSTEM find < changes
 * A change is one line of words between tabs:
 *	create	SOURCE-ID	NAME
 *	rename	ID	DN	NEW-NAME
 *	delete	ID	DN
 *	add	ID	DN	USER-ID	USER-DN		(ID "" takes the team that the line above
 *created) remove	ID	DN	USER-ID	USER-DN then	(what stands above is a batch of its
 *own)
 */

static void put_err(struct json_writer *w, const struct err *err)
{
	json_write_key(w, STR("error"));
	json_write_object(w);
	json_write_member(w, "text", str_of(err->text));
	json_write_member_int(w, "code", err->code);
	json_write_member_int(w, "reach", err->reach);
	json_write_member_bool(w, "again", err->again);
	json_write_object_end(w);
}

/* --- read */

static void put_entries(struct json_writer *w, const struct snapshot *s, enum entry_kind kind)
{
	size_t count = kind == ENTRY_USER ? s->users.count : s->groups.count;
	char space[37], name_space[37];

	json_write_key(w, kind == ENTRY_USER ? STR("users") : STR("groups"));
	json_write_array(w);
	for (uint32_t row = 0; row < count; row++) {
		const struct entry *e = snapshot_entry(s, kind, row);
		struct field_walk walk = field_walk_begin(s, e);
		uint32_t name;
		str value;

		json_write_object(w);
		json_write_member(w, "id", snapshot_id(s, e, space));
		json_write_member_int(w, "flags", e->flags);
		json_write_key(w, STR("fields"));
		json_write_array(w);
		while (field_next(&walk, &name, &value)) {
			json_write_array(w);
			json_write_string(w, intern_text(&s->names, name, name_space));
			json_write_string(w, value);
			json_write_array_end(w);
		}
		json_write_array_end(w);
		json_write_object_end(w);
	}
	json_write_array_end(w);
}

static void put_edges(struct json_writer *w, const struct snapshot *s)
{
	char space[37];

	json_write_key(w, STR("edges"));
	json_write_array(w);
	list_each (const edge, e, &s->edges) {
		const struct entry *member = snapshot_entry(
			s, edge_nested(*e) ? ENTRY_GROUP : ENTRY_USER, edge_member(*e));

		json_write_array(w);
		json_write_string(
			w, snapshot_id(s, snapshot_entry(s, ENTRY_GROUP, edge_group(*e)), space));
		json_write_string(w, snapshot_id(s, member, space));
		json_write_array_end(w);
	}
	json_write_array_end(w);
}

static void put_rejected(struct json_writer *w, const struct snapshot *s)
{
	json_write_key(w, STR("rejected"));
	json_write_array(w);
	list_each (const struct rejected_entry, o, &s->rejected) {
		json_write_object(w);
		json_write_member(w, "name", o->name);
		json_write_member(w, "id", o->id);
		json_write_member(w, "reason", o->reason);
		json_write_object_end(w);
	}
	json_write_array_end(w);
	json_write_key(w, STR("canaries_missing"));
	json_write_array(w);
	list_each (const str, c, &s->canaries_missing)
		json_write_string(w, *c);
	json_write_array_end(w);
}

static bool has_word(char **words, const char *word)
{
	for (; *words; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

static int probe_read(struct connection *c, char **words, struct json_writer *w, struct err *err)
{
	struct wanted wanted = {.as_source = has_word(words, "source"),
				.groups = !has_word(words, "users")};
	int64_t before = clock_ticks();
	struct snapshot s;
	int done;

	if (snapshot_open(&s, NULL, err) < 0)
		return -1;
	done = ldap_connector.snapshot(c, &wanted, &s, err);
	if (done == 0) {
		json_write_member_int(w, "milliseconds", clock_ticks() - before);
		json_write_member_bool(w, "complete", s.complete);
		json_write_member(w, "why_not", s.why_not);
		json_write_member_int(w, "user_count", (int64_t)s.users.count);
		json_write_member_int(w, "group_count", (int64_t)s.groups.count);
		json_write_member_int(w, "edge_count", (int64_t)s.edges.count);
		json_write_member_int(w, "foreign", (int64_t)s.foreign_members);
		json_write_member_int(w, "cut", (int64_t)s.cut_groups.count);
		json_write_member_int(w, "requests", (int64_t)s.requests);
		json_write_member_int(w, "scope", (int64_t)(s.scope >> 1));
		put_rejected(w, &s);
		if (!has_word(words, "counts")) {
			put_entries(w, &s, ENTRY_USER);
			put_entries(w, &s, ENTRY_GROUP);
			put_edges(w, &s);
		}
	}
	snapshot_close(&s);
	return done;
}

/* --- check */

static int probe_check(struct connection *c, struct json_writer *w, struct err *err)
{
	struct arena arena = {0};
	struct findings findings = {.arena = &arena};
	int done = ldap_connector.check(c, &findings, err);

	json_write_key(w, STR("findings"));
	json_write_array(w);
	list_each (const struct finding, f, &findings.items) {
		json_write_object(w);
		json_write_member_bool(w, "bad", f->bad);
		json_write_member(w, "text", f->text);
		json_write_object_end(w);
	}
	json_write_array_end(w);
	list_clear(&findings.items);
	arena_clear(&arena);
	return done;
}

/* --- apply and find */

struct probe {
	struct plan plan;
	struct json_writer *w;
	LIST(size_t) ends; /* of batches: indexes in plan.changes */
};

static str field(char **rest)
{
	const char *word = strsep(rest, "\t");

	return str_of(word ? word : "");
}

static uint32_t put_object(struct probe *p, enum entry_kind kind, str source, str target, str label,
			   str dn)
{
	struct arena *a = &p->plan.arena;

	*list_add(&p->plan.objects) = (struct object){
		.kind = kind,
		.source_id = arena_str(a, source),
		.target_id = arena_str(a, target),
		.label = arena_str(a, label),
		.dn = arena_str(a, dn),
		.target_row = ROW_NONE,
		.source_row = ROW_NONE,
	};
	return (uint32_t)p->plan.objects.count - 1;
}

/* One team is one object, however many changes speak of it. */
static uint32_t find_team(struct probe *p, str id, str dn)
{
	for (size_t i = p->plan.objects.count; i-- > 0;) {
		const struct object *o = &p->plan.objects.items[i];

		if (o->kind == ENTRY_GROUP && (id.n == 0 || str_equal(o->target_id, id)))
			return (uint32_t)i;
	}
	return put_object(p, ENTRY_GROUP, STR(""), id, STR(""), dn);
}

static void put_name_edit(struct probe *p, struct change *change, str name)
{
	change->edits = arena_array(&p->plan.arena, struct edit, 1);
	change->edits[0] = (struct edit){.path = STR(PATH_DISPLAYNAME),
					 .after = arena_str(&p->plan.arena, name)};
	change->edit_count = 1;
}

static bool take_line(struct probe *p, char *line)
{
	char *rest = line;
	str verb = field(&rest);
	struct change change = {.user = ROW_NONE, .team = ROW_NONE};

	if (str_equal(verb, STR("then"))) {
		list_push(&p->ends, p->plan.changes.count);
		return true;
	}
	if (str_equal(verb, STR("create"))) {
		str source = field(&rest), name = field(&rest);

		change.kind = CHANGE_CREATE_TEAM;
		change.team = put_object(p, ENTRY_GROUP, source, STR(""), name, STR(""));
		put_name_edit(p, &change, name);
	} else {
		str id = field(&rest), dn = field(&rest);

		change.team = find_team(p, id, dn);
		if (str_equal(verb, STR("rename"))) {
			change.kind = CHANGE_UPDATE_TEAM;
			put_name_edit(p, &change, field(&rest));
		} else if (str_equal(verb, STR("delete"))) {
			change.kind = CHANGE_DELETE_TEAM;
		} else {
			str user = field(&rest);

			change.kind = str_equal(verb, STR("add")) ? CHANGE_ADD_MEMBER
								  : CHANGE_REMOVE_MEMBER;
			change.user = put_object(p, ENTRY_USER, STR(""), user, user, field(&rest));
		}
	}
	change.number = (uint32_t)p->plan.changes.count + 1;
	list_push(&p->plan.changes, change);
	return true;
}

static void take_lines(struct probe *p)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	while ((n = getline(&line, &room, stdin)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (*line)
			take_line(p, line);
	}
	free(line);
	list_push(&p->ends, p->plan.changes.count);
}

static void take_outcome(void *context, struct change *change, enum outcome outcome, str ret_id,
			 const struct err *err)
{
	struct probe *p = context;

	json_write_object(p->w);
	json_write_member_int(p->w, "change", change->number);
	json_write_member(p->w, "outcome", str_of(outcome_text(outcome)));
	json_write_member(p->w, "id", ret_id);
	if (outcome != OUTCOME_DONE && outcome != OUTCOME_ALREADY)
		json_write_member(p->w, "why", str_of(err ? err->text : ""));
	json_write_object_end(p->w);
	if (ret_id.n && change->kind == CHANGE_CREATE_TEAM)
		p->plan.objects.items[change->team].target_id = arena_str(&p->plan.arena, ret_id);
}

static int probe_apply(struct connection *c, char **words, struct json_writer *w, struct err *err)
{
	struct probe p = {.w = w};
	size_t from = 0;
	int done = 0;

	take_lines(&p);
	if (has_word(words, "after-read")) {
		struct wanted wanted = {.groups = true};
		struct snapshot s;

		if (snapshot_open(&s, NULL, err) == 0)
			done = ldap_connector.snapshot(c, &wanted, &s, err);
		snapshot_close(&s);
	}
	json_write_key(w, STR("outcomes"));
	json_write_array(w);
	for (size_t i = 0; i < p.ends.count && done == 0; from = p.ends.items[i++]) {
		size_t count = p.ends.items[i] - from;
		struct change **batch = arena_array(&p.plan.arena, struct change *, count + 1);

		for (size_t k = 0; k < count; k++)
			batch[k] = &p.plan.changes.items[from + k];
		if (count)
			done = ldap_connector.apply(c, &p.plan, batch, count, take_outcome, &p,
						    err);
	}
	json_write_array_end(w);
	list_clear(&p.ends);
	plan_clear(&p.plan);
	return done;
}

static int probe_find(struct connection *c, struct json_writer *w, struct err *err)
{
	static const char *const texts[] = {"not", "found", "unclear"};
	struct probe p = {.w = w};
	int done = 0;

	take_lines(&p);
	json_write_key(w, STR("found"));
	json_write_array(w);
	for (size_t i = 0; i < p.plan.changes.count && done == 0; i++) {
		enum found found = FOUND_UNCLEAR;
		str id = STR("");

		done = ldap_connector.find(c, &p.plan, &p.plan.changes.items[i], &found,
					   &p.plan.arena, &id, err);
		json_write_array(w);
		json_write_string(w, str_of(texts[found]));
		json_write_string(w, id);
		json_write_array_end(w);
	}
	json_write_array_end(w);
	list_clear(&p.ends);
	plan_clear(&p.plan);
	return done;
}

static int probe_abilities(struct connection *c, struct json_writer *w, struct err *err)
{
	struct arena arena = {0};
	struct abilities abilities;
	int done = ldap_connector.abilities(c, &arena, &abilities, err);

	if (done == 0) {
		json_write_member_bool(w, "groups", abilities.flags & ABILITY_GROUPS);
		json_write_member_bool(w, "members", abilities.flags & ABILITY_MEMBERS);
		json_write_member_bool(w, "users", abilities.flags & ABILITY_CREATE_USERS);
		json_write_member_bool(w, "no_empty_groups",
				       abilities.flags & ABILITY_NO_EMPTY_GROUPS);
		json_write_member(w, "role_group", abilities.role_group);
	}
	arena_clear(&arena);
	return done;
}

/* --- main */

/* The number behind "NAME=" among the words; 0 when it is not there. */
static uint64_t number_word(char **words, const char *name)
{
	for (; *words; words++)
		if (strncmp(*words, name, strlen(name)) == 0 && (*words)[strlen(name)] == '=')
			return strtoull(*words + strlen(name) + 1, NULL, 10);
	return 0;
}

static volatile int stop;

static void take_signal(int number)
{
	stop = number;
}

static int run(const struct system *system, const char *verb, char **words, struct json_writer *w,
	       struct err *err)
{
	struct connect_options options = {.name = system->name,
					  .stop = &stop,
					  .in_flight = number_word(words, "in_flight"),
					  .per_second = number_word(words, "per_second")};
	struct connection *c = NULL;
	int done = ldap_connector.open(system, &options, &c, err);

	if (done == 0 && strcmp(verb, "read") == 0)
		done = probe_read(c, words, w, err);
	else if (done == 0 && strcmp(verb, "check") == 0)
		done = probe_check(c, w, err);
	else if (done == 0 && strcmp(verb, "abilities") == 0)
		done = probe_abilities(c, w, err);
	else if (done == 0 && strcmp(verb, "apply") == 0)
		done = probe_apply(c, words, w, err);
	else if (done == 0)
		done = probe_find(c, w, err);
	ldap_connector.close(c);
	return done;
}

int main(int argc, char **argv)
{
	const struct kind kind = {.name = "ldap",
				  .summary = ldap_connector.summary,
				  .keys = ldap_connector.settings,
				  .reads = true,
				  .writes = true,
				  .validate = ldap_connector.validate};
	struct buf out = {0};
	struct json_writer w = {.out = &out};
	struct diagnostics diags = {0};
	struct err err = {0};
	struct config *config;

	if (argc < 4)
		return CODE_USAGE;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, take_signal);
	if (getenv("PROBE_DEBUG"))
		log_level_set(LOG_LEVEL_DEBUG);
	if (config_load(argv[1], &kind, 1, &config, &diags) < 0) {
		diag_print(&diags, stderr, false);
		diag_clear(&diags);
		return CODE_CONFIG;
	}
	diag_clear(&diags);
	json_write_object(&w);
	if (run(config_system(config, str_of(argv[2])), argv[3], argv + 4, &w, &err) < 0)
		put_err(&w, &err);
	else
		err.code = CODE_DONE;
	json_write_object_end(&w);
	puts(out.p);
	buf_clear(&out);
	config_free(config);
	return (int)err.code;
}
