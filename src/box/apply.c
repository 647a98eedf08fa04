/* apply.c: the one interpreter of the ops. Runs in the first process of the box: root of its own user namespace, nobody outside.
 *
 * Invariant: a failing step ends the box before any guest code ran; its sentence goes to the supervisor. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "box/ops.h"
#include "box/refusal.h"

#define SCRATCH "/tmp"

static int clone_tree(const char *from, bool recursive)
{
	int fd = open_tree(AT_FDCWD, from, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0));

	return fd < 0 ? -errno : fd;
}

static int set_attr(int fd, uint64_t set, bool recursive)
{
	struct mount_attr attr = { .attr_set = set };

	if (!set)
		return 0;
	return mount_setattr(fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr, sizeof(attr)) < 0 ? -errno : 0;
}

static int attach(int fd, const char *to)
{
	return move_mount(fd, "", AT_FDCWD, to, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

static int do_take(struct op *op, struct error *e)
{
	op->fd = clone_tree(op->from, op->flags & OP_RECURSIVE);
	if (op->fd == -EINVAL && !(op->flags & OP_RECURSIVE)) {
		error_set(e, EINVAL, "cannot use %s as a layer of the box", op->from);
		error_hint(e, "something is mounted below it: unmount that first (findmnt -R %s shows it)", op->from);
		return -EINVAL;
	}
	if (op->fd == -ENOSYS) {
		error_set(e, ENOSYS, "this kernel is too old for the box");
		error_hint(e, "Linux 5.12 or later is needed");
		return -ENOSYS;
	}
	return op->fd < 0 ? error_set(e, -op->fd, "cannot use %s in the box", op->from) : 0;
}

static int do_scratch(const struct op *op, struct error *e)
{
	if (mount("tmpfs", SCRATCH, "tmpfs", MS_NOSUID | MS_NODEV, op->text) < 0) {
		int r = error_set(e, errno, "cannot mount a private tmpfs for the box");

		if (r == -EPERM || r == -EACCES)
			refusal_of_mount("/proc/sys", e);
		return r;
	}
	if (chdir(SCRATCH) < 0)
		return error_set(e, errno, "cannot enter the private tmpfs of the box");
	return 0;
}

/* From the innermost on: most of them are there. */
static int make_parents(const char *path)
{
	autofree char *dir = xstrdup(path);
	char *slash = strrchr(dir, '/');

	if (!slash || slash == dir)
		return 0;
	*slash = '\0';
	if (mkdir(dir, 0755) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT || make_parents(dir) < 0)
		return -errno;
	return mkdir(dir, 0755) == 0 || errno == EEXIST ? 0 : -errno;
}

/* Most parents are there: they are made when they are missed. 0, or -1 with errno. */
static int make_dir(const char *path, mode_t mode)
{
	if (mkdir(path, mode) == 0)
		return 0;
	return errno == ENOENT && make_parents(path) == 0 ? mkdir(path, mode) : -1;
}

static int make_file(const char *path, int flags)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW | flags, 0444);

	return fd < 0 && errno == ENOENT && make_parents(path) == 0 ? open(path, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW | flags, 0444) : fd;
}

static int do_mkdir(const struct op *op, struct error *e)
{
	int r = 0;

	if (make_dir(op->to, op->mode) < 0) {
		struct stat st;

		if (errno != EEXIST)
			r = -errno;
		else if (lstat(op->to, &st) < 0 || !S_ISDIR(st.st_mode))
			r = -ENOTDIR;
		else
			return 0; /* an upper directory used again keeps its mode */
	}
	if (r == 0 && chmod(op->to, op->mode) < 0)
		r = -errno;
	if (r == 0)
		return 0;
	error_set(e, -r, "cannot make the directory %s of the box", op->to);
	if (r == -EROFS)
		error_hint(e, "the directory for the upper layer lies on a read-only file system: give another one");
	else if (r == -ENOSPC)
		error_hint(e, "the disk is full: free some space or give another directory for the upper layer");
	else if (r == -EACCES)
		error_hint(e, "the directory for the upper layer must be writable by you");
	return r;
}

