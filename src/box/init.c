/* init.c: the first process of the box (pid 1 inside).
 *
 *	clone -> (a) wait for id maps -> mounts -> [inner user namespace -> (b) wait for its maps] -> drop power -> READY
 *	      -> (c) wait at the gate -> filter -> fork the command -> wait for children -> end with the command's status
 *
 * Invariants
 * 1. It dies with the supervisor: PR_SET_PDEATHSIG is set first and again after each change of credentials, and every wait for
 *    the supervisor ends the process when the socket is closed. The kernel then kills everything else in the pid namespace;
 *    in place, where there is none, ptrace's EXITKILL does.
 * 2. No code of the guest runs before the gate.
 * 3. After the gate only plain system calls, no allocation, nothing that reads the time: it may run under the tracer then. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box/init.h"

static void die_with_supervisor(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

static void say(int sock, enum init_word word, const struct error *e)
{
	struct init_message m = { .word = word };

	if (e)
		m.e = *e;
	if (send(sock, &m, sizeof(m), MSG_NOSIGNAL) != (ssize_t)sizeof(m))
		_exit(125);
}

/* READY, with the descriptors of the shared files, which end here. */
static void say_ready(struct init_plan *p)
{
	struct init_message m = { .word = INIT_READY };
	struct iovec v = { &m, sizeof(m) };
	union { char bytes[CMSG_SPACE(sizeof(p->shared))]; struct cmsghdr head; } control = { 0 };
	struct msghdr h = { .msg_iov = &v, .msg_iovlen = 1 };
	int fds[BOX_SHARED];
	size_t n = 0;

	for (size_t i = 0; i < BOX_SHARED; i++)
		if (p->shared[i] >= 0)
			fds[n++] = p->shared[i];
	if (n) {
		h.msg_control = control.bytes;
		h.msg_controllen = CMSG_SPACE(n * sizeof(int));
		control.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(n * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&control.head), fds, n * sizeof(int));
	}
	if (sendmsg(p->sock, &h, MSG_NOSIGNAL) != (ssize_t)sizeof(m))
		_exit(125);
	for (size_t i = 0; i < BOX_SHARED; i++)
		if (p->shared[i] >= 0)
			close(p->shared[i]);
}

static char wait_word(int sock)
{
	char c = 0;
	ssize_t n;

	while ((n = read(sock, &c, 1)) < 0 && errno == EINTR)
		;
	if (n != 1)
		_exit(125); /* the supervisor is gone or gave up */
	return c;
}

static int become_root(struct error *e)
{
	/* Refused with a single id, where setgroups is denied for good: then the caller's groups stay, without names. */
	if (syscall(SYS_setgroups, 0, NULL) < 0 && errno != EPERM)
		return error_set(e, errno, "cannot drop the supplementary groups");
	if (syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0)
		return error_set(e, errno, "cannot become root of the box");
	return 0;
}

/* A descriptor of the host's /dev/null and the like would lead around the box's own, which nobody can change: the box's instead. */
static int device_of_box(int fd)
{
	static const struct { unsigned minor; const char *path; } memory[] = { { 3, "/dev/null" }, { 5, "/dev/zero" }, { 7, "/dev/full" },
		{ 8, "/dev/random" }, { 9, "/dev/urandom" } }; /* Documentation/admin-guide/devices.txt: major 1 */
	struct stat st;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || major(st.st_rdev) != 1)
		return -1;
	for (size_t i = 0; i < sizeof(memory) / sizeof(memory[0]); i++)
		if (minor(st.st_rdev) == memory[i].minor)
			return open(memory[i].path, flags & (O_ACCMODE | O_APPEND | O_NONBLOCK));
	return -1;
}

/* From 4 on; everything else is closed. */
static int keep_shared(struct init_plan *p, struct error *e)
{
	int high[BOX_SHARED] = { -1, -1 }, next = 4, i;

	for (i = 0; i < BOX_SHARED; i++)
		if (p->shared[i] >= 0 && (high[i] = fcntl(p->shared[i], F_DUPFD, 10)) < 0)
			return error_set(e, errno, "cannot keep the memory that the box shares");
	for (i = 0; i < BOX_SHARED; i++)
		if (p->shared[i] >= 0) {
			dup2(high[i], next);
			p->shared[i] = next++;
		}
	close_range((unsigned)next, ~0U, 0);
	return 0;
}

static int arrange_descriptors(struct init_plan *p, struct error *e)
{
	const struct box_spec *s = p->spec;
	int high[3] = { s->stdin_fd, s->stdout_fd, s->stderr_fd }, i;

	for (i = 0; i < 3; i++) {
		int ours = device_of_box(high[i]);

		if ((high[i] = fcntl(ours >= 0 ? ours : high[i], F_DUPFD, 10)) < 0)
			return error_set(e, errno, "cannot use descriptor %d of the caller", i);
	}
	i = fcntl(p->sock, F_DUPFD, 10);
	if (i < 0)
		return error_set(e, errno, "cannot keep the connection to the supervisor");
	p->sock = i;
	for (i = 0; i < 3; i++)
		dup2(high[i], i);
	if (dup2(p->sock, 3) < 0)
		return error_set(e, errno, "cannot keep the connection to the supervisor");
	p->sock = 3;
	return keep_shared(p, e);
}

