/* fs_open.c: opening files: creation, FIFOs, /proc. Freestanding.
 *
 * Inputs: the descriptor number is the lowest free one (function of past calls); the result code follows from the tree.
 * Opening a file for reading leaves nothing to do and passes at entry. What stops longer: calls that may create or cut a file (the
 * model notes the logical time), files of /proc (rewritten by procfs.c), FIFOs (a rendezvous of two parties, which must
 * not wait in the kernel). A file of /proc that is reached under another name (a link of the image, a working directory) is
 * noticed when it is read: fs_settle_proc(). O_TMPFILE is refused: whether it works is the file system's choice, and overlays
 * of the canonical kernel cannot do it. */
#include "model/machine.h"
#include "syscall/fs.h"
#include "syscall/procfs.h"
#include "syscall/table.h"
#include "syscall/tty.h"
#include "syscall/text.h"

struct request {
	struct at at;
	uint64_t flags;
	int flags_arg; /* which argument holds the flags; -1: creat, or openat2's struct */
};

/* openat2's struct open_how: the flags are its first word. */
static int read_request(struct call *c, struct request *ret)
{
	if (c->nr == __NR_open || c->nr == __NR_creat) {
		ret->at = fs_at(c, -1, 0, 0);
		ret->flags_arg = c->nr == __NR_open ? 1 : -1;
		ret->flags = c->nr == __NR_open ? c->arg[1] : O_CREAT | O_WRONLY | O_TRUNC;
		return 0;
	}
	ret->at = fs_at(c, 0, 1, 0);
	ret->flags_arg = c->nr == __NR_openat ? 2 : -1;
	ret->flags = c->arg[2];
	if (c->nr == __NR_openat2 && x_read(c, c->arg[2], &ret->flags, sizeof(ret->flags)) < 0)
		return -EFAULT;
	return 0;
}

static bool writes(uint64_t flags)
{
	return (flags & O_ACCMODE) != O_RDONLY;
}

/* ---- FIFOs --------------------------------------------------------------------------------------------------------- */

/* With no data waiting, a non-blocking read tells the two cases apart: EAGAIN when a writer is there, 0 when none is. */
static bool fifo_has_writer(struct call *c, int fd)
{
	struct fd_stat st;
	char byte;

	/* While it was parked a thread may have put another file under the number: nothing here may wait for it. */
	if (x_fd_stat(c, fd, &st) < 0 || !fs_is(st.mode, FS_FIFO) || !(x_fd_flags(c, fd) & O_NONBLOCK))
		return true;
	if (x_fd_poll(c, fd, POLLIN | POLLHUP) > 0)
		return true;
	return x_fd_read(c, fd, &byte, 0) == -EAGAIN || x_fd_read(c, fd, &byte, 1) == -EAGAIN;
}

/* A reader opens without waiting, keeps the descriptor in mem[0] (+1) and is parked until a writer has come; a writer tries until there is a reader.
 * Either side's arrival counts as progress, so the other is tried again. */
static enum outcome open_fifo(struct call *c, const struct request *q)
{
	uint64_t flags = q->flags | O_NONBLOCK;
	int64_t fd;

	if (c->mem[0]) {
		fd = (int64_t)c->mem[0] - 1;
	} else {
		fd = x_real(c, __NR_openat, (uint64_t)q->at.dirfd, q->at.path, flags, 0, 0, 0);
		if (fd == -ENXIO && (q->flags & O_ACCMODE) == O_WRONLY)
			return x_signal_pending(c, NULL) ? done(c, -ERESTARTSYS_CODE) : park_any(c);
		if (fd < 0)
			return done(c, fd);
		c->w->progress++;
	}
	if ((q->flags & O_ACCMODE) == O_RDONLY && !fifo_has_writer(c, (int)fd)) {
		if (x_signal_pending(c, NULL)) {
			x_real(c, __NR_close, (uint64_t)fd, 0, 0, 0, 0, 0);
			return done(c, -ERESTARTSYS_CODE);
		}
		c->mem[0] = (uint64_t)fd + 1;
		return park_any(c);
	}
	x_fd_set_flags(c, (int)fd, q->flags & ~(uint64_t)O_NONBLOCK);
	c->w->progress++;
	return done(c, fd);
}

