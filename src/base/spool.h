/* SPDX-License-Identifier: Apache-2.0 */
/* Bulk bytes in an unlinked temporary file: written once, read back in place, cheap in resident
 * memory. */
#ifndef BASE_SPOOL_H
#define BASE_SPOOL_H

#include "base/err.h"
#include "base/str.h"

struct spool;

/* Opens a spool in `folder` (NULL: $TMPDIR, then /var/tmp). The file has no name and is gone with
 * the process. */
int spool_open(const char *folder, struct spool **ret, struct err *err);
void spool_close(struct spool *s); /* NULL is fine */
/* Appends and returns the place; a full disk is an error of the run. */
int spool_put(struct spool *s, str bytes, uint64_t *ret_place, struct err *err);
/* The bytes at a place, valid until spool_close; n must lie within what was put there. */
str spool_at(const struct spool *s, uint64_t place, size_t n);
uint64_t spool_size(const struct spool *s);
/* Gives the resident pages below `place` back to the system; their bytes stay readable. */
void spool_trim(const struct spool *s, uint64_t place);

#endif
