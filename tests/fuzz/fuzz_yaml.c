/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as YAML and as a configuration: a tree or faults; what is taken reads back when it is
 * shown. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/config/kinds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every node has a place in the text and ends behind it. */
static void check_node(const struct yaml_node *node)
{
	assert(node->mark.line > 0 && node->mark.column > 0);
	assert(node->end_line >= node->mark.line);
	for (size_t i = 0; i < node->count; i++) {
		if (node->kind == YAML_MAP)
			check_node(&node->keys[i]);
		check_node(&node->items[i]);
	}
}

static char *shown(const struct config *config)
{
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	config_show_json(config, to);
	fclose(to);
	return text;
}

/* Loads a text; NULL when it has faults. */
static struct config *load(str text, FILE *nowhere)
{
	struct faults faults = {0};
	struct config *config = NULL;
	int rc = config_parse("fuzz.yaml", text, kinds, KINDS, &config, &faults);

	assert((rc == 0) == (faults.errors == 0) && (rc == 0) == (config != NULL));
	faults_print(&faults, nowhere, false);
	faults_clear(&faults);
	return config;
}

static void check_config(str text, FILE *nowhere)
{
	struct config *first = load(text, nowhere), *second;
	char *yaml = NULL, *json, *again;
	size_t n = 0;
	FILE *to;

	if (!first)
		return;
	to = open_memstream(&yaml, &n);
	config_show(first, to);
	fclose(to);
	second = load(str_make(yaml, n), nowhere);
	assert(second);
	json = shown(first);
	again = shown(second);
	assert(strcmp(json, again) == 0);
	free(yaml);
	free(json);
	free(again);
	config_free(first);
	config_free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct faults faults = {0};
	str text = arena_str(&arena, str_make((const char *)data, size));
	const struct yaml_node *root = yaml_parse(&arena, "fuzz.yaml", text, &faults);
	FILE *nowhere = fopen("/dev/null", "w");

	assert(root || faults.errors);
	if (root)
		check_node(root);
	faults_print(&faults, nowhere, true);
	check_config(text, nowhere);
	fclose(nowhere);
	faults_clear(&faults);
	arena_clear(&arena);
	return 0;
}
