/* SPDX-License-Identifier: Apache-2.0 */
/* A secret: held apart from other text, wiped when done, and never printable by accident. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/err.h"
#include "base/str.h"

struct secret; /* opaque: no format string and no JSON writer takes it */

/* Copies n bytes, without a line end at their end, and wipes the originals. */
struct secret *secret_take(char *p, size_t n);
void secret_free(struct secret *s); /* wipes; NULL is fine */
/* The only way to the bytes: NUL-terminated, for handing to libldap or a header; never log or store
 * them. */
const char *secret_reveal(const struct secret *s);
size_t secret_size(const struct secret *s);
bool secret_equal(str a, str b); /* constant time for equal lengths */
/* Reads a secret from a regular file of at most 1 MiB; one that group or others can read is
 * refused. */
int secret_read_file(const char *path, struct secret **ret, struct err *err);
/* The same for one of systemd's credentials: its group may read it, because an access list shows as
 * group rights. */
int secret_read_credential(const char *path, struct secret **ret, struct err *err);

#endif