static bool may_be_fifo(struct call *c, const struct request *q)
{
	struct stat st;

	if ((!c->w->fifo_seen && !x_looks_for_fifos(c)) || (q->flags & (O_NONBLOCK | O_PATH | O_DIRECTORY)) || (q->flags & O_ACCMODE) == O_RDWR)
		return false;
	return c->mem[0] || (x_path_stat(c, &q->at, &st) == 0 && fs_is(st.st_mode, FS_FIFO));
}

/* ---- everything else ----------------------------------------------------------------------------------------------- */

static int64_t close_hidden(struct call *c, int fd)
{
	x_real(c, __NR_close, (uint64_t)fd, 0, 0, 0, 0, 0);
	return -ENOENT;
}

/* The file behind a fresh descriptor lies in /proc: show the canonical content. */
static int64_t enter_proc(struct call *c, const struct request *q, int fd, const struct fd_stat *st)
{
	char path[PATH_SIZE];
	int64_t n;

	n = x_fd_path(c, fd, path, sizeof(path));
	if (n >= 0 && procfs_hides(c, path))
		return close_hidden(c, fd);
	if (fs_is(st->mode, FS_DIR))
		world_enter_proc(c->w);
	if (fs_is(st->mode, FS_DIR) || (q->flags & O_PATH))
		return fd;
	return n < 0 ? n : procfs_open(c, path, fd);
}

/* The descriptor keeps its number, its position and whether exec closes it. What procfs_open() puts in the place of the lowest
 * free number is moved onto it. */
int64_t fs_settle_proc(struct call *c, int fd, const struct fd_stat *st)
{
	char path[PATH_SIZE];
	int64_t other, at, r;
	bool closes;
	struct fd_stat now;

	if (st->dev != c->w->proc_dev || !st->dev || !fs_is(st->mode, FS_REG) || x_fd_path(c, fd, path, sizeof(path)) < 0)
		return 0;
	at = x_fd_seek(c, fd, 0, 1);
	closes = x_fd_closes_at_exec(c, fd);
	other = x_real(c, __NR_dup, (uint64_t)fd, 0, 0, 0, 0, 0);
	if (other < 0)
		return other;
	r = procfs_open(c, path, (int)other);
	if (r < 0 || x_dead(c))
		return r;
	if (x_fd_stat(c, (int)r, &now) == 0 && now.dev != st->dev) {
		x_real(c, __NR_dup3, (uint64_t)r, (uint64_t)fd, closes ? O_CLOEXEC : 0, 0, 0, 0);
		if (at > 0)
			x_fd_seek(c, fd, at, 0);
	}
	x_real(c, __NR_close, (uint64_t)r, 0, 0, 0, 0, 0);
	return 0;
}

static enum outcome opened(struct call *c, const struct request *q, int64_t fd, bool created)
{
	struct fd_stat st;
	struct inode *i;

	if (fd < 0 || x_fd_stat(c, (int)fd, &st) < 0)
		return done(c, fd);
	if (!(q->flags & O_PATH))
		tty_opened(c, (int)fd, &st);
	if (st.dev == c->w->proc_dev && c->w->proc_dev)
		return done(c, enter_proc(c, q, (int)fd, &st));
	if (procfs_is_cover(c->w, st.dev, st.ino))
		return done(c, close_hidden(c, (int)fd));
	if (!fs_is(st.mode, FS_REG) || (q->flags & O_PATH))
		return done(c, fd);
	if (created) {
		fs_born(c, st.dev, st.ino);
		fs_touch_parent(c, &q->at);
		return done(c, fd);
	}
	i = inode_see(c->w, st.dev, st.ino, st.mode, st.nlink);
	if (i && (writes(q->flags) || (q->flags & O_TRUNC)))
		fs_keep_number(c, i, st.mode, (int)fd, NULL);
	if (q->flags & O_TRUNC)
		fs_touch(c, st.dev, st.ino, st.mode, st.nlink);
	return done(c, fd);
}

