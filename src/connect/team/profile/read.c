/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of a profile become the plain data that the engine goes by. */
#include <stdlib.h>
#include <string.h>

#include "connect/team/profile/internal.h"
#include "connect/team/profile/keys.h"

struct profile_reader {
	struct profile *p;
	struct arena *arena;
	struct diagnostics *diags;
};

/* Paths were parsed once for their faults, so this cannot fail. */
static const struct json_path *json_path_of(const struct profile_reader *r, str text)
{
	const struct json_path *path = NULL;

	if (!text.n || json_path_parse(text, r->arena, &path, NULL) < 0)
		return NULL;
	return path;
}

static const struct json_path *json_path_at(const struct profile_reader *r,
					    const struct settings *s, const char *name)
{
	return json_path_of(r, setting_text(s, name));
}

static void read_named_paths(const struct profile_reader *r, const struct settings *s,
			     const char *name, named_paths *ret)
{
	size_t count;
	const struct setting *items = setting_items(s, name, &count);

	for (size_t i = 0; i < count; i++)
		list_push(ret,
			  ((struct named_path){items[i].name, json_path_of(r, items[i].text)}));
}

/* The table has rows `at`, `equals` and `absent`. */
static struct condition read_condition(const struct profile_reader *r, const struct settings *s)
{
	struct condition c = {.path = json_path_at(r, s, "at")};

	c.texts = setting_items(s, "equals", &c.count);
	if (setting_given(s, "absent"))
		c.kind = setting_bool(s, "absent") ? CONDITION_ABSENT : CONDITION_PRESENT;
	if (setting_given(s, "absent") == (c.count > 0) && c.path)
		diag_add(r->diags, s->pos,
			 "expected either 'equals' or 'absent' for what stands at '%.*s'",
			 STR_ARG(setting_text(s, "at")));
	return c;
}

static void read_conditions(const struct profile_reader *r, const struct settings *s,
			    const char *name, condition_list *ret)
{
	size_t count;
	const struct setting *items = setting_items(s, name, &count);

	for (size_t i = 0; i < count; i++)
		if (items[i].table)
			list_push(ret, read_condition(r, items[i].table));
}

static void read_call(const struct settings *s, struct call_template *ret)
{
	/* It was judged with the table, so this cannot fail. */
	call_parse(setting_text(s, "call"), &ret->method, &ret->path, NULL);
	ret->pos = setting_pos(s, "call");
	ret->query = setting_items(s, "query", &ret->query_count);
	ret->headers = setting_items(s, "headers", &ret->header_count);
	if (!key_find(s->keys, STR("form")))
		return;
	ret->form = setting_items(s, "form", &ret->form_count);
	ret->body = setting_node(s, "body");
	ret->each = setting_node(s, "each");
}

/* --- lists */

static void read_states(const struct profile_reader *r, const struct settings *s,
			struct entry_set *set)
{
	size_t count;
	const struct setting *items = setting_items(s, "state", &count);

	for (size_t i = 0; i < count; i++) {
		const struct settings *t = items[i].table;
		struct state_rule rule;

		if (!t)
			continue;
		rule = (struct state_rule){
			.always = !setting_given(t, "at"),
			.is = (enum entry_state)setting_choice(t, "is"),
			.assumed = setting_bool(t, "assumed"),
		};
		if (!rule.always)
			rule.when = read_condition(r, t);
		list_push(&set->states, rule);
	}
}

static void read_entry_set(const struct profile_reader *r, const struct settings *s,
			   struct entry_set *set)
{
	const struct {
		const char *name;
		const struct json_path **to;
	} paths[] = {
		{"items", &set->items},     {"id", &set->id},     {"email", &set->email},
		{"login", &set->login},     {"name", &set->name}, {"given", &set->given},
		{"family", &set->family},   {"role", &set->role}, {"sent", &set->sent},
		{"expires", &set->expires},
	};

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		*paths[i].to = json_path_at(r, s, paths[i].name);
	set->optional = setting_bool(s, "optional");
	set->repeats = setting_bool(s, "repeats");
	set->invitations = setting_bool(s, "invitations");
	set->fold_id = setting_bool(s, "fold_id");
	set->role_is = setting_text(s, "role_is");
	read_conditions(r, s, "where", &set->where);
	read_conditions(r, s, "read_only", &set->read_only);
	read_conditions(r, s, "self", &set->self);
	read_states(r, s, set);
	read_named_paths(r, s, "keep", &set->keep);
	read_named_paths(r, s, "secrets", &set->secrets);
	if (!set->email && !set->login)
		diag_add(r->diags, s->pos,
			 "a list needs 'email' or 'login': else nobody in it is recognised");
}

