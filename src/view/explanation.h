/* SPDX-License-Identifier: Apache-2.0 */
/* Why a person is, or is not, at the target, as text and as JSON. */
#ifndef VIEW_EXPLANATION_H
#define VIEW_EXPLANATION_H

#include "model/explanation.h"

/* A heading, and a line a fact: "  scope    wanted: ...". */
void explain_print_text(const struct explanation *e, struct buf *out);
/* One JSON object, format_version 1, with the same facts in the same words. */
void explain_print_json(const struct explanation *e, struct buf *out);

#endif