static int set_process(const struct box_spec *s)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	/* The first to go when memory is short; never less than what the caller has, which needs privilege. */
	if (fd >= 0) {
		if (write(fd, "500", 3) < 0)
			errno = 0;
		close(fd);
	}
	syscall(SYS_personality, s->personality_fixed ? PER_LINUX | ADDR_NO_RANDOMIZE : PER_LINUX);
	umask(s->umask);
	return 0;
}

static void find_shared(struct init_plan *p)
{
	size_t k = 0;

	for (size_t i = 0; i < p->ops.n && k < BOX_SHARED; i++)
		if (p->ops.v[i].kind == OP_SHARED)
			p->shared[k++] = p->ops.v[i].fd;
}

static int nest(struct init_plan *p, struct error *e)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return error_set(e, errno, "cannot make the inner user namespace of the box");
	die_with_supervisor();
	say(p->sock, INIT_NESTED, NULL);
	wait_word(p->sock);
	return 0;
}

static int prepare(struct init_plan *p, struct error *e)
{
	const struct box_spec *s = p->spec;
	int r = become_root(e);

	die_with_supervisor();
	if (r == 0)
		r = privileges_reset(e);
	if (r == 0)
		r = pids_prepare(p, e);
	if (r == 0 && !s->network)
		loopback_settings();
	if (r == 0)
		r = ops_apply(&p->ops, e);
	if (r == 0)
		find_shared(p);
	if (r == 0 && s->boottime_offset)
		r = clock_offset(s->boottime_offset, e);
	if (r == 0)
		r = arrange_descriptors(p, e);
	if (r == 0 && p->nested)
		r = nest(p, e);
	if (r == 0)
		r = set_process(s);
	if (r == 0) {
		hide_command_line();
		r = privileges_drop(s, e);
	}
	die_with_supervisor();
	return r;
}

/* No namespace is ours: neither ids, mounts, pids nor capabilities change. */
static int prepare_in_place(struct init_plan *p, struct error *e)
{
	int r = privileges_reset(e);

	if (r == 0)
		r = arrange_descriptors(p, e);
	if (r == 0)
		r = set_process(p->spec);
	if (r == 0) {
		hide_command_line();
		r = privileges_keep(p->spec, e);
	}
	die_with_supervisor();
	return r;
}

/* Text and number for the guest's stderr, without stdio. */
static void complain(const char *what, const char *name, int errnum)
{
	const char *why = errnum == ENOENT ? ": not found\n" : errnum == EACCES ? ": permission denied\n" :
			  errnum == ENOEXEC ? ": exec format error\n" : errnum == EAGAIN ? ": too many processes\n" : ": cannot be used\n";

	if (write(2, what, strlen(what)) < 0 || write(2, name, strlen(name)) < 0 || write(2, why, strlen(why)) < 0)
		return;
}

static void run_command_process(const struct init_plan *p, bool real_ids) __attribute__((noreturn));

static void run_command_process(const struct init_plan *p, bool real_ids)
{
	const struct box_spec *s = p->spec;
	int found = ENOENT;
	char **c;

	syscall(SYS_setsid);
	if (real_ids && ((s->gid && syscall(SYS_setresgid, s->gid, s->gid, s->gid) < 0) ||
			 (s->uid && syscall(SYS_setresuid, s->uid, s->uid, s->uid) < 0))) {
		complain("detbuild: ids of the command", "", errno);
		syscall(SYS_exit_group, 126);
	}
	if (p->cwd && syscall(SYS_chdir, p->cwd) < 0) {
		complain("detbuild: ", p->cwd, errno);
		syscall(SYS_exit_group, 126);
	}
	for (c = p->candidates; *c; c++) {
		syscall(SYS_execve, *c, p->argv, p->env);
		if (errno != ENOENT && errno != ENOTDIR) {
			found = errno;
			if (errno != EACCES)
				break;
		}
	}
	complain("detbuild: ", p->argv[0], found);
	syscall(SYS_exit_group, found == ENOENT ? 127 : 126);
	__builtin_unreachable();
}

/* (c) to the end. */
static void after_gate(const struct init_plan *p, bool real_ids) __attribute__((noreturn));

static void after_gate(const struct init_plan *p, bool real_ids)
{
	const struct box_spec *s = p->spec;
	const struct sock_fprog *filter = real_ids || !s->filter_single ? s->filter : s->filter_single;
	long command, pid;
	int status = 0;

	syscall(SYS_close, p->sock);
	if (filter && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter) < 0) {
		complain("detbuild: system call filter", "", errno);
		syscall(SYS_exit_group, 125);
	}
	command = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (command == 0)
		run_command_process(p, real_ids);
	if (command < 0) {
		complain("detbuild: first fork", "", errno);
		syscall(SYS_exit_group, 125);
	}
	do {
		pid = syscall(SYS_wait4, -1, &status, 0, NULL);
	} while (pid != command && !(pid < 0 && errno != EINTR));
	syscall(SYS_exit_group, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	__builtin_unreachable();
}

void init_main(struct init_plan *p)
{
	struct error e = { 0 };
	bool real_ids;

	die_with_supervisor();
	/* (a) 'f': all ids are mapped, 's': a single one */
	real_ids = wait_word(p->sock) == 'f';
	if ((p->spec->in_place ? prepare_in_place(p, &e) : prepare(p, &e)) < 0) {
		say(p->sock, INIT_FAILED, &e);
		_exit(125);
	}
	say_ready(p);
	wait_word(p->sock);
	after_gate(p, real_ids);
}
