/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a request target or a form: decoded texts are UTF-8 without NUL, and never longer
 * than what came. */
#include <stdlib.h>

#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(str text, str whole)
{
	if (!str_is_utf8(text) || str_find(text, '\0') >= 0 || text.n > whole.n + 1)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	str text = str_make((const char *)data, size);

	for (int form = 0; form < 2; form++) {
		struct arena arena = {0};
		struct http_target target;

		if (http_target_parse(text, form, &arena, &target) == 0) {
			check(target.path, text);
			if (target.count > HTTP_PARAMETERS_MAX)
				abort();
			for (size_t i = 0; i < target.count; i++) {
				check(target.parameters[i].name, text);
				check(target.parameters[i].value, text);
			}
			http_target_find(&target, "filter");
		}
		arena_clear(&arena);
	}
	return 0;
}
