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
	assert(node->pos.line > 0 && node->pos.column > 0);
	assert(node->end_line >= node->pos.line);
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
	struct diagnostics diags = {0};
	struct config *config = NULL;
	int rc = config_parse("fuzz.yaml", text, kinds, KINDS, &config, &diags);

	assert((rc == 0) == (diags.errors == 0) && (rc == 0) == (config != NULL));
	diag_print(&diags, nowhere, false);
	diag_clear(&diags);
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
	struct diagnostics diags = {0};
	str text = arena_str(&arena, str_make((const char *)data, size));
	const struct yaml_node *root = yaml_parse(&arena, "fuzz.yaml", text, &diags);
	FILE *nowhere = fopen("/dev/null", "w");

	assert(root || diags.errors);
	if (root)
		check_node(root);
	diag_print(&diags, nowhere, true);
	check_config(text, nowhere);
	fclose(nowhere);
	diag_clear(&diags);
	arena_clear(&arena);
	return 0;
}
