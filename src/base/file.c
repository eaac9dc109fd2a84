/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files in and out. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crashpoint.h"

enum { PIECE = 64 * 1024 };

static int file_fail(struct err *err, const char *path)
{
	return err_set(err, REACH_RUN, errno == ENOENT ? CODE_CONFIG : CODE_FAILED, "%s: %s", path,
		       strerror(errno));
}

static int read_up_to(int fd, const char *path, size_t limit, struct buf *b, struct err *err)
{
	for (;;) {
		ssize_t n;

		buf_reserve(b, PIECE);
		n = read(fd, b->p + b->n, PIECE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return file_fail(err, path);
		if (n == 0)
			return 0;
		b->n += (size_t)n;
		b->p[b->n] = '\0';
		if (b->n > limit)
			return err_set(err, REACH_RUN, CODE_DATA, "%s is larger than %zu bytes",
				       path, limit);
	}
}

int file_read(const char *path, size_t limit, struct buf *b, struct err *err)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return file_fail(err, path);
	rc = read_up_to(fd, path, limit, b, err);
	if (!standard)
		close(fd);
	return rc;
}

static int write_all(int fd, str bytes)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes = str_slice(bytes, (size_t)n, bytes.n);
	}
	return fsync(fd);
}

/* So that the new name is on disk too; where a folder cannot be synced there is nothing to be done.
 */
static void sync_folder(const char *path)
{
	ptrdiff_t slash = str_find_last(str_of(path), '/');
	struct buf folder = {0};
	int fd;

	if (slash < 0)
		buf_text(&folder, ".");
	else
		buf_put(&folder, str_make(path, (size_t)slash + 1));
	fd = open(folder.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	buf_clear(&folder);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static int write_fail(struct err *err, const char *path)
{
	return err_set(err, REACH_RUN, CODE_FAILED, "cannot write %s: %s", path, strerror(errno));
}

int file_replace(const char *path, str bytes, unsigned mode, struct err *err)
{
	struct buf beside = {0};
	int fd, rc = -1;

	buf_printf(&beside, "%s.new.%ld", path, (long)getpid());
	fd = open(beside.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0) {
		write_fail(err, path);
		goto out;
	}
	if (write_all(fd, bytes) < 0 || fchmod(fd, mode) < 0) {
		write_fail(err, path);
		close(fd);
		unlink(beside.p);
		goto out;
	}
	close(fd);
	crashpoint_pass("before a file is renamed");
	if (rename(beside.p, path) < 0) {
		write_fail(err, path);
		unlink(beside.p);
		goto out;
	}
	crashpoint_pass("after a file is renamed");
	sync_folder(path);
	rc = 0;
out:
	buf_clear(&beside);
	return rc;
}
