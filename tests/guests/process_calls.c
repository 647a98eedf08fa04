/* process_calls: calls about the caller that have no other guest: raw fork, tkill, execveat, close_range, robust lists, personality. */
/* control: same */
/* traced: fixed */
#include "guest.h"

#include <linux/close_range.h>
#include <sys/personality.h>
#include <sys/prctl.h>

static volatile sig_atomic_t got, value;
static void on_sig(int sig, siginfo_t *si, void *u)
{
	(void)u;
	got = sig;
	value = si->si_value.sival_int;
}

static void signals(void)
{
	struct sigaction sa = {.sa_sigaction = on_sig, .sa_flags = SA_SIGINFO};
	siginfo_t si = {.si_signo = SIGUSR2, .si_code = SI_QUEUE, .si_pid = getpid(), .si_uid = getuid(), .si_value = {.sival_int = 42}};

	MUST(sigaction(SIGUSR1, &sa, NULL));
	MUST(sigaction(SIGUSR2, &sa, NULL));
	MUST(syscall(SYS_tkill, syscall(SYS_gettid), SIGUSR1));
	printf("tkill: %d\n", got == SIGUSR1);
	MUST(syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), SIGUSR2, &si));
	printf("rt_tgsigqueueinfo: %d %d\n", got == SIGUSR2, (int)value);
	printf("tkill of nobody: %s\n", outcome(syscall(SYS_tkill, 999999, 0)));
	printf("tkill of 0: %s\n", outcome(syscall(SYS_tkill, 0, 0)));
}

static void descriptors(void)
{
	int a = fcntl(1, F_DUPFD, 20), b = fcntl(1, F_DUPFD, 20), c = fcntl(1, F_DUPFD, 20);

	CHECK(a == 20 && b == 21 && c == 22);
	printf("close_range: %s\n", outcome(syscall(SYS_close_range, b, c, 0)));
	printf("%d %d %d\n", fcntl(a, F_GETFD), fcntl(b, F_GETFD), fcntl(c, F_GETFD));
	printf("close_range cloexec: %s\n", outcome(syscall(SYS_close_range, a, ~0U, CLOSE_RANGE_CLOEXEC)));
	printf("%d\n", fcntl(a, F_GETFD));
	printf("close_range backwards: %s\n", outcome(syscall(SYS_close_range, 9, 8, 0)));
	close(a);
}

static void programs(void)
{
	char *argv[] = {"self", "again", NULL}, *env[] = {NULL};
	int self = (int)MUST(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
	pid_t child = (pid_t)MUST(syscall(SYS_fork));

	if (child == 0) {
		syscall(SYS_execveat, self, "", argv, env, AT_EMPTY_PATH);
		_exit(7);
	}
	printf("execveat: %s\n", status_words(wait_status(child)));
	printf("execveat of nothing: %s\n", outcome(syscall(SYS_execveat, AT_FDCWD, "nothing", argv, env, 0)));
	child = (pid_t)MUST(syscall(SYS_fork));
	if (child == 0)
		_exit(chroot("/proc/self") == 0 || errno == EPERM ? 0 : 1);
	printf("chroot: %s\n", status_words(wait_status(child)));
}

int main(int argc, char **argv)
{
	void *head = NULL;
	size_t len = 0;

	if (argc > 1) {
		printf("program: %s, %d arguments\n", argv[1], argc);
		return 0;
	}
	signals();
	descriptors();
	programs();
	MUST(syscall(SYS_get_robust_list, 0, &head, &len));
	printf("robust list: %s, head of %zu\n", head ? "there" : "none", len);
	printf("personality: %lx\n", (unsigned long)(unsigned)syscall(SYS_personality, 0xffffffffUL));
	printf("set: %lx\n", (unsigned long)(unsigned)syscall(SYS_personality, PER_LINUX | ADDR_NO_RANDOMIZE));
	printf("now: %lx\n", (unsigned long)(unsigned)syscall(SYS_personality, 0xffffffffUL));
	printf("restart_syscall with nothing to restart: %s\n", outcome(syscall(SYS_restart_syscall)));
	printf("dumpable: %d\n", prctl(PR_GET_DUMPABLE));
	return 0;
}

/* expect:
tkill: 1
rt_tgsigqueueinfo: 1 42
tkill of nobody: ESRCH
tkill of 0: EINVAL
close_range: ok
0 -1 -1
close_range cloexec: ok
1
close_range backwards: EINVAL
program: again, 2 arguments
execveat: exit 0
execveat of nothing: ENOENT
chroot: exit 0
robust list: there, head of 24
personality: 0
set: 0
now: 40000
restart_syscall with nothing to restart: EINTR
dumpable: 1
*/
