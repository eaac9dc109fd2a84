/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a cursor, an entity-tag list, a base64url text and a bearer token: nothing forged is
 * ever taken. */
#include <stdlib.h>
#include <string.h>

#include "serve/auth/auth.h"
#include "serve/scim/internal.h"
#include "serve/scim/list/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_cursor(str text)
{
	struct arena arena = {0};
	struct service *s = mem_alloc(1, sizeof *s);
	struct scim_request x = {.request = {.service = s, .arena = &arena}};
	struct cursor_pos pos;

	memset(s->key, 7, sizeof s->key);
	x.query.cursor = text;
	if (cursor_read(&x, &pos) == 0 || !x.error.type || x.error.status != 400)
		abort();
	arena_clear(&arena);
	free(s);
}

static void check_base64(str text)
{
	uint8_t bytes[256];
	struct buf again = {0};
	size_t n;

	if (base64url_read(text, bytes, sizeof bytes, &n)) {
		base64url_put(&again, bytes, n);
		if (!str_equal(buf_str(&again), text))
			abort();
	}
	buf_clear(&again);
}

/* Without an inbox behind it no token gets past its form, its check sum and its signature. */
static void check_access_token(str text)
{
	struct service *s = mem_alloc(1, sizeof *s);
	struct token token;

	memset(s->key, 7, sizeof s->key);
	if (access_token_judge(s->key, NULL, text, &token) != TOKEN_UNKNOWN)
		abort();
	free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	str text = str_make((const char *)data, size);

	check_cursor(text);
	check_base64(text);
	check_access_token(text);
	etag_listed(text, 7);
	return 0;
}
