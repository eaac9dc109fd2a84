/* SPDX-License-Identifier: Apache-2.0 */
/* An unlinked file, written through a buffer and read through one large mapping. */
#include "base/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"

/*
 * Address space is taken once for the largest spool, so that views never move; pages beyond the end
 * of the file are never touched. The file grows in steps.
 */
enum { FIRST_STEP = 64 * 1024, STEP = 8 * 1024 * 1024 };
static const uint64_t LARGEST = 1ULL << 38;

/* What was put last: writing through a buffer costs no page fault a page. */
enum { TAIL_SIZE = 128 * 1024 };
struct tail {
	size_t n;
	char bytes[TAIL_SIZE];
};

struct spool {
	int fd;
	char *map;
	uint64_t used, size;
	struct tail *tail; /* the last bytes of `used` */
};

/* An unlinked file in a folder; the older way where the file system has no files without a name. */
static int folder_open(const char *folder)
{
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	struct buf path = {0};

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	buf_printf(&path, "%s/muster.XXXXXX", folder);
	fd = mkostemp(path.p, O_CLOEXEC);
	if (fd >= 0)
		unlink(path.p);
	buf_clear(&path);
	return fd;
}

int spool_open(const char *folder, struct spool **ret, struct err *err)
{
	const char *choice = folder ? folder : getenv("TMPDIR");
	struct spool *s;
	void *map;
	int fd;

	if (!choice || !*choice)
		choice = "/var/tmp";
	fd = folder_open(choice);
	if (fd < 0)
		return err_set(
			err, REACH_RUN, CODE_FAILED,
			"cannot make a temporary file in %s: %s; TMPDIR names another folder",
			choice, strerror(errno));
	map = mmap(NULL, LARGEST, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (map == MAP_FAILED) {
		close(fd);
		return err_set(err, REACH_RUN, CODE_FAILED, "cannot map a temporary file: %s",
			       strerror(errno));
	}
	s = mem_alloc(1, sizeof *s);
	*s = (struct spool){.fd = fd, .map = map, .tail = mem_alloc(1, sizeof(struct tail))};
	*ret = s;
	return 0;
}

void spool_close(struct spool *s)
{
	if (!s)
		return;
	munmap(s->map, LARGEST);
	close(s->fd);
	free(s->tail);
	free(s);
}

/* The room is the file's already. What the file will not take in one piece goes through the
 * mapping. */
static void spool_flush(const struct spool *s)
{
	uint64_t at = s->used - s->tail->n;

	if (pwrite(s->fd, s->tail->bytes, s->tail->n, (off_t)at) != (ssize_t)s->tail->n)
		memcpy(s->map + at, s->tail->bytes, s->tail->n);
	s->tail->n = 0;
}

/* posix_fallocate and not ftruncate: a full disk must be an error here, not a SIGBUS later. */
static int spool_grow(struct spool *s, uint64_t need, struct err *err)
{
	/* By doubling at first: most reads are small. */
	uint64_t step = s->size < FIRST_STEP ? FIRST_STEP : s->size < STEP ? s->size : STEP;
	uint64_t size = (need + step - 1) / step * step;
	int rc;

	if (size > LARGEST)
		return err_set(err, REACH_RUN, CODE_FAILED, "more than %llu bytes to hold in a run",
			       (unsigned long long)LARGEST);
	do
		rc = posix_fallocate(s->fd, (off_t)s->size, (off_t)(size - s->size));
	while (rc == EINTR);
	if (rc)
		return err_set(err, REACH_RUN, CODE_FAILED, "temporary file: %s", strerror(rc));
	s->size = size;
	return 0;
}

int spool_put(struct spool *s, str bytes, uint64_t *ret_place, struct err *err)
{
	if (bytes.n > s->size - s->used && spool_grow(s, s->used + bytes.n, err) < 0)
		return -1;
	if (bytes.n > TAIL_SIZE - s->tail->n)
		spool_flush(s);
	if (bytes.n > TAIL_SIZE) {
		memcpy(s->map + s->used, bytes.p, bytes.n);
	} else if (bytes.n) {
		memcpy(s->tail->bytes + s->tail->n, bytes.p, bytes.n);
		s->tail->n += bytes.n;
	}
	*ret_place = s->used;
	s->used += bytes.n;
	return 0;
}

str spool_at(const struct spool *s, uint64_t place, size_t n)
{
	if (s->tail->n && place + n > s->used - s->tail->n)
		spool_flush(s);
	return str_make(s->map + place, n);
}

uint64_t spool_size(const struct spool *s)
{
	return s->used;
}

void spool_trim(const struct spool *s, uint64_t place)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	/* The mapping is shared with the file, so dropped pages come back from the page cache
	 * unchanged. */
	if (place >= page)
		madvise(s->map, place / page * page, MADV_DONTNEED);
}
