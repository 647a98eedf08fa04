/* status.c: what /proc tells the supervisor about a thread of a guest: signal sets, ids inside the box, state. */
#include "tracee/tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include "base/mem.h"

static ssize_t read_proc(pid_t tid, const char *name, char *buf, size_t size)
{
	char path[64];
	autoclose int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return n;
}

ssize_t host_link(pid_t tid, const char *name, char *buf, size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)tid, name);
	n = readlink(path, buf, size - 1);
	buf[n > 0 ? n : 0] = '\0';
	return n < 0 ? -errno : n;
}

static uint64_t hex_field(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at ? strtoull(at + strlen(name), NULL, 16) : 0;
}

int tracee_signals(const struct tracee *t, struct sig_sets *ret)
{
	char s[4096];
	ssize_t n = read_proc(t->tid, "status", s, sizeof(s));

	if (n < 0)
		return (int)n;
	ret->pending = hex_field(s, "\nSigPnd:") | hex_field(s, "\nShdPnd:");
	ret->blocked = hex_field(s, "\nSigBlk:");
	ret->ignored = hex_field(s, "\nSigIgn:");
	ret->caught = hex_field(s, "\nSigCgt:");
	return 0;
}

bool tracee_signal_queued(const struct tracee *t)
{
	static const uint32_t queues[] = { 0, PTRACE_PEEKSIGINFO_SHARED };
	siginfo_t si;

	for (size_t i = 0; i < ARRAY_SIZE(queues); i++) {
		struct __ptrace_peeksiginfo_args first = { .off = 0, .flags = queues[i], .nr = 1 };

		if (ptrace(PTRACE_PEEKSIGINFO, t->tid, &first, &si) != 0)
			return true; /* one, or the thread is dying */
	}
	return false;
}

bool tracee_signal_comes(struct tracee *t)
{
	enum { MOST = 4 };
	static const uint32_t queues[] = { 0, PTRACE_PEEKSIGINFO_SHARED };
	siginfo_t si[MOST];
	uint64_t blocked = 0;

	for (size_t i = 0; i < ARRAY_SIZE(queues); i++) {
		struct __ptrace_peeksiginfo_args first = { .off = 0, .flags = queues[i], .nr = MOST };
		long n = ptrace(PTRACE_PEEKSIGINFO, t->tid, &first, si);

		if (n < 0 || n == MOST || (n && !blocked && !tracee_sigmask(t, &blocked)))
			return true; /* many, or the thread is dying */
		for (long k = 0; k < n; k++)
			if (!(blocked >> (si[k].si_signo - 1) & 1))
				return true;
	}
	return false;
}

int tracee_first_queued(const struct tracee *t)
{
	struct __ptrace_peeksiginfo_args first = { .off = 0, .flags = PTRACE_PEEKSIGINFO_SHARED, .nr = 1 };
	siginfo_t si;

	return ptrace(PTRACE_PEEKSIGINFO, t->tid, &first, &si) == 1 ? si.si_signo : 0;
}

/* The last number of the NSpid or NStgid line. */
int32_t tracee_inner_id(pid_t tid, bool group)
{
	char s[4096], *at, *end;
	int32_t id = -1;

	if (read_proc(tid, "status", s, sizeof(s)) < 0)
		return -1;
	at = strstr(s, group ? "\nNStgid:" : "\nNSpid:");
	if (!at)
		return -1;
	at = strchr(at, ':') + 1;
	for (end = at; *at && *at != '\n'; at = end) {
		long v = strtol(at, &end, 10);

		if (end == at)
			break;
		id = (int32_t)v;
	}
	return id;
}

/* Numbers of /proc/PID/stat: which fields, as proc(5) counts them, rising and after the third. */
static bool stat_numbers(pid_t tid, const int *fields, int64_t *ret, size_t n)
{
	char s[2048], *at;
	int k = 2; /* the name, which may hold anything */

	if (read_proc(tid, "stat", s, sizeof(s)) < 0)
		return false;
	at = strrchr(s, ')');
	for (size_t i = 0; i < n; i++) {
		for (; at && k < fields[i]; k++)
			at = strchr(at + 1, ' ');
		if (!at)
			return false;
		ret[i] = strtoll(at, NULL, 10);
	}
	return true;
}

uint64_t x_heap_start(struct call *c, uint32_t task)
{
	static const int start_brk = 47;
	int64_t v;

	return stat_numbers(c->x->tracees[task].tid, &start_brk, &v, 1) ? (uint64_t)v : 0;
}

bool x_is_in_background(struct call *c, uint32_t terminal)
{
	enum { GROUP, TERMINAL, FOREGROUND, FIELDS };
	static const int fields[FIELDS] = { 5, 7, 8 };
	int64_t v[FIELDS];

	return stat_numbers(c->x->tracees[c->task].tid, fields, v, FIELDS) && (uint32_t)v[TERMINAL] == terminal && v[FOREGROUND] > 0 &&
	       v[FOREGROUND] != v[GROUP];
}

char tracee_state(pid_t tid)
{
	char s[512], *at;

	if (read_proc(tid, "stat", s, sizeof(s)) < 0)
		return 0;
	at = strrchr(s, ')');
	return at && at[1] == ' ' ? at[2] : 0;
}

static bool is_anonymous(pid_t tid, int fd, const char *what)
{
	char name[32], link[64];

	snprintf(name, sizeof(name), "fd/%d", fd);
	return host_link(tid, name, link, sizeof(link)) > 0 && !strcmp(link, what);
}

bool host_fd_asks_its_reader(const struct world *w, pid_t tid, int fd)
{
	return w->signalfd_seen && (is_anonymous(tid, fd, "anon_inode:[signalfd]") || is_anonymous(tid, fd, "anon_inode:[eventpoll]"));
}

bool x_fd_is_epoll(struct call *c, int fd)
{
	return is_anonymous(c->x->tracees[c->task].tid, fd, "anon_inode:[eventpoll]");
}

bool x_fd_closes_at_exec(struct call *c, int fd)
{
	char name[32], s[1024], *at;

	snprintf(name, sizeof(name), "fdinfo/%d", fd);
	if (read_proc(c->x->tracees[c->task].tid, name, s, sizeof(s)) < 0)
		return false;
	at = strstr(s, "flags:");
	return at && (strtoull(at + strlen("flags:"), NULL, 8) & O_CLOEXEC);
}

int64_t host_eventfd_id(pid_t tid, int fd)
{
	char name[32], s[1024], *at;

	snprintf(name, sizeof(name), "fdinfo/%d", fd);
	if (read_proc(tid, name, s, sizeof(s)) < 0)
		return -EBADF;
	at = strstr(s, "eventfd-id:");
	return at ? strtoll(at + strlen("eventfd-id:"), NULL, 10) : -EINVAL;
}

int64_t x_eventfd_id(struct call *c, int fd)
{
	return host_eventfd_id(c->x->tracees[c->task].tid, fd);
}

int x_shared_key(struct call *c, gaddr uaddr, uint64_t *ret_key)
{
	struct mapping m;
	struct maps maps;
	int r = -EFAULT;

	maps_open(&maps, &c->x->tracees[c->task]);
	while (r == -EFAULT && maps_next(&maps, &m))
		if (m.from <= uaddr && uaddr < m.to)
			r = m.perms[3] == 's' ? 0 : -ENOENT;
	if (r == 0)
		*ret_key = rng_hash(rng_hash(m.dev, m.ino), m.offset + (uaddr - m.from));
	maps_close(&maps);
	return r;
}
