/* SPDX-License-Identifier: Apache-2.0 */
/* What a person reads of a plan or a run, as text or as one JSON document. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/command.h"
#include "run/run.h"

struct report {
	const struct cli *cli;
	bool acted; /* changes were to be applied, not only shown */
	struct buf out;
	size_t syncs;
};

void report_begin(struct report *r, const struct cli *cli, bool acted);
/* One sync's part; in text it is printed at once. result is all zero when there is no plan. */
void report_sync(struct report *r, const struct sync *sync, enum code code,
		 const struct run_result *result);
enum code report_end(struct report *r);

/* Reads sync and checksum from a plan in JSON (plan_print_json); -1 when it is none. */
int report_plan_head(str json, struct arena *arena, str *ret_sync, str *ret_checksum);

#endif
