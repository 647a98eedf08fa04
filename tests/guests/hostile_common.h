/* hostile_common.h: for the guests that try to get out. Each attack ends in one line, "contained NAME" or "ESCAPED NAME";
 * the exit status is 1 when anything escaped. An attack that the kernel or the tracer refuses, with whatever errno, is contained. */
#ifndef DETBUILD_TESTS_HOSTILE_COMMON_H
#define DETBUILD_TESTS_HOSTILE_COMMON_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static int escapes;

static inline void verdict(bool escaped, const char *what)
{
	printf("%s %s\n", escaped ? "ESCAPED" : "contained", what);
	fflush(stdout);
	escapes += escaped;
}

/* True when the file can be opened for writing. Nothing is written. */
static inline bool can_write(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static inline bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

#endif
