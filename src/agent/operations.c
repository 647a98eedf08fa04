/* operations.c: the executor's operations (syscall/executor.h) in the guest's own process, as far as handlers need them whose rows say so
 * (table.def). What is missing here is agent_cannot() in the link (Makefile): the supervisor then answers the call.
 *
 * O1. Guest memory is touched by agent_copy() alone, whose faults are answers.
 * O2. Descriptors of a kind that can wait in other ways than a pipe or a terminal, or whose handlers keep state, are the supervisor's.
 * O3. What the kernel says of a file never comes into the guest's memory as it is: it could lie over the path that is asked for once more, and the guest
 *     would see it when the answer is another one. */
#include "agent/internal.h"

#include <string.h>

#include "syscall/abi.h"
#include "syscall/fs.h"
#include "syscall/text.h"
#include "syscall/tty.h"

enum { PAGE = 4096, PIECE = 256 };

typedef uint64_t unaligned_word __attribute__((aligned(1), may_alias));

enum { WORD = 8, WORDS_MOST = 256 }; /* up to here words are faster than a string instruction, which takes its time to begin */

/* For the compiler, and for the handlers. */
void *memcpy(void *to, const void *from, size_t n)
{
	void *ret = to;

	for (; n >= WORD && n <= WORDS_MOST; n -= WORD) {
		*(unaligned_word *)to = *(const unaligned_word *)from;
		to = (unaligned_word *)to + 1;
		from = (const unaligned_word *)from + 1;
	}
	for (; n && n < WORD; n--) {
		*(uint8_t *)to = *(const uint8_t *)from;
		to = (uint8_t *)to + 1;
		from = (const uint8_t *)from + 1;
	}
	if (!n)
		return ret;
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
	return ret;
}

void *memset(void *to, int c, size_t n)
{
	void *ret = to;
	uint64_t word = (uint8_t)c * UINT64_C(0x0101010101010101);

	for (; n >= WORD && n <= WORDS_MOST; n -= WORD) {
		*(unaligned_word *)to = word;
		to = (unaligned_word *)to + 1;
	}
	for (; n && n < WORD; n--) {
		*(uint8_t *)to = (uint8_t)word;
		to = (uint8_t *)to + 1;
	}
	if (!n)
		return ret;
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(c) : "memory");
	return ret;
}

void *memmove(void *to, const void *from, size_t n)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	if (t >= f + n || t + n <= f)
		return memcpy(to, from, n);
	if (t < f)
		for (size_t k = 0; k < n; k++)
			t[k] = f[k];
	else
		while (n--)
			t[n] = f[n];
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

/* ---- what can be taken back ------------------------------------------------------------------------------------------ */

static void will_undo(enum undo undo, int64_t fd, int64_t at)
{
	struct pending *p = &WINDOW->pending;

	p->undo = undo;
	p->undo_fd = fd;
	p->undo_at = at;
}

void agent_undo(void)
{
	const struct pending *p = &WINDOW->pending;
	const uint64_t arg[6] = { (uint64_t)p->undo_fd, (uint64_t)p->undo_at };

	if (p->undo != UNDO_NOTHING)
		agent_syscall(p->undo == UNDO_CLOSE ? __NR_close : __NR_lseek, arg);
	will_undo(UNDO_NOTHING, 0, 0);
}

/* A name of a descriptor that reads from a pipe: of its readers there is one more for a moment, which is nothing to anybody, and to open one (not a FIFO)
 * does not wait. */