static void read_page(const struct profile_reader *r, const struct settings *s,
		      struct list_paging *ret)
{
	*ret = (struct list_paging){
		.kind = (enum page_kind)setting_choice(s, "kind"),
		.parameter = setting_text(s, "parameter"),
		.size_parameter = setting_text(s, "size_parameter"),
		.size = setting_number(s, "size"),
		.first = setting_number(s, "first"),
		.next = json_path_at(r, s, "next"),
		.more = json_path_at(r, s, "more"),
		.total = json_path_at(r, s, "total"),
		.pages = json_path_at(r, s, "pages"),
		.header = setting_text(s, "header"),
		.attribute = setting_text(s, "attribute"),
	};
	if (ret->kind != PAGE_NONE && ret->kind != PAGE_LINK && !ret->parameter.n)
		diag_add(r->diags, s->pos, "paging needs 'parameter'");
	if (ret->kind == PAGE_CURSOR && !ret->next)
		diag_add(r->diags, s->pos, "paging by cursor needs 'next'");
	if (ret->kind == PAGE_HEADER && !ret->header.n)
		diag_add(r->diags, s->pos, "paging by header needs 'header'");
	if ((ret->kind == PAGE_NUMBER || ret->kind == PAGE_OFFSET) && !ret->size)
		diag_add(r->diags, s->pos,
			 "paging by number or offset needs 'size': a shorter page is the last");
}

static void read_lists(const struct profile_reader *r)
{
	size_t count, set_count;
	const struct setting *items = setting_items(r->p->settings, "list", &count), *sets;

	for (size_t i = 0; i < count; i++) {
		struct list_call *l;

		if (!items[i].table)
			continue;
		l = list_add(&r->p->lists);
		read_call(items[i].table, &l->call);
		read_page(r, setting_table(items[i].table, "page"), &l->page);
		sets = setting_items(items[i].table, "sets", &set_count);
		for (size_t k = 0; k < set_count; k++)
			if (sets[k].table)
				read_entry_set(r, sets[k].table, list_add(&l->sets));
	}
}

static void read_catalogue(const struct profile_reader *r)
{
	const struct settings *s = setting_table(r->p->settings, "catalogue");
	struct list_call *l = &r->p->catalogue;
	struct entry_set *set;

	if (!s)
		return;
	r->p->has_catalogue = true;
	read_call(s, &l->call);
	read_page(r, setting_table(s, "page"), &l->page);
	set = list_add(&l->sets);
	set->items = json_path_at(r, s, "items");
	set->id = json_path_at(r, s, "id");
	set->name = json_path_at(r, s, "name");
}

/* --- operations */

static void read_step(const struct profile_reader *r, const struct settings *s, enum team_op op,
		      struct team_operation *operation)
{
	struct call_step *step = list_add(&operation->steps);

	step->op = op;
	read_call(s, &step->call);
	read_named_paths(r, s, "capture", &step->capture);
	if (key_find(s->keys, STR("roles")))
		step->roles = setting_items(s, "roles", &step->role_count);
	if (key_find(s->keys, STR("needs")))
		step->needs = setting_text(s, "needs");
	if ((step->call.body != NULL) + (step->call.each != NULL) + (step->call.form_count > 0) > 1)
		diag_add(r->diags, s->pos, "expected one of 'body', 'each' and 'form'");
}