static int do_write(const struct op *op, struct error *e)
{
	autoclose int fd = make_file(op->to, O_EXCL);
	bool again = fd < 0 && errno == EEXIST;
	int r;

	if (again)
		fd = make_file(op->to, O_TRUNC);
	if (fd < 0)
		return error_set(e, errno, "cannot write the model file %s", op->to);
	r = fd_write_all(fd, op->text, op->len);
	if (r == 0 && again && fchmod(fd, 0444) < 0)
		r = -errno;
	return r < 0 ? error_set(e, -r, "cannot write the model file %s", op->to) : 0;
}

/* A bind mount with these attributes. In one call or two where open_tree() and move_mount() take four, but it follows a link: `to` is a name that only we
 * have made, and nobody is there yet to whom it shows without its attributes. */
static int bind_mount(const char *from, const char *to, uint64_t attr)
{
	struct mount_attr set = { .attr_set = attr };

	if (mount(from, to, NULL, MS_BIND, NULL) < 0)
		return -errno;
	return attr && mount_setattr(AT_FDCWD, to, 0, &set, sizeof(set)) < 0 ? -errno : 0;
}

/* A device of the host: only a bind mount can show one, since a user namespace cannot make device nodes. Read-only: that keeps nobody
 * from writing to the device, but the host's root who is root of the box, too, from changing the node's mode, owner and times. */
