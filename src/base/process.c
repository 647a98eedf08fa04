/* process.c: runs helper programs for the supervisor.
 *
 * 1. The child is a process group of its own only when there is a time limit: then the whole group can be
 *    killed. Without one it stays in ours, so that Ctrl-C at the terminal reaches it.
 * 2. Exec failures come back as -errno through a close-on-exec pipe, never as a mysterious 127.
 * 3. The child starts with no blocked signals, SIGPIPE at its default, and dies with us. */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/time.h"

static const uint64_t GRACE_NS = 10ull * 1000000000; /* between SIGTERM and SIGKILL */

/* dup2() onto itself would leave close-on-exec set. */
static int place(int fd, int target)
{
	if (fd == target)
		return fcntl(fd, F_SETFD, 0);
	return dup2(fd, target);
}

static int child_streams(const struct process_options *opt)
{
	int in = opt->stdin_fd;

	if (in < 0)
		in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (in < 0 || place(in, STDIN_FILENO) < 0)
		return -1;
	if (opt->stdout_fd >= 0 && place(opt->stdout_fd, STDOUT_FILENO) < 0)
		return -1;
	if (opt->stderr_fd >= 0 && place(opt->stderr_fd, STDERR_FILENO) < 0)
		return -1;
	return 0;
}

static void child(char *const *argv, const struct process_options *opt, pid_t parent, int report_fd)
{
	sigset_t none;
	int err;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (opt->timeout_ns)
		setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent && child_streams(opt) == 0 &&
	    (!opt->cwd || chdir(opt->cwd) == 0)) {
		if (opt->env)
			execvpe(argv[0], argv, opt->env);
		else
			execvp(argv[0], argv);
	}
	err = errno ? errno : ECANCELED;
	(void)!write(report_fd, &err, sizeof(err));
	_exit(127);
}

/* Starts the program; the pid, or -errno. */
static int start(char *const *argv, const struct process_options *opt)
{
	int report[2], err = 0;
	pid_t parent = getpid(), pid;
	ssize_t n;

	if (pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		child(argv, opt, parent, report[1]);
	if (pid < 0)
		err = errno;
	close(report[1]);
	if (pid < 0) {
		close(report[0]);
		return -err;
	}
	do
		n = read(report[0], &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	close(report[0]);
	if (n == sizeof(err)) {
		waitpid(pid, NULL, 0);
		return -err;
	}
	return pid;
}

static int status_of(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* True when the process ended before the deadline (0: no deadline). Does not reap it. */
static bool ends_before(int pid_fd, int64_t deadline)
{
	for (;;) {
		struct pollfd p = { .fd = pid_fd, .events = POLLIN };
		int64_t left = deadline ? deadline - monotonic_ns() : INT64_MAX;
		int wait_ms = 60000;

		if (left <= 0)
			return false;
		if (left < 60000000000)
			wait_ms = (int)(left / 1000000) + 1;
		if (poll(&p, 1, wait_ms) > 0)
			return true;
	}
}

static int wait_limited(pid_t pid, int64_t deadline)
{
	autoclose int pid_fd = -1;

	if (!deadline)
		return status_of(pid);
	pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pid_fd < 0) {
		int err = -errno;

		kill(-pid, SIGKILL);
		status_of(pid);
		return err;
	}
	if (ends_before(pid_fd, deadline))
		return status_of(pid);
	kill(-pid, SIGTERM);
	ends_before(pid_fd, monotonic_after(GRACE_NS));
	/* Also when the leader obeyed: its children may not have. */
	kill(-pid, SIGKILL);
	status_of(pid);
	return 124;
}

static int64_t deadline_of(const struct process_options *opt)
{
	return opt->timeout_ns ? monotonic_after(opt->timeout_ns) : 0;
}

static const struct process_options defaults = { .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1 };

int process_run(char *const *argv, const struct process_options *opt)
{
	int64_t deadline;
	int pid;

	if (!opt)
		opt = &defaults;
	deadline = deadline_of(opt);
	pid = start(argv, opt);
	return pid < 0 ? pid : wait_limited(pid, deadline);
}
