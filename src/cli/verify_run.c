/* verify_run.c: child processes of `verify`: the runs themselves and the busy processes beside them.
 *
 * Invariants: 1. every child dies with us (PR_SET_PDEATHSIG), a run by SIGTERM so that it can clear up; 2. a busy process
 * lives no longer than the run it accompanies; 3. between fork and exec a child calls nothing that allocates. */
#include "cli/verify_run.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/strv.h"
#include "cli/shell_words.h"

static volatile sig_atomic_t interrupted;
static sigset_t old_mask; /* the caller's; the signals below are taken in wait_one() only, so none is lost before it sleeps */

static void on_signal(int signo)
{
	if (signo != SIGCHLD)
		interrupted = signo;
}

/* A fresh child has our handlers and our mask. */
static void child_signals(void)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_SETMASK, &old_mask, NULL);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

unsigned verify_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0 || CPU_COUNT(&set) < 1)
		return 1;
	return (unsigned)CPU_COUNT(&set);
}

/* --- in the child ----------------------------------------------------------------------------------------------------- */

static void child_fail(const char *what)
{
	static const char prefix[] = "detbuild: verify: cannot set up the run: ";

	(void)!write(STDERR_FILENO, prefix, sizeof(prefix) - 1);
	(void)!write(STDERR_FILENO, what, strlen(what));
	(void)!write(STDERR_FILENO, "\n", 1);
	_exit(125);
}

static void child_output(const char *path, int target)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || dup2(fd, target) < 0)
		child_fail(path);
}

static void burn_pids(unsigned n)
{
	for (; n > 0; n--) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(0);
		if (pid < 0)
			return;
		waitpid(pid, NULL, 0);
	}
}

/* Own time namespace: the exec below enters it. */
static void shift_clocks(int64_t seconds)
{
	char text[96];
	int n = snprintf(text, sizeof(text), "monotonic %lld 0\nboottime %lld 0\n", (long long)seconds, (long long)seconds);
	int fd = -1;

	if (unshare(CLONE_NEWTIME) == 0)
		fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, (size_t)n) != n)
		child_fail("the boot clocks (leave them out with --vary=-time)");
	close(fd);
}

static void child(const struct verify_job *j, pid_t parent)
{
	const struct vary_run *v = j->vary;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(125);
	child_signals();
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		child_fail("/dev/null");
	child_output(j->stderr_path, STDERR_FILENO); /* before the umask changes: its mode is not to depend on it */
	child_output(j->stdout_path, STDOUT_FILENO);
	burn_pids(v->burn_pids);
	if (v->hostname && (unshare(CLONE_NEWUTS) < 0 || sethostname(v->hostname, strlen(v->hostname)) < 0))
		child_fail("the host name (leave it out with --vary=-hostname)");
	if (v->clock_shift != 0)
		shift_clocks(v->clock_shift);
	if (j->cwd && chdir(j->cwd) < 0)
		child_fail(j->cwd);
	if (v->umask >= 0)
		umask((mode_t)v->umask);
	execve(j->argv[0], j->argv, v->env);
	child_fail(j->argv[0]);
}

static pid_t start_busy(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid != 0)
		return pid > 0 ? pid : 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	child_signals();
	if (getppid() != parent)
		_exit(0);
	for (volatile unsigned long i = 0;; i++)
		;
}

/* --- in the parent ---------------------------------------------------------------------------------------------------- */

static int start(struct verify_job *j, struct error *e)
{
	pid_t parent = getpid();

	fflush(NULL);
	for (unsigned i = 0; i < j->vary->load && i < ARRAY_SIZE(j->load); i++)
		j->load[i] = start_busy();
	j->started_ns = now_ns();
	j->pid = fork();
	if (j->pid == 0)
		child(j, parent);
	if (j->pid < 0) {
		j->pid = 0;
		return error_set(e, errno, "cannot start a run");
	}
	return 0;
}

