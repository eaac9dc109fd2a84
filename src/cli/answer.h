/* SPDX-License-Identifier: Apache-2.0 */
/* What a command gives back: an answer on stdout, an error or a hint on stderr, an exit code. */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include "cli/internal.h"

/* The value of an option of the running command; NULL when it was not given. */
const char *cli_option(const struct cli *cli, const char *name);
/* Prints the error on stderr and returns its exit code. */
enum code cli_fail(const struct err *err);
/* A fault in how the command was called: prints it with a hint at the help; CODE_USAGE. */
enum code cli_usage(const struct cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Writes an answer on stdout, whole; an error of the pipe is CODE_FAILED. */
enum code cli_answer(str text);
/* The same, and clears it. */
enum code cli_answer_buf(struct buf *text);

#endif
