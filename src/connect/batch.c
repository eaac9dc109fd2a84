/* SPDX-License-Identifier: Apache-2.0 */
/* The outcomes of one `apply`, as every kind of system tells them. */
#include "connect/batch.h"

void batch_tell(struct change_batch *b, struct change *change, enum outcome outcome, str id,
		const struct err *err)
{
	bool good = outcome == OUTCOME_DONE || outcome == OUTCOME_ALREADY;

	b->sink(b->context, change, outcome, id, good ? NULL : err);
	b->told++;
	connection_progress(b->connection, b->told);
}

void batch_stop(struct change_batch *b, const struct err *why)
{
	if (!b->out)
		b->err = *why;
	b->out = true;
}

int batch_result(const struct change_batch *b, struct err *err)
{
	if (b->out && err)
		*err = b->err;
	return b->out ? -1 : 0;
}
