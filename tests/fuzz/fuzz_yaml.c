/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as YAML: a tree or faults, and every fault can be printed. */
#include <assert.h>
#include <stdio.h>

#include "config/yaml.h"

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
	fclose(nowhere);
	faults_clear(&faults);
	arena_clear(&arena);
	return 0;
}
