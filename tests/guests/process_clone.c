/* process_clone: raw clone and clone3: thread id slots, shared memory, an exit signal that is not SIGCHLD, a sibling. */
/* control: same */
#include "guest.h"
#include <linux/sched.h>

int main(void)
{
	pid_t slot = 0, st;
	pid_t p = (pid_t)MUST(syscall(SYS_clone, CLONE_PARENT_SETTID | SIGCHLD, 0, &slot, 0, 0));
	if (p == 0)
		_exit(1);
	CHECK(slot == p);
	printf("clone: %s\n", status_words(wait_status(p)));
	p = (pid_t)MUST(syscall(SYS_clone, CLONE_CHILD_SETTID | SIGCHLD, 0, 0, &slot, 0));
	if (p == 0)
		_exit(slot == getpid() ? 2 : 3);
	printf("child's slot: %s\n", status_words(wait_status(p)));
	struct clone_args a;
	int pidfd = -1;
	memset(&a, 0, sizeof(a));
	a.flags = CLONE_PIDFD;
	a.pidfd = (uint64_t)(uintptr_t)&pidfd;
	a.exit_signal = SIGCHLD;
	p = (pid_t)syscall(SYS_clone3, &a, sizeof(a));
	if (p == 0)
		_exit(4);
	if (p > 0)
		printf("clone3: %s, descriptor %d\n", status_words(wait_status(p)), pidfd >= 0);
	else /* an older way is allowed to be the only one */
		printf("clone3: exit 4, descriptor %d\n", errno == ENOSYS);
	p = (pid_t)MUST(syscall(SYS_clone, 0, 0, 0, 0, 0)); /* no exit signal */
	if (p == 0)
		_exit(5);
	CHECK(waitpid(p, &st, 0) == -1 && errno == ECHILD);
	CHECK(waitpid(p, &st, __WALL) == p);
	printf("silent child: %s\n", status_words(st));
	p = (pid_t)MUST(fork());
	if (p == 0) {
		pid_t me = getppid(), q = (pid_t)MUST(syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0));
		if (q == 0)
			_exit(getppid() == me ? 6 : 7);
		_exit(0);
	}
	int sum = 0;
	while (wait(&st) > 0)
		sum += WEXITSTATUS(st);
	printf("sibling: %d\n", sum);
	printf("nonsense flags: %s\n", outcome(syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0)));
	return 0;
}

/* expect:
clone: exit 1
child's slot: exit 2
clone3: exit 4, descriptor 1
silent child: exit 5
sibling: 6
nonsense flags: EINVAL
*/
