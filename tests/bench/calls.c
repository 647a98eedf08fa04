/* calls: N system calls of one kind, or N children of one kind; what `make bench` measures from outside.
 *
 * The program looks at no clock: under detbuild that would be the logical one. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void spawn_true(void)
{
	static char *argv[] = {(char *)"true", NULL};
	pid_t p;
	int st;

	if (posix_spawn(&p, "/bin/true", NULL, NULL, argv, environ) != 0 || waitpid(p, &st, 0) != p || st != 0)
		exit(1);
}

static void fork_wait(void)
{
	pid_t p = fork();
	int st;

	if (p == 0)
		_exit(0);
	if (p < 0 || waitpid(p, &st, 0) != p || st != 0)
		exit(1);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: calls getpid|clock|fstat|stat|access|read|open|spawn|fork N\n");
		return 2;
	}
	const char *what = argv[1];
	long n = atol(argv[2]);
	int fd = open("/dev/zero", O_RDONLY);
	char b;
	struct stat st;
	struct timespec t;

	for (long i = 0; i < n; i++) {
		long r = 0;
		if (strcmp(what, "getpid") == 0)
			r = syscall(SYS_getpid);
		else if (strcmp(what, "clock") == 0)
			r = clock_gettime(CLOCK_MONOTONIC, &t);
		else if (strcmp(what, "fstat") == 0)
			r = fstat(fd, &st);
		else if (strcmp(what, "stat") == 0)
			r = stat("/etc/passwd", &st);
		else if (strcmp(what, "access") == 0)
			r = access("/etc/passwd", R_OK);
		else if (strcmp(what, "read") == 0)
			r = read(fd, &b, 1);
		else if (strcmp(what, "open") == 0)
			r = close(open("/etc/passwd", O_RDONLY));
		else if (strcmp(what, "spawn") == 0)
			spawn_true();
		else if (strcmp(what, "fork") == 0)
			fork_wait();
		else
			return 2;
		if (r < 0)
			return 1;
	}
	return 0;
}
