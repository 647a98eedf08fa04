/* hostile_clone: children that nobody traces, and namespaces of one's own. In a box with a filter and without a tracer every call that
 * should stop is ENOSYS: a child that sees this has escaped. clone3's arguments lie in memory that the kernel itself changes. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/utsname.h>

#include "hostile_common.h"

struct args { uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup; };

static void report(const char *what, long pid)
{
	struct utsname u;
	int status = 0;

	if (pid == 0)
		_exit(syscall(SYS_uname, &u) < 0 && errno == ENOSYS ? 1 : 0);
	if (pid > 0)
		while (waitpid((pid_t)pid, &status, __WALL) < 0 && errno == EINTR)
			;
	verdict(pid > 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == 0), what);
}

static void namespaces(void)
{
	static const uint64_t kinds[] = { CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWCGROUP, 0x80 /* NEWTIME */ };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct args a = { .flags = kinds[i], .exit_signal = SIGCHLD };
		long pid = syscall(SYS_clone3, &a, sizeof(a));

		if (pid == 0)
			_exit(0);
		verdict(pid > 0, "clone3 with a new namespace");
		if (kinds[i] == 0x80)
			continue;
		pid = syscall(SYS_clone, kinds[i] | CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
		if (pid == 0)
			_exit(0);
		verdict(pid > 0, "clone with a new namespace");
	}
}

/* The kernel writes the child's id into the flags after it has read them. */
static void flags_change(int shift)
{
	struct args a = { .flags = CLONE_PARENT_SETTID, .exit_signal = SIGCHLD };
	long pid;

	a.parent_tid = (uint64_t)(uintptr_t)&a + (uint64_t)shift;
	pid = syscall(SYS_clone3, &a, sizeof(a));
	report("clone3 whose flags become the child's id", pid);
}

static void sizes(void)
{
	unsigned char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct args *end = (struct args *)(void *)(page + 4096 - 64);
	static const size_t odd[] = { 0, 63, 64, 65, 80, 88, 89, 4096, 4097, (size_t)-1 };
	size_t i;

	mprotect(page + 4096, 4096, PROT_NONE);
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		memset(page, 0, 4096);
		end->flags = CLONE_UNTRACED;
		end->exit_signal = SIGCHLD;
		report("clone3 of odd size at the end of memory", syscall(SYS_clone3, end, odd[i]));
	}
}

int main(void)
{
	struct args a = { .flags = CLONE_UNTRACED, .exit_signal = SIGCHLD };
	pid_t pid;
	int i;

	report("clone with CLONE_UNTRACED", syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0));
	report("clone with high bits", syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD | 1UL << 40, 0, 0, 0, 0));
	report("clone3 with CLONE_UNTRACED", syscall(SYS_clone3, &a, sizeof(a)));
	namespaces();
	sizes();
	for (i = 0; i < 3; i++)
		flags_change(i);
	for (i = 0; i < 260; i++) { /* ids go up: with id 256 in the second byte the flags say CLONE_THREAD */
		pid = fork();
		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
		if (pid >= 255)
			break;
	}
	flags_change(1);
	flags_change(1);
	verdict(unshare(CLONE_NEWUSER) == 0, "unshare");
	return escapes != 0;
}
