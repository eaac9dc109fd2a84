/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files in and out: bounded reads, writes that replace a file at once or not at all. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/err.h"
#include "base/str.h"

/* Reads a file (path "-": standard input) of at most `limit` bytes into b. */
int file_read(const char *path, size_t limit, struct buf *b, struct err *err);
/* Writes next to the path, syncs, renames; mode as given. */
int file_replace(const char *path, str bytes, unsigned mode, struct err *err);

#endif