static void read_operation(const struct profile_reader *r, enum team_op op)
{
	const struct settings *s = setting_table(r->p->settings, op_names[op]);
	struct team_operation *operation = &r->p->operations[op];
	const struct setting *steps;
	size_t step_count, as_count;

	if (!s)
		return;
	steps = setting_items(s, "steps", &step_count);
	setting_items(s, "as", &as_count);
	operation->missing = setting_text(s, "missing");
	operation->refused = setting_text(s, "refused");
	operation->every = setting_number(s, "every");
	operation->max = setting_number(s, "most");
	operation->refusals = json_path_at(r, s, "refusals");
	operation->repeatable = setting_bool(s, "repeatable");
	if (setting_given(s, "call"))
		read_step(r, s, op, operation);
	for (size_t i = 0; i < step_count; i++)
		if (steps[i].table)
			read_step(r, steps[i].table, op, operation);
	if (setting_given(s, "call") + (step_count > 0) + (as_count > 0) +
		    (operation->missing.n > 0) !=
	    1)
		diag_add(r->diags, s->pos, "'%s' needs one of 'call', 'steps', 'as' and 'missing'",
			 op_names[op]);
	if (operation->max > 1 && operation->steps.count != 1)
		diag_add(r->diags, setting_pos(s, "most"), "'most' goes with one 'call' only");
}

/* Operations that are others in a row take their steps, with the rules for errors that those have.
 */
static void read_as(const struct profile_reader *r, enum team_op op)
{
	const struct settings *s = setting_table(r->p->settings, op_names[op]);
	const struct setting *items;
	size_t count;

	if (!s)
		return;
	items = setting_items(s, "as", &count);
	for (size_t i = 0; i < count; i++) {
		enum team_op other = op_find(items[i].text);

		if (other == op || !r->p->operations[other].steps.count)
			diag_add(r->diags, items[i].pos, "'%s' has no call of its own",
				 op_names[other]);
		list_each (const struct call_step, step, &r->p->operations[other].steps)
			if (other != op && step->op == other)
				list_push(&r->p->operations[op].steps, *step);
	}
}

/* --- the rest */

static void add_parameter(const struct profile_reader *r, const char *name, const char *doc)
{
	if (!profile_parameter(r->p, str_of(name)))
		list_push(&r->p->parameters,
			  ((struct parameter){.name = str_of(name), .doc = str_of(doc)}));
}

static void read_parameters(const struct profile_reader *r)
{
	size_t count;
	const struct setting *items = setting_items(r->p->settings, "parameters", &count);

	for (size_t i = 0; i < count; i++) {
		const struct settings *s = items[i].table;
		struct parameter *parameter;

		if (!s)
			continue;
		parameter = list_add(&r->p->parameters);
		parameter->name = items[i].name;
		parameter->pos = s->pos;
		parameter->doc = setting_text(s, "doc");
		parameter->required = setting_bool(s, "required");
		parameter->fallback = setting_text(s, "default");
		parameter->words = setting_items(s, "words", &parameter->word_count);
	}
	add_parameter(r, "own_account",
		      "muster's own member, by e-mail address, login or id: never changed");
	add_parameter(r, "key_kind", "whether auth is to be a live or a test key: live or test");
}

static void read_profile_auth(const struct profile_reader *r)
{
	static const enum http_auth kinds[] = {HTTP_AUTH_NONE, HTTP_AUTH_BEARER, HTTP_AUTH_BASIC,
					       HTTP_AUTH_HEADERS, HTTP_AUTH_TOKEN};
	const struct settings *s = setting_table(r->p->settings, "auth");
	struct profile_auth *a = &r->p->auth;

	*a = (struct profile_auth){
		.kind = kinds[setting_choice(s, "kind")],
		.header = setting_text(s, "header"),
		.prefix = setting_text(s, "prefix"),
		.second_header = setting_text(s, "second_header"),
		.token_url = setting_text(s, "token_url"),
		.scope = setting_text(s, "scope"),
		.audience = setting_text(s, "audience"),
		.live = setting_text(s, "live"),
		.test = setting_text(s, "test"),
		.basic = setting_choice(s, "credentials") == 1,
	};
	if ((a->kind == HTTP_AUTH_HEADERS) != (a->header.n > 0))
		diag_add(r->diags, s->pos, "'header' goes with 'kind: header'");
	if ((a->kind == HTTP_AUTH_TOKEN) != (a->token_url.n > 0))
		diag_add(r->diags, s->pos, "'token_url' goes with 'kind: oauth2'");
	if (a->kind == HTTP_AUTH_TOKEN)
		add_parameter(r, "client_id", "OAuth2 client; its secret is auth");
}

