/* box.c: the supervisor's side of the box: start, run, end.
 *
 * Invariant: on every failure the first process is killed and reaped and no descriptor is left. Nothing is ever mounted or
 * made in the caller's own mount namespace, so there is nothing else to clean up, also after kill -9. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strv.h"
#include "base/time.h"
#include "box/idmap.h"
#include "box/init.h"
#include "box/refusal.h"

static int check_image(const char *image, struct error *e)
{
	autofree char *usr = xasprintf("%s/usr", image), *sh = xasprintf("%s/bin/sh", image);
	struct stat st;
	int r;

	if (stat(image, &st) < 0) {
		r = error_set(e, errno, "cannot use the image %s", image);
		if (r == -ENOENT)
			error_hint(e, "make one with `detbuild chroot create NAME`; `detbuild chroot list` shows those that exist");
		return r;
	}
	if (!S_ISDIR(st.st_mode)) {
		r = error_set(e, ENOTDIR, "cannot use the image %s", image);
		error_hint(e, "an archive must first be unpacked: `detbuild chroot unpack FILE`");
		return r;
	}
	if (!path_exists(usr) && !path_exists(sh)) {
		r = error_set(e, 0, "%s is not a root file system: it has neither /usr nor /bin/sh", image);
		error_hint(e, "make one with `detbuild chroot create NAME`");
		return r;
	}
	return 0;
}

/* execvp()'s search, done beforehand and with the guest's PATH. */
static char **candidates(char *const *argv, char *const *env)
{
	const char *path = strv_env_get(env, "PATH");
	char **ret = NULL;

	if (strchr(argv[0], '/')) {
		strv_add(&ret, argv[0]);
		return ret;
	}
	if (!path)
		path = "/usr/local/bin:/usr/bin:/bin";
	for (;;) {
		size_t n = strcspn(path, ":");

		strv_addf(&ret, "%.*s/%s", n ? (int)n : 1, n ? path : ".", argv[0]);
		if (!path[n])
			return ret;
		path += n + 1;
	}
}

static void plan_clear(struct init_plan *p)
{
	ops_clear(&p->ops);
	strv_free(p->candidates);
	strv_free(p->argv);
	strv_free(p->env);
	free(p->cwd);
}

static int send_word(int fd, char c)
{
	ssize_t n;

	while ((n = send(fd, &c, 1, MSG_NOSIGNAL)) < 0 && errno == EINTR)
		;
	return n == 1 ? 0 : -errno;
}

