/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at a node of a YAML tree: what it holds and what a person would call it. */
#include "config/yaml/yaml.h"

const struct yaml_node *yaml_find(const struct yaml_node *map, const char *name)
{
	str wanted = str_of(name);

	if (map->kind != YAML_MAP)
		return NULL;
	for (size_t i = 0; i < map->count; i++)
		if (str_equal(map->keys[i].text, wanted))
			return &map->items[i];
	return NULL;
}

/* Is the node one of these words, written without quotes? `words` ends with NULL. */
static bool is_unquoted_word(const struct yaml_node *node, const char *const *words)
{
	if (node->kind != YAML_TEXT || node->quoted)
		return false;
	for (; *words; words++)
		if (str_equal(node->text, str_of(*words)))
			return true;
	return false;
}

bool yaml_is_null(const struct yaml_node *node)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};

	return is_unquoted_word(node, words);
}

bool yaml_to_bool(const struct yaml_node *node, bool *ret)
{
	static const char *const yes[] = {"true", "True", "TRUE", NULL};
	static const char *const no[] = {"false", "False", "FALSE", NULL};

	if (!is_unquoted_word(node, yes) && !is_unquoted_word(node, no))
		return false;
	*ret = is_unquoted_word(node, yes);
	return true;
}

bool yaml_to_int(const struct yaml_node *node, int64_t *ret)
{
	return node->kind == YAML_TEXT && !node->quoted && str_to_int(node->text, ret);
}

const char *yaml_kind_text(const struct yaml_node *node)
{
	int64_t number;
	bool truth;

	if (node->kind == YAML_LIST)
		return "a list";
	if (node->kind == YAML_MAP)
		return "a table of keys";
	if (node->kind == YAML_BAD || yaml_is_null(node))
		return "nothing";
	if (yaml_to_bool(node, &truth))
		return truth ? "true" : "false";
	return yaml_to_int(node, &number) ? "a number" : "text";
}
