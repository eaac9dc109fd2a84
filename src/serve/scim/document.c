/* SPDX-License-Identifier: Apache-2.0 */
/* Reading JSON that clients sent: texts, names without case, folding. */
#include "base/json.h"
#include "base/unicode.h"
#include "serve/scim/internal.h"

static str text_of_json(const json_t *value)
{
	return json_str(value);
}

str document_text(const json_t *object, const char *key)
{
	return text_of_json(json_object_get(object, key));
}

const char *document_key_nocase(const json_t *object, str name)
{
	const char *key;
	const json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)object, key, value)
		if (str_equal_nocase(str_of(key), name))
			return key;
	return NULL;
}

json_t *document_find_nocase(const json_t *object, str name)
{
	const char *key = document_key_nocase(object, name);

	return key ? json_object_get(object, key) : NULL;
}

str document_text_nocase(const json_t *object, const char *name)
{
	return text_of_json(document_find_nocase(object, str_of(name)));
}

str text_folded(struct arena *arena, str text)
{
	char *space = arena_alloc(arena, text.n + 1);

	text_fold(text, space);
	return str_make(space, text.n);
}
