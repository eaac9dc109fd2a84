/* SPDX-License-Identifier: Apache-2.0 */
/* `dump`: what a system has, as a roster file, or as the configuration that keeps it so. */
#include "base/json.h"
#include "base/log.h"
#include "cli/answer.h"
#include "cli/command/command.h"
#include "cli/open.h"
#include "connect/connect.h"

static int dump_read(const struct system *system, struct snapshot *into, struct err *err)
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

/* A JSON string is a YAML scalar, and a value of a SCIM filter. */
static void dump_put_string(struct buf *out, str text)
{
	struct json_writer w = {.out = out};

	json_write_string(&w, text);
}

/* A rule for each team that there is, so that it is seen which ones are managed. */
static void dump_put_teams(const struct snapshot *s, struct buf *out)
{
	struct buf filter = {0};

	if (s->groups.count)
		buf_text(out, "    teams:\n");
	list_each (const struct entry, e, &s->groups) {
		buf_reset(&filter);
		buf_text(&filter, "displayName eq ");
		dump_put_string(&filter, snapshot_value(s, e, STR(PATH_DISPLAYNAME)));
		buf_text(out, "      - where: ");
		dump_put_string(out, buf_str(&filter));
		buf_char(out, '\n');
	}
	buf_clear(&filter);
}

/* The system as it was configured, a roster beside it, and the sync from one to the other. */
static void dump_put_start(struct cli *cli, const struct system *system, const struct snapshot *s,
			   const char *roster, struct buf *out)
{
	buf_printf(
		out,
		"# A configuration to start from: it keeps %s as the roster says. Make that with\n"
		"#     muster dump %s > %s\n"
		"# What is there already is adopted; then a change of the roster is one of %s.\n"
		"version: 1\nstate: ",
		system->name, system->name, roster, system->name);
	dump_put_string(out, str_of(cli->config->state));
	buf_printf(out, "\n\nsystems:\n  %s:\n", system->name);
	config_put_system(system, 4, out);
	buf_printf(out, "  %s-roster:\n    kind: file\n    path: ", system->name);
	dump_put_string(out, str_of(roster));
	buf_printf(out, "\n\nsyncs:\n  %s:\n    from: %s-roster\n    to: %s\n", system->name,
		   system->name, system->name);
	dump_put_teams(s, out);
}

static enum code dump_answer(struct cli *cli, const struct system *system, const struct snapshot *s)
{
	const char *roster = cli_option(cli, "start");
	struct buf out = {0};

	if (roster)
		dump_put_start(cli, system, s, roster, &out);
	else
		roster_write(s, &out);
	return cli_answer_buf(&out);
}

static enum code dump_run(struct cli *cli)
{
	const struct system *system = cli_system(cli, cli->args[0]);
	struct snapshot s;
	struct err err;
	enum code code;

	if (!system)
		return CODE_USAGE;
	if (cli_option(cli, "start") && !system->kind->writes)
		return cli_usage(
			cli, "%s cannot be kept as a roster says: a system of kind %s is only read",
			system->name, system->kind->name);
	if (snapshot_open(&s, NULL, &err) < 0)
		return cli_fail(&err);
	if (dump_read(system, &s, &err) < 0) {
		code = cli_fail(&err);
	} else {
		code = dump_answer(cli, system, &s);
		if (!s.complete)
			log_warn(cli->args[0], "the read is not complete: %.*s",
				 STR_ARG(s.why_not));
		list_each (struct rejected_entry, o, &s.rejected)
			log_warn(cli->args[0], "left out: %.*s: %.*s", STR_ARG(o->name),
				 STR_ARG(o->reason));
	}
	snapshot_close(&s);
	return code;
}

const struct command command_dump = {
	.name = "dump",
	.arguments = "SYSTEM",
	.summary = "writes what is there as a roster file, or a starting configuration",
	.text = "The roster is YAML on stdout; a system of kind `file` reads it back. With --start "
		"it is\n"
		"a configuration instead: the same system, kept as the roster FILE says.",
	.options = {{"start", 0, "FILE",
		     "a configuration to start from, with this roster as its source"}},
	.min = 1,
	.max = 1,
	.needs = NEED_CONFIG,
	.run = dump_run,
};
