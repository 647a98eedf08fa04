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
	if (!n)
		return ret;
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(c) : "memory");
	return ret;
}

void *memmove(void *to, const void *from, size_t n)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	if (t <= f || t >= f + n)
		return memcpy(to, from, n);
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

int64_t x_real(struct call *c, uint32_t nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	const uint64_t arg[6] = { a0, a1, a2, a3, a4, a5 };

	(void)c;
	if (nr >= WORLD_NSYS || !row_is_harmless(&syscall_rows[nr]))
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
	return x_real(c, __NR_fstat, (uint64_t)fd, (uint64_t)(uintptr_t)ret, 0, 0, 0, 0);
}

static bool is_known_device(uint64_t rdev)
{
	enum { MEMORY = 1 };

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
	int64_t r = x_real(c, __NR_poll, (uint64_t)(uintptr_t)&p, 1, 0, 0, 0, 0);

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

bool x_fd_is_output(struct call *c, int fd, const struct fd_stat *st)
{
	const struct window *w = WINDOW;

	(void)c;
	(void)fd;
	for (unsigned i = 0; i < 2; i++)
		if (w->outputs[i].ino && w->outputs[i].ino == st->ino && w->outputs[i].dev == st->dev)
			agent_cannot();
	return false;
}

int64_t x_path_stat(struct call *c, const struct at *at, void *ret)
{
	return x_real(c, __NR_newfstatat, (uint64_t)at->dirfd, at->path, (uint64_t)(uintptr_t)ret, at->flags & AT_SYMLINK_NOFOLLOW, 0, 0);
}

void *x_arena(struct call *c, size_t n)
{
	(void)c;
	if (n > WIRE_ARENA)
		agent_cannot();
	return WINDOW->arena;
}

gaddr x_scratch(struct call *c)
{
	(void)c;
	return (gaddr)(uintptr_t)WINDOW->scratch;
}

/* Of a call's first try, and that is the only one here. */
bool x_signal_pending(struct call *c, const uint64_t *mask)
{
	(void)c;
	if (mask)
		agent_cannot();
	return false;
}
