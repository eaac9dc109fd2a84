/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a golden case: its sections, the policy as YAML, and what the target can do. */
#include "plans/case.h"

#include "base/clock.h"
#include "base/file.h"
#include "plans/case_inner.h"

enum { CASE_LIMIT = 1024 * 1024 };

/* -- words -- */

bool word_next(str *line, str *ret)
{
	size_t n = 0;
	bool quoted = false;

	*line = str_trim(*line);
	while (n < line->n && (quoted || (line->p[n] != ' ' && line->p[n] != '\t'))) {
		quoted = quoted != (line->p[n] == '"');
		n++;
	}
	*ret = str_slice(*line, 0, n);
	*line = str_trim(str_slice(*line, n, line->n));
	return n > 0;
}

static str unquote(str s)
{
	return s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"' ? str_slice(s, 1, s.n - 1) : s;
}

bool word_pair(str word, str *ret_key, str *ret_value)
{
	ptrdiff_t at = str_find(word, '=');

	if (at <= 0)
		return false;
	*ret_key = str_slice(word, 0, (size_t)at);
	*ret_value = unquote(str_slice(word, (size_t)at + 1, word.n));
	return true;
}

int64_t word_time(str word)
{
	char space[64];
	int64_t seconds = 0;
	int n = snprintf(space, sizeof space, word.n == 10 ? "%.*sT00:00:00Z" : "%.*s",
			 STR_ARG(word));

	if (!clock_parse(str_make(space, (size_t)n), &seconds))
		str_to_int(word, &seconds);
	return seconds;
}

int case_error(const struct reader *r, const char *what, str word)
{
	return err_set(r->err, REACH_RUN, CODE_DATA, "%s:%zu: %s: %.*s", r->c->path, r->line, what,
		       STR_ARG(word));
}

/* -- the kinds of systems that cases know -- */

static const char *const nested_words[] = {"expand", "direct", NULL};
static const struct key groups_keys[] = {
	{.name = "nested",
	 .type = KEY_CHOICE,
	 .words = nested_words,
	 .fallback = "expand",
	 .doc = "nested groups"},
	{.name = NULL},
};
static const struct key source_keys[] = {
	{.name = "groups",
	 .type = KEY_TABLE,
	 .role = KEY_ROLE_SCOPE,
	 .keys = groups_keys,
	 .fallback = "{}",
	 .doc = "groups"},
	{.name = NULL},
};
static const struct key target_keys[] = {
	{.name = "address", .type = KEY_TEMPLATE, .doc = "address"},
	{.name = NULL},
};
static void source_policy(const struct system *system, enum sync_end end, struct policy *policy)
{
	if (end == SYNC_FROM)
		policy->expand_nested =
			setting_choice(setting_table(system->settings, "groups"), "nested") == 0;
}

static void target_policy(const struct system *system, enum sync_end end, struct policy *policy)
{
	if (end == SYNC_TO)
		policy->address = setting_template(system->settings, "address");
}

static const struct kind kinds[] = {
	{.name = "source",
	 .summary = "a source",
	 .keys = source_keys,
	 .policy = source_policy,
	 .reads = true},
	{.name = "scim",
	 .summary = "SCIM",
	 .keys = target_keys,
	 .policy = target_policy,
	 .writes = true,
	 .manages = true},
	{.name = "team",
	 .summary = "a team",
	 .keys = target_keys,
	 .policy = target_policy,
	 .writes = true,
	 .manages = true},
	{.name = "ldap",
	 .summary = "LDAP",
	 .keys = target_keys,
	 .policy = target_policy,
	 .writes = true},
};

static const uint32_t SCIM_FLAGS = ABILITY_CREATE_USERS | ABILITY_UPDATE_USERS |
				   ABILITY_DISABLE_USERS | ABILITY_DELETE_USERS | ABILITY_GROUPS |
				   ABILITY_MEMBERS | ABILITY_GROUP_EXTERNALID | ABILITY_SET_ROLE;
static const uint32_t TEAM_FLAGS = ABILITY_DELETE_USERS | ABILITY_INVITE | ABILITY_RESEND |
				   ABILITY_REVOKE | ABILITY_SET_ROLE | ABILITY_INVITE_ROLE;
