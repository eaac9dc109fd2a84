/* SPDX-License-Identifier: Apache-2.0 */
/* Judges a profile beyond its table of keys: every {name} must be known where it stands. */
#include "connect/team/profile/internal.h"

/* What the engine itself knows of a person or a change. */
static const char *const own_names[] = {
	"id", "email", "login", "name", "given", "family", "role", "old_role", "invitation", NULL,
};
static const char *const list_names[] = {"emails", NULL};

struct name_scope {
	const struct profile *p;
	struct diagnostics *diags;
	bool person; /* the call is about someone: own names, what lists keep */
	const struct team_operation *operation; /* and what earlier steps captured */
	size_t step;
};

static bool is_listed_name(const char *const *words, str name)
{
	for (; *words; words++)
		if (str_equal(name, str_of(*words)))
			return true;
	return false;
}

static bool has_named_path(const named_paths *paths, str name)
{
	list_each (const struct named_path, n, paths)
		if (str_equal(n->name, name))
			return true;
	return false;
}

static bool is_kept_name(const struct profile *p, str name)
{
	list_each (const struct list_call, l, &p->lists)
		list_each (const struct entry_set, set, &l->sets)
			if (has_named_path(&set->keep, name) || has_named_path(&set->secrets, name))
				return true;
	return false;
}

static bool is_known_name(const struct name_scope *s, str name)
{
	if (profile_parameter(s->p, name))
		return true;
	if (!s->person)
		return false;
	for (size_t i = 0; s->operation && i < s->step; i++)
		if (has_named_path(&s->operation->steps.items[i].capture, name))
			return true;
	return is_listed_name(own_names, name) || is_listed_name(list_names, name) ||
	       is_kept_name(s->p, name);
}

static void check_known_name(const struct name_scope *s, str name, struct source_pos pos)
{
	if (!is_known_name(s, name))
		diag_add(s->diags, pos,
			 "nothing is known as {%.*s} here: name it under 'parameters'%s",
			 STR_ARG(name),
			 s->person ? ", in 'keep' of a list, or in 'capture' of an earlier step"
				   : "");
}

static void check_text_names(const struct name_scope *s, str text, struct source_pos pos)
{
	size_t at = 0;
	struct placeholder placeholder;

	while (placeholder_next(text, &at, &placeholder, NULL) > 0)
		check_known_name(s, placeholder.name, pos);
}

static void check_map_names(const struct name_scope *s, const struct setting *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_text_names(s, items[i].text, items[i].pos);
}

static void check_tree_names(const struct name_scope *s, const struct yaml_node *node)
{
	size_t at = 0;
	struct placeholder placeholder;
	struct err err;
	int rc;

	if (!node)
		return;
	while (node->kind == YAML_TEXT &&
	       (rc = placeholder_next(node->text, &at, &placeholder, &err)) != 0) {
		if (rc < 0) {
			diag_add(s->diags, node->pos, "%s", err.text);
			return;
		}
		check_known_name(s, placeholder.name, node->pos);
	}
	for (size_t i = 0; i < node->count; i++)
		check_tree_names(s, &node->items[i]);
}

static void check_call_names(const struct name_scope *s, const struct call_template *call)
{
	check_text_names(s, call->path, call->pos);
	check_map_names(s, call->query, call->query_count);
	check_map_names(s, call->headers, call->header_count);
	check_map_names(s, call->form, call->form_count);
	check_tree_names(s, call->body);
	check_tree_names(s, call->each);
}

static void check_path_names(const struct name_scope *s, const struct json_path *path,
			     struct source_pos pos)
{
	str name;

	for (size_t i = 0; path && json_path_parameter(path, i, &name); i++)
		check_known_name(s, name, pos);
}

static void check_set_names(const struct name_scope *s, const struct entry_set *set,
			    struct source_pos pos)
{
	const struct json_path *paths[] = {set->items, set->id,     set->email,  set->login,
					   set->name,  set->given,  set->family, set->role,
					   set->sent,  set->expires};

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		check_path_names(s, paths[i], pos);
	list_each (const struct state_rule, rule, &set->states)
		check_path_names(s, rule->when.path, pos);
}

static void check_list_names(const struct name_scope *s)
{
	list_each (const struct list_call, l, &s->p->lists) {
		check_call_names(s, &l->call);
		list_each (const struct entry_set, set, &l->sets)
			check_set_names(s, set, l->call.pos);
	}
	if (s->p->has_catalogue)
		check_call_names(s, &s->p->catalogue.call);
}

static void check_operation_names(const struct name_scope *outer)
{
	for (enum team_op op = 0; op < OP_COUNT; op++) {
		const struct team_operation *operation = &outer->p->operations[op];

		for (size_t i = 0; i < operation->steps.count; i++) {
			struct name_scope s = *outer;

			s.person = true;
			s.operation = operation;
			s.step = i;
			check_call_names(&s, &operation->steps.items[i].call);
			if (operation->steps.items[i].needs.n)
				check_known_name(&s, operation->steps.items[i].needs,
						 operation->steps.items[i].call.pos);
		}
	}
}

/* Where roles are declared, the words of a step must be among them. */
static void check_step_roles(const struct name_scope *s, const struct call_step *step)
{
	for (size_t i = 0; i < step->role_count; i++) {
		bool found = s->p->roles.count == 0;

		list_each (const struct role, role, &s->p->roles)
			found = found || str_equal(role->name, step->roles[i].text);
		if (!found)
			diag_add(s->diags, step->roles[i].pos, "there is no role '%.*s'",
				 STR_ARG(step->roles[i].text));
	}
}

/* A default may speak of other parameters whose own default does not. */
static void check_defaults(const struct name_scope *s)
{
	struct placeholder placeholder;

	list_each (struct parameter, parameter, &s->p->parameters)
		for (size_t at = 0;
		     placeholder_next(parameter->fallback, &at, &placeholder, NULL) > 0;) {
			const struct parameter *other = profile_parameter(s->p, placeholder.name);
			struct placeholder deeper;
			size_t from = 0;

			if (str_equal(placeholder.name, STR("url")) ||
			    (other && placeholder_next(other->fallback, &from, &deeper, NULL) == 0))
				continue;
			diag_add(s->diags, parameter->pos,
				 "nothing is known as {%.*s} here: {url}, or a parameter whose "
				 "default is plain",
				 STR_ARG(placeholder.name));
		}
}

void profile_check(const struct profile *p, struct diagnostics *diags)
{
	struct name_scope s = {.p = p, .diags = diags};
	const struct settings *auth = setting_table(p->settings, "auth");

	check_defaults(&s);
	check_text_names(&s, p->url, setting_pos(p->settings, "url"));
	check_map_names(&s, p->headers, p->header_count);
	check_text_names(&s, p->auth.token_url, setting_pos(auth, "token_url"));
	check_text_names(&s, p->auth.scope, setting_pos(auth, "scope"));
	check_text_names(&s, p->auth.audience, setting_pos(auth, "audience"));
	check_list_names(&s);
	check_operation_names(&s);
	for (enum team_op op = 0; op < OP_COUNT; op++)
		list_each (const struct call_step, step, &p->operations[op].steps)
			check_step_roles(&s, step);
}
