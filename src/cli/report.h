/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of `plan`, `sync` and `apply`: in text each sync's part is printed at once, in JSON
 * all of them are one document. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/internal.h"
#include "run/run.h"

struct report {
	const struct cli *cli;
	bool acted; /* changes were to be applied, not only shown */
	struct buf out;
	struct json_writer json; /* into out */
};

/* It must not move until report_end. */
void report_begin(struct report *r, const struct cli *cli, bool acted);
/* result is all zero when there is no plan. */
void report_sync(struct report *r, const struct sync *sync, enum code code,
		 const struct run_result *result);
enum code report_end(struct report *r);

#endif
