/* SPDX-License-Identifier: Apache-2.0 */
/* From argv to a command: words are read, what the command needs is opened, it runs. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/open.h"
#include "cli/words.h"

static bool wants_color(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

int cli_main(int argc, char **argv)
{
	struct cli cli = {.color = wants_color()};
	enum code code;

	cli.args = mem_alloc((size_t)argc + 1, sizeof *cli.args);
	code = words_read(&cli, argc, argv);
	log_level_set(cli.quiet ? LOG_LEVEL_ERROR : cli.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	if (code == CODE_DONE)
		code = cli_open(&cli);
	if (code == CODE_DONE)
		code = cli.command->run(&cli);
	cli_close(&cli);
	free(cli.args);
	return (int)code;
}