static void stop_load(struct verify_job *j)
{
	for (size_t i = 0; i < ARRAY_SIZE(j->load); i++)
		if (j->load[i] > 0) {
			kill(j->load[i], SIGKILL);
			waitpid(j->load[i], NULL, 0);
			j->load[i] = 0;
		}
}

static void finished(struct verify_job *j, int status)
{
	j->wall_ns = now_ns() - j->started_ns;
	j->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	j->pid = 0;
	stop_load(j);
}

static bool note_end(struct verify_job *jobs, size_t n, pid_t pid, int status)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(jobs[i].load); k++)
			if (jobs[i].load[k] == pid)
				jobs[i].load[k] = 0; /* somebody killed it */
		if (jobs[i].pid == pid) {
			finished(&jobs[i], status);
			return true;
		}
	}
	return false;
}

/* Waits for one run to end. -EINTR when a signal came. */
static int wait_one(struct verify_job *jobs, size_t n)
{
	int status;

	for (;;) {
		if (interrupted)
			return -EINTR;
		pid_t pid = waitpid(-1, &status, WNOHANG);
		if (pid < 0)
			return -errno;
		if (pid == 0)
			ppoll(NULL, 0, NULL, &old_mask); /* until a signal */
		else if (note_end(jobs, n, pid, status))
			return 0;
	}
}

static void stop_all(struct verify_job *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (jobs[i].pid > 0)
			kill(jobs[i].pid, SIGTERM);
	for (size_t i = 0; i < n; i++)
		if (jobs[i].pid > 0) {
			int status = 0;
			while (waitpid(jobs[i].pid, &status, 0) < 0 && errno == EINTR)
				;
			finished(&jobs[i], status);
		}
}

static void wait_until(uint64_t when)
{
	struct timespec ts = { (time_t)(when / 1000000000), (long)(when % 1000000000) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static int run_jobs(struct verify_job *jobs, size_t n, unsigned parallel, uint64_t stagger_ns, struct error *e)
{
	size_t begun = 0, running = 0;
	uint64_t not_before = 0;
	int r = 0;

	while (r == 0 && (begun < n || running > 0)) {
		if (begun < n && running < parallel) {
			if (now_ns() < not_before)
				wait_until(not_before);
			phase("run %zu of %zu", begun + 1, n);
			r = interrupted ? -EINTR : start(&jobs[begun], e);
			if (r == 0) {
				not_before = jobs[begun].started_ns + stagger_ns;
				begun++;
				running++;
			}
			continue;
		}
		r = wait_one(jobs, n);
		if (r == 0)
			running--;
	}
	return r;
}

int verify_run_all(struct verify_job *jobs, size_t n, unsigned parallel, uint64_t stagger_ns, struct error *e)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD };
	struct sigaction action = { .sa_handler = on_signal }, old[ARRAY_SIZE(signals)];
	sigset_t mask;

	interrupted = 0;
	sigemptyset(&mask);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		sigaction(signals[i], &action, &old[i]);
		sigaddset(&mask, signals[i]);
	}
	sigprocmask(SIG_BLOCK, &mask, &old_mask);
	int r = run_jobs(jobs, n, parallel ? parallel : 1, stagger_ns, e);
	if (r < 0)
		stop_all(jobs, n);
	for (size_t i = 0; i < n; i++)
		stop_load(&jobs[i]);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &old[i], NULL);
	sigprocmask(SIG_SETMASK, &old_mask, NULL);
	if (r == -EINTR) {
		error_set(e, 0, "interrupted by signal %d", (int)interrupted);
		e->exit_code = 128 + (int)interrupted;
	}
	return r;
}

/* --- the command to repeat a run -------------------------------------------------------------------------------------- */

