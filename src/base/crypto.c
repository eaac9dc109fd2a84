/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures and base64url, on libcrypto. */
#include "base/crypto.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/arena.h"

void hmac_sha256(const uint8_t key[HMAC_SIZE], str text, uint8_t ret[HMAC_SIZE])
{
	unsigned size = HMAC_SIZE;

	if (!HMAC(EVP_sha256(), key, HMAC_SIZE, (const unsigned char *)text.p, text.n, ret, &size))
		mem_out();
}

static const char base64url_letters[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_put(struct buf *out, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t group = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) |
				 (i + 2 < n ? p[i + 2] : 0);

		buf_char(out, base64url_letters[group >> 18]);
		buf_char(out, base64url_letters[group >> 12 & 63]);
		if (i + 1 < n)
			buf_char(out, base64url_letters[group >> 6 & 63]);
		if (i + 2 < n)
			buf_char(out, base64url_letters[group & 63]);
	}
}

bool base64url_read(str text, uint8_t *ret, size_t room, size_t *ret_n)
{
	uint32_t group = 0;
	size_t n = 0;
	int bits = 0;

	for (size_t i = 0; i < text.n; i++) {
		const char *at = text.p[i] ? strchr(base64url_letters, text.p[i]) : NULL;

		if (!at)
			return false;
		group = group << 6 | (uint32_t)(at - base64url_letters);
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		if (n == room)
			return false;
		ret[n++] = (uint8_t)(group >> bits);
	}
	*ret_n = n;
	/* Left-over bits must be zero, or two texts would mean the same. */
	return bits < 6 && (group & ((1u << bits) - 1)) == 0;
}