static bool is_read_end(struct call *c, gaddr path)
{
	static const char *const dirs[] = { "/dev/fd/", "/proc/self/fd/" };
	enum { DIGITS_MOST = 6 };
	char name[sizeof("/proc/self/fd/") + DIGITS_MOST], pipe[64];
	const char *digits = NULL;
	int64_t flags;
	int fd = 0;

	if (x_read_string(c, path, name, sizeof(name)) < 0)
		return false;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (text_starts(name, dirs[i]))
			digits = name + text_len(dirs[i]);
	if (!digits || !*digits)
		return false;
	for (; *digits; digits++) {
		if (*digits < '0' || *digits > '9' || fd > 99999)
			return false;
		fd = fd * 10 + (*digits - '0');
	}
	if (x_fd_path(c, fd, pipe, sizeof(pipe)) <= (int64_t)(sizeof("pipe:[") - 1) || !text_starts(pipe, "pipe:["))
		return false;
	flags = x_fd_flags(c, fd);
	return flags >= 0 && (flags & (O_ACCMODE | O_PATH)) == O_RDONLY;
}

/* Opening it makes nothing, and closing it leaves nothing. A watch would tell of either. No terminal was ever there: /dev/tty is not. */
static bool leaves_nothing(struct call *c, const uint64_t arg[6])
{
	enum { TTY = 0x500 };
	const struct at at = { .dirfd = (int)arg[0], .path = arg[1], .flags = arg[2] & O_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0 };
	struct stat st;

	if (arg[2] & O_PATH)
		return true;
	if (c->w->inotify_seen)
		return false;
	if (x_path_stat(c, &at, &st) < 0)
		return !(arg[2] & O_CREAT);
	if (fs_is(st.st_mode, FS_CHR) && st.st_rdev == TTY)
		return !c->w->terminal_seen;
	if (fs_is(st.st_mode, FS_FIFO) && ((arg[2] & O_NONBLOCK) || !is_read_end(c, arg[1]))) /* open_fifo() opens so, and does more */
		return false;
	return !(arg[2] & (O_CREAT | O_TRUNC)) && (arg[2] & O_ACCMODE) == O_RDONLY && (fs_is(st.st_mode, FS_REG) || fs_is(st.st_mode, FS_DIR) || fs_is(st.st_mode, FS_LNK) || fs_is(st.st_mode, FS_FIFO));
}

static int64_t open_to_look(struct call *c, const uint64_t arg[6])
{
	int64_t fd;

	if (WINDOW->pending.undo != UNDO_NOTHING || !leaves_nothing(c, arg))
		agent_cannot();
	fd = agent_syscall(__NR_openat, arg);
	if (fd >= 0)
		will_undo(UNDO_CLOSE, fd, 0);
	return fd;
}

/* A memory file that has only this descriptor. */
static int64_t make_file(const uint64_t arg[6])
{
	int64_t fd;

	if (WINDOW->pending.undo != UNDO_NOTHING)
		agent_cannot();
	fd = agent_syscall(__NR_memfd_create, arg);
	if (fd >= 0)
		will_undo(UNDO_CLOSE, fd, 0);
	return fd;
}

static bool is_ours(int fd)
{
	return WINDOW->pending.undo == UNDO_CLOSE && WINDOW->pending.undo_fd == fd;
}

/* Of a descriptor that was opened here; others are terminals. What fills the room that there is, may be more. */
int64_t x_fd_read(struct call *c, int fd, void *buf, size_t n)
{
	const uint64_t arg[6] = { (uint64_t)fd, (uint64_t)(uintptr_t)buf, n };
	int64_t r;

	(void)c;
	if (!is_ours(fd))
		return agent_move(__NR_read, fd, buf, n);
	r = agent_syscall(__NR_read, arg);
	if (r == (int64_t)n)
		agent_cannot();
	return r;
}

int64_t x_fd_write(struct call *c, int fd, const void *buf, size_t n)
{
	const uint64_t arg[6] = { (uint64_t)fd, (uint64_t)(uintptr_t)buf, n };

	(void)c;
	if (!is_ours(fd))
		return agent_move(__NR_write, fd, buf, n);
	if (WINDOW->limited)
		agent_cannot();
	return agent_syscall(__NR_write, arg);
}

