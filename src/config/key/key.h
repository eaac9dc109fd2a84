/* SPDX-License-Identifier: Apache-2.0 */
/* One row of a table of settings, and the settings that a table and a YAML tree make together. */
#ifndef CONFIG_KEY_KEY_H
#define CONFIG_KEY_KEY_H

#include "config/key/secrets.h"
#include "config/yaml/yaml.h"

enum key_type {
	KEY_TEXT,
	KEY_INTEGER, /* setting_number */
	KEY_BOOLEAN, /* true, false */
	KEY_DURATION, /* 30s 15m 12h 7d; setting_number in seconds */
	KEY_CHOICE, /* one of `words` */
	/* scheme one of `words`; no user name or password in it. A scheme that `words` has with an
	 * s behind it as well (http, https) is one in the clear. */
	KEY_URL,
	KEY_PATH, /* of a file; a relative one counts from the folder of the configuration */
	KEY_FILTER, /* a SCIM filter (RFC 7644 3.4.2.2) */
	KEY_TEMPLATE, /* text with {attribute|function} in it */
	KEY_ATTRIBUTE, /* a SCIM attribute path; the setting's text is the canonical one */
	KEY_DN, /* a distinguished name (RFC 4514) */
	KEY_SECRET, /* {credential: NAME}, {file: PATH}, {command: [...]} */
	KEY_TABLE, /* a table of its own: `keys` */
	KEY_TREE, /* whatever is written there, as it stands: setting.node (bodies in profiles) */
};

enum key_shape {
	KEY_ONE,
	KEY_LIST, /* setting_items */
	KEY_ONE_OR_LIST, /* written as one or as a list; setting_items in both cases */
	KEY_MAP, /* names of the admin's choice to values; setting_items, each with its name */
};

/* What the names of a KEY_MAP may be. */
enum key_names {
	NAMES_ANY,
	NAMES_PLAIN, /* a letter, then letters, digits, '-' and '_', 64 at most */
	NAMES_ATTRIBUTE, /* SCIM attribute paths; the item's name is the canonical one */
};

/* What a row means to those who cannot know its name, because each kind of system names its own. */
enum key_role {
	KEY_ROLE_NONE,
	/* of a boolean: true protects a connection that begins in the clear */
	KEY_ROLE_STARTTLS,
	/* of a path: the database that `muster serve` fills; it holds what people decide about */
	KEY_ROLE_INBOX,
	KEY_ROLE_SCOPE, /* says what a read covers: when it changes, the next read is another one */
};

struct filter; /* expr/filter.h */
struct parse_rules; /* expr/path.h */
struct template; /* expr/template.h */
struct template_rules;

/*
 * A table is an array of rows that ends with a nameless one. From it come the parser, the checks,
 * the example, `config show`, the JSON Schema and the list in the manual. A row named "*" takes
 * every key that has no row of its own (setting_extra).
 */
struct key {
	const char *name;
	enum key_type type;
	enum key_shape shape;
	enum key_names names; /* KEY_MAP */
	enum key_role role;
	bool required;
	bool in_example; /* not required, and yet written out in the example: few can do without */
	/* the default as one would write it in YAML; a table is there without being written when
	 * this is "{}"; NULL: no default */
	const char *fallback;
	int64_t min, max; /* of a KEY_INTEGER, or seconds of a KEY_DURATION; max 0: no limit */
	const char *const *words; /* KEY_CHOICE, KEY_URL (schemes); ends with NULL */
	const struct key *keys; /* KEY_TABLE */
	/* KEY_TEMPLATE: which names it may speak of; NULL: any */
	const struct template_rules *rules;
	/* Looks at a value further; the error says what is wrong with it, "expected ...". May be
	 * NULL. */
	int (*validate)(str value, struct err *err);
	const char *doc; /* one line, without a full stop: what it is for */
	const char *example; /* what `config example` writes when there is no default, in YAML */
	const char *since; /* version that brought the key, NULL for the first */
};

struct settings;