static void read_roles(const struct profile_reader *r)
{
	size_t count;
	const struct setting *items = setting_items(r->p->settings, "roles", &count);

	for (size_t i = 0; i < count; i++) {
		const struct settings *s = items[i].table;

		if (!s)
			continue;
		*list_add(&r->p->roles) = (struct role){
			.name = items[i].name,
			.value = setting_text(s, "value"),
			.invite_value = setting_given(s, "invite_value")
						? setting_text(s, "invite_value")
						: setting_text(s, "value"),
			.missing = setting_text(s, "missing"),
			.rank = (int32_t)setting_number(s, "rank"),
			.admin = setting_bool(s, "admin"),
			.give = setting_bool(s, "give"),
			.invite = setting_bool(s, "invite"),
			.is_default = setting_bool(s, "default"),
			.is_protected = setting_bool(s, "protected"),
			.max = (uint32_t)setting_number(s, "most"),
			.min = (uint32_t)setting_number(s, "least"),
		};
	}
}

static void read_errors(const struct profile_reader *r)
{
	const struct settings *s = setting_table(r->p->settings, "errors");
	size_t count;
	const struct setting *items = setting_items(s, "classes", &count);

	r->p->error_code = json_path_at(r, s, "code");
	r->p->error_message = json_path_at(r, s, "message");
	r->p->error_request = json_path_at(r, s, "request");
	for (size_t i = 0; i < count; i++) {
		const struct settings *t = items[i].table;
		struct error_rule *rule;

		if (!t)
			continue;
		rule = list_add(&r->p->errors);
		rule->as = (enum answer_class)setting_choice(t, "as");
		rule->hint = setting_text(t, "hint");
		rule->statuses = setting_items(t, "status", &rule->status_count);
		rule->codes = setting_items(t, "code", &rule->code_count);
		rule->messages = setting_items(t, "message", &rule->message_count);
		rule->ops = setting_items(t, "of", &rule->op_count);
		if (!rule->status_count && !rule->code_count && !rule->message_count)
			diag_add(r->diags, t->pos,
				 "expected 'status', 'code' or 'message': else every error "
				 "would fit");
		if (rule->code_count && !r->p->error_code)
			diag_add(r->diags, t->pos, "'code' needs the key errors.code");
	}
}

static void read_plain_values(const struct profile_reader *r)
{
	struct profile *p = r->p;
	const struct settings *s = p->settings, *pace = setting_table(s, "pace");

	p->title = setting_text(s, "title");
	p->url = setting_text(s, "url");
	p->removal = setting_text(s, "removal");
	p->headers = setting_items(s, "headers", &p->header_count);
	p->address_max = setting_number(s, "address_most");
	p->eventual = setting_number(s, "eventual");
	p->lasts = setting_number(s, "lasts");
	p->one_team_each = setting_bool(s, "one_team_each");
	p->times = (unsigned)setting_choice(s, "times");
	p->per_second = setting_number(pace, "per_second");
	p->in_flight = setting_number(pace, "in_flight");
	p->attempts = setting_number(pace, "attempts");
	p->quota_remaining = setting_text(pace, "remaining");
	p->quota_reset = setting_text(pace, "reset");
	p->quota_unit = (unsigned)setting_choice(pace, "unit");
	read_conditions(r, setting_table(s, "answers"), "good", &p->good);
}

void profile_read(struct profile *p, struct arena *arena, struct diagnostics *diags)
{
	struct profile_reader r = {p, arena, diags};

	read_plain_values(&r);
	read_parameters(&r);
	read_profile_auth(&r);
	read_roles(&r);
	read_errors(&r);
	read_lists(&r);
	read_catalogue(&r);
	for (enum team_op op = 0; op < OP_COUNT; op++)
		read_operation(&r, op);
	for (enum team_op op = 0; op < OP_COUNT; op++)
		read_as(&r, op);
}
