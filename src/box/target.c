/* target.c: finding and making mount points inside an untrusted tree.
 *
 * Every step is an openat2() with RESOLVE_IN_ROOT, so a symbolic link of the image can lead to another place of the box but
 * never out of it; magic links are refused. Runs in the first process of the box, before any guest code exists. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "box/ops.h"

static int in_root(int root_fd, const char *path, uint64_t flags)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | flags,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/* The directory `path` (relative to the root), each missing component made. */
static int make_dir(int root_fd, const char *path, bool create)
{
	char done[PATH_MAX] = ".";
	size_t used = 1;
	int fd = in_root(root_fd, ".", O_DIRECTORY);

	while (fd >= 0) {
		size_t n;
		int next;

		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (n == 0)
			break;
		if (used + n + 2 > sizeof(done)) {
			close(fd);
			return -ENAMETOOLONG;
		}
		done[used++] = '/';
		memcpy(done + used, path, n);
		used += n;
		done[used] = 0;
		path += n;
		next = in_root(root_fd, done, O_DIRECTORY);
		if (next == -ENOENT && create) {
			if (mkdirat(fd, done + used - n, 0755) < 0 && errno != EEXIST)
				next = -errno;
			else
				next = in_root(root_fd, done, O_DIRECTORY);
		}
		close(fd);
		fd = next;
	}
	return fd;
}

/* A regular file to mount over. A symbolic link in its place is replaced: following it would put the file elsewhere. */
static int make_file(int dir_fd, const char *name, bool create)
{
	struct stat st;
	int fd;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (!S_ISLNK(st.st_mode)) {
			fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
			return fd < 0 ? -errno : fd;
		}
		if (!create)
			return -ELOOP;
		if (unlinkat(dir_fd, name, 0) < 0)
			return -errno;
	} else if (errno != ENOENT || !create) {
		return -errno;
	}
	fd = openat(dir_fd, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	close(fd);
	fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int target_open(int root_fd, const char *path, bool file, bool create)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int dir_fd, fd;

	if (!file)
		return make_dir(root_fd, path, create);
	if (!slash || !slash[1] || (size_t)(slash - path) >= sizeof(dir))
		return -EINVAL;
	memcpy(dir, path, (size_t)(slash - path));
	dir[slash - path] = 0;
	dir_fd = make_dir(root_fd, dir, create);
	if (dir_fd < 0)
		return dir_fd;
	fd = make_file(dir_fd, slash + 1, create);
	close(dir_fd);
	return fd;
}
