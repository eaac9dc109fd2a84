/* SPDX-License-Identifier: Apache-2.0 */
/* YAML as a tree with the place of every node; only the plain part of the language is taken. */
#ifndef CONFIG_YAML_YAML_H
#define CONFIG_YAML_YAML_H

#include "config/yaml/diag.h"

#define YAML_LIMIT ((size_t)4 * 1024 * 1024) /* bytes of a configuration or profile */
#define YAML_DEPTH 32

enum yaml_kind {
	YAML_TEXT,
	YAML_LIST,
	YAML_MAP,
	YAML_BAD, /* stands for what was refused (an alias): its fault is told, pass over it */
};

/* Lives in the arena that was given to yaml_parse. */
struct yaml_node {
	enum yaml_kind kind;
	bool quoted; /* text in quotes or as a block: never a number, a truth value or null */
	uint32_t end_line, end_column; /* right behind the node */
	struct source_pos pos;
	str text; /* NUL-terminated; may hold NULs */
	struct yaml_node *items; /* of a list; of a map: the values */
	struct yaml_node *keys; /* of a map: keys[i] names items[i]; YAML_TEXT, all distinct */
	size_t count;
};

/*
 * Parses YAML (a subset of 1.1 that reads the same in 1.2) into a tree. Refused, each as a fault:
 * anchors, aliases, tags, merge keys, keys that are no text, duplicate keys, a second document,
 * depth above YAML_DEPTH, text that is not UTF-8, an empty file. Returns the root, or NULL when
 * there is none to be had; when f->errors grew, the tree serves only to look for further faults.
 * `text` must outlive f; `file` must outlive the tree, whose marks point to it.
 */
const struct yaml_node *yaml_parse(struct arena *arena, const char *file, str text,
				   struct diagnostics *f);
/* The same for a file of at most `limit` bytes; what keeps it from being read is a fault as well.
 */
const struct yaml_node *yaml_load(struct arena *arena, const char *file, size_t limit,
				  struct diagnostics *f);

/* The value of a key; NULL when it is not there or the node is no map. */
const struct yaml_node *yaml_find(const struct yaml_node *map, const char *name);
bool yaml_is_null(const struct yaml_node *node); /* nothing, ~ or null, not quoted */
/* true or false, not quoted; other words are not taken for truth values. */
bool yaml_to_bool(const struct yaml_node *node, bool *ret);
/* a whole decimal number, not quoted */
bool yaml_to_int(const struct yaml_node *node, int64_t *ret);
/* What a person would call the node: "a list", "the number 5", "nothing", "text". */
const char *yaml_kind_text(const struct yaml_node *node);

#endif
