/* late.c: files written after a run: a directory's descriptor stands for the path, which the run could have changed. See late.h. */
#include "base/late.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"

static bool may_make(int dir_fd)
{
	return faccessat(dir_fd, ".", W_OK | X_OK, AT_EACCESS) == 0;
}

static int look(struct late *l, bool whole)
{
	struct stat st;

	if (l->dir_fd < 0)
		return -errno;
	if (fstatat(l->dir_fd, l->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT && may_make(l->dir_fd) ? 0 : -errno;
	if (S_ISREG(st.st_mode) && (!whole || may_make(l->dir_fd)))
		return 0;
	l->fd = openat(l->dir_fd, l->name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
	return l->fd < 0 ? -errno : 0;
}

int late_open(const char *path, bool whole, struct late *ret)
{
	autofree char *for_name = xstrdup(path), *for_dir = xstrdup(path); /* both functions may change theirs */
	int r;

	*ret = (struct late)LATE_NONE;
	ret->name = xstrdup(basename(for_name));
	ret->dir_fd = open(dirname(for_dir), O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = look(ret, whole);
	if (r < 0)
		late_close(ret);
	return r;
}

/* A file of ours beside it, under a name that nobody can foresee. */
static int make_beside(const struct late *l, char **ret_name)
{
	unsigned long long number;
	int fd;

	*ret_name = NULL;
	do {
		free(*ret_name);
		*ret_name = NULL;
		if (getrandom(&number, sizeof(number), 0) != sizeof(number))
			return -EIO;
		*ret_name = xasprintf(".%s.%016llx", l->name, number);
		fd = openat(l->dir_fd, *ret_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	} while (fd < 0 && errno == EEXIST);
	return fd < 0 ? -errno : fd;
}

int late_write(const struct late *l, const void *buf, size_t n)
{
	autofree char *name = NULL;
	int fd, r;

	if (l->fd >= 0) {
		if (ftruncate(l->fd, 0) < 0 && errno != EINVAL) /* EINVAL: a device or a pipe */
			return -errno;
		return fd_write_all(l->fd, buf, n);
	}
	fd = make_beside(l, &name);
	if (fd < 0)
		return fd;
	r = fd_write_all(fd, buf, n);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && renameat(l->dir_fd, name, l->dir_fd, l->name) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(l->dir_fd, name, 0);
	return r;
}

int late_append(const struct late *l, const void *buf, size_t n)
{
	autoclose int fd = -1;
	struct stat st;

	if (l->fd >= 0)
		return fd_write_all(l->fd, buf, n);
	fd = openat(l->dir_fd, l->name, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? fd_write_all(fd, buf, n) : -ELOOP;
}

void late_close(struct late *l)
{
	if (l->dir_fd >= 0)
		close(l->dir_fd);
	if (l->fd >= 0)
		close(l->fd);
	free(l->name);
	*l = (struct late)LATE_NONE;
}