static const uint32_t LDAP_FLAGS = ABILITY_GROUPS | ABILITY_MEMBERS;

static const struct {
	const char *word;
	uint32_t flag;
} flag_words[] = {
	{"create-users", ABILITY_CREATE_USERS},
	{"update-users", ABILITY_UPDATE_USERS},
	{"disable", ABILITY_DISABLE_USERS},
	{"delete", ABILITY_DELETE_USERS},
	{"groups", ABILITY_GROUPS},
	{"members", ABILITY_MEMBERS},
	{"invite", ABILITY_INVITE},
	{"resend", ABILITY_RESEND},
	{"revoke", ABILITY_REVOKE},
	{"set-role", ABILITY_SET_ROLE},
	{"invite-role", ABILITY_INVITE_ROLE},
};

static int set_flags(struct reader *r, str line, bool on)
{
	str word;

	while (word_next(&line, &word)) {
		uint32_t flag = 0;

		for (size_t i = 0; i < sizeof flag_words / sizeof *flag_words; i++)
			if (str_equal(word, str_of(flag_words[i].word)))
				flag = flag_words[i].flag;
		if (!flag)
			return case_error(r, "unknown ability", word);
		r->c->abilities.flags =
			on ? r->c->abilities.flags | flag : r->c->abilities.flags & ~flag;
	}
	return 0;
}

static int set_kind(struct reader *r, str kind)
{
	struct abilities *a = &r->c->abilities;

	r->kind = kind;
	if (str_equal(kind, STR("scim"))) {
		a->flags = SCIM_FLAGS;
	} else if (str_equal(kind, STR("team"))) {
		a->flags = TEAM_FLAGS;
		a->role_style = ROLE_USER;
		a->single_team = true;
	} else if (str_equal(kind, STR("ldap"))) {
		a->flags = LDAP_FLAGS;
		a->role_style = ROLE_GROUP;
		a->role_group = STR("{team}-{role}");
	} else {
		return case_error(r, "unknown kind of target", kind);
	}
	return 0;
}

static int set_role_style(struct reader *r, str word)
{
	static const char *const words[] = {"none", "membership", "user", "group"};

	for (size_t i = 0; i < 4; i++)
		if (str_equal(word, str_of(words[i]))) {
			r->c->abilities.role_style = (enum role_style)i;
			return 0;
		}
	return case_error(r, "unknown role style", word);
}

/* role NAME rank 3 admin protected fixed uninvitable max 1 min 1 */
static int add_role(struct reader *r, str line)
{
	struct role_kind *kind = list_add(&r->c->abilities.roles);
	str word, number;
	int64_t value = 0;

	*kind = (struct role_kind){.assignable = true, .invitable = true};
	word_next(&line, &kind->name);
	while (word_next(&line, &word)) {
		bool numbered = str_equal(word, STR("rank")) || str_equal(word, STR("max")) ||
				str_equal(word, STR("min"));

		if (numbered && (!word_next(&line, &number) || !str_to_int(number, &value)))
			return case_error(r, "expected a number behind", word);
		if (str_equal(word, STR("rank")))
			kind->rank = (int32_t)value;
		else if (str_equal(word, STR("max")))
			kind->max_holders = (uint32_t)value;
		else if (str_equal(word, STR("min")))
			kind->min_holders = (uint32_t)value;
		else if (str_equal(word, STR("admin")))
			kind->admin = true;
		else if (str_equal(word, STR("protected")))
			kind->is_protected = true;
		else if (str_equal(word, STR("fixed")))
			kind->assignable = kind->invitable = false;
		else if (str_equal(word, STR("uninvitable")))
			kind->invitable = false;
		else
			return case_error(r, "unknown word of a role", word);
	}
	return 0;
}

static int add_missing(struct reader *r, str line)
{
	struct abilities *a = &r->c->abilities;
	str what;

	word_next(&line, &what);
	if (str_equal(what, STR("remove")))
		a->missing_remove = line;
	else if (str_equal(what, STR("revoke")))
		a->missing_revoke = line;
	else if (str_equal(what, STR("resend")))
		a->missing_resend = line;
	else if (str_equal(what, STR("role")))
		a->missing_role = line;
	else if (str_equal(what, STR("join")))
		a->refused_invite = line;
	else
		return case_error(r, "unknown missing ability", what);
	return 0;
}

