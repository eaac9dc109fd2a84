/* SPDX-License-Identifier: Apache-2.0 */
/* Where a secret comes from; it is fetched when it is needed and not before. */
#ifndef CONFIG_KEY_SECRETS_H
#define CONFIG_KEY_SECRETS_H

#include "base/secret.h"
#include "config/yaml/yaml.h"

enum secret_form {
	SECRET_CREDENTIAL, /* a file of that name in $CREDENTIALS_DIRECTORY (systemd.exec(5)) */
	SECRET_FILE, /* a file that nobody else can read */
	SECRET_COMMAND, /* what a program prints */
};

enum {
	SECRET_COMMAND_SECONDS = 10,
	SECRET_COMMAND_BYTES = 64 * 1024,
};

struct secret_source {
	enum secret_form form;
	struct source_pos pos;
	const char *name; /* of the credential; path of the file */
	/* program (absolute, or found in PATH) and arguments, ends with NULL */
	char *const *command;
};

/*
 * Fetches the secret; secret_free it. A command runs without a shell, with standard input empty,
 * with PATH, HOME, LANG and CREDENTIALS_DIRECTORY as its whole environment, its standard error
 * ours; it has SECRET_COMMAND_SECONDS and SECRET_COMMAND_BYTES. Line ends at the end are cut; an
 * empty secret is an error. Errors: CODE_CONFIG, naming the place in the configuration.
 */
int secret_fetch(const struct secret_source *source, struct secret **ret, struct err *err);

#endif
