/* proc.c: what of /proc a guest may see and write.
 *
 * Entries of processes (numbers, self, thread-self and the links mounts and net that point into them) stay. Everything else
 * describes the host's machine: in a canonical box each such entry is covered by the model's file of the same path, or by
 * an empty file or directory. Both functions run in the first process of the box on a procfs it has just mounted, before the
 * mount is shown to anybody, so names cannot change under them. */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "box/ops.h"

typedef int (*entry_fn)(const char *path, const char *name, bool dir, const char *files, struct error *e);

static int each_global(const char *proc, entry_fn fn, const char *files, struct error *e)
{
	DIR *d = opendir(proc);
	struct dirent *de;
	char path[512];
	int r = 0;

	if (!d)
		return error_set(e, errno, "cannot list the new /proc");
	while (r == 0 && (de = readdir(d)))
		if (de->d_name[0] != '.' && !isdigit((unsigned char)de->d_name[0]) && de->d_type != DT_LNK) {
			snprintf(path, sizeof(path), "%s/%s", proc, de->d_name);
			r = fn(path, de->d_name, de->d_type == DT_DIR, files, e);
		}
	closedir(d);
	return r;
}

static int mask(const char *path, const char *name, bool dir, const char *files, struct error *e)
{
	char from[512];

	snprintf(from, sizeof(from), "%s/%s", files, name);
	if (mount(from, path, NULL, MS_BIND, NULL) == 0)
		return 0;
	if (errno != ENOENT && errno != ENOTDIR) /* the model has none, or one of another kind */
		return error_set(e, errno, "cannot cover /proc/%s", name);
	snprintf(from, sizeof(from), "%s/../%s", files, dir ? ".dir" : ".file");
	return mount(from, path, NULL, MS_BIND, NULL) < 0 ? error_set(e, errno, "cannot cover /proc/%s", name) : 0;
}

static int guard(const char *path, const char *name, bool dir, const char *files, struct error *e)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	struct stat st;
	int fd, r = 0;

	(void)files;
	if (!dir && (lstat(path, &st) < 0 || !(st.st_mode & 0222)))
		return 0;
	fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (fd < 0 || mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0 ||
	    move_mount(fd, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		r = error_set(e, errno, "cannot make /proc/%s read-only", name);
	if (fd >= 0)
		close(fd);
	return r;
}

int proc_mask(const char *files, const char *proc, struct error *e)
{
	return each_global(proc, mask, files, e);
}

int proc_guard(const char *proc, struct error *e)
{
	return each_global(proc, guard, NULL, e);
}
