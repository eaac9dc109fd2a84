/* SPDX-License-Identifier: Apache-2.0 */
/* The door of the command line: what a person may ask. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

/* Runs the command that argv names; returns the exit code (base/err.h enum code). */
int cli_main(int argc, char **argv);

#endif
