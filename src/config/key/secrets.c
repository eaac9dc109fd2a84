/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets from systemd's credentials, from private files and from programs that print them. */
#include "config/key/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

static int fetch_credential(const char *name, struct secret **ret, struct err *err)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	struct buf path = {0};
	int rc;

	if (!folder || !*folder)
		return err_set(
			err, REACH_RUN, CODE_CONFIG,
			"credential '%s': CREDENTIALS_DIRECTORY is not set; start muster as its "
			"systemd unit with LoadCredential=%s:FILE, or use {file: PATH}",
			name, name);
	buf_printf(&path, "%s/%s", folder, name);
	rc = secret_read_credential(path.p, ret, err);
	if (rc < 0)
		err_wrap(err, "credential '%s'", name);
	buf_clear(&path);
	return rc;
}

/* A program that is running, and the end of the pipe that it prints into. */
struct running {
	pid_t pid;
	int out;
	int64_t deadline; /* clock_ticks */
};

static void command_environment(struct arena *arena, char *ret[5])
{
	static const char *const names[] = {"PATH", "HOME", "CREDENTIALS_DIRECTORY"};
	size_t n = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = getenv(names[i]);

		if (value)
			ret[n++] = arena_alloc(arena, strlen(names[i]) + strlen(value) + 2);
		if (value)
			sprintf(ret[n - 1], "%s=%s", names[i], value);
	}
	ret[n++] = arena_alloc(arena, sizeof "LANG=C.UTF-8");
	memcpy(ret[n - 1], "LANG=C.UTF-8", sizeof "LANG=C.UTF-8");
	ret[n] = NULL;
}

/* The child gets its own process group, so that what it starts ends with it, and no signal setting
 * of ours. */
static int command_spawn(char *const *command, int out, pid_t *ret)
{
	struct arena arena = {0};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char *environment[5];
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	command_environment(&arena, environment);
	if (posix_spawn_file_actions_init(&actions) != 0 || posix_spawnattr_init(&attributes) != 0)
		mem_out();
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
						      POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	rc = posix_spawnp(ret, command[0], &actions, &attributes, command, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	arena_clear(&arena);
	return rc;
}

static int command_start(char *const *command, struct running *ret, struct err *err)
{
	int pipes[2], rc;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return err_set(err, REACH_RUN, CODE_FAILED, "pipe: %s", strerror(errno));
	rc = command_spawn(command, pipes[1], &ret->pid);
	close(pipes[1]);
	if (rc != 0) {
		close(pipes[0]);
		return err_set(err, REACH_RUN, CODE_CONFIG, "cannot be started: %s", strerror(rc));
	}
	ret->out = pipes[0];
	ret->deadline = clock_ticks() + SECRET_COMMAND_SECONDS * 1000;
	return 0;
}

/* Waits for output; false when the time is over. */
static bool command_wait_output(const struct running *r)
{
	for (;;) {
		struct pollfd p = {.fd = r->out, .events = POLLIN};
		int64_t left = r->deadline - clock_ticks();
		int n = left > 0 ? poll(&p, 1, (int)left) : 0;

		if (n > 0)
			return true;
		if (n == 0 || errno != EINTR)
			return false;
	}
}

/* Reads to the end of the output into `bytes`. */
static int command_collect(const struct running *r, char *bytes, size_t *ret_size, struct err *err)
{
	size_t n = 0;

	for (;;) {
		ssize_t got;

		if (!command_wait_output(r))
			return err_set(err, REACH_RUN, CODE_CONFIG, "did not end within %d s",
				       SECRET_COMMAND_SECONDS);
		got = read(r->out, bytes + n, SECRET_COMMAND_BYTES + 1 - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, REACH_RUN, CODE_CONFIG, "%s", strerror(errno));
		if (got == 0)
			break;
		n += (size_t)got;
		if (n > SECRET_COMMAND_BYTES)
			return err_set(err, REACH_RUN, CODE_CONFIG, "printed more than %d bytes",
				       SECRET_COMMAND_BYTES);
	}
	*ret_size = n;
	return 0;
}

/* Ends the program and whatever it started. */
static void command_stop(const struct running *r)
{
	kill(-r->pid, SIGKILL);
	while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* The output is closed; the end of the program may follow a little later. */
static int command_wait_end(const struct running *r, struct err *err)
{
	int status;
	pid_t ended;

	while ((ended = waitpid(r->pid, &status, WNOHANG)) == 0 && clock_ticks() < r->deadline)
		clock_sleep(5);
	if (ended == 0) {
		command_stop(r);
		return err_set(err, REACH_RUN, CODE_CONFIG, "did not end within %d s",
			       SECRET_COMMAND_SECONDS);
	}
	if (ended < 0)
		return err_set(err, REACH_RUN, CODE_FAILED, "%s", strerror(errno));
	if (WIFSIGNALED(status))
		return err_set(err, REACH_RUN, CODE_CONFIG, "was ended by signal %d",
			       WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return err_set(err, REACH_RUN, CODE_CONFIG,
			       "ended with code %d; run it by hand as the same user",
			       WEXITSTATUS(status));
	return 0;
}

static int fetch_command(char *const *command, struct secret **ret, struct err *err)
{
	struct running running = {0};
	char *bytes;
	size_t size = 0;
	int rc;

	if (command_start(command, &running, err) < 0)
		return -1;
	bytes = mem_alloc(SECRET_COMMAND_BYTES + 1, 1);
	rc = command_collect(&running, bytes, &size, err);
	close(running.out);
	if (rc < 0)
		command_stop(&running);
	else
		rc = command_wait_end(&running, err);
	if (rc == 0)
		*ret = secret_take(bytes, size);
	explicit_bzero(bytes, SECRET_COMMAND_BYTES + 1);
	free(bytes);
	return rc;
}

static int fetch_from(const struct secret_source *source, struct secret **ret, struct err *err)
{
	if (source->form == SECRET_CREDENTIAL)
		return fetch_credential(source->name, ret, err);
	if (source->form == SECRET_FILE)
		return secret_read_file(source->name, ret, err);
	if (fetch_command(source->command, ret, err) == 0)
		return 0;
	return err_wrap(err, "secret command %s", source->command[0]);
}

int secret_fetch(const struct secret_source *source, struct secret **ret, struct err *err)
{
	struct secret *secret = NULL;
	int rc = fetch_from(source, &secret, err);

	if (rc == 0 && secret_size(secret) == 0) {
		secret_free(secret);
		rc = err_set(err, REACH_RUN, CODE_CONFIG, "the secret is empty");
	}
	if (rc < 0)
		return source->pos.line ? err_wrap(err, "%s:%u:%u", source->pos.file,
						   source->pos.line, source->pos.column)
					: -1;
	*ret = secret;
	return 0;
}
