/* SPDX-License-Identifier: Apache-2.0 */
/* The part of an inbox in what `status` shows; for the files of this room. */
#ifndef VIEW_INBOX_H
#define VIEW_INBOX_H

#include "view/internal.h"

/* Where something is held, could not be read, or ends soon; else nothing. */
void inbox_health_put(struct buf *out, int64_t now, const struct inbox_health *inbox);
/* One object, in any case. */
void inbox_health_write(struct json_writer *w, int64_t now, const struct inbox_health *inbox);

#endif
