/* hostile_limits: "processes", "file", "memory", "disk": uses up as much as it gets, and is contained when that ends early.
 * "raise" tries to lift the limits. The test sets limits below the bounds used here. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "hostile_common.h"

static void processes(void)
{
	static pid_t pids[3000];
	int n, i;

	for (n = 0; n < 3000; n++) {
		pids[n] = fork();
		if (pids[n] < 0)
			break;
		if (pids[n] == 0) {
			pause();
			_exit(0);
		}
	}
	for (i = 0; i < n; i++)
		kill(pids[i], SIGKILL);
	verdict(n == 3000, "fork bomb");
}

static void file(void)
{
	int fd = open("big", O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	signal(SIGXFSZ, SIG_IGN);
	verdict(fd < 0 || ftruncate(fd, 100LL << 30) == 0, "100 GB by ftruncate");
	verdict(pwrite(fd, "x", 1, 100LL << 30) == 1, "100 GB by pwrite");
	verdict(fallocate(fd, 0, 0, 100LL << 30) == 0, "100 GB by fallocate");
	unlink("big");
}

static void disk(const char *dir)
{
	static char buf[1 << 20];
	char name[128];
	int i, fd;

	memset(buf, 'x', sizeof(buf));
	snprintf(name, sizeof(name), "%s/fill", dir);
	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	for (i = 0; i < 200 && fd >= 0; i++)
		if (write(fd, buf, sizeof(buf)) != (ssize_t)sizeof(buf))
			break;
	unlink(name);
	if (fd >= 0)
		close(fd);
	snprintf(name, sizeof(name), "200 MB in %s", dir);
	verdict(i == 200, name);
}

static void memory(void)
{
	int i;

	for (i = 0; i < 64; i++) {
		char *p = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			break;
		memset(p, 1, 64 << 20);
	}
	verdict(i == 64, "4 GB of memory");
}

static void raise_limits(void)
{
	static const __rlimit_resource_t all[] = { RLIMIT_AS, RLIMIT_NPROC, RLIMIT_FSIZE, RLIMIT_CPU };
	struct rlimit r, inf = { RLIM_INFINITY, RLIM_INFINITY };
	bool out = false;
	size_t i;

	for (i = 0; i < 4; i++)
		if (getrlimit(all[i], &r) == 0 && r.rlim_max != RLIM_INFINITY)
			out |= setrlimit(all[i], &inf) == 0 && getrlimit(all[i], &r) == 0 && r.rlim_max == RLIM_INFINITY;
	verdict(out, "lift limits");
	verdict(setpriority(PRIO_PROCESS, 0, -20) == 0 && getpriority(PRIO_PROCESS, 0) == -20, "lift priority");
}

int main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "processes"))
			processes();
		else if (!strcmp(argv[i], "file"))
			file();
		else if (!strcmp(argv[i], "memory"))
			memory();
		else if (!strcmp(argv[i], "raise"))
			raise_limits();
		else
			disk(argv[i]);
	}
	return escapes != 0;
}