static void put_command(const struct verify_job *j, FILE *f)
{
	const struct vary_run *v = j->vary;

	fputc('(', f);
	if (j->source) {
		fputs("t=$(mktemp -d) && cp -a ", f);
		shell_put_word(j->source, f);
		fputs("/. \"$t\" && cd \"$t\" && ", f);
	}
	if (v->umask >= 0)
		fprintf(f, "umask %04o && ", (unsigned)v->umask);
	if (v->clock_shift != 0)
		fprintf(f, "unshare -T --monotonic %lld --boottime %lld ", (long long)v->clock_shift, (long long)v->clock_shift);
	if (v->hostname)
		fprintf(f, "unshare -u sh -c 'hostname %s && exec \"$@\"' sh ", v->hostname);
	fputs("env", f);
	for (char *const *p = v->env; p && *p; p++)
		if (!strv_has(environ, *p)) {
			fputc(' ', f);
			shell_put_word(*p, f);
		}
	for (char *const *p = j->argv; *p; p++) {
		fputc(' ', f);
		shell_put_word(*p, f);
	}
	fputc(')', f);
}

char *verify_command_line(const struct verify_job *j)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f) {
		put_command(j, f);
		fclose(f);
	}
	return text ? text : xstrdup("");
}

/* --- copies of a tree ------------------------------------------------------------------------------------------------- */

static int64_t shift_by; /* nftw() has no room for it */

static int shift_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };

	(void)type;
	(void)ftw;
	times[0].tv_sec += shift_by;
	times[1].tv_sec += shift_by;
	return utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) < 0 ? -1 : 0;
}

int verify_copy_tree(const char *from, const char *to, int64_t shift, struct error *e)
{
	autofree char *all = xasprintf("%s/.", from);
	char *argv[] = { "cp", "-a", "--reflink=auto", "--", all, (char *)to, NULL };
	struct process_options opt = { .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1 };
	int r = mkdir_p(to, 0755);

	if (r < 0)
		return error_set(e, -r, "cannot make the directory %s", to);
	r = process_run(argv, &opt);
	if (r != 0)
		return error_set(e, r < 0 ? -r : EIO, "cannot copy %s to %s", from, to);
	shift_by = shift;
	if (shift != 0 && nftw(to, shift_one, 32, FTW_PHYS | FTW_DEPTH) < 0)
		return error_set(e, errno, "cannot set the file times below %s", to);
	return 0;
}

/* What was closed to its owner: its path below `from`, and its mode. nftw() has no room for them either. */
static struct closed {
	struct closed_one { char *path; mode_t mode; } *all;
	size_t n, n_dirs, skip;
} closed;

static int open_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	mode_t want = S_ISDIR(st->st_mode) ? S_IRWXU : S_ISREG(st->st_mode) ? S_IRUSR : 0;

	(void)ftw;
	if (type == FTW_NS || type == FTW_SL || (st->st_mode & want) == want)
		return 0;
	if (chmod(path, (st->st_mode | want) & 07777) < 0)
		return -1;
	closed.all = xrealloc(closed.all, (closed.n + 1) * sizeof(*closed.all));
	closed.all[closed.n++] = (struct closed_one){ xstrdup(path + closed.skip), st->st_mode & 07777 };
	closed.n_dirs += S_ISDIR(st->st_mode) ? 1 : 0;
	return 0;
}

int verify_fetch_tree(const char *from, const char *to, struct error *e)
{
	size_t dirs;
	int r = 0;

	closed = (struct closed){ .skip = strlen(from) };
	do { /* an opened directory shows what is in it at the next walk */
		dirs = closed.n_dirs;
		if (nftw(from, open_one, 32, FTW_PHYS) < 0)
			r = error_set(e, errno, "cannot read what a run left in %s", from);
	} while (r == 0 && closed.n_dirs > dirs);
	if (r == 0)
		r = verify_copy_tree(from, to, 0, e);
	for (size_t i = closed.n; i > 0; i--) { /* what lies in a directory before the directory */
		autofree char *path = xasprintf("%s%s", to, closed.all[i - 1].path);

		if (r == 0 && chmod(path, closed.all[i - 1].mode) < 0)
			r = error_set(e, errno, "cannot set the mode of %s", path);
		free(closed.all[i - 1].path);
	}
	free(closed.all);
	return r;
}
