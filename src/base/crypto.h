/* SPDX-License-Identifier: Apache-2.0 */
/* What signs and spells out the tokens that we make ourselves. */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include "base/str.h"

enum { HMAC_SIZE = 32 };

/* HMAC-SHA-256 (RFC 2104). To compare two of them: secret_equal. */
void hmac_sha256(const uint8_t key[HMAC_SIZE], str text, uint8_t ret[HMAC_SIZE]);

/* base64url without padding (RFC 4648 5). */
void base64url_put(struct buf *out, const void *bytes, size_t n);
/*
 * At most `room` bytes. False for anything that base64url_put would not have written: other
 * letters, padding, left-over bits that are set.
 */
bool base64url_read(str text, uint8_t *ret, size_t room, size_t *ret_n);

#endif
