/* SPDX-License-Identifier: Apache-2.0 */
/* Reads where a secret comes from; one that was written out is refused and never shown. */
#include <string.h>

#include "config/key/internal.h"

static bool secret_refuse(const struct key_walk *w, const struct key *key,
			  const struct yaml_node *node)
{
	diag_mask(w->diags, node->pos, node->end_line, node->end_column);
	if (yaml_is_null(node))
		diag_add(w->diags, node->pos, "'%s' is empty; write " SECRET_FORMS, key->name);
	else
		diag_add(w->diags, node->pos,
			 "'%s' must not be written here; write " SECRET_FORMS
			 ", and change the secret if others may have read this file",
			 key->name);
	return false;
}

/* A text or number; not true, false or nothing. */
static bool is_source_word(const struct yaml_node *node)
{
	bool truth;

	return node->kind == YAML_TEXT && !yaml_is_null(node) && !yaml_to_bool(node, &truth) &&
	       !memchr(node->text.p, '\0', node->text.n);
}

/* The same with at least one character, and without control characters. */
static bool is_source_line(const struct yaml_node *node)
{
	if (!is_source_word(node) || node->text.n == 0)
		return false;
	for (size_t i = 0; i < node->text.n; i++)
		if ((unsigned char)node->text.p[i] < ' ' || node->text.p[i] == 0x7f)
			return false;
	return true;
}

static bool source_read_credential(const struct key_walk *w, const struct yaml_node *node,
				   struct secret_source *ret)
{
	/* As systemd names them (systemd.exec(5), LoadCredential=). */
	if (!is_source_line(node) || node->text.n > 255 || str_find(node->text, '/') >= 0 ||
	    str_equal(node->text, STR(".")) || str_equal(node->text, STR(".."))) {
		diag_add(w->diags, node->pos,
			 "'credential' must be the name of a systemd credential, without '/', "
			 "not %.*s",
			 STR_ARG(value_describe(node, w->arena)));
		return false;
	}
	ret->name = node->text.p;
	return true;
}

static bool source_read_file(const struct key_walk *w, const struct yaml_node *node,
			     struct secret_source *ret)
{
	if (!is_source_line(node) || node->text.p[0] == '~') {
		diag_add(w->diags, node->pos, "'file' must be the path of a file, not %.*s",
			 STR_ARG(value_describe(node, w->arena)));
		return false;
	}
	ret->name = walk_path(w, node->text.p);
	return true;
}

static bool source_read_command(const struct key_walk *w, const struct yaml_node *node,
				struct secret_source *ret)
{
	char **command;

	if (node->kind != YAML_LIST || node->count == 0) {
		diag_add(w->diags, node->pos,
			 "'command' must be a list, [PROGRAM, ARGUMENT, ...]: no shell takes it "
			 "apart");
		return false;
	}
	command = arena_array(w->arena, char *, node->count + 1);
	for (size_t i = 0; i < node->count; i++) {
		const struct yaml_node *word = &node->items[i];

		if (word->kind != YAML_TEXT || memchr(word->text.p, '\0', word->text.n) ||
		    (i == 0 && !is_source_line(word))) {
			diag_add(w->diags, word->pos, "'command' must hold texts only, not %.*s",
				 STR_ARG(value_describe(word, w->arena)));
			return false;
		}
		command[i] = arena_alloc(w->arena, word->text.n + 1);
		memcpy(command[i], word->text.p, word->text.n);
	}
	ret->command = command;
	return true;
}

bool value_read_secret(const struct key_walk *w, const struct key *key,
		       const struct yaml_node *node, struct setting *ret)
{
	static const char *const forms[] = {"credential", "file", "command", NULL};
	struct secret_source *source = arena_new(w->arena, struct secret_source);
	const struct yaml_node *value;
	bool good;

	if (node->kind != YAML_MAP || node->count == 0)
		return secret_refuse(w, key, node);
	source->pos = node->pos;
	for (size_t i = 0; forms[i]; i++)
		if (str_equal(node->keys[0].text, str_of(forms[i])))
			source->form = (enum secret_form)i;
	if (node->count != 1 || !yaml_find(node, forms[source->form])) {
		diag_mask(w->diags, node->pos, node->end_line, node->end_column);
		diag_add(w->diags, node->pos, "'%s' must be exactly one of " SECRET_FORMS,
			 key->name);
		return false;
	}
	value = &node->items[0];
	if (value->kind == YAML_BAD)
		return false;
	good = source->form == SECRET_CREDENTIAL ? source_read_credential(w, value, source)
	       : source->form == SECRET_FILE     ? source_read_file(w, value, source)
						 : source_read_command(w, value, source);
	ret->secret = source;
	return good;
}
