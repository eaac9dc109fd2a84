/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets: each place they come from, and each reason why they cannot be had. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "unit/config/kinds.h"

static char folder[] = "/tmp/muster-secrets-XXXXXX";

static int make_folder(void **unused)
{
	(void)unused;
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **unused)
{
	(void)unused;
	unlink("private");
	unlink("open");
	unlink("group");
	unlink("empty");
	unlink("ended");
	unlink("m.yaml");
	return rmdir(folder);
}

static void write_file(const char *name, const char *text, unsigned mode)
{
	struct err err;

	assert_int_equal(file_replace(name, str_of(text), mode, &err), 0);
}

static void expect(const struct secret_source *source, const char *wanted)
{
	struct secret *secret = NULL;
	struct err err = {0};
	int rc = secret_fetch(source, &secret, &err);

	if (rc < 0)
		print_message("%s\n", err.text);
	assert_int_equal(rc, 0);
	assert_string_equal(secret_reveal(secret), wanted);
	secret_free(secret);
}

/* `part` must be in the error's text. */
static void refuse(const struct secret_source *source, const char *part)
{
	struct secret *secret = NULL;
	struct err err = {0};

	assert_int_equal(secret_fetch(source, &secret, &err), -1);
	assert_null(secret);
	assert_int_equal(err.code, CODE_CONFIG);
	if (!strstr(err.text, part))
		fail_msg("'%s' is not in: %s", part, err.text);
}

static struct secret_source command(char *const *words)
{
	return (struct secret_source){.form = SECRET_COMMAND, .command = words};
}

#define COMMAND(...) command((char *[]){__VA_ARGS__, NULL})
#define W(word) ((char[]){word})

static void files_must_be_private(void **unused)
{
	struct secret_source source = {
		.form = SECRET_FILE, .name = "private", .pos = {"m.yaml", 3, 7}};

	(void)unused;
	refuse(&source, "m.yaml:3:7: secret file private: No such file or directory");
	write_file("private", "hunter2\n", 0600);
	expect(&source, "hunter2");
	write_file("open", "hunter2\n", 0644);
	source.name = "open";
	refuse(&source, "can be read or written by others (mode 0644); use: chmod 0600 open");
	write_file("group", "hunter2\n", 0640);
	source.name = "group";
	refuse(&source, "mode 0640");
	source.name = ".";
	refuse(&source, "is not a regular file");
	write_file("empty", "\n", 0600);
	source.name = "empty";
	refuse(&source, "the secret is empty");
}

static void credentials_come_from_systemd(void **unused)
{
	struct secret_source source = {.form = SECRET_CREDENTIAL, .name = "private"};

	(void)unused;
	write_file("private", "hunter2", 0400);
	unsetenv("CREDENTIALS_DIRECTORY");
	refuse(&source, "credential 'private': CREDENTIALS_DIRECTORY is not set");
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	expect(&source, "hunter2");
	/* systemd's access list for the unit's user shows as rights of the group. */
	write_file("group", "hunter2", 0440);
	source.name = "group";
	expect(&source, "hunter2");
	write_file("open", "hunter2", 0444);
	source.name = "open";
	refuse(&source, "can be read or written by others");
	source.name = "absent";
	refuse(&source, "credential 'absent': secret file");
}

static void commands_run_without_a_shell(void **unused)
{
	struct secret_source source =
		COMMAND(W("printf"), W("%s|%s\\n\\n"), W("$HOME; ls"), W("a b"));

	(void)unused;
	expect(&source, "$HOME; ls|a b");
	source = COMMAND(W("/bin/cat"));
	refuse(&source, "the secret is empty"); /* nothing to read: it ends at once */
	source = COMMAND(W("/nonexistent/program"));
	refuse(&source, "secret command /nonexistent/program: cannot be started: No such file");
	source = COMMAND(W("sh"), W("-c"), W("echo hunter2; exit 3"));
	refuse(&source, "secret command sh: ended with code 3; run it by hand");
	source = COMMAND(W("sh"), W("-c"), W("kill -9 $$"));
	refuse(&source, "was ended by signal 9");
}

