/* SPDX-License-Identifier: Apache-2.0 */
/* Cursors (RFC 9865): places in a list that only their own client can use, and only with the same
 * query. */
#include "base/clock.h"
#include "base/secret.h"
#include "serve/scim/internal.h"
#include "serve/scim/list/internal.h"

/* version 1, part 1, position 8, count 4, expiry 8 bytes, then 16 bytes of HMAC over them and the
 * query */
enum { DATA = 22, SIGNATURE = 16 };

str list_query_key(struct scim_request *x)
{
	const struct list_query *l = &x->query;

	return arena_printf(x->request.arena, "%s|%d|%.*s|%.*s|%d", x->request.token.id,
			    x->resource ? (int)x->kind : 3, STR_ARG(l->filter_text),
			    STR_ARG(l->sort_text), l->descending);
}

static void cursor_sign(struct scim_request *x, const uint8_t *data, uint8_t ret[32])
{
	struct buf text = {0};
	const struct projection *p = &x->projection;

	buf_put(&text, str_make((const char *)data, DATA));
	buf_put(&text, list_query_key(x));
	buf_printf(&text, "|%d%d", p->given, p->excluding);
	for (size_t i = 0; i < p->count; i++)
		buf_printf(&text, "|%.*s:%.*s.%.*s", STR_ARG(p->items[i].urn),
			   STR_ARG(p->items[i].name), STR_ARG(p->items[i].sub));
	hmac_sha256(x->request.service->key, buf_str(&text), ret);
	buf_clear(&text);
}

static void cursor_number_put(uint8_t *to, uint64_t number, int bytes)
{
	for (int i = 0; i < bytes; i++)
		to[i] = (uint8_t)(number >> 8 * i);
}

static uint64_t cursor_number_get(const uint8_t *from, int bytes)
{
	uint64_t number = 0;

	for (int i = bytes; i-- > 0;)
		number = number << 8 | from[i];
	return number;
}

void cursor_write(struct scim_request *x, const struct cursor_pos *pos, struct buf *out)
{
	uint8_t bytes[DATA + 32] = {1, (uint8_t)pos->part};

	cursor_number_put(bytes + 2, (uint64_t)pos->after, 8);
	cursor_number_put(bytes + 10, (uint64_t)pos->count, 4);
	cursor_number_put(bytes + 14, (uint64_t)(clock_now() + CURSOR_SECONDS), 8);
	cursor_sign(x, bytes, bytes + DATA);
	base64url_put(out, bytes, DATA + SIGNATURE);
}

int cursor_read(struct scim_request *x, struct cursor_pos *ret)
{
	uint8_t bytes[DATA + SIGNATURE], signature[32];
	size_t n;

	if (!base64url_read(x->query.cursor, bytes, sizeof bytes, &n) || n != sizeof bytes ||
	    bytes[0] != 1)
		return scim_fail(&x->error, 400, "invalidCursor", "the cursor is not one of ours");
	cursor_sign(x, bytes, signature);
	if (!secret_equal(str_make((const char *)signature, SIGNATURE),
			  str_make((const char *)bytes + DATA, SIGNATURE)))
		return scim_fail(&x->error, 400, "invalidCursor",
				 "the cursor belongs to another query or token");
	if ((int64_t)cursor_number_get(bytes + 14, 8) < clock_now())
		return scim_fail(&x->error, 400, "expiredCursor",
				 "the cursor is too old; begin the list anew");
	*ret = (struct cursor_pos){bytes[1], (int64_t)cursor_number_get(bytes + 2, 8),
				   (int64_t)cursor_number_get(bytes + 10, 4)};
	if (x->query.has_count && x->query.count != ret->count)
		return scim_fail(&x->error, 400, "invalidCount",
				 "count must stay %lld as on the first page",
				 (long long)ret->count);
	return 0;
}
