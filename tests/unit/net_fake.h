/* net_fake.h: an executor for unit tests of handlers: the test process itself is the guest, its addresses are the guest's, and
 * real calls are real. Signals, deadlines and refusals are variables. */
#ifndef DETBUILD_TESTS_UNIT_NET_FAKE_H
#define DETBUILD_TESTS_UNIT_NET_FAKE_H

#include "syscall/executor.h"
#include "syscall/abi.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static struct world *fake_world;
static struct call fake_call;
static uint64_t fake_mem[6];
static bool fake_signal;            /* a caught signal is pending */
static uint64_t fake_signal_unless; /* ... but blocked by masks with this bit */
static int fake_refusals, fake_reals;
static uint32_t fake_output_ino;
static _Alignas(4096) unsigned char fake_scratch[SCRATCH_SIZE];
static unsigned char fake_arena[1 << 20];

static inline gaddr G(const void *p) { return (gaddr)(uintptr_t)p; }

static inline int64_t fake_result(long r)
{
	extern int *__errno_location(void);

	return r == -1 ? -*__errno_location() : r;
}

int64_t x_real(struct call *c, uint32_t nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	(void)c;
	fake_reals++;
	return fake_result(syscall(nr, a0, a1, a2, a3, a4, a5));
}

int64_t x_original(struct call *c)
{
	return x_real(c, c->nr, c->arg[0], c->arg[1], c->arg[2], c->arg[3], c->arg[4], c->arg[5]);
}

int64_t x_real_unsignalled(struct call *c, uint32_t nr, const uint64_t arg[6]) { return x_real(c, nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]); }

bool x_dead(struct call *c) { (void)c; return false; }

static int fake_copy(gaddr guest, void *buf, size_t n, bool write)
{
	struct iovec l = { buf, n }, r = { (void *)(uintptr_t)guest, n };
	ssize_t k = write ? process_vm_writev(getpid(), &l, 1, &r, 1, 0) : process_vm_readv(getpid(), &l, 1, &r, 1, 0);

	return n == 0 || k == (ssize_t)n ? 0 : -EFAULT;
}

int x_read(struct call *c, gaddr from, void *buf, size_t n) { (void)c; return fake_copy(from, buf, n, false); }
int x_write(struct call *c, gaddr to, const void *buf, size_t n) { (void)c; return fake_copy(to, (void *)(uintptr_t)buf, n, true); }

gaddr x_scratch(struct call *c) { (void)c; return G(fake_scratch); }
void *x_arena(struct call *c, size_t n) { (void)c; return n <= sizeof fake_arena ? fake_arena : NULL; }

int64_t x_fd_stat(struct call *c, int fd, struct fd_stat *ret)
{
	struct stat st;
	int64_t r = x_real(c, __NR_fstat, (uint64_t)fd, G(&st), 0, 0, 0, 0);

	if (r < 0)
		return r;
	*ret = (struct fd_stat){ .dev = st.st_dev, .ino = st.st_ino, .mode = st.st_mode };
	return 0;
}

int64_t x_fd_poll(struct call *c, int fd, uint32_t events)
{
	struct pollfd p = { .fd = fd, .events = (short)events };
	int64_t r = x_real(c, __NR_poll, G(&p), 1, 0, 0, 0, 0);

	return r < 0 ? r : (p.revents & POLLNVAL) ? -EBADF : p.revents;
}

int64_t x_fd_flags(struct call *c, int fd) { return x_real(c, __NR_fcntl, (uint64_t)fd, F_GETFL, 0, 0, 0, 0); }
int64_t x_fd_set_flags(struct call *c, int fd, uint64_t flags) { return x_real(c, __NR_fcntl, (uint64_t)fd, F_SETFL, flags, 0, 0, 0); }
bool x_fd_is_output(struct call *c, int fd, const struct fd_stat *st) { (void)c; (void)fd; return fake_output_ino && st->ino == fake_output_ino; }
int64_t x_fd_tcp_unread(struct call *c, int fd)
{
	int protocol = 0, unread = 0;
	uint32_t n = sizeof protocol;
	int64_t r = c->w->inet_seen ? fake_result(syscall(__NR_getsockopt, fd, 1, 38 /* SO_PROTOCOL */, &protocol, &n)) : -EBADF;

	if (r == 0)
		r = fake_result(syscall(__NR_ioctl, fd, 0x541b /* FIONREAD */, &unread));
	return r < 0 ? r : protocol == 6 ? unread : -EPROTONOSUPPORT;
}

