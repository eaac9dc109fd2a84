/* SPDX-License-Identifier: Apache-2.0 */
/* `apply`: exactly the plan that was saved or approved, or nothing. */
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/answer.h"
#include "cli/command/command.h"
#include "cli/report.h"
#include "cli/runner.h"

/* What `apply` was pointed at: the sync and the checksum that must come out again. */
struct apply_target {
	str sync, checksum;
};

static str plan_member(const json_t *object, const char *key, struct arena *arena)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value))
		return STR("");
	return arena_str(arena, json_str(value));
}

/* Reads sync and checksum from a plan in JSON (plan_print_json); -1 when it is none. */
static int plan_head_read(str json, struct arena *arena, struct apply_target *ret)
{
	json_t *plan = json_loadb(json.p ? json.p : "", json.n, JSON_REJECT_DUPLICATES, NULL);

	ret->sync = plan_member(plan, "sync", arena);
	ret->checksum = plan_member(plan, "checksum", arena);
	json_decref(plan);
	return ret->sync.n && ret->checksum.n == 64 ? 0 : -1;
}

static enum code target_from_store(struct cli *cli, int64_t number, struct apply_target *ret)
{
	struct held_plan held;
	struct err err;

	if (state_plan_load(cli->state, number, &cli->arena, &held, &err) < 0)
		return cli_fail(&err);
	*ret = (struct apply_target){held.sync, held.checksum};
	return CODE_DONE;
}

static enum code target_from_file(struct cli *cli, const char *path, struct apply_target *ret)
{
	struct buf text = {0};
	struct err err;
	enum code code = CODE_DONE;

	if (access(path, F_OK) != 0)
		return cli_usage(cli,
				 "%s: %s; a plan is saved by muster plan -o FILE SYNC, and muster "
				 "status lists those that are held",
				 path, strerror(errno));
	if (file_read(path, (size_t)1 << 30, &text, &err) < 0)
		return cli_fail(&err);
	if (plan_head_read(buf_str(&text), &cli->arena, ret) < 0) {
		log_error(NULL,
			  "%s is no saved plan of muster; make one with: muster plan -o FILE SYNC",
			  path);
		code = CODE_DATA;
	}
	buf_clear(&text);
	return code;
}

static enum code apply_to(struct cli *cli, const struct apply_target *target)
{
	const struct sync *sync = config_sync(cli->config, target->sync);
	struct run_result result;
	struct report report;
	struct err err;
	enum code code;

	if (!sync) {
		config_no_sync(cli->config, target->sync, &err);
		log_error(NULL, "the plan is of another configuration: %s", err.text);
		return CODE_STALE;
	}
	runner_catch_signals();
	report_begin(&report, cli, true);
	code = runner_apply(cli, sync, target->checksum, &result);
	if (code == CODE_STALE)
		log_error(sync->name,
			  "something moved since the plan was made: nothing was applied; look at "
			  "the new one with: muster plan %s",
			  sync->name);
	report_sync(&report, sync, code, &result);
	run_result_clear(&result);
	return report_end(&report) == CODE_DONE ? code : CODE_FAILED;
}

static enum code apply_run(struct cli *cli)
{
	struct apply_target target;
	int64_t number;
	enum code code;

	if (str_to_int(str_of(cli->args[0]), &number) && number > 0)
		code = target_from_store(cli, number, &target);
	else
		code = target_from_file(cli, cli->args[0], &target);
	return code == CODE_DONE ? apply_to(cli, &target) : code;
}

const struct command command_apply = {
	.name = "apply",
	.arguments = "FILE|PLAN",
	.summary = "applies exactly that plan, or nothing when something moved since",
	.text = "FILE was saved by `plan -o`; PLAN is the number of a held plan that was approved. "
		"The plan is\n"
		"made anew and its checksum compared: exit 14 when it differs.",
	.options = {{"all", 'a', NULL, "show every line, however many there are"}},
	.min = 1,
	.max = 1,
	.needs = NEED_CONFIG | NEED_STATE,
	.run = apply_run,
};