static int do_device(const struct op *op, struct error *e)
{
	int r, fd;

	if (access(op->from, F_OK) < 0 && errno == ENOENT)
		return 0;
	fd = open(op->to, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
	if (fd >= 0)
		close(fd);
	r = bind_mount(op->from, op->to, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID);
	return r < 0 ? error_set(e, -r, "cannot show %s in the box", op->from) : 0;
}

static int do_bind(const struct op *op, struct error *e)
{
	int r = bind_mount(op->from, op->to, op->attr);

	if (r == 0)
		return 0;
	error_set(e, -r, "cannot bind %s to %s in the box", op->from, op->to);
	if (r == -EPERM || r == -EACCES)
		refusal_of_mount("/proc/sys", e);
	return r;
}

static int overlay(const char *lower, const char *upper, const char *work, const char *to)
{
	char options[PATH_MAX];
	int n;

	/* userxattr: a user namespace may not write trusted.overlay.*; it also switches redirects and metacopy off.
	 * xino: with layers on several file systems directories would have inode numbers that last as long as the kernel's cache. */
	n = snprintf(options, sizeof(options), "userxattr,xino=on,lowerdir=%s,upperdir=%s,workdir=%s", lower, upper, work);
	if (n < 0 || (size_t)n >= sizeof(options))
		return -E2BIG;
	return mount("overlay", to, "overlay", 0, options) < 0 ? -errno : 0;
}

static int do_overlay(const struct op *op, struct error *e)
{
	int r = overlay(op->from, "u/upper", "u/work", op->to);

	if (r == 0)
		return 0;
	error_set(e, -r, "cannot mount the overlay of the box");
	if (r == -EINVAL || r == -EPERM)
		error_hint(e, "the image must lie on a native file system (ext4, xfs, btrfs, tmpfs), "
			      "and the upper directory must not itself lie on an overlay or a network file system");
	else if (r == -ENODEV)
		error_hint(e, "the kernel has no overlayfs: `modprobe overlay` as root");
	else if (r == -EROFS)
		error_hint(e, "the upper directory lies on a read-only file system: give another one");
	else if (r == -ENOSPC)
		error_hint(e, "the disk is full: free some space or give another upper directory");
	return r;
}

/* With the mounts below it; `to` may be what an earlier run has left in an upper directory. */
static int show_as_it_is(const char *from, const char *to)
{
	autoclose int tree = clone_tree(from, true);
	int r = tree < 0 ? tree : set_attr(tree, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, true);

	return r < 0 ? r : attach(tree, to);
}

/* One top-level directory of the host's root. A mount that came from outside cannot be taken without the ones below it (the
 * kernel would uncover what they hide): such a directory, and one overlayfs does not want, is shown as it is, read-only. */
static int host_dir(const struct op *op, const char *name, struct error *e)
{
	char from[512], to[512], at[512], upper[512], work[512], lower[PATH_MAX];
	size_t used = 0;
	unsigned i;
	int r;

	snprintf(from, sizeof(from), "/%s", name);
	snprintf(to, sizeof(to), "%s/%s", op->to, name);
	snprintf(at, sizeof(at), "host/%s", name);
	snprintf(upper, sizeof(upper), "u/upper/%s", name);
	snprintf(work, sizeof(work), "u/work/%s", name);
	if ((mkdir(upper, 0755) < 0 && errno != EEXIST) || (mkdir(work, 0755) < 0 && errno != EEXIST) || mkdir(at, 0755) < 0)
		return error_set(e, errno, "cannot prepare /%s of the box", name);
	r = bind_mount(from, at, 0);
	for (i = 0; i < op->count; i++) {
		char layer[512];

		snprintf(layer, sizeof(layer), "l%u/%s", i, name);
		if (access(layer, F_OK) == 0 && used < sizeof(lower) - sizeof(layer))
			used += (size_t)snprintf(lower + used, sizeof(lower) - used, "%s:", layer);
	}
	snprintf(lower + used, sizeof(lower) - used, "%s", at);
	if (r == 0)
		r = overlay(lower, upper, work, to);
	if (r == 0)
		return 0;
	r = show_as_it_is(from, to);
	return r < 0 ? error_set(e, -r, "cannot show /%s of the host in the box", name) : 0;
}

static bool host_dir_is_hidden(const char *name)
{
	static const char *const hidden[] = { "proc", "sys", "dev", "tmp", "run", "home", "root", "lost+found" };
	size_t i;

	for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (!strcmp(name, hidden[i]))
			return true;
	return name[0] == '.';
}

static int host_entry(const struct op *op, const char *name, struct error *e)
{
	char path[512], to[512], link[PATH_MAX];
	struct stat st;
	ssize_t n;

	snprintf(path, sizeof(path), "/%s", name);
	snprintf(to, sizeof(to), "%s/%s", op->to, name);
	if (lstat(path, &st) < 0)
		return 0;
	if (host_dir_is_hidden(name)) {
		if (S_ISDIR(st.st_mode) && name[0] != '.' && strcmp(name, "lost+found") != 0)
			mkdir(to, !strcmp(name, "root") ? 0700 : 0755);
		return 0;
	}
	if (S_ISLNK(st.st_mode)) {
		n = readlink(path, link, sizeof(link) - 1);
		link[n > 0 ? n : 0] = 0;
		if (n > 0 && symlink(link, to) < 0 && errno != EEXIST)
			return error_set(e, errno, "cannot prepare /%s of the box", name);
		return 0;
	}
	return S_ISDIR(st.st_mode) ? host_dir(op, name, e) : 0;
}

/* The root itself cannot be a lower layer: /proc, /sys and every other mount below it came from outside and is locked. */
static int do_host_dirs(const struct op *op, struct error *e)
{
	DIR *d = opendir("/");
	struct dirent *de;
	int r = 0;

	if (!d)
		return error_set(e, errno, "cannot list the host's root");
	mkdir("host", 0755);
	while (r == 0 && (de = readdir(d)))
		if (strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0 && strlen(de->d_name) < 256)
			r = host_entry(op, de->d_name, e);
	closedir(d);
	return r;
}

/* A kernel without huge pages for shared memory knows no option for them. */
static int do_tmpfs(const struct op *op, struct error *e)
{
	autofree char *with = op->flags & OP_HUGE ? xasprintf("%s,huge=advise", op->text) : NULL;

	if ((!with || mount("tmpfs", op->to, "tmpfs", MS_NOSUID | MS_NODEV, with) < 0) && mount("tmpfs", op->to, "tmpfs", MS_NOSUID | MS_NODEV, op->text) < 0)
		return error_set(e, errno, "cannot mount a tmpfs in the box");
	return 0;
}

/* Of this process alone, which sets its limits later on (limits_apply()); the caller's own limit on files is not meant for this one. */
static void lift_file_limit(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_FSIZE, &l) == 0 && l.rlim_cur != l.rlim_max) {
		l.rlim_cur = l.rlim_max;
		setrlimit(RLIMIT_FSIZE, &l);
	}
}