/* What the first process says next; its error becomes ours. */
static int hear(struct box *b, enum init_word *ret, struct error *e)
{
	struct init_message m;
	struct iovec v = { &m, sizeof(m) };
	union { char bytes[CMSG_SPACE(sizeof(b->shared_fd))]; struct cmsghdr head; } control;
	struct msghdr h = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes) };
	siginfo_t info = { 0 };
	struct cmsghdr *c;
	pid_t pid = b->init;
	ssize_t n;

	while ((n = recvmsg(b->gate_fd, &h, MSG_WAITALL | MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
		;
	c = n < 0 ? NULL : CMSG_FIRSTHDR(&h);
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(b->shared_fd, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	if (n != (ssize_t)sizeof(m)) {
		waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | __WALL);
		return error_set(e, EPIPE, "the first process of the box ended before it was ready (%s %d)",
				 info.si_code == CLD_EXITED ? "status" : "signal", info.si_status);
	}
	if (m.word == INIT_FAILED) {
		if (e)
			*e = m.e;
		return m.e.errnum ? -m.e.errnum : -EINVAL;
	}
	*ret = m.word;
	return 0;
}

static unsigned long namespaces(const struct box_spec *s)
{
	if (s->in_place)
		return 0;
	return CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP | (s->network ? 0 : CLONE_NEWNET);
}

static pid_t spawn(struct init_plan *p, int *ret_fd, struct error *e)
{
	sigset_t all, old;
	int pair[2], errnum;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(e, errno, "cannot make a socket");
	/* A handler of ours must not run in the child before it has put all signals back. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	pid = (pid_t)syscall(SYS_clone, namespaces(p->spec) | SIGCHLD, 0, 0, 0, 0);
	errnum = errno;
	if (pid == 0) {
		close(pair[0]);
		p->sock = pair[1];
		init_main(p);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		error_set(e, errnum, "cannot make the namespaces of the box");
		refusal_of_namespaces(errnum, "/proc/sys", geteuid() == 0, e);
		return -errnum;
	}
	*ret_fd = pair[0];
	return pid;
}

/* From the new process to the closed gate. -EAGAIN: try again with a single id. */
static int bring_up(struct box *b, const struct init_plan *p, bool single, struct error *e)
{
	enum init_word word;
	autofree char *ns = xasprintf("/proc/%d/ns/user", (int)b->init);
	autoclose int ns_fd = -1;
	int r = 0;

	if (p->spec->in_place)
		b->ids = BOX_IDS_SINGLE; /* the caller's own, which nothing maps */
	else
		r = idmap_write(b->init, single, &b->ids, e);
	if (r < 0)
		return r;
	if (p->nested && (ns_fd = open(ns, O_RDONLY | O_CLOEXEC)) < 0)
		return error_set(e, errno, "cannot open the user namespace of the box");
	send_word(b->gate_fd, b->ids == BOX_IDS_FULL ? 'f' : 's'); /* (a) */
	r = hear(b, &word, e);
	if (r == 0 && word == INIT_NESTED) {
		r = idmap_write_nested(b->init, ns_fd, e);
		if (r == 0) {
			send_word(b->gate_fd, 'n'); /* (b) */
			r = hear(b, &word, e);
		}
	}
	return r < 0 ? r : limits_apply(b->init, &p->spec->limits, e);
}

static void put_down(struct box *b)
{
	box_end(b);
	while (waitpid(b->init, NULL, __WALL) < 0 && errno == EINTR)
		;
	b->init = -1;
}

int box_start(const struct box_spec *spec, struct box *ret, struct error *e)
{
	struct init_plan p = { .spec = spec, .sock = -1, .shared = { -1, -1 } };
	struct box b = { .init = -1, .gate_fd = -1, .shared_fd = { -1, -1 } };
	bool single = false;
	int r = 0;

	if (!spec->image || !spec->argv || !spec->argv[0])
		return error_set(e, EINVAL, "the box needs an image and a command");
	if (!spec->in_place)
		r = check_image(spec->image, e);
	if (r < 0)
		return r;
	p.global_root = idmap_is_global_root();
	p.nested = spec->as_root && !spec->filter;
	p.argv = strv_copy(spec->argv);
	p.env = strv_copy(spec->env);
	p.cwd = xstrdup(spec->cwd ? spec->cwd : "/");
	p.candidates = candidates(spec->argv, spec->env);
	if (!spec->in_place)
		r = ops_build(spec, p.global_root, &p.ops, e);
	while (r >= 0) {
		b.init = spawn(&p, &b.gate_fd, e);
		if (b.init < 0) {
			r = b.init;
			break;
		}
		r = bring_up(&b, &p, single, e);
		if (r == 0)
			break;
		put_down(&b);
		if (r != -EAGAIN || single)
			break;
		single = true;
		r = 0;
	}
	plan_clear(&p);
	if (r == 0)
		*ret = b;
	return r;
}

static int open_gate(struct box *b)
{
	int r = send_word(b->gate_fd, 'o'); /* (c) */

	close(b->gate_fd);
	b->gate_fd = -1;
	return r;
}

void box_end(struct box *b)
{
	siginfo_t info = { 0 };

	/* A child that was not reaped keeps its pid, so the signal cannot hit a stranger. */
	if (b->init > 0 && waitid(P_PID, (id_t)b->init, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0)
		kill(b->init, SIGKILL);
	if (b->gate_fd >= 0)
		close(b->gate_fd);
	b->gate_fd = -1;
	for (size_t i = 0; i < BOX_SHARED; i++)
		cleanup_close(&b->shared_fd[i]);
}

/* True when the process ended before the time was over. */
static bool wait_until(pid_t pid, uint64_t timeout_ns)
{
	autoclose int fd = pidfd_open(pid, 0);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int64_t end = monotonic_after(timeout_ns);

	for (;;) {
		int64_t now = monotonic_ns(), left = now < end ? end - now : 0;
		struct timespec ts = { .tv_sec = left / 1000000000, .tv_nsec = left % 1000000000 };
		int n = ppoll(&pfd, 1, &ts, NULL);

		if (n > 0 || (n < 0 && errno != EINTR))
			return true;
		if (left == 0)
			return false;
	}
}

int box_run(struct box *b, uint64_t timeout_ns, int *ret_status, struct error *e)
{
	bool late = false;
	int r = open_gate(b);
	int status = 0;

	if (r < 0)
		return error_set(e, -r, "the first process of the box is gone");
	if (timeout_ns && !wait_until(b->init, timeout_ns)) {
		late = true;
		kill(b->init, SIGKILL);
	}
	while ((r = waitpid(b->init, &status, __WALL)) < 0 && errno == EINTR)
		;
	if (r < 0)
		return error_set(e, errno, "cannot wait for the box");
	b->init = -1;
	*ret_status = status;
	return late ? -ETIME : 0;
}
