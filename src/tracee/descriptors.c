/* descriptors.c: the guest's descriptors, through duplicates that live for one handler at most; its paths, looked up from outside.
 *
 * A duplicate shares the file description: reading, seeking and flags act for the guest. It is closed before the guest runs
 * again, so no pipe stays open because of us. Paths are resolved inside the box's root with openat2(RESOLVE_IN_ROOT), without
 * magic links; what cannot be resolved that way is asked from inside the guest. */
#include "tracee/tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"

void executor_drop_dup(struct executor *x)
{
	if (x->dup_fd >= 0)
		close(x->dup_fd);
	x->dup_fd = -1;
}

int executor_dup(struct call *c, int fd)
{
	struct executor *x = c->x;
	int d;

	if (x->dup_fd >= 0 && x->dup_of == fd && x->dup_task == c->task)
		return x->dup_fd;
	executor_drop_dup(x);
	d = host_dup(x, c->w->tasks[c->task].proc, fd);
	if (d < 0)
		return d == -ESRCH ? -EBADF : d;
	x->dup_fd = d;
	x->dup_of = fd;
	x->dup_task = c->task;
	return d;
}

int64_t x_fd_raw_stat(struct call *c, int fd, void *ret)
{
	int d = executor_dup(c, fd);

	if (d < 0)
		return d;
	if (syscall(SYS_fstat, d, ret) < 0)
		return -errno;
	executor_map_owner(c->x, ret);
	return 0;
}

int64_t x_fd_stat(struct call *c, int fd, struct fd_stat *ret)
{
	struct stat st;
	int64_t r = x_fd_raw_stat(c, fd, &st);

	if (r < 0)
		return r;
	ret->dev = st.st_dev;
	ret->ino = st.st_ino;
	ret->rdev = st.st_rdev;
	ret->size = (uint64_t)st.st_size;
	ret->mode = st.st_mode;
	ret->nlink = (uint32_t)st.st_nlink;
	return 0;
}

/* A signalfd is ready for whoever has a signal pending: only the guest itself can ask. */
static int64_t poll_inside(struct call *c, int fd, uint32_t events)
{
	struct pollfd p = { fd, (short)events, 0 };
	gaddr scratch = x_scratch(c);
	int64_t r;

	if (!scratch || x_write(c, scratch + SCRATCH_STRUCT, &p, sizeof(p)) < 0)
		return -ENOMEM;
	r = x_real(c, SYS_poll, scratch + SCRATCH_STRUCT, 1, 0, 0, 0, 0);
	if (r < 0)
		return r;
	return x_read(c, scratch + SCRATCH_STRUCT, &p, sizeof(p)) < 0 ? -EFAULT : p.revents;
}

int64_t x_fd_poll(struct call *c, int fd, uint32_t events)
{
	struct pollfd p = { executor_dup(c, fd), (short)events, 0 };
	struct stat st;

	if (p.fd < 0)
		return p.fd;
	if (c->w->signalfd_seen && fstat(p.fd, &st) == 0 && !(st.st_mode & S_IFMT) && host_fd_asks_its_reader(c->w, c->x->tracees[c->task].tid, fd))
		return poll_inside(c, fd, events);
	while (poll(&p, 1, 0) < 0) /* the watchdog's tick makes even a poll without a wait say EINTR */
		if (errno != EINTR)
			return -errno;
	return p.revents;
}

int64_t x_fd_tcp_unread(struct call *c, int fd)
{
	int d = c->w->inet_seen ? executor_dup(c, fd) : -EBADF, protocol = 0, unread = 0;
	socklen_t n = sizeof(protocol);

	if (d < 0)
		return d;
	if (getsockopt(d, SOL_SOCKET, SO_PROTOCOL, &protocol, &n) < 0 || ioctl(d, FIONREAD, &unread) < 0)
		return -errno;
	return protocol == IPPROTO_TCP ? unread : -EPROTONOSUPPORT;
}

int64_t x_fd_socket_int(struct call *c, int fd, uint32_t name, int32_t *ret)
{
	int d = executor_dup(c, fd);
	socklen_t n = sizeof(*ret);

	if (d < 0)
		return d;
	return getsockopt(d, SOL_SOCKET, (int)name, ret, &n) < 0 ? -errno : 0;
}