static int do_shared(struct op *op, struct error *e)
{
	lift_file_limit();
	op->fd = open(op->to, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (op->fd < 0 || fchmod(op->fd, 0666) < 0 || ftruncate(op->fd, (off_t)op->len) < 0)
		error_set(e, errno, "cannot make the memory that the box shares");
	else
		return 0;
	error_hint(e, "a limit on the size of files (ulimit -H -f) or on memory forbids it: --executor=ptrace does without");
	return -e->errnum;
}

/* Group 5 is tty in every Debian; with a single mapped id it does not exist. */
static int do_devpts(const struct op *op, struct error *e)
{
	static const char options[] = "newinstance,ptmxmode=0666,mode=620";
	char with_tty[64];

	snprintf(with_tty, sizeof(with_tty), "%s,gid=5", options);
	if (mount("devpts", op->to, "devpts", MS_NOSUID | MS_NOEXEC, with_tty) < 0 &&
	    mount("devpts", op->to, "devpts", MS_NOSUID | MS_NOEXEC, options) < 0)
		return error_set(e, errno, "cannot mount devpts in the box");
	return 0;
}

static int do_proc(const struct op *op, struct error *e)
{
	if (mount("proc", op->to, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0)
		return 0;
	error_set(e, errno, "cannot mount a fresh /proc for the box");
	error_hint(e, "inside a container parts of its own /proc are covered, and then the kernel refuses a new one: start the container "
		      "with an uncovered /proc (docker: --security-opt systempaths=unconfined, podman: --security-opt unmask=ALL)");
	return -e->errnum;
}

static int do_show(const struct ops *o, const struct op *op, struct error *e)
{
	bool file = op->flags & OP_FILE, recursive = op->flags & OP_RECURSIVE;
	int root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC), tree = -1, target = -1;
	struct stat st;
	int r = root < 0 ? -errno : 0;

	if (r == 0 && !(op->flags & OP_MOVE)) {
		tree = op->other >= 0 ? fcntl(o->v[op->other].fd, F_DUPFD_CLOEXEC, 3) : clone_tree(op->from, recursive);
		r = tree < 0 ? (op->other >= 0 ? -errno : tree) : set_attr(tree, op->attr, recursive);
		if (r == 0 && op->other >= 0 && fstat(tree, &st) == 0)
			file = !S_ISDIR(st.st_mode);
	}
	if (r == 0) {
		target = target_open(root, op->to, file, !(op->flags & OP_OPTIONAL));
		if (target < 0)
			r = target;
	}
	if (r == 0 && move_mount(tree >= 0 ? tree : AT_FDCWD, tree >= 0 ? "" : op->from, target, "",
				 (tree >= 0 ? MOVE_MOUNT_F_EMPTY_PATH : 0) | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		r = -errno;
	if (tree >= 0)
		close(tree);
	if (target >= 0)
		close(target);
	if (root >= 0)
		close(root);
	if (r == 0 || (op->flags & OP_OPTIONAL))
		return 0;
	error_set(e, -r, "cannot show %s in the box", op->to);
	if (r == -ENOTDIR || r == -ELOOP)
		error_hint(e, "the image has something else than a %s at that path", file ? "file" : "directory");
	return r;
}

static int do_check_dir(const struct op *op, struct error *e)
{
	int root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC), fd;

	fd = root < 0 ? -errno : target_open(root, op->to, false, false);
	if (root >= 0)
		close(root);
	if (fd < 0) {
		error_set(e, -fd, "the directory %s does not exist in the box", op->to);
		error_hint(e, "the working directory must be a path of the image or lie in a volume");
		e->exit_code = 2;
		return fd;
	}
	close(fd);
	return 0;
}

/* The old root is stacked over the new one for a moment, then the whole of it is detached: nothing of the host stays reachable. */
static int do_pivot(struct error *e)
{
	if (chdir("root") < 0)
		return error_set(e, errno, "cannot enter the root of the box");
	if (syscall(SYS_pivot_root, ".", ".") < 0) {
		int r = error_set(e, errno, "cannot make the box's tree the root");

		if (r == -EINVAL)
			error_hint(e, "a system that runs from its initramfs has no root that could be exchanged: switch_root to a real one first");
		return r;
	}
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return error_set(e, errno, "cannot detach the host's root from the box");
	return 0;
}

static int do_host_name(const struct op *op, struct error *e)
{
	if (op->text && sethostname(op->text, strlen(op->text)) < 0)
		return error_set(e, errno, "cannot set the box's host name to %s", op->text);
	if (op->to && setdomainname(op->to, strlen(op->to)) < 0)
		return error_set(e, errno, "cannot set the box's domain name to %s", op->to);
	return 0;
}

static int apply(struct ops *o, struct op *op, struct error *e)
{
	switch (op->kind) {
	case OP_TAKE:
		return do_take(op, e);
	case OP_SCRATCH:
		return do_scratch(op, e);
	case OP_PUT: {
		int r = attach(o->v[op->other].fd, op->to);

		return r < 0 ? error_set(e, -r, "cannot mount %s in the box", o->v[op->other].from) : 0;
	}
	case OP_MKDIR:
		return do_mkdir(op, e);
	case OP_WRITE:
		return do_write(op, e);
	case OP_SYMLINK:
		return symlink(op->from, op->to) < 0 ? error_set(e, errno, "cannot make %s of the box", op->to) : 0;
	case OP_DEVICE:
		return do_device(op, e);
	case OP_BIND:
		return do_bind(op, e);
	case OP_OVERLAY:
		return do_overlay(op, e);
	case OP_HOST_DIRS:
		return do_host_dirs(op, e);
	case OP_TMPFS:
		return do_tmpfs(op, e);
	case OP_SHARED:
		return do_shared(op, e);
	case OP_DEVPTS:
		return do_devpts(op, e);
	case OP_PROC:
		return do_proc(op, e);
	case OP_MASK_PROC:
		return proc_mask(op->from, op->to, e);
	case OP_GUARD_PROC:
		return proc_guard(op->to, e);
	case OP_SHOW:
		return do_show(o, op, e);
	case OP_CHECK_DIR:
		return do_check_dir(op, e);
	case OP_PIVOT:
		return do_pivot(e);
	case OP_HOST_NAME:
		return do_host_name(op, e);
	case OP_LOOPBACK:
		return loopback_up(e);
	}
	return error_set(e, ENOSYS, "the box met an unknown step");
}

int ops_apply(struct ops *o, struct error *e)
{
	mode_t old = umask(0);
	size_t i;
	int r = 0;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		r = error_set(e, errno, "cannot make the box's mounts private");
		refusal_of_mount("/proc/sys", e);
	}
	for (i = 0; r == 0 && i < o->n; i++)
		r = apply(o, &o->v[i], e);
	umask(old);
	return r;
}
