/* SPDX-License-Identifier: Apache-2.0 */
/* The door of join: who at the source is whom at the target. */
#ifndef PLAN_JOIN_H
#define PLAN_JOIN_H

#include "plan/context.h"

/*
 * Remembered links by immutable id first, then first meetings by the policy's match keys. A pair
 * that is not sure is never made: its people become WANT_DOUBTFUL, its teams frozen, with a notice.
 * Fills what the context keeps of join. -1 with CODE_CONFIG when the policy has too many keys.
 */
int step_join(struct plan_context *w, struct err *err);

/* By which key a source user met its account, for reading: "userName", "muster's mark". */
str met_words(struct plan_context *w, uint32_t row);

#endif
