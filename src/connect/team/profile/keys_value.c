/* SPDX-License-Identifier: Apache-2.0 */
/* What a profile may write for a path, a text with placeholders, a call. */
#include "connect/team/profile/json_path.h"
#include "connect/team/profile/keys.h"

/* A path is parsed where it is used; here only so that its fault has its own column. */
int validate_json_path(str value, struct err *err)
{
	struct arena scratch = {0};
	const struct json_path *path;
	int rc = json_path_parse(value, &scratch, &path, err);

	arena_clear(&scratch);
	return rc;
}

int validate_placeholders(str value, struct err *err)
{
	size_t at = 0;
	struct placeholder placeholder;
	int rc;

	while ((rc = placeholder_next(value, &at, &placeholder, err)) > 0)
		;
	return rc;
}

int call_parse(str text, enum http_method *ret_method, str *ret_path, struct err *err)
{
	for (enum http_method method = HTTP_GET; method <= HTTP_DELETE; method++) {
		str word = str_of(http_method_text(method)), rest;

		if (!str_starts(text, word))
			continue;
		rest = str_slice(text, word.n, text.n);
		if (!str_starts(rest, STR(" /")))
			continue;
		*ret_method = method;
		*ret_path = str_slice(rest, 1, rest.n);
		return 0;
	}
	return err_set(err, REACH_RUN, CODE_CONFIG,
		       "expected a method and a path below url, such as \"POST /team/members\"");
}

int validate_call_text(str value, struct err *err)
{
	enum http_method method;
	str path;

	return call_parse(value, &method, &path, err) < 0 ? -1 : validate_placeholders(value, err);
}