static int read_ability(struct reader *r, str line)
{
	struct abilities *a = &r->c->abilities;
	str word, next;

	word_next(&line, &word);
	if (str_equal(word, STR("kind")))
		return set_kind(r, line);
	if (str_equal(word, STR("can")) || str_equal(word, STR("cannot")))
		return set_flags(r, line, word.n == 3);
	if (str_equal(word, STR("roles")))
		return set_role_style(r, line);
	if (str_equal(word, STR("role")))
		return add_role(r, line);
	if (str_equal(word, STR("missing")))
		return add_missing(r, line);
	if (str_equal(word, STR("removal")))
		a->removal = line;
	else if (str_equal(word, STR("single-team")))
		a->single_team = true;
	else if (str_equal(word, STR("one-team-each")))
		a->one_team_each = true;
	else if (str_equal(word, STR("eventual")))
		a->eventual = duration_parse(line, &a->eventual_grace);
	else if (str_equal(word, STR("address")))
		r->address = line;
	else if (str_equal(word, STR("nested")))
		r->nested = line;
	else if (str_equal(word, STR("attributes")))
		while (word_next(&line, &next))
			list_push(&a->attributes, next);
	else
		return case_error(r, "unknown line of @abilities", word);
	return 0;
}

/* -- the policy -- */

static int parse_policy(struct reader *r, str yaml)
{
	struct buf b = {0};
	struct diagnostics faults = {0};
	str line;
	int result = -1;

	buf_printf(&b,
		   "version: 1\nstate: /nowhere/state.db\nsystems:\n  corp:\n    kind: source\n");
	if (r->nested.n)
		buf_printf(&b, "    groups: {nested: %.*s}\n", STR_ARG(r->nested));
	buf_printf(&b, "  crm:\n    kind: %.*s\n", STR_ARG(r->kind));
	if (r->address.n)
		buf_printf(&b, "    address: '%.*s'\n", STR_ARG(r->address));
	buf_text(&b, "syncs:\n  crm:\n    from: corp\n    to: crm\n");
	while (str_split(&yaml, '\n', &line))
		buf_printf(&b, "    %.*s\n", STR_ARG(line));
	if (config_parse(r->c->path, buf_str(&b), kinds, sizeof kinds / sizeof *kinds,
			 &r->c->config, &faults) == 0) {
		r->c->policy = &config_sync(r->c->config, STR("crm"))->policy;
		result = 0;
	} else {
		diag_print(&faults, stderr, false);
		case_error(r, "the policy is not right", STR(""));
	}
	diag_clear(&faults);
	buf_clear(&b);
	return result;
}

/* -- sections -- */

