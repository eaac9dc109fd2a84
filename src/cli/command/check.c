/* SPDX-License-Identifier: Apache-2.0 */
/* `check`: the configuration, then every system as it answers. */
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/answer.h"
#include "cli/command/command.h"
#include "cli/open.h"
#include "connect/connect.h"
#include "view/view.h"

typedef int check_fn(struct connection *c, struct findings *findings, struct err *err);

/* With --profile-test, those that go by a profile show how they understand what they read. */
static check_fn *check_function(const struct cli *cli, const struct connector *connector)
{
	return cli_option(cli, "profile-test") && connector->profile_test ? connector->profile_test
									  : connector->check;
}

/* Texts of the findings live in the arena of cli. */
static void system_check_run(struct cli *cli, const struct system *system, struct system_check *ret)
{
	const struct connector *connector = connector_find(str_of(system->kind->name));
	struct connect_options options = {.name = system->name};
	struct connection *connection = NULL;

	*ret = (struct system_check){.system = system->name,
				     .kind = system->kind->name,
				     .findings = {.arena = &cli->arena}};
	log_debug(options.name, "asking");
	if (connector->open(system, &options, &connection, &ret->err) < 0 ||
	    check_function(cli, connector)(connection, &ret->findings, &ret->err) < 0)
		ret->code = ret->err.code;
	connector->close(connection);
}

/* How a system stands: reached and without bad findings, or not. */
static enum code system_check_code(const struct system_check *c)
{
	if (c->code != CODE_DONE)
		return c->code;
	list_each (const struct finding, f, &c->findings.items)
		if (f->bad)
			return CODE_FAILED;
	return CODE_DONE;
}

/* Those that the arguments name, all when there are none; NULL when a name is not known. */
static const struct system **systems_named(struct cli *cli, size_t *ret_count)
{
	size_t named = cli->arg_count;
	const struct system **systems = arena_array(&cli->arena, const struct system *,
						    cli->config->systems.count + named + 1);

	*ret_count = named ? named : cli->config->systems.count;
	for (size_t i = 0; i < *ret_count; i++) {
		systems[i] = named ? cli_system(cli, cli->args[i]) : &cli->config->systems.items[i];
		if (!systems[i])
			return NULL;
	}
	return systems;
}

static enum code check_systems(struct cli *cli)
{
	size_t count;
	const struct system **systems = systems_named(cli, &count);
	struct system_checks checks = {0};
	struct buf out = {0};
	enum code code = CODE_DONE;

	if (!systems)
		return CODE_USAGE;
	for (size_t i = 0; i < count; i++) {
		struct system_check *check = list_add(&checks.items);

		system_check_run(cli, systems[i], check);
		if (code == CODE_DONE)
			code = system_check_code(check);
	}
	if (cli->json)
		checks_print_json(&checks, &out);
	else
		checks_print_text(&checks, cli->color, &out);
	system_checks_clear(&checks);
	return cli_answer_buf(&out) == CODE_DONE ? code : CODE_FAILED;
}

/* The secrets that can be had without running anything. */
static enum code check_offline_secrets(struct cli *cli)
{
	struct diagnostics diags = {0};
	enum code code;

	config_check_secrets(cli->config, false, &diags);
	diag_print(&diags, stderr, cli->color && isatty(STDERR_FILENO));
	code = diags.errors ? CODE_CONFIG : CODE_DONE;
	diag_clear(&diags);
	return code;
}

static enum code check_run(struct cli *cli)
{
	if (!cli_option(cli, "offline"))
		return check_systems(cli);
	if (check_offline_secrets(cli) != CODE_DONE)
		return CODE_CONFIG;
	if (cli->json)
		return cli_answer(STR("{\"format_version\":1,\"systems\":[]}\n"));
	return cli_answer(arena_printf(
		&cli->arena, "%s: no faults, %zu system%s, %zu sync%s\n", cli->config_path,
		cli->config->systems.count, plural_s(cli->config->systems.count),
		cli->config->syncs.count, plural_s(cli->config->syncs.count)));
}

const struct command command_check = {
	.name = "check",
	.arguments = "[SYSTEM...]",
	.summary = "reads the configuration, reaches every system and says what it found",
	.text = "Every fault of the configuration is told in one go, with its place. Then each "
		"system is\n"
		"reached: server kind, counts, rights that are missing. With --profile-test a team "
		"API shows the\n"
		"first entries as its profile understands them, and where each value stands; "
		"nothing is written.",
	.options = {{"offline", 0, NULL, "the configuration only"},
		    {"profile-test", 0, NULL, "tries the profile of a team API out, reading only"}},
	.max = MANY,
	.needs = NEED_CONFIG,
	.run = check_run,
};