/* One value, and where it was written. */
struct setting {
	const struct key *key;
	struct source_pos pos; /* of the value; line 0 for a default */
	struct source_pos name_pos; /* of the key, of those that the row "*" took */
	bool given; /* written in the file, without fault */
	bool present; /* given, or a default */
	str name; /* of a map's item, or of an extra key */
	/* NUL-terminated; of texts, choices, URLs, paths, filters, templates, attributes, names */
	str text;
	int64_t number; /* integer, seconds, 0 or 1, index in words */
	const struct filter *filter;
	const struct template *template;
	const struct secret_source *secret;
	const struct yaml_node *node; /* of a KEY_TREE */
	const struct settings *table;
	const struct setting *items; /* of a list or map */
	size_t count;
};

/* A filled table. Lives in the arena of its configuration; read-only. */
struct settings {
	const struct key *keys;
	struct setting *values; /* one a row; without `given` and default: all zero but the key */
	const struct setting *extras; /* what the row "*" took */
	size_t extra_count;
	struct source_pos pos;
	const char *path; /* "corp.users", "syncs.crm.teams[0]", "" at the top */
};

struct kind_table {
	const char *kind;
	const struct key *keys; /* those of every system and those of the kind */
};

/* How a tree is read; all zero will do for tables without paths, filters and systems. */
struct fill_options {
	const char *folder; /* what relative paths count from */
	/* of filters and attribute paths (expr/path.h), NULL for its defaults */
	const struct parse_rules *rules;
	/* for tables without `keys`: their `kind` says which they have */
	const struct kind_table *kinds;
	size_t kind_count;
};
/* Fills a table from a map (NULL: all defaults), noting faults; never NULL. What has a fault reads
 * as not given. */
struct settings *settings_fill(struct arena *arena, const struct yaml_node *map,
			       const struct key *keys, const char *path,
			       const struct fill_options *options, struct diagnostics *diags);

/*
 * The getters. `name` is a row of the table and has the type asked for: anything else is our own
 * mistake. What is neither written nor has a default reads as "", 0, false, NULL.
 */
const struct setting *setting_find(const struct settings *s, const char *name); /* NULL then */
bool setting_given(const struct settings *s, const char *name);
str setting_text(const struct settings *s, const char *name);
const char *setting_text_or_null(const struct settings *s, const char *name); /* NULL for "" */
int64_t setting_number(const struct settings *s, const char *name); /* integer, seconds */
bool setting_bool(const struct settings *s, const char *name);
size_t setting_choice(const struct settings *s, const char *name); /* index in key.words */
const struct filter *setting_filter(const struct settings *s, const char *name);
const struct template *setting_template(const struct settings *s, const char *name);
const struct secret_source *setting_secret(const struct settings *s, const char *name);
const struct settings *setting_table(const struct settings *s, const char *name);
const struct yaml_node *setting_node(const struct settings *s, const char *name);
const struct setting *setting_items(const struct settings *s, const char *name, size_t *ret_count);
/* Fetches the secret where one was given; else 0, and *ret stays as it is. */
int setting_secret_fetch(const struct settings *s, const char *name, struct secret **ret,
			 struct err *err);
/* A key that the row "*" took; NULL when it was not written. */
const struct setting *setting_extra(const struct settings *s, str name);
/* The first row of that role in the table or in a table of it; NULL: there is none. */
const struct setting *setting_of_role(const struct settings *s, enum key_role role);
/* The value's place, else that of its table: where a fault of this key is to be noted. */
struct source_pos setting_pos(const struct settings *s, const char *name);
/* For messages: "corp.users.filter at muster.yaml:12:15", or "corp.users.filter (default)". */
str setting_place(const struct settings *s, const char *name, struct arena *arena);
/* Is there such a row? The getters may be used for it then. */
const struct key *key_find(const struct key *keys, str name);

/* "90s" <-> 90. Written with the largest unit that divides it: s, m, h or d. */
bool duration_parse(str text, int64_t *ret_seconds);
#define DURATION_SIZE 24
void duration_print(int64_t seconds, char ret[DURATION_SIZE]);

#include "config/key/print.h"

#endif
