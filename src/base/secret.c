/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets: one copy, wiped at the end, compared in constant time. */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"

enum { SECRET_LIMIT = 1024 * 1024 };

struct secret {
	size_t n;
	char bytes[];
};

static struct secret *secret_new(size_t n)
{
	struct secret *s = mem_alloc(1, sizeof *s + n + 1);

	s->n = n;
	return s;
}

static void cut_line_end(struct secret *s)
{
	while (s->n && (s->bytes[s->n - 1] == '\n' || s->bytes[s->n - 1] == '\r'))
		s->bytes[--s->n] = '\0';
}

struct secret *secret_take(char *p, size_t n)
{
	struct secret *s = secret_new(n);

	memcpy(s->bytes, p, n);
	OPENSSL_cleanse(p, n);
	cut_line_end(s);
	return s;
}

void secret_free(struct secret *s)
{
	if (!s)
		return;
	OPENSSL_cleanse(s->bytes, s->n);
	free(s);
}

const char *secret_reveal(const struct secret *s)
{
	return s->bytes;
}

size_t secret_size(const struct secret *s)
{
	return s->n;
}

bool secret_equal(str a, str b)
{
	return a.n == b.n && CRYPTO_memcmp(a.p, b.p, a.n) == 0;
}

static int check_file(int fd, const char *path, mode_t forbidden, size_t *ret_size, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(err, REACH_RUN, CODE_CONFIG, "secret file %s: %s", path,
			       strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, REACH_RUN, CODE_CONFIG, "secret file %s is not a regular file",
			       path);
	if (st.st_mode & forbidden)
		return err_set(err, REACH_RUN, CODE_CONFIG,
			       "secret file %s can be read or written by others (mode %04o); "
			       "use: chmod 0600 %s",
			       path, st.st_mode & 07777, path);
	if (st.st_size == 0 || st.st_size > SECRET_LIMIT)
		return err_set(err, REACH_RUN, CODE_CONFIG,
			       "secret file %s holds %lld bytes, expected 1 to %d", path,
			       (long long)st.st_size, SECRET_LIMIT);
	*ret_size = (size_t)st.st_size;
	return 0;
}

static int secret_read_all(int fd, struct secret *s)
{
	for (size_t got = 0; got < s->n;) {
		ssize_t n = read(fd, s->bytes + got, s->n - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		got += (size_t)n;
	}
	return 0;
}

static int read_file(const char *path, mode_t forbidden, struct secret **ret, struct err *err)
{
	struct secret *s = NULL;
	size_t size = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return err_set(err, REACH_RUN, CODE_CONFIG, "secret file %s: %s", path,
			       strerror(errno));
	if (check_file(fd, path, forbidden, &size, err) < 0)
		goto fail;
	s = secret_new(size);
	if (secret_read_all(fd, s) < 0) {
		err_set(err, REACH_RUN, CODE_CONFIG, "secret file %s changed while it was read",
			path);
		goto fail;
	}
	cut_line_end(s);
	close(fd);
	*ret = s;
	return 0;
fail:
	secret_free(s);
	close(fd);
	return -1;
}

int secret_read_file(const char *path, struct secret **ret, struct err *err)
{
	return read_file(path, S_IRWXG | S_IRWXO, ret, err);
}

int secret_read_credential(const char *path, struct secret **ret, struct err *err)
{
	return read_file(path, S_IWGRP | S_IRWXO, ret, err);
}