bool x_fd_tcp_at_mark(struct call *c, int fd)
{
	int d = executor_dup(c, fd);

	return d >= 0 && sockatmark(d) == 1;
}

int64_t x_fd_flags(struct call *c, int fd)
{
	int d = executor_dup(c, fd), r;

	if (d < 0)
		return d;
	r = fcntl(d, F_GETFL);
	return r < 0 ? -errno : r;
}

int64_t x_fd_set_flags(struct call *c, int fd, uint64_t flags)
{
	int d = executor_dup(c, fd);

	if (d < 0)
		return d;
	return fcntl(d, F_SETFL, (int)flags) < 0 ? -errno : 0;
}

int64_t x_fd_seek(struct call *c, int fd, int64_t off, int whence)
{
	int d = executor_dup(c, fd);
	off_t r;

	if (d < 0)
		return d;
	r = lseek(d, off, whence);
	return r < 0 ? -errno : r;
}

int64_t x_fd_getdents(struct call *c, int fd, void *buf, size_t n)
{
	int d = executor_dup(c, fd);
	long r;

	if (d < 0)
		return d;
	r = syscall(SYS_getdents64, d, buf, n);
	return r < 0 ? -errno : r;
}

int64_t x_fd_entry_stat(struct call *c, int fd, const char *name, void *ret)
{
	int d = executor_dup(c, fd);

	if (d < 0)
		return d;
	return syscall(SYS_newfstatat, d, name, ret, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int64_t x_fd_read(struct call *c, int fd, void *buf, size_t n)
{
	int d = executor_dup(c, fd);
	ssize_t r;

	if (d < 0)
		return d;
	r = read(d, buf, n);
	return r < 0 ? -errno : r;
}

int64_t x_fd_read_at(struct call *c, int fd, void *buf, size_t n, int64_t off)
{
	int d = executor_dup(c, fd);
	ssize_t r;

	if (d < 0)
		return d;
	r = pread(d, buf, n, off);
	return r < 0 ? -errno : r;
}

int64_t x_fd_write(struct call *c, int fd, const void *buf, size_t n)
{
	int d = executor_dup(c, fd);
	ssize_t r;

	if (d < 0)
		return d;
	while ((r = write(d, buf, n)) < 0 && errno == EINTR) /* the watchdog's tick */
		;
	return r < 0 ? -errno : r;
}

int64_t x_fd_ask(struct call *c, int fd, uint32_t request, void *ret, size_t n)
{
	int d = executor_dup(c, fd);
	char answer[64] = { 0 };

	invariant(n <= sizeof(answer));
	if (d < 0)
		return d;
	if (ioctl(d, request, answer) < 0)
		return -errno;
	memcpy(ret, answer, n);
	return 0;
}

bool x_fd_takes(struct call *c, int fd, uint64_t n)
{
	int d = executor_dup(c, fd), held = 0, room;

	if (d < 0 || ioctl(d, FIONREAD, &held) < 0 || held)
		return false;
	room = fcntl(d, F_GETPIPE_SZ);
	return room > 0 && n <= (uint64_t)room;
}

int64_t x_fd_path(struct call *c, int fd, char *buf, size_t size)
{
	char name[32];

	snprintf(name, sizeof(name), "fd/%d", fd);
	return host_link(c->x->tracees[c->task].tid, name, buf, size);
}

/* ---- paths --------------------------------------------------------------------------------------------------------- */

/* The absolute path, as text, that `at` names in the guest. Needs no answer from the file system but the base directory. */
static int64_t absolute(struct call *c, const struct at *at, char *buf, size_t size)
{
	char path[PATH_SIZE];
	int64_t n = x_read_string(c, at->path, path, sizeof(path)), base = 0;

	if (n < 0)
		return n;
	if (n == 0)
		return -ENOENT;
	if (path[0] != '/') {
		base = at->dirfd == AT_FDCWD ? host_link(c->x->tracees[c->task].tid, "cwd", buf, size) : x_fd_path(c, (int)at->dirfd, buf, size);
		if (base < 0)
			return base;
		if (buf[0] != '/')
			return -ENOTDIR;
		buf[base++] = '/';
	}
	if ((size_t)(base + n) >= size)
		return -ENAMETOOLONG;
	memcpy(buf + base, path, (size_t)n + 1);
	return base + n;
}

static int64_t look_up(struct executor *x, const char *path, uint64_t flags, void *ret)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | (flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0), .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	autoclose int fd = (int)syscall(SYS_openat2, x->root_fd, path, &how, sizeof(how));
	int64_t r = fd < 0 ? -errno : 0;

	if (r == -ENOENT || r == -ENOTDIR) { /* a link may have led to /proc/self, which is nobody here */
		how.resolve |= RESOLVE_NO_SYMLINKS;
		fd = (int)syscall(SYS_openat2, x->root_fd, path, &how, sizeof(how));
		return fd < 0 && errno == ELOOP ? -ELOOP : r;
	}
	if (r < 0)
		return r;
	return syscall(SYS_fstat, fd, ret) < 0 ? -errno : 0;
}

/* Only plain answers count; anything else (no right to look, a link into /proc, an odd root) is asked from inside. */
static bool certain(int64_t r)
{
	return r == 0 || r == -ENOENT || r == -ENOTDIR;
}

static int64_t ask_guest(struct call *c, int64_t dirfd, gaddr path, uint64_t flags, void *ret)
{
	gaddr scratch = x_scratch(c);
	int64_t r;

	if (!scratch)
		return -ENOMEM;
	r = x_real(c, SYS_newfstatat, (uint64_t)dirfd, path, scratch + SCRATCH_STRUCT, flags & AT_SYMLINK_NOFOLLOW, 0, 0);
	if (r < 0)
		return r;
	return x_read(c, scratch + SCRATCH_STRUCT, ret, sizeof(struct stat));
}

static bool outside_lookup_works(const struct executor *x, const char *path)
{
	return !x->root_changed && !strstr(path, "/proc") && !strstr(path, " (deleted)") && strncmp(path, "/dev/fd", 7) != 0;
}

int64_t x_path_stat(struct call *c, const struct at *at, void *ret)
{
	char path[2 * PATH_SIZE];
	int64_t r = absolute(c, at, path, sizeof(path));

	if (r == -EFAULT || r == -ENOENT)
		return r;
	if (r >= 0 && outside_lookup_works(c->x, path)) {
		r = look_up(c->x, path, at->flags, ret);
		if (r == 0)
			executor_map_owner(c->x, ret);
		if (certain(r))
			return r;
	}
	return ask_guest(c, at->dirfd, at->path, at->flags, ret);
}

void executor_drop_pins(struct executor *x)
{
	for (size_t k = 0; k < EXECUTOR_PINS; k++)
		if (x->pins[k])
			close(x->pins[k] - 1);
	memset(x->pins, 0, sizeof(x->pins));
}

/* O_PATH: neither busy nor open for writing in anybody's eyes. What cannot be reached stays as it is; half of our descriptors are
 * left for what a run cannot do without. */
void x_pin(struct call *c, int fd, const struct at *at)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	struct executor *x = c->x;
	int *slot = &x->pins[x->n_pins % EXECUTOR_PINS], pin = -1;
	char path[2 * PATH_SIZE];
	struct rlimit most;

	if (!at) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", executor_dup(c, fd));
		pin = open(path, O_PATH | O_CLOEXEC);
	} else if (absolute(c, at, path, sizeof(path)) >= 0 && outside_lookup_works(x, path)) {
		how.flags |= at->flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0;
		pin = (int)syscall(SYS_openat2, x->root_fd, path, &how, sizeof(how));
	}
	if (pin < 0)
		return;
	if (getrlimit(RLIMIT_NOFILE, &most) < 0 || (rlim_t)pin >= most.rlim_cur / 2) {
		close(pin);
		return;
	}
	if (*slot)
		close(*slot - 1);
	*slot = pin + 1;
	x->n_pins++;
}

