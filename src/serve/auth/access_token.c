/* SPDX-License-Identifier: Apache-2.0 */
/* Access tokens: signed, so that nothing needs to be stored for them. */
#include "base/clock.h"
#include "base/crypto.h"
#include "base/secret.h"
#include "serve/auth/auth.h"

/* mat.ID.EXPIRY.SIGNATURE */
void access_token_write(const uint8_t key[HMAC_SIZE], const char *id, int64_t expires,
			struct buf *out)
{
	uint8_t signature[HMAC_SIZE];

	buf_printf(out, "mat.%s.%lld", id, (long long)expires);
	hmac_sha256(key, buf_str(out), signature);
	buf_char(out, '.');
	base64url_put(out, signature, HMAC_SIZE);
}

enum token_verdict access_token_judge(const uint8_t key[HMAC_SIZE], struct inbox *inbox,
				      str presented, struct token *ret)
{
	uint8_t signature[HMAC_SIZE], given[HMAC_SIZE];
	str rest = presented, part, id;
	ptrdiff_t end = str_find_last(presented, '.');
	int64_t expires;
	size_t n;

	if (end < 0)
		return TOKEN_UNKNOWN;
	hmac_sha256(key, str_slice(presented, 0, (size_t)end), signature);
	if (!base64url_read(str_slice(presented, (size_t)end + 1, presented.n), given, HMAC_SIZE,
			    &n) ||
	    n != HMAC_SIZE ||
	    !secret_equal(str_make((char *)signature, HMAC_SIZE),
			  str_make((char *)given, HMAC_SIZE)))
		return TOKEN_UNKNOWN;
	str_split(&rest, '.', &part);
	if (!str_split(&rest, '.', &id) || !str_split(&rest, '.', &part) ||
	    !str_to_int(part, &expires))
		return TOKEN_UNKNOWN;
	if (clock_now() >= expires)
		return TOKEN_EXPIRED;
	return inbox_token_find(inbox, id, clock_now(), ret);
}
