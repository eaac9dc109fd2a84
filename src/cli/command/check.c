/* SPDX-License-Identifier: Apache-2.0 */
/* `check`: the configuration, then every system as it answers. */
#include <stdio.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "cli/answer.h"
#include "cli/command/command.h"
#include "cli/open.h"
#include "connect/connect.h"

struct system_check {
	const struct system *system;
	struct findings findings;
	enum code code; /* CODE_DONE, or why it could not be reached */
	struct err err;
};

typedef int check_fn(struct connection *c, struct findings *findings, struct err *err);

/* With --profile-test, those that go by a profile show how they understand what they read. */
static check_fn *check_function(const struct cli *cli, const struct connector *connector)
{
	return cli_option(cli, "profile-test") && connector->profile_test ? connector->profile_test
									  : connector->check;
}

static void system_check_run(struct cli *cli, const struct system *system, struct system_check *ret)
{
	const struct connector *connector = connector_find(str_of(system->kind->name));
	struct connect_options options = {.name = system->name};
	struct connection *connection = NULL;

	*ret = (struct system_check){.system = system, .findings = {.arena = &cli->arena}};
	log_debug(options.name, "asking");
	if (connector->open(system, &options, &connection, &ret->err) < 0 ||
	    check_function(cli, connector)(connection, &ret->findings, &ret->err) < 0)
		ret->code = ret->err.code;
	connector->close(connection);
}

static void system_check_put(struct buf *out, const struct system_check *a, bool color)
{
	const char *bad = color ? "\x1b[31m!\x1b[0m" : "!",
		   *good = color ? "\x1b[32m+\x1b[0m" : "+";

	buf_printf(out, "%s (%s)\n", a->system->name, a->system->kind->name);
	list_each (struct finding, f, &a->findings.items)
		buf_printf(out, "  %s %.*s\n", f->bad ? bad : good, STR_ARG(f->text));
	if (a->code != CODE_DONE)
		buf_printf(out, "  %s %s\n", bad, a->err.text);
}

static void system_check_write(struct json_writer *w, const struct system_check *a)
{
	json_write_object(w);
	json_write_member(w, "system", str_of(a->system->name));
	json_write_member(w, "kind", str_of(a->system->kind->name));
	json_write_member_int(w, "code", a->code);
	if (a->code != CODE_DONE)
		json_write_member(w, "error", str_of(a->err.text));
	json_write_key(w, STR("findings"));
	json_write_array(w);
	list_each (struct finding, f, &a->findings.items) {
		json_write_object(w);
		json_write_member_bool(w, "bad", f->bad);
		json_write_member(w, "text", f->text);
		json_write_object_end(w);
	}
	json_write_array_end(w);
	json_write_object_end(w);
}

static bool is_check_bad(const struct system_check *a)
{
	list_each (struct finding, f, &a->findings.items)
		if (f->bad)
			return true;
	return false;
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
	struct buf out = {0};
	struct json_writer w = {.out = &out};
	enum code code = CODE_DONE;

	if (!systems)
		return CODE_USAGE;
	if (cli->json) {
		json_write_object(&w);
		json_write_member_int(&w, "format_version", 1);
		json_write_key(&w, STR("systems"));
		json_write_array(&w);
	}
	for (size_t i = 0; i < count; i++) {
		struct system_check a;

		system_check_run(cli, systems[i], &a);
		if (cli->json)
			system_check_write(&w, &a);
		else
			system_check_put(&out, &a, cli->color);
		if (code == CODE_DONE)
			code = a.code != CODE_DONE ? a.code
			       : is_check_bad(&a)  ? CODE_FAILED
						   : CODE_DONE;
		list_clear(&a.findings.items);
	}
	if (cli->json) {
		json_write_array_end(&w);
		json_write_object_end(&w);
		buf_char(&out, '\n');
	}
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
		cli->config->systems.count, cli->config->systems.count == 1 ? "" : "s",
		cli->config->syncs.count, cli->config->syncs.count == 1 ? "" : "s"));
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