static str *section_find(struct sections *s, str name)
{
	struct {
		const char *name;
		str *text;
	} all[] = {
		{"about", &s->about},   {"policy", &s->policy}, {"abilities", &s->abilities},
		{"source", &s->source}, {"target", &s->target}, {"links", &s->links},
		{"memory", &s->memory}, {"now", &s->now},       {"expect", &s->expect},
		{"ask", &s->ask},       {"answer", &s->answer},
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (str_equal(name, str_of(all[i].name)))
			return all[i].text;
	return NULL;
}

static int split_sections(struct reader *r, str text, struct sections *ret)
{
	str *section = NULL;

	while (text.n) {
		ptrdiff_t end = str_find(text, '\n');
		size_t n = end < 0 ? text.n : (size_t)end + 1;
		str line = str_slice(text, 0, n);

		r->line++;
		text = str_slice(text, n, text.n);
		if (line.p[0] == '@') {
			section = section_find(ret, str_trim(str_slice(line, 1, line.n)));
			if (!section)
				return case_error(r, "unknown section", str_trim(line));
			*section = str_make(line.p + line.n, 0);
		} else if (section) {
			section->n += line.n;
		}
	}
	return 0;
}

/* Of a place in the case, from 1; 0 for what a section has when the case does not say it. */
static size_t line_number(const struct reader *r, const char *place)
{
	const char *begin = r->text.p, *end = r->text.p + r->text.n;
	size_t line = 1;

	/* As numbers: places in different texts have no order of their own. */
	if ((uintptr_t)place < (uintptr_t)begin || (uintptr_t)place > (uintptr_t)end)
		return 0;
	for (; begin < place; begin++)
		line += *begin == '\n';
	return line;
}

/* Calls `read` for each line that is neither empty nor a comment. */
int each_line(struct reader *r, str text, int (*read)(struct reader *r, str line))
{
	while (text.n) {
		ptrdiff_t end = str_find(text, '\n');
		str line = str_trim(str_slice(text, 0, end < 0 ? text.n : (size_t)end));

		r->line = line_number(r, text.p);
		text = str_slice(text, end < 0 ? text.n : (size_t)end + 1, text.n);
		if (line.n && line.p[0] != '#' && read(r, line) < 0)
			return -1;
	}
	return 0;
}

int each_line_either_way(struct reader *r, str text, int (*read)(struct reader *r, str line))
{
	str line;

	if (!r->reversed)
		return each_line(r, text, read);
	while (text.n) {
		ptrdiff_t end = str_find_last(str_slice(text, 0, text.n - 1), '\n');

		line = str_slice(text, (size_t)(end + 1), text.n);
		text = str_slice(text, 0, (size_t)(end + 1));
		if (each_line(r, line, read) < 0)
			return -1;
	}
	return 0;
}

static int read_sections(struct reader *r, struct sections *s)
{
	struct plan_case *c = r->c;

	c->about = str_trim(s->about);
	c->expect = s->expect;
	c->ask = str_trim(s->ask);
	c->answer = s->answer;
	c->now = word_time(s->now.n ? str_trim(s->now) : STR("2026-11-22"));
	if (!s->abilities.n)
		s->abilities = STR("kind scim\n");
	if (each_line(r, s->abilities, read_ability) < 0)
		return -1;
	if (parse_policy(r, s->policy) < 0)
		return -1;
	if (read_snapshot(r, &c->source, s->source) < 0 ||
	    read_snapshot(r, &c->target, s->target) < 0)
		return -1;
	return read_memory(r, s);
}

static int load(const char *path, bool reversed, struct plan_case *ret, struct err *err)
{
	struct reader r = {.c = ret, .err = err, .reversed = reversed};
	struct sections sections = {0};
	struct buf b = {0};
	int result = -1;

	*ret = (struct plan_case){.path = path};
	if (file_read(path, CASE_LIMIT, &b, err) < 0 ||
	    snapshot_open(&ret->source, "/tmp", err) < 0 ||
	    snapshot_open(&ret->target, "/tmp", err) < 0)
		goto out;
	r.text = arena_str(&ret->arena, buf_str(&b));
	if (split_sections(&r, r.text, &sections) == 0 && read_sections(&r, &sections) == 0)
		result = 0;
out:
	buf_clear(&b);
	if (result < 0)
		case_clear(ret);
	return result;
}

int case_load(const char *path, struct plan_case *ret, struct err *err)
{
	return load(path, false, ret, err);
}

int case_load_reversed(const char *path, struct plan_case *ret, struct err *err)
{
	return load(path, true, ret, err);
}

void case_clear(struct plan_case *c)
{
	config_free(c->config);
	list_clear(&c->abilities.roles);
	list_clear(&c->abilities.attributes);
	snapshot_close(&c->source);
	snapshot_close(&c->target);
	memory_clear(&c->memory);
	arena_clear(&c->arena);
	*c = (struct plan_case){0};
}

struct plan_input case_input(const struct plan_case *c)
{
	return (struct plan_input){
		.policy = c->policy,
		.abilities = &c->abilities,
		.source = &c->source,
		.target = &c->target,
		.memory = &c->memory,
		.now = c->now,
	};
}

void case_squeeze(str text, struct buf *out)
{
	str line, word;

	while (str_split(&text, '\n', &line)) {
		bool first = true;

		while (word_next(&line, &word)) {
			buf_text(out, first ? "" : " ");
			buf_put(out, word);
			first = false;
		}
		if (!first)
			buf_char(out, '\n');
	}
}
