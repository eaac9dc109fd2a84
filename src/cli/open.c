/* SPDX-License-Identifier: Apache-2.0 */
/* Opening what a command needs: the configuration, then the state file. */
#include "cli/open.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/answer.h"
#include "connect/connect.h"

static const char *default_path(struct arena *arena)
{
	const char *home = getenv("XDG_CONFIG_HOME");
	const char *own =
		home && *home ? arena_printf(arena, "%s/muster/muster.yaml", home).p : NULL;

	return own && access(own, F_OK) == 0 ? own : "/etc/muster/muster.yaml";
}

/* A muster.yaml that is not there yet is the first thing a new user meets. */
static void hint_at_example(const char *path)
{
	if (access(path, F_OK) != 0)
		fprintf(stderr,
			"a commented example to start from: muster config example > muster.yaml; "
			"then: muster -c muster.yaml check\n");
}

enum code cli_open_config(struct cli *cli)
{
	struct diagnostics diags = {0};
	size_t kind_count;
	const struct kind *kinds = connector_kinds(&cli->arena, &kind_count);
	int rc = config_load(cli->config_path, kinds, kind_count, &cli->config, &diags);

	if (rc < 0 || !cli->quiet)
		diag_print(&diags, stderr, cli->color && isatty(STDERR_FILENO));
	if (rc < 0)
		hint_at_example(cli->config_path);
	diag_clear(&diags);
	return rc < 0 ? CODE_CONFIG : CODE_DONE;
}

enum code cli_open(struct cli *cli)
{
	unsigned needs = cli->command->needs;
	struct err err;
	enum code code = CODE_DONE;

	if (!cli->config_path)
		cli->config_path = default_path(&cli->arena);
	if (needs & (NEED_CONFIG | NEED_STATE))
		code = cli_open_config(cli);
	if (code == CODE_DONE && needs & NEED_STATE &&
	    state_open(cli->config->state, false, &cli->state, &err) < 0)
		code = cli_fail(&err);
	return code;
}

void cli_close(struct cli *cli)
{
	state_close(cli->state);
	config_free(cli->config);
	arena_clear(&cli->arena);
}

const struct sync **cli_syncs(struct cli *cli, size_t *ret_count)
{
	const struct config *config = cli->config;
	size_t named = cli->arg_count;
	const struct sync **syncs =
		arena_array(&cli->arena, const struct sync *, config->syncs.count + named + 1);
	struct err err;

	*ret_count = named ? named : config->syncs.count;
	for (size_t i = 0; i < *ret_count; i++) {
		syncs[i] =
			named ? config_sync(config, str_of(cli->args[i])) : &config->syncs.items[i];
		if (!syncs[i]) {
			config_no_sync(config, str_of(cli->args[i]), &err);
			cli_usage(cli, "%s", err.text);
			return NULL;
		}
	}
	return syncs;
}

const struct system *cli_system(struct cli *cli, const char *name)
{
	const struct system *system = config_system(cli->config, str_of(name));
	struct err err;

	if (system)
		return system;
	config_no_system(cli->config, str_of(name), &err);
	cli_usage(cli, "%s", err.text);
	return NULL;
}
