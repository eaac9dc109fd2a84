/* SPDX-License-Identifier: Apache-2.0 */
/* The words for what a token may do. */
#include "model/token.h"

static const struct {
	const char *name;
	unsigned scope;
} token_scopes[] = {{"read", TOKEN_READ}, {"users", TOKEN_USERS}, {"groups", TOKEN_GROUPS}};

enum { TOKEN_SCOPES = sizeof token_scopes / sizeof *token_scopes };

bool token_scopes_parse(str text, unsigned *ret)
{
	unsigned scopes = 0;
	str word;

	while (str_split(&text, ',', &word)) {
		unsigned scope = 0;

		for (size_t i = 0; i < TOKEN_SCOPES; i++)
			if (str_equal(str_trim(word), str_of(token_scopes[i].name)))
				scope = token_scopes[i].scope;
		if (scope == 0)
			return false;
		scopes |= scope;
	}
	*ret = scopes;
	return scopes != 0;
}

void token_scopes_print(unsigned scopes, struct buf *out)
{
	size_t before = out->n;

	for (size_t i = 0; i < TOKEN_SCOPES; i++)
		if (scopes & token_scopes[i].scope)
			buf_printf(out, "%s%s", out->n > before ? "," : "", token_scopes[i].name);
}
