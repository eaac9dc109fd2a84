/* SPDX-License-Identifier: Apache-2.0 */
/* `dump`: what a system has, as a roster file. */
#include "base/log.h"
#include "cli/commands.h"
#include "connect/connect.h"

static int read_system(const struct system *system, struct snapshot *into, struct err *err)
{
	const struct connector *connector = connector_find(str_of(system->kind->name));
	struct connect_options options = {.name = system->name};
	struct wanted wanted = {.as_source = connector->can & CAN_READ, .groups = true};
	struct connection *connection = NULL;
	int rc = connector->open(system, &options, &connection, err);

	if (rc == 0)
		rc = connector->snapshot(connection, &wanted, into, err);
	connector->close(connection);
	if (rc < 0)
		err_wrap(err, "%s", options.name);
	return rc;
}

static enum code dump_run(struct cli *cli)
{
	const struct system *system = cli_system(cli, cli->args[0]);
	struct snapshot s;
	struct buf out = {0};
	struct err err;
	enum code code;

	if (!system)
		return CODE_USAGE;
	if (snapshot_open(&s, NULL, &err) < 0)
		return cli_fail(cli, &err);
	if (read_system(system, &s, &err) < 0) {
		code = cli_fail(cli, &err);
	} else {
		roster_write(&s, &out);
		code = cli_answer(cli, buf_str(&out));
		if (!s.complete)
			log_warn(cli->args[0], "the read is not complete: %.*s",
				 STR_ARG(s.why_not));
		list_each (struct oddity, o, &s.oddities)
			log_warn(cli->args[0], "left out: %.*s: %.*s", STR_ARG(o->name),
				 STR_ARG(o->reason));
	}
	buf_clear(&out);
	snapshot_close(&s);
	return code;
}

const struct command command_dump = {
	.name = "dump",
	.arguments = "SYSTEM",
	.summary = "writes what is there as a roster file",
	.text = "The roster is YAML on stdout; a system of kind `file` reads it back.",
	.least = 1,
	.most = 1,
	.needs = NEED_CONFIG,
	.run = dump_run,
};
