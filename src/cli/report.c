/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the parts of view into one answer. */
#include "cli/report.h"

#include "cli/answer.h"

enum { LINES_SHOWN = 50 };

void report_begin(struct report *r, const struct cli *cli, bool acted)
{
	*r = (struct report){.cli = cli, .acted = acted};
	r->json.out = &r->out;
	if (!cli->json)
		return;
	json_write_object(&r->json);
	json_write_member_int(&r->json, "format_version", 1);
	json_write_key(&r->json, STR("syncs"));
	json_write_array(&r->json);
}

void report_sync(struct report *r, const struct sync *sync, enum code code,
		 const struct run_result *result)
{
	const struct run_report report = {sync->name, code, r->acted, result};

	if (r->cli->json) {
		run_report_json(&report, &r->json);
		return;
	}
	run_report_text(&report, r->cli->color, cli_option(r->cli, "all") ? 0 : LINES_SHOWN,
			&r->out);
	if (!r->cli->quiet)
		cli_answer(buf_str(&r->out));
	buf_reset(&r->out);
}

enum code report_end(struct report *r)
{
	if (r->cli->json) {
		json_write_array_end(&r->json);
		json_write_object_end(&r->json);
		buf_char(&r->out, '\n');
	}
	return cli_answer_buf(&r->out);
}
