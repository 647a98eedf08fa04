/* process_clone_kinds: what parent and child share, by the flags with which C libraries and run-time systems make them. */
/* control: same */
#include "guest.h"
#include <linux/futex.h>
#include <linux/sched.h>
#include <sys/prctl.h>

enum { STACK = 65536, DETACHED = 0x400000 };
static char stacks[4][STACK] __attribute__((aligned(16)));
static volatile int shared;
static int32_t slot;

static void wait_slot(void)
{
	for (int32_t v; (v = __atomic_load_n(&slot, __ATOMIC_SEQ_CST)) != 0;)
		syscall(SYS_futex, &slot, FUTEX_WAIT, v, NULL, NULL, 0);
}

static int child(void *arg)
{
	shared = (int)(intptr_t)arg;
	return shared;
}

static int changes(void *arg)
{
	(void)arg;
	umask(0137);
	if (chdir("sub"))
		_exit(99);
	shared = open("file", O_CREAT | O_RDWR, 0600);
	return 0;
}

static const char *in(void)
{
	static char b[PATH_MAX];
	char *s = getcwd(b, sizeof(b)) ? strrchr(b, '/') : NULL;
	return s && strcmp(s, "/sub") == 0 ? "sub" : "start";
}

static void shares(const char *what, int flags)
{
	pid_t p = (pid_t)MUST(clone(changes, stacks[0] + STACK, flags | SIGCHLD, NULL));
	int st;

	CHECK(waitpid(p, &st, __WALL) == p && st == 0);
	mode_t mask = umask(022);
	const char *dir = in();
	printf("%s: in %s, umask %o, memory %d, file %s\n", what, dir, (unsigned)mask, shared != 0, shared > 0 ? (fcntl(shared, F_GETFD) == 0 ? "open" : "closed") : "unknown");
	if (strcmp(dir, "sub") == 0)
		MUST(chdir(".."));
	if (shared > 0)
		close(shared);
	shared = 0;
}

static volatile sig_atomic_t told;
static void on_sig(int sig)
{
	told = sig;
}

static int thread(void *arg)
{
	shared += (int)(intptr_t)arg;
	syscall(SYS_exit, 0); /* the thread, not the process */
	return 0;
}

static pid_t clone3_(uint64_t flags, int sig, int *pidfd)
{
	struct clone_args a;

	memset(&a, 0, sizeof(a));
	a.flags = flags;
	a.exit_signal = (uint64_t)sig;
	a.pidfd = (uint64_t)(uintptr_t)pidfd;
	return (pid_t)syscall(SYS_clone3, &a, sizeof(a));
}

static void threads(void)
{
	int go = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_SYSVSEM | CLONE_THREAD;

	shared = 0;
	slot = 1;
	MUST(clone(thread, stacks[1] + STACK, go | CLONE_CHILD_CLEARTID, (void *)1, NULL, NULL, &slot)); /* Go's, and the slot to see its end */
	wait_slot();
	slot = 1;
	MUST(clone(thread, stacks[1] + STACK, go | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | DETACHED, (void *)2, &slot, NULL, &slot)); /* musl's */
	wait_slot();
	printf("threads: %d\n", shared);
}

static void spawns(void)
{
	int pidfd = -1, st;

	shared = 0;
	pid_t p = (pid_t)MUST(clone(child, stacks[2] + STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, (void *)7));
	printf("as posix_spawn: memory %d at once, %s\n", shared, status_words(wait_status(p)));
	p = (pid_t)MUST(clone(child, stacks[2] + STACK, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, (void *)8, &pidfd));
	struct pollfd f = {pidfd, POLLIN, 0};
	printf("as Go's start of a process: memory %d, ended %d, %s\n", shared, poll(&f, 1, 0), status_words(wait_status(p)));
	shared = 0;
	p = (pid_t)MUST(clone(child, stacks[3] + STACK, CLONE_VM | CLONE_CHILD_CLEARTID, (void *)9, NULL, NULL, &slot));
	CHECK(waitpid(p, &st, __WALL) == p);
	printf("beside us in our memory: %d, %s\n", shared, status_words(st));
}

static void exit_signals(void)
{
	int st;

	handle(SIGUSR1, on_sig, 0);
	handle(SIGCHLD, on_sig, 0);
	for (int sig = 0; sig <= SIGUSR1; sig += SIGUSR1) {
		told = 0;
		pid_t p = (pid_t)MUST(clone(child, stacks[0] + STACK, CLONE_VM | sig, (void *)4));
		int plain = waitpid(p, &st, 0) == -1 ? errno : 0;
		while (waitpid(p, &st, __WCLONE) == -1 && errno == EINTR)
			;
		printf("exit signal %d: waitpid %s, told %d, %s\n", sig, strerrorname_np(plain), (int)told, status_words(st));
	}
	signal(SIGCHLD, SIG_DFL);
	pid_t p = clone3_(CLONE_CLEAR_SIGHAND, SIGCHLD, NULL);
	if (p == 0) {
		struct sigaction a;
		MUST(sigaction(SIGUSR1, NULL, &a));
		_exit(a.sa_handler == SIG_DFL ? 1 : 2);
	}
	printf("handlers cleared: %s\n", status_words(wait_status((pid_t)MUST(p))));
}

int main(void)
{
	umask(022);
	MUST(mkdir("sub", 0777));
	shares("nothing", 0);
	shares("CLONE_FS", CLONE_FS);
	shares("CLONE_FILES", CLONE_FILES);
	shares("CLONE_VM", CLONE_VM);
	shares("CLONE_VM, FILES", CLONE_VM | CLONE_FILES);
	shares("all but THREAD", CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_SIGHAND);
	threads();
	spawns();
	exit_signals();
	printf("SIGHAND without VM: %s\n", outcome(syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0)));
	printf("THREAD without SIGHAND: %s\n", outcome(syscall(SYS_clone, CLONE_THREAD | CLONE_VM, 0, 0, 0, 0)));
	printf("PIDFD and DETACHED: %s\n", outcome(syscall(SYS_clone, CLONE_PIDFD | DETACHED | SIGCHLD, 0, &slot, 0, 0)));
	printf("no such exit signal: %s\n", outcome(clone3_(0, 65, NULL)));
	printf("cleared and shared handlers: %s\n", outcome(clone3_(CLONE_CLEAR_SIGHAND | CLONE_SIGHAND | CLONE_VM, SIGCHLD, NULL)));
	return 0;
}

/* expect:
nothing: in start, umask 22, memory 0, file unknown
CLONE_FS: in sub, umask 137, memory 0, file unknown
CLONE_FILES: in start, umask 22, memory 0, file unknown
CLONE_VM: in start, umask 22, memory 1, file closed
CLONE_VM, FILES: in start, umask 22, memory 1, file open
all but THREAD: in sub, umask 137, memory 1, file open
threads: 3
as posix_spawn: memory 7 at once, exit 7
as Go's start of a process: memory 8, ended 1, exit 8
beside us in our memory: 9, exit 9
exit signal 0: waitpid ECHILD, told 0, exit 4
exit signal 10: waitpid ECHILD, told 10, exit 4
handlers cleared: exit 1
SIGHAND without VM: EINVAL
THREAD without SIGHAND: EINVAL
PIDFD and DETACHED: EINVAL
no such exit signal: EINVAL
cleared and shared handlers: EINVAL
*/
