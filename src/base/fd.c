/* fd.c: files and descriptors.
 *
 * 1. Every descriptor is close-on-exec from birth.
 * 2. remove_tree() works with *at() calls on directory descriptors, so a tree that another process is
 *    changing cannot lead it outside: links are never followed, other mounts never entered. */
#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

ssize_t fd_read_all(int fd, char **ret, size_t limit)
{
	autofree char *buf = NULL;
	size_t used = 0, room = 0;

	for (;;) {
		ssize_t n;

		if (room - used < 2) {
			room = room ? room * 2 : 4096;
			buf = xrealloc(buf, room);
		}
		n = read(fd, buf + used, room - used - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
		if (used > limit)
			return -EFBIG;
	}
	buf[used] = '\0';
	*ret = STEAL(buf);
	return (ssize_t)used;
}

int fd_write_all(int fd, const void *buf, size_t n)
{
	const char *p = buf;

	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

ssize_t file_read(const char *path, char **ret, size_t limit)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	return fd_read_all(fd, ret, limit);
}

static int finish_file(int fd, const void *buf, size_t n, bool sync)
{
	int r = fd_write_all(fd, buf, n);

	if (r == 0 && sync && fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0644);

	if (fd < 0)
		return -errno;
	return finish_file(fd, text, strlen(text), false);
}

int file_set(const char *path, const char *text)
{
	autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	return n < 0 ? -errno : n == (ssize_t)strlen(text) ? 0 : -EIO;
}

int file_write_atomic(const char *path, const void *buf, size_t n)
{
	autofree char *tmp = xasprintf("%s.XXXXXX", path);
	int fd, r;

	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* mkostemp gives 0600; the file is for its readers, like one of file_write(). */
	if (fchmod(fd, 0644) < 0) {
		r = -errno;
		close(fd);
	} else {
		r = finish_file(fd, buf, n, true);
	}
	if (r == 0 && rename(tmp, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(tmp);
	return r;
}

bool path_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

bool path_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int mkdir_p(const char *path, mode_t mode)
{
	autofree char *copy = xstrdup(path);

	for (char *p = copy + 1; *copy && *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, mode) < 0 && errno != EEXIST && !path_is_dir(copy))
			return -errno;
		*p = '/';
	}
	if (mkdir(copy, mode) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	return path_is_dir(copy) ? 0 : -ENOTDIR;
}

static int remove_entries(int dir_fd, dev_t device);

/* Bind mounts of one file system share its device number, so the device alone does not tell (statx: Linux 5.8). */
static bool is_mount_root(int dir_fd, const char *name)
{
	struct statx sx;

	return statx(dir_fd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_TYPE, &sx) == 0 &&
	       (sx.stx_attributes_mask & sx.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

/* Removes the name in the directory, with everything below it. */
static int remove_at(int dir_fd, const char *name, dev_t device)
{
	autoclose int fd = -1;
	struct stat st;
	int r;

	if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM && errno != EACCES)
		return -errno;
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -EPERM;
	if (st.st_dev != device || is_mount_root(dir_fd, name))
		return -EXDEV;
	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == EACCES && fchmodat(dir_fd, name, 0700, 0) == 0)
		fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* A directory of ours that its maker left unwritable still has to go. */
	if ((st.st_mode & 0700) != 0700)
		(void)!fchmod(fd, 0700);
	r = remove_entries(fd, device);
	if (r < 0)
		return r;
	return unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

/* Goes on after a failure and returns the first one. */
static int remove_entries(int dir_fd, dev_t device)
{
	int copy = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0), first = 0;
	struct dirent *entry;
	DIR *dir;

	if (copy < 0)
		return -errno;
	dir = fdopendir(copy);
	if (!dir) {
		first = -errno;
		close(copy);
		return first;
	}
	while ((entry = readdir(dir))) {
		int r;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		r = remove_at(dir_fd, entry->d_name, device);
		if (r < 0 && first == 0)
			first = r;
	}
	closedir(dir);
	return first;
}

int remove_tree(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	return remove_at(AT_FDCWD, path, st.st_dev);
}

char *path_absolute(const char *path)
{
	return realpath(path, NULL);
}

int fd_set_nonblock(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -errno;
	flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
	return fcntl(fd, F_SETFL, flags) < 0 ? -errno : 0;
}