/* A position that was moved is put back. */
int64_t x_fd_seek(struct call *c, int fd, int64_t off, int whence)
{
	enum { SET = 0, CURRENT = 1 };
	const uint64_t ask[6] = { (uint64_t)fd, 0, CURRENT }, move[6] = { (uint64_t)fd, (uint64_t)off, (uint64_t)whence };
	int64_t at = agent_syscall(__NR_lseek, ask);

	(void)c;
	if (at < 0 || (whence == CURRENT && !off))
		return at;
	if (is_ours(fd))
		return agent_syscall(__NR_lseek, move);
	if (whence != SET || (WINDOW->pending.undo != UNDO_NOTHING && (WINDOW->pending.undo != UNDO_SEEK || WINDOW->pending.undo_fd != fd)))
		agent_cannot();
	if (WINDOW->pending.undo == UNDO_NOTHING)
		will_undo(UNDO_SEEK, fd, at);
	return agent_syscall(__NR_lseek, move);
}

/* ---- calls ------------------------------------------------------------------------------------------------------------- */

int64_t x_real(struct call *c, uint32_t nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	const uint64_t arg[6] = { a0, a1, a2, a3, a4, a5 };

	if (nr == __NR_openat)
		return open_to_look(c, arg);
	if (nr == __NR_close && WINDOW->pending.undo == UNDO_CLOSE && a0 == (uint64_t)WINDOW->pending.undo_fd) {
		WINDOW->pending.undo = UNDO_NOTHING;
		return agent_syscall(nr, arg);
	}
	if (nr == __NR_memfd_create)
		return make_file(arg);
	if (WINDOW->pending.acting == ACTING_NEXT && (nr == __NR_sendfile || (nr == __NR_prlimit64 && a2))) {
		WINDOW->pending.acting = ACTING_DONE;
		return agent_syscall(nr, arg);
	}
	if (nr == __NR_prlimit64 && !a2)
		return agent_syscall(nr, arg);
	if (nr >= WORLD_NSYS || !row_is_harmless(&syscall_rows[nr]) || (nr == __NR_poll && a1 > 1))
		agent_cannot();
	return agent_syscall(nr, arg);
}

/* Which argument of a call that only asks is the structure that it fills in; -1: none. */
static int output_argument(const struct row *row)
{
	if (row->near != NEAR_ASKS)
		return -1;
	for (int k = 0; row->args[k]; k++)
		if (row->args[k] == 'a')
			return k;
	return -1;
}

