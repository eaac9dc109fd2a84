/* SPDX-License-Identifier: Apache-2.0 */
/* Answers on stdout, errors on stderr. */
#include "cli/answer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

const char *cli_option(const struct cli *cli, const char *name)
{
	for (size_t i = 0; i < OPTIONS_MAX && cli->command->options[i].name; i++)
		if (strcmp(cli->command->options[i].name, name) == 0)
			return cli->values[i];
	return NULL;
}

enum code cli_fail(const struct err *err)
{
	log_error(NULL, "%s", err->text);
	return err->code;
}

enum code cli_usage(const struct cli *cli, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	log_error(NULL, "%s", text);
	if (cli->command)
		fprintf(stderr, "try: muster help %s\n", cli->command->name);
	else
		fprintf(stderr, "try: muster help\n");
	return CODE_USAGE;
}

enum code cli_answer(str text)
{
	if (fwrite(text.p ? text.p : "", 1, text.n, stdout) != text.n || fflush(stdout) != 0) {
		log_error(NULL, "cannot write the answer: %s", strerror(errno));
		return CODE_FAILED;
	}
	return CODE_DONE;
}

enum code cli_answer_buf(struct buf *text)
{
	enum code code = cli_answer(buf_str(text));

	buf_clear(text);
	return code;
}
