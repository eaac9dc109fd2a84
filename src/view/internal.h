/* SPDX-License-Identifier: Apache-2.0 */
/* Words and forms that several printers share. */
#ifndef VIEW_INTERNAL_H
#define VIEW_INTERNAL_H

#include "base/json.h"
#include "view/view.h"

/* Text from elsewhere stays on its line: control characters are shown, not obeyed. */
void put_safe(struct buf *out, str text);
/* The same between two texts of ours. */
void put_safe_between(struct buf *out, const char *before, str text, const char *behind);
/* The same, and blanks up to `width` cells of a terminal; one that is longer goes on. */
void put_padded(struct buf *out, str text, size_t width);
/* How long ago, in words: "3 minutes ago", "just now", "never" for 0. */
void put_ago(struct buf *out, int64_t now, int64_t then);
/* "1 user", "2 users" */
void put_amount(struct buf *out, uint64_t count, const char *one, const char *many);
/* What an exit code says of a run: "done", "held by the guard"; RUN_CUT too. */
const char *run_code_text(int code);
/* Of the plan's object in that row; "" for ROW_NONE. */
str object_label(const struct plan *plan, uint32_t row);

/* {"format_version":1, and the end of that object with its line end. */
void document_begin(struct json_writer *w);
void document_end(struct json_writer *w);

#endif