static void commands_see_a_clean_environment(void **unused)
{
	struct secret_source source =
		COMMAND(W("sh"), W("-c"),
			W("echo ${HUNTER-no} ${HOME-no} $LANG; ls /proc/self/fd | wc -l"));
	struct buf wanted = {0};
	int open_here = dup(STDIN_FILENO);

	(void)unused;
	setenv("HUNTER", "2", 1);
	/* 0, 1, 2 and the folder that ls itself reads. */
	buf_printf(&wanted, "no %s C.UTF-8\n4", getenv("HOME") ? getenv("HOME") : "no");
	expect(&source, wanted.p);
	buf_clear(&wanted);
	close(open_here);
}

static void commands_have_their_limits(void **unused)
{
	struct secret_source source = COMMAND(W("head"), W("-c"), W("65536"), W("/dev/zero"));
	struct secret *secret;
	struct err err;
	int64_t begin;

	(void)unused;
	assert_int_equal(secret_fetch(&source, &secret, &err), 0);
	assert_int_equal(secret_size(secret), 65536);
	secret_free(secret);
	source = COMMAND(W("cat"), W("/dev/zero"));
	refuse(&source, "printed more than 65536 bytes");
	begin = clock_ticks();
	/* What it leaves behind keeps the output open, and must end with it. */
	source = COMMAND(W("sh"), W("-c"), W("echo x; exec >&-; sleep 60 & wait; touch ended"));
	refuse(&source, "did not end within 10 s");
	assert_true(clock_ticks() - begin < 15000);
	assert_int_equal(access("ended", F_OK), -1);
}

static void check_fetches_them_all(void **unused)
{
	static const char text[] =
		"version: 1\n"
		"systems:\n"
		"  a: {kind: scim, url: 'https://x', token: {file: open}}\n"
		"  b: {kind: scim, url: 'https://x', token: {command: ['false']}}\n"
		"  c: {kind: scim, url: 'https://x', token: {file: private}}\n"
		"  d: {kind: scim, url: 'https://x', token: {credential: absent}}\n"
		"serve: {tls: {cert: x, key: {file: absent}}}\n";
	struct diagnostics loading = {0}, diags = {0};
	struct config *config = NULL;
	struct arena arena = {0};
	size_t column;

	(void)unused;
	write_file("open", "hunter2", 0644);
	write_file("private", "hunter2", 0600);
	write_file("m.yaml", text, 0600);
	assert_int_equal(config_load("m.yaml", kinds, KINDS, &config, &loading), 0);
	diag_clear(&loading);
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	config_check_secrets(config, false, &diags);
	assert_int_equal(diags.errors, 3);
	assert_string_equal(diag_line(&diags, diags.items.items[1].pos, &arena, &column).p,
			    "  d: {kind: scim, url: 'https://x', token: {credential: absent}}");
	arena_clear(&arena);
	diag_clear(&diags);
	unsetenv("CREDENTIALS_DIRECTORY");
	config_check_secrets(config, false, &diags);
	assert_int_equal(diags.warnings, 1);
	assert_int_equal(diags.errors, 2);
	assert_int_equal(diags.items.items[0].pos.line, 3);
	assert_int_equal(diags.items.items[0].pos.column, 44);
	assert_non_null(strstr(diags.items.items[0].text, "'token': secret file open can be read"));
	assert_int_equal(diags.items.items[2].pos.line, 7);
	config_check_secrets(config, true, &diags);
	assert_int_equal(diags.errors, 3);
	assert_string_equal(
		diags.items.items[1].text,
		"'token': secret command false: ended with code 1; run it by hand as the same "
		"user");
	config_free(config);
	diag_clear(&diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_must_be_private),
		cmocka_unit_test(credentials_come_from_systemd),
		cmocka_unit_test(commands_run_without_a_shell),
		cmocka_unit_test(commands_see_a_clean_environment),
		cmocka_unit_test(commands_have_their_limits),
		cmocka_unit_test(check_fetches_them_all),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