/* "a/b//" -> "a", "/b" -> "/", "b" -> ".": the length that stays. */
static size_t parent_length(const char *path, size_t n)
{
	while (n > 1 && path[n - 1] == '/')
		n--;
	while (n > 0 && path[n - 1] != '/')
		n--;
	while (n > 1 && path[n - 1] == '/')
		n--;
	return n;
}

int64_t x_parent_stat(struct call *c, const struct at *at, void *ret)
{
	char path[2 * PATH_SIZE];
	int64_t r = absolute(c, at, path, sizeof(path));
	gaddr scratch;

	if (r >= 0 && outside_lookup_works(c->x, path)) {
		path[parent_length(path, (size_t)r)] = '\0';
		r = look_up(c->x, path, 0, ret);
		if (certain(r))
			return r;
	}
	r = x_read_string(c, at->path, path, PATH_SIZE);
	scratch = r < 0 ? 0 : x_scratch(c);
	if (!scratch)
		return r < 0 ? r : -ENOMEM;
	r = (int64_t)parent_length(path, (size_t)r);
	memcpy(path + r, r ? "" : ".", r ? 1 : 2);
	if (x_write(c, scratch + SCRATCH_PATH, path, strlen(path) + 1) < 0)
		return -EFAULT;
	return ask_guest(c, at->dirfd, scratch + SCRATCH_PATH, 0, ret);
}

