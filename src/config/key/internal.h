/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of key: the walk over a tree and a table, and the reading of single values. */
#ifndef CONFIG_KEY_INTERNAL_H
#define CONFIG_KEY_INTERNAL_H

#include "config/internal.h"

#define SECRET_FORMS "{credential: NAME}, {file: PATH} or {command: [PROGRAM, ARGUMENT, ...]}"

struct key_walk {
	struct arena *arena;
	struct fill_options options;
	struct diagnostics *diags;
	bool is_default; /* the tree is a row's fallback: nothing of it was written */
};

/* Reads one text, number or the like; false when it has a fault, which is noted. */
bool value_read(const struct key_walk *w, const struct key *key, const struct yaml_node *node,
		struct setting *ret);
bool value_read_secret(const struct key_walk *w, const struct key *key,
		       const struct yaml_node *node, struct setting *ret);
/* Fills filter, template or the canonical text of ret from ret->text. */
int expression_read(const struct key_walk *w, const struct key *key, struct setting *ret,
		    struct err *err);
/* Notes an error inside a text; where its column can be pointed at in the file, it need not be
 * told. Returns false. */
bool value_refuse_inside(const struct key_walk *w, const struct key *key,
			 const struct yaml_node *node, const struct err *err);
/* A path, from the folder of the configuration when it is relative. */
const char *walk_path(const struct key_walk *w, const char *path);

/* What a value of the row must be, for people: "a duration such as 30s, 15m, 12h or 7d". */
str type_describe(const struct key *key, struct arena *arena);
/* The value as a person would name it: 'text', "a list", "nothing". */
str value_describe(const struct yaml_node *node, struct arena *arena);
/* "a, b, c" of the names in a table, at most `max` of them. */
str key_names_text(const struct key *keys, size_t max, struct arena *arena);
const char *const *key_names(const struct key *keys, struct arena *arena);

#endif
