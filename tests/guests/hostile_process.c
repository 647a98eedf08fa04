/* hostile_process: the first process of the box (which holds a copy of the supervisor's memory) and whatever is outside can be
 * neither seen, read, traced nor killed. */
#include <dirent.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "hostile_common.h"

static bool foreign(const char *name)
{
	char path[300], buf[32];
	bool out = false;
	static const char *const views[] = { "mem", "environ", "maps", "auxv", "exe" };
	size_t i;

	for (i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		int fd;

		snprintf(path, sizeof(path), "/proc/%s/%s", name, views[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		out |= fd >= 0 && (!strcmp(views[i], "mem") || !strcmp(views[i], "exe") || read(fd, buf, 1) > 0);
		if (fd >= 0)
			close(fd);
	}
	snprintf(path, sizeof(path), "/proc/%s/root", name);
	out |= access(path, X_OK) == 0 && !same_file(path, "/");
	snprintf(path, sizeof(path), "/proc/%s/cwd", name);
	out |= access(path, X_OK) == 0 && !same_file(path, "/") && !same_file(path, ".");
	return out;
}

int main(void)
{
	char local[8], what[64];
	struct iovec l = { local, sizeof(local) }, r = { (void *)0x400000, sizeof(local) };
	DIR *d = opendir("/proc");
	struct dirent *de;
	int pid, n = 0;

	verdict(ptrace(PTRACE_SEIZE, 1, 0, 0) == 0, "trace pid 1");
	verdict(getppid() <= 1 && ptrace(PTRACE_SEIZE, getppid(), 0, 0) == 0, "trace the parent");
	verdict(process_vm_readv(1, &l, 1, &r, 1, 0) > 0, "read pid 1");
	verdict(foreign("1"), "look into pid 1");
	verdict(syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, 1, 0), 0, 0) >= 0, "descriptors of pid 1");
	kill(1, SIGKILL);
	kill(1, SIGTERM);
	kill(getppid(), 0);
	verdict(kill(1, 0) < 0 && errno == ESRCH, "kill pid 1");
	while (d && (de = readdir(d))) {
		pid = atoi(de->d_name);
		if (pid > 1 && pid != getpid() && pid != getppid()) {
			snprintf(what, sizeof(what), "pid %d", pid);
			if (foreign(de->d_name))
				verdict(true, what);
			n++;
		}
	}
	verdict(n > 20, "processes of the host");
	return escapes != 0;
}
