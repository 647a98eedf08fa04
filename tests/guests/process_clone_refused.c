/* process_clone_refused: namespaces of one's own, chosen process ids and control groups are refused, always in the same way. */
/* control: host */
#include "guest.h"
#include <linux/sched.h>

static void try(const char *what, uint64_t flags, uint64_t cgroup, pid_t *id)
{
	struct clone_args a;

	memset(&a, 0, sizeof(a));
	a.flags = flags;
	a.exit_signal = SIGCHLD;
	a.cgroup = cgroup;
	a.set_tid = (uint64_t)(uintptr_t)id;
	a.set_tid_size = id != NULL;
	pid_t p = (pid_t)syscall(SYS_clone3, &a, sizeof(a));
	if (p == 0)
		_exit(0);
	printf("clone3 %s: %s\n", what, outcome(p));
	if (p > 0)
		wait_status(p);
	if (cgroup || id || flags == CLONE_NEWTIME)
		return;
	p = (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
	if (p == 0)
		_exit(0);
	printf("clone %s: %s\n", what, outcome(p));
	if (p > 0)
		wait_status(p);
	p = (pid_t)MUST(fork());
	if (p == 0) {
		printf("unshare %s: %s\n", what, outcome(unshare((int)flags)));
		_exit(0);
	}
	wait_status(p);
}

int main(void)
{
	pid_t id = 4000;
	int dir = (int)MUST(open(".", O_RDONLY | O_DIRECTORY));

	try("user", CLONE_NEWUSER, 0, NULL);
	try("pid", CLONE_NEWPID, 0, NULL);
	try("net", CLONE_NEWNET, 0, NULL);
	try("uts", CLONE_NEWUTS, 0, NULL);
	try("ipc", CLONE_NEWIPC, 0, NULL);
	try("mount", CLONE_NEWNS, 0, NULL);
	try("cgroup", CLONE_NEWCGROUP, 0, NULL);
	try("time", CLONE_NEWTIME, 0, NULL);
	try("into a cgroup", CLONE_INTO_CGROUP, (uint64_t)dir, NULL);
	try("chosen id", 0, 0, &id);
	return 0;
}
