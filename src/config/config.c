/* SPDX-License-Identifier: Apache-2.0 */
/* Loads a configuration: tree, tables, systems, syncs, checks; all of it or nothing. */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include "config/internal.h"
#include "config/keys.h"
#include "config/policy.h"

static const char *folder_of(const char *file, struct arena *arena)
{
	const char *slash = strrchr(file, '/');

	if (!slash)
		return ".";
	return slash == file ? "/" : arena_text(arena, str_make(file, (size_t)(slash - file)));
}

static const struct kind *kind_find(const struct config *c, str name)
{
	for (size_t i = 0; i < c->kind_count; i++)
		if (str_equal(str_of(c->kinds[i].name), name))
			return &c->kinds[i];
	return NULL;
}

static void fill_systems(struct config *c)
{
	size_t count;
	const struct setting *items = setting_items(c->settings, "systems", &count);

	for (size_t i = 0; i < count; i++)
		if (items[i].table)
			*list_add(&c->systems) = (struct system){
				arena_text(&c->arena, items[i].name),
				kind_find(c, setting_text(items[i].table, "kind")),
				items[i].table,
			};
}

static void fill_syncs(struct config *c)
{
	size_t count;
	const struct setting *items = setting_items(c->settings, "syncs", &count);

	for (size_t i = 0; i < count; i++) {
		struct sync *sync;

		if (!items[i].table)
			continue;
		sync = list_add(&c->syncs);
		sync->name = arena_text(&c->arena, items[i].name);
		sync->settings = items[i].table;
		sync->from = config_system(c, setting_text(sync->settings, "from"));
		sync->to = config_system(c, setting_text(sync->settings, "to"));
		policy_fill(sync, &c->arena);
	}
}

static void config_fill(struct config *c, const struct yaml_node *root, struct diagnostics *diags)
{
	struct fill_options options = {
		.folder = folder_of(c->file, &c->arena),
		.kinds = kind_tables(c->kinds, c->kind_count, &c->arena),
		.kind_count = c->kind_count,
	};

	c->settings = settings_fill(&c->arena, root, top_keys, "", &options, diags);
	c->state = setting_text(c->settings, "state").p;
	c->lock_wait = setting_number(setting_table(c->settings, "lock"), "wait");
	c->keep_runs = setting_number(c->settings, "keep_runs");
	c->serve = setting_table(c->settings, "serve");
	fill_systems(c);
	fill_syncs(c);
	config_check(c, diags);
}

/* text.p NULL: the file is read. */
static int config_read(const char *file, str text, const struct kind *kinds, size_t kind_count,
		       struct config **ret, struct diagnostics *diags)
{
	struct config *c = mem_alloc(1, sizeof *c);
	size_t before = diags->errors;
	const struct yaml_node *root;

	c->file = arena_text(&c->arena, str_of(file));
	c->kinds = kinds;
	c->kind_count = kind_count;
	root = text.p ? yaml_parse(&c->arena, c->file, text, diags)
		      : yaml_load(&c->arena, c->file, YAML_LIMIT, diags);
	/* The lines are shown again when secrets are checked. */
	if (diags->sources.count)
		c->text = arena_str(&c->arena, diags->sources.items[diags->sources.count - 1].text);
	if (root)
		config_fill(c, root, diags);
	if (!root || diags->errors > before) {
		config_free(c);
		return -1;
	}
	*ret = c;
	return 0;
}

int config_load(const char *file, const struct kind *kinds, size_t kind_count, struct config **ret,
		struct diagnostics *diags)
{
	return config_read(file, (str){NULL, 0}, kinds, kind_count, ret, diags);
}

int config_parse(const char *file, str text, const struct kind *kinds, size_t kind_count,
		 struct config **ret, struct diagnostics *diags)
{
	return config_read(file, text.p ? text : STR(""), kinds, kind_count, ret, diags);
}

void config_free(struct config *c)
{
	if (!c)
		return;
	list_each (struct sync, sync, &c->syncs)
		policy_clear(&sync->policy);
	list_clear(&c->syncs);
	list_clear(&c->systems);
	arena_clear(&c->arena);
	free(c);
}

const struct system *config_system(const struct config *c, str name)
{
	list_each (const struct system, system, &c->systems)
		if (str_equal(str_of(system->name), name))
			return system;
	return NULL;
}

const struct sync *config_sync(const struct config *c, str name)
{
	list_each (const struct sync, sync, &c->syncs)
		if (str_equal(str_of(sync->name), name))
			return sync;
	return NULL;
}

static int no_such_name(const char *what, str name, const char **words, struct err *err)
{
	struct arena scratch = {0};
	str near = word_near(name, words);

	if (near.n)
		err_set(err, REACH_RUN, CODE_USAGE, "no %s '%.*s'; did you mean '%.*s'?", what,
			STR_ARG(name), STR_ARG(near));
	else if (words[0])
		err_set(err, REACH_RUN, CODE_USAGE, "no %s '%.*s'; there are: %.*s", what,
			STR_ARG(name), STR_ARG(words_text(words, &scratch)));
	else
		err_set(err, REACH_RUN, CODE_USAGE, "no %s '%.*s': the configuration has none",
			what, STR_ARG(name));
	arena_clear(&scratch);
	return -1;
}

int config_no_sync(const struct config *c, str name, struct err *err)
{
	const char **words = mem_alloc(c->syncs.count + 1, sizeof *words);

	for (size_t i = 0; i < c->syncs.count; i++)
		words[i] = c->syncs.items[i].name;
	no_such_name("sync", name, words, err);
	free(words);
	return -1;
}

int config_no_system(const struct config *c, str name, struct err *err)
{
	const char **words = mem_alloc(c->systems.count + 1, sizeof *words);

	for (size_t i = 0; i < c->systems.count; i++)
		words[i] = c->systems.items[i].name;
	no_such_name("system", name, words, err);
	free(words);
	return -1;
}

static const struct settings *table_of(struct arena *arena, const char *file,
				       const struct yaml_node *root, const struct key *keys,
				       struct diagnostics *diags)
{
	struct fill_options options = {.folder = folder_of(file, arena)};

	return root ? settings_fill(arena, root, keys, "", &options, diags) : NULL;
}

const struct settings *config_load_table(struct arena *arena, const char *file,
					 const struct key *keys, struct diagnostics *diags)
{
	const char *kept = arena_text(arena, str_of(file));

	return table_of(arena, kept, yaml_load(arena, kept, YAML_LIMIT, diags), keys, diags);
}

const struct settings *config_parse_table(struct arena *arena, const char *file, str text,
					  const struct key *keys, struct diagnostics *diags)
{
	const char *kept = arena_text(arena, str_of(file));

	return table_of(arena, kept, yaml_parse(arena, kept, text, diags), keys, diags);
}