int64_t x_fd_socket_int(struct call *c, int fd, uint32_t name, int32_t *ret)
{
	uint32_t n = sizeof *ret;

	(void)c;
	return fake_result(syscall(__NR_getsockopt, fd, 1 /* SOL_SOCKET */, name, ret, &n));
}

bool x_fd_tcp_at_mark(struct call *c, int fd) { (void)c; return sockatmark(fd) == 1; }
bool x_fd_is_epoll(struct call *c, int fd)
{
	char link[64], name[64] = "";

	(void)c;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return readlink(link, name, sizeof(name) - 1) > 0 && !strcmp(name, "anon_inode:[eventpoll]");
}

int64_t x_fd_path(struct call *c, int fd, char *buf, size_t size)
{
	char link[64];

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	return x_real(c, __NR_readlink, G(link), G(buf), size - 1, 0, 0, 0);
}

int64_t x_path_stat(struct call *c, const struct at *at, void *st)
{
	return x_real(c, __NR_newfstatat, (uint64_t)at->dirfd, at->path, G(st), at->flags, 0, 0);
}

int64_t x_parent_stat(struct call *c, const struct at *at, void *st)
{
	(void)at;
	return x_real(c, __NR_newfstatat, (uint64_t)AT_FDCWD, G("."), G(st), 0, 0, 0);
}

int32_t x_pid(struct call *c) { (void)c; return getpid(); }
int32_t x_tid(struct call *c) { (void)c; return getpid(); }
uint32_t x_task_of(struct call *c, int32_t tid) { (void)c; return tid == getpid() ? 0 : NO_INDEX; }
bool x_signal_pending(struct call *c, const uint64_t *mask) { (void)c; return fake_signal && !(mask && (*mask & fake_signal_unless)); }
void x_refused(struct call *c, const char *why) { (void)c; (void)why; fake_refusals++; }

static inline void fake_begin(void)
{
	fake_world = mmap(NULL, sizeof *fake_world, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (fake_world == MAP_FAILED)
		abort();
	fake_world->now_ns = 1000 * NSEC;
	fake_world->parked_head = fake_world->parked_tail = fake_world->run_head = fake_world->run_tail = NO_INDEX;
}

typedef enum outcome fake_handler(struct call *c);
static fake_handler *fake_current;
static uint64_t fake_args[6];

/* Runs the handler of a parked call again. */
static inline enum outcome fake_again(bool retry, bool timed_out)
{
	fake_call = (struct call){ .w = fake_world, .nr = fake_call.nr, .retry = retry, .timed_out = timed_out, .mem = fake_mem,
				   .deadline_ns = NO_DEADLINE };
	memcpy(fake_call.arg, fake_args, sizeof fake_args);
	return fake_current(&fake_call);
}

static inline enum outcome fake_run(fake_handler *h, uint32_t nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	memset(fake_mem, 0, sizeof fake_mem);
	memcpy(fake_args, (uint64_t[6]){ a0, a1, a2, a3, a4, a5 }, sizeof fake_args);
	fake_current = h;
	fake_call.nr = nr;
	return fake_again(false, false);
}

static inline enum outcome fake_timeout(void)
{
	fake_world->now_ns = fake_call.deadline_ns;
	return fake_again(true, true);
}

/* The result, whether the handler or the kernel produces it; -9999 while it waits. */
static inline int64_t fake_value(enum outcome o)
{
	if (o == CALL_PASS)
		return x_original(&fake_call);
	return o == CALL_PARK ? -9999 : fake_call.ret;
}

#endif