/* What the kernel says goes to memory of ours (O3). */
int64_t x_original(struct call *c)
{
	int out = output_argument(&syscall_rows[c->nr]);
	uint64_t arg[6];
	int64_t r;

	memcpy(arg, c->arg, sizeof(arg));
	if (out >= 0) {
		WINDOW->pending.output = arg[out];
		arg[out] = (uint64_t)(uintptr_t)WINDOW->scratch;
	}
	if (WINDOW->pending.acting == ACTING_NEXT) {
		WINDOW->pending.acting = ACTING_DONE;
		return agent_syscall(c->nr, arg);
	}
	if (c->nr == __NR_open)
		return x_real(c, __NR_openat, (uint64_t)AT_FDCWD, arg[0], arg[1], arg[2], 0, 0);
	r = x_real(c, c->nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	WINDOW->pending.told = out >= 0 && r >= 0;
	return r;
}

bool x_dead(struct call *c)
{
	(void)c;
	return false;
}

int x_read(struct call *c, gaddr from, void *buf, size_t n)
{
	(void)c;
	if (WINDOW->pending.output && from == WINDOW->pending.output && n <= SCRATCH_SIZE)
		from = (gaddr)(uintptr_t)WINDOW->scratch;
	return n ? (int)agent_copy(buf, (const void *)(uintptr_t)from, n) : 0;
}

int x_write(struct call *c, gaddr to, const void *buf, size_t n)
{
	(void)c;
	return n ? (int)agent_copy((void *)(uintptr_t)to, buf, n) : 0;
}

/* Page by page, so that a string at the end of mapped memory can be read. */
int64_t x_read_string(struct call *c, gaddr from, char *buf, size_t size)
{
	size_t got = 0;

	while (got < size) {
		size_t piece = PAGE - (from + got) % PAGE;

		if (piece > PIECE)
			piece = PIECE;
		if (piece > size - got)
			piece = size - got;
		if (x_read(c, from + got, buf + got, piece) < 0)
			return -EFAULT;
		for (size_t k = got; k < got + piece; k++)
			if (!buf[k])
				return (int64_t)k;
		got += piece;
	}
	buf[size - 1] = '\0';
	return -ENAMETOOLONG;
}

int64_t x_fd_raw_stat(struct call *c, int fd, void *ret)
{
	const uint64_t arg[6] = { (uint64_t)fd, (uint64_t)(uintptr_t)ret };

	(void)c;
	return agent_syscall(__NR_fstat, arg);
}

enum { MEMORY = 1 }; /* the major number of null, zero, full and the random devices */

static bool is_known_device(uint64_t rdev)
{
	return rdev >> 8 == MEMORY || rdev >> 8 == TTY_SLAVE_MAJOR || rdev == TTY_MASTER_RDEV || rdev == TTY_OWN_RDEV;
}

int64_t x_fd_stat(struct call *c, int fd, struct fd_stat *ret)
{
	struct stat st;
	int64_t r = x_fd_raw_stat(c, fd, &st);

	if (r < 0)
		return r;
	if (!fs_is(st.st_mode, FS_REG) && !fs_is(st.st_mode, FS_DIR) && !fs_is(st.st_mode, FS_FIFO) && !(fs_is(st.st_mode, FS_CHR) && is_known_device(st.st_rdev)))
		agent_cannot();
	*ret = (struct fd_stat){ .dev = st.st_dev, .ino = st.st_ino, .rdev = st.st_rdev, .size = (uint64_t)st.st_size, .mode = st.st_mode,
		.nlink = (uint32_t)st.st_nlink };
	return 0;
}

/* A writer without a reader gets a signal: not in here. */
int64_t x_fd_poll(struct call *c, int fd, uint32_t events)
{
	struct pollfd p = { fd, (short)events, 0 };
	struct fd_stat st;
	int64_t r;

	if (c->nr == __NR_poll && x_fd_stat(c, fd, &st) == 0 && fs_is(st.mode, FS_CHR) && st.rdev >> 8 != MEMORY) /* what is on its way to a terminal may be waited for */
		agent_cannot();
	r = x_real(c, __NR_poll, (uint64_t)(uintptr_t)&p, 1, 0, 0, 0, 0);
	if (r < 0 || ((events & POLLOUT) && (p.revents & POLLERR)))
		agent_cannot();
	return p.revents;
}

int64_t x_fd_flags(struct call *c, int fd)
{
	enum { GET_STATUS = 3 }; /* F_GETFL */
	const uint64_t arg[6] = { (uint64_t)fd, GET_STATUS };

	(void)c;
	return agent_syscall(__NR_fcntl, arg);
}

bool x_fd_closes_at_exec(struct call *c, int fd)
{
	enum { GET_FLAGS = 1, CLOSES = 1 }; /* F_GETFD, FD_CLOEXEC */
	const uint64_t arg[6] = { (uint64_t)fd, GET_FLAGS };
	int64_t r = agent_syscall(__NR_fcntl, arg);

	(void)c;
	return r >= 0 && (r & CLOSES);
}

bool x_fd_is_output(struct call *c, int fd, const struct fd_stat *st)
{
	struct window *w = WINDOW;

	for (unsigned i = 0; i < 2; i++) {
		if (!w->outputs[i].ino || w->outputs[i].ino != st->ino || w->outputs[i].dev != st->dev)
			continue;
		if (syscall_rows[c->nr].handle != do_write || (w->written && w->written != i + 1) || (x_fd_flags(c, fd) & O_NONBLOCK) || !x_fd_poll(c, fd, POLLOUT))
			agent_cannot();
		w->written = i + 1;
		return true;
	}
	return false;
}

/* The kernel's order, and the file system's: of a directory that is a process's own affair, or watched, nothing is read twice. */
int64_t x_fd_getdents(struct call *c, int fd, void *buf, size_t n)
{
	const uint64_t arg[6] = { (uint64_t)fd, (uint64_t)(uintptr_t)buf, n };
	struct fd_stat st;

	if (c->w->inotify_seen || x_fd_stat(c, fd, &st) < 0 || st.dev == c->w->proc_dev || WINDOW->pending.undo != UNDO_SEEK || WINDOW->pending.undo_fd != fd)
		agent_cannot();
	return agent_syscall(__NR_getdents64, arg);
}

int64_t x_fd_entry_stat(struct call *c, int fd, const char *name, void *ret)
{
	int64_t r = x_real(c, __NR_newfstatat, (uint64_t)fd, (uint64_t)(uintptr_t)name, (uint64_t)(uintptr_t)ret, AT_SYMLINK_NOFOLLOW, 0, 0);

	if (r < 0 && r != -ENOENT)
		agent_cannot();
	return r;
}

bool x_fd_takes(struct call *c, int fd, uint64_t n)
{
	enum { BYTES_HELD = 0x541b, PIPE_ROOM = 1032 }; /* FIONREAD, F_GETPIPE_SZ */
	int32_t held = 0;
	const uint64_t ask[6] = { (uint64_t)fd, BYTES_HELD, (uint64_t)(uintptr_t)&held }, room[6] = { (uint64_t)fd, PIPE_ROOM };
	int64_t r = agent_syscall(__NR_ioctl, ask);

	(void)c;
	if (r < 0 || held)
		return false;
	r = agent_syscall(__NR_fcntl, room);
	return r > 0 && n <= (uint64_t)r;
}

int64_t x_fd_path(struct call *c, int fd, char *buf, size_t size)
{
	char link[32] = "/proc/self/fd/", digits[12];
	size_t n = sizeof("/proc/self/fd/") - 1, d = 0;
	uint32_t rest = (uint32_t)fd;
	int64_t r;

	do
		digits[d++] = (char)('0' + rest % 10);
	while ((rest /= 10));
	while (d)
		link[n++] = digits[--d];
	link[n] = '\0';
	r = x_real(c, __NR_readlinkat, (uint64_t)AT_FDCWD, (uint64_t)(uintptr_t)link, (uint64_t)(uintptr_t)buf, size - 1, 0, 0);
	if (r < 0 || !WINDOW->paths)
		agent_cannot();
	buf[r] = '\0';
	return r;
}

/* The supervisor may look where the guest may not. */
int64_t x_path_stat(struct call *c, const struct at *at, void *ret)
{
	int64_t r = x_real(c, __NR_newfstatat, (uint64_t)at->dirfd, at->path, (uint64_t)(uintptr_t)ret, at->flags & AT_SYMLINK_NOFOLLOW, 0, 0);

	if (r == -EACCES && WINDOW->pending.acting != ACTING_DONE)
		agent_cannot();
	return r;
}

void *x_arena(struct call *c, size_t n)
{
	(void)c;
	if (n > WIRE_ARENA)
		agent_cannot();
	return WINDOW->arena;
}

size_t x_arena_most(struct call *c, size_t n)
{
	(void)c;
	return n < WIRE_ARENA ? n : WIRE_ARENA;
}

gaddr x_scratch(struct call *c)
{
	(void)c;
	return (gaddr)(uintptr_t)WINDOW->scratch;
}

bool x_looks_for_fifos(struct call *c)
{
	(void)c;
	return false;
}

/* Of a call's first try, and that is the only one here. */
bool x_signal_pending(struct call *c, const uint64_t *mask)
{
	(void)c;
	if (mask)
		agent_cannot();
	return false;
}
