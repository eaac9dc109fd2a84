/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of config: the walk over a tree and a table, and the reading of single values. */
#ifndef CONFIG_INTERNAL_H
#define CONFIG_INTERNAL_H

#include "config/key/key.h"

struct kind_table {
	const char *kind;
	const struct key *keys; /* those of every system and those of the kind */
};

struct walk {
	struct arena *arena;
	const char *folder;
	const struct parse_rules *rules;
	struct diagnostics *diags;
	/* for tables without `keys`: their `kind` says which they have */
	const struct kind_table *kinds;
	size_t kind_count;
	bool is_default; /* the tree is a row's fallback: nothing of it was written */
};

/* node: NULL when it was not written; then `pos` is that of the table around it. */
struct settings *walk_table(const struct walk *w, const struct yaml_node *node,
			    const struct key *keys, const char *path, struct source_pos pos);
/* Reads one text, number or the like; false when it has a fault, which is noted. */
bool value_read(const struct walk *w, const struct key *key, const struct yaml_node *node,
		struct setting *ret);
bool value_read_secret(const struct walk *w, const struct key *key, const struct yaml_node *node,
		       struct setting *ret);
/* Notes an error inside a text; where its column can be pointed at in the file, it need not be
 * told. Returns false. */
bool value_refuse_inside(const struct walk *w, const struct key *key, const struct yaml_node *node,
			 const struct err *err);
/* A path, from the folder of the configuration when it is relative. */
const char *walk_path(const struct walk *w, const char *path);
/* What a value must be, for people: "a duration such as 30s, 15m, 12h or 7d". */
str value_wanted(const struct key *key, struct arena *arena);
/* The value as a person would name it: 'text', "a list", "nothing". */
str value_met(const struct yaml_node *node, struct arena *arena);
/* "a, b, c" of the names in a table, at most `max` of them. */
str key_names_text(const struct key *keys, size_t max, struct arena *arena);
bool key_any_required(const struct key *keys);
const char *const *key_names(const struct key *keys, struct arena *arena);
str words_text(const char *const *words, struct arena *arena); /* "a, b, c" */

/* Fills filter, template or the canonical text of ret from ret->text. */
int language_read(const struct walk *w, const struct key *key, struct setting *ret,
		  struct err *err);

struct url {
	str scheme, host; /* host without brackets */
	int64_t port; /* 0: the scheme's own */
	bool has_user; /* a user name or password stands in it */
};
bool url_split(str text, struct url *ret);
/* localhost, 127.0.0.0/8, ::1, or a unix socket (ldapi). */
bool url_is_local(const struct url *url);
bool host_is_local(str host);
#define SECRET_FORMS "{credential: NAME}, {file: PATH} or {command: [PROGRAM, ARGUMENT, ...]}"

bool dn_is_valid(str text);

#endif