void x_will_change(struct call *c, const struct at *at, const void *struct_stat, bool keeps)
{
	(void)c;
	(void)at;
	(void)struct_stat;
	(void)keeps;
}

void x_will_move(struct call *c, bool all)
{
	(void)c;
	(void)all;
}

void x_will_rename(struct call *c, const struct at *from, const void *source, const struct at *to, const void *target)
{
	(void)c;
	(void)from;
	(void)source;
	(void)to;
	(void)target;
}

void x_will_touch(struct call *c, int fd, const struct at *at)
{
	(void)c;
	(void)fd;
	(void)at;
}

void x_will_copy(struct call *c, int fd, const struct fd_stat *st, uint64_t most)
{
	(void)c;
	(void)fd;
	(void)st;
	(void)most;
}

/* ---- the outside --------------------------------------------------------------------------------------------------- */

bool x_fd_is_output(struct call *c, int fd, const struct fd_stat *st)
{
	struct executor *x = c->x;

	(void)fd;
	for (unsigned i = 0; i < x->n_outputs; i++)
		if (x->outputs[i].dev == st->dev && x->outputs[i].ino == st->ino) {
			executor_drain(x, false);
			x->outputs[i].dirty = true;
			return true;
		}
	return false;
}

bool x_fd_is_external(struct call *c, int fd, const struct fd_stat *st)
{
	(void)fd;
	if (c->x->input_ino && c->x->input_dev == st->dev && c->x->input_ino == st->ino)
		return true;
	return c->w->network && S_ISSOCK(st->mode);
}

/* Who reads our output may be slow, or have stopped reading: time-outs and signals must still end the run. When poll says that a pipe
 * takes something, it takes PIPE_BUF bytes at least. */
static int write_out(struct executor *x, int fd, const char *p, size_t n)
{
	while (n > 0) {
		struct pollfd ready = { .fd = fd, .events = POLLOUT };
		ssize_t done = poll(&ready, 1, -1);

		if (done > 0)
			done = write(fd, p, n < PIPE_BUF ? n : PIPE_BUF);
		if (done < 0 && errno == EINTR && x->interrupted(x->ctx))
			return -ETIMEDOUT;
		if (done < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		}
	}
	return 0;
}

void executor_drain(struct executor *x, bool only_dirty)
{
	char buf[65536];

	if (x->draining) /* who waits for our own reader looks at the clock */
		return;
	x->draining = true;
	for (unsigned i = 0; i < x->n_outputs; i++) {
		struct output *o = &x->outputs[i];
		ssize_t n;

		if (only_dirty && !o->dirty)
			continue;
		o->dirty = false;
		while ((n = read(o->read_fd, buf, sizeof(buf))) > 0)
			if (!o->error) {
				x->any_output = true;
				int r = write_out(x, o->to_fd, buf, (size_t)n);

				o->error = r < 0 ? -r : 0; /* the guest must not see it: it goes on, and what it writes is dropped */
			}
	}
	x->draining = false;
}