/* In place nothing is mounted over the host's /sys and names: what is opened by such a path is exchanged. A link of another
 * name is not seen through. */
static bool is_machines(const struct call *c, const struct request *q, const char *path)
{
	if (!c->w->in_place || q->flags & (O_PATH | O_DIRECTORY))
		return false;
	return text_starts(path, "/sys/") || (text_starts(path, "/etc/") && machine_shows(path));
}

static enum outcome open_machines(struct call *c, const char *path)
{
	int64_t fd = x_original(c);
	struct fd_stat st;

	if (fd < 0 || x_fd_stat(c, (int)fd, &st) < 0 || !fs_is(st.mode, FS_REG))
		return done(c, fd);
	return done(c, procfs_open_machine(c, path, (int)fd));
}

/* By whatever name. */
static bool may_be_terminal(struct call *c, const struct request *q)
{
	struct stat st;

	return c->w->terminal_seen && x_path_stat(c, &q->at, &st) == 0 && fs_is(st.st_mode, FS_CHR);
}

/* O_NOATIME is for a file's owner. The kernel does not know that files of the image which nobody in the box owns are those of its root; a time of
 * reading nobody sees. */
static bool is_roots_to_look(struct call *c, const struct request *q)
{
	struct stat st;
	uint32_t uid;

	if (!(q->flags & O_NOATIME) || q->flags_arg < 0 || x_path_stat(c, &q->at, &st) < 0)
		return false;
	uid = st.st_uid;
	inode_show_owner(c->w, inode_find(c->w, st.st_dev, st.st_ino), st.st_dev, &uid, &st.st_gid);
	return st.st_uid != 0 && uid == 0 && (c->w->single_id ? world_proc(c->w, c->task)->fsuid == 0 : x_real(c, __NR_geteuid, 0, 0, 0, 0, 0, 0) == 0);
}

enum outcome do_open(struct call *c)
{
	struct request q;
	char path[PATH_SIZE];
	struct stat st;
	int64_t known;
	bool created, plain;

	if (read_request(c, &q) < 0 || x_read_string(c, q.at.path, path, sizeof(path)) < 0)
		return CALL_PASS; /* the kernel says which errno */
	if ((q.flags & O_TMPFILE) == O_TMPFILE)
		return done(c, -EOPNOTSUPP);
	if (may_be_fifo(c, &q))
		return open_fifo(c, &q);
	if (procfs_hides(c, path))
		return done(c, -ENOENT);
	if (is_machines(c, &q, path))
		return open_machines(c, path);
	if (procfs_changes(path) && !(q.flags & O_PATH)) {
		int64_t fd = x_original(c);

		return done(c, fd < 0 ? fd : procfs_open(c, path, (int)fd));
	}
	if (is_roots_to_look(c, &q))
		c->arg[q.flags_arg] &= ~(uint64_t)O_NOATIME;
	if (!writes(q.flags) && !(q.flags & (O_CREAT | O_TRUNC)) && !fs_under_proc(path) && !(c->w->proc_entered && path[0] != '/') && !may_be_terminal(c, &q))
		return CALL_PASS;
	plain = !fs_under_proc(path);
	known = plain || (q.flags & O_CREAT) ? x_path_stat(c, &q.at, &st) : -ENOENT;
	created = (q.flags & O_CREAT) && known == -ENOENT;
	if (plain && (writes(q.flags) || (q.flags & (O_CREAT | O_TRUNC))))
		x_will_change(c, &q.at, known == 0 ? &st : NULL, true);
	return opened(c, &q, x_original(c), created);
}
