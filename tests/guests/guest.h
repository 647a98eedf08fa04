/* guest.h: what the test guests share. A guest is a small program that shows one source of nondeterminism or one
 * meaning of a system call and prints facts; docs/howto-test.md explains the comment lines at a guest's head.
 *
 * A line that starts with "BAD" is a broken promise, natively as well as traced: the runner fails on it.
 * Guests start in an empty directory of their own and may leave files there. */
#ifndef GUEST_H
#define GUEST_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000LL
#define MS 1000000LL

/* Line buffered, so that fork() never copies half a report. */
__attribute__((constructor)) static void guest_begin(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
}

/* The value of a call that must work; otherwise the guest ends with status 99. */
static inline long must_(long v, const char *what)
{
	if (v == -1) {
		printf("BAD: %s: %s\n", what, strerrorname_np(errno));
		fflush(stdout);
		_exit(99);
	}
	return v;
}
#define MUST(x) must_((long)(x), #x)
#define CHECK(x) ((x) ? (void)0 : (void)printf("BAD: line %d: %s\n", __LINE__, #x))

/* "ok", or the name of errno: for calls whose failure is the fact. */
static inline const char *outcome(long v)
{
	return v == -1 ? strerrorname_np(errno) : "ok";
}

static inline int64_t clock_ns(clockid_t id)
{
	struct timespec t = {0, 0};
	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * NS + t.tv_nsec;
}

static inline void sleep_ns(int64_t ns)
{
	struct timespec t = {ns / NS, ns % NS};
	while (nanosleep(&t, &t) == -1 && errno == EINTR)
		;
}

/* FNV-1a, to print long things in short. Start with 0. */
static inline uint64_t hash_add(uint64_t h, const void *p, size_t n)
{
	if (h == 0)
		h = 14695981039346656037ULL;
	for (size_t i = 0; i < n; i++)
		h = (h ^ ((const unsigned char *)p)[i]) * 1099511628211ULL;
	return h;
}

/* Reads up to n-1 bytes of a file, NUL-terminated; -1 and errno as open() or read() left it. */
static inline ssize_t slurp(const char *path, char *buf, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -1;
	size_t len = 0;
	ssize_t r = 0;
	while (len < n - 1 && (r = read(fd, buf + len, n - 1 - len)) > 0)
		len += (size_t)r;
	int e = errno;
	close(fd);
	errno = e;
	buf[len] = 0;
	return r < 0 && len == 0 ? -1 : (ssize_t)len;
}

static inline void put_file(const char *path, const char *text)
{
	int fd = (int)MUST(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
	MUST(write(fd, text, strlen(text)));
	close(fd);
}

/* What stat says of a file, by its descriptor or, with a name, by that. */
static inline void show_stat(const char *what, int fd, const char *name)
{
	struct stat st;
	int r = name ? lstat(name, &st) : fstat(fd, &st);

	if (r < 0)
		printf("%s: %s\n", what, strerrorname_np(errno));
	else
		printf("%s: ino %lu mode %o links %lu size %ld mtime %ld.%09ld ctime %ld.%09ld atime %ld.%09ld\n", what, (unsigned long)st.st_ino, (unsigned)st.st_mode,
		       (unsigned long)st.st_nlink, (long)st.st_size, (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec,
		       (long)st.st_atim.tv_sec, st.st_atim.tv_nsec);
}

/* A wait status in words. */
static inline const char *status_words(int st)
{
	static _Thread_local char s[64];
	if (WIFEXITED(st))
		snprintf(s, sizeof(s), "exit %d", WEXITSTATUS(st));
	else if (WIFSIGNALED(st))
		snprintf(s, sizeof(s), "signal %d", WTERMSIG(st));
	else if (WIFSTOPPED(st))
		snprintf(s, sizeof(s), "stopped %d", WSTOPSIG(st));
	else if (WIFCONTINUED(st))
		snprintf(s, sizeof(s), "continued");
	else
		snprintf(s, sizeof(s), "status %x", (unsigned)st);
	return s;
}

static inline int wait_status(pid_t p)
{
	int st = -1;
	MUST(waitpid(p, &st, 0));
	return st;
}

static inline void handle(int sig, void (*fn)(int), int flags)
{
	struct sigaction sa = {.sa_handler = fn, .sa_flags = flags};
	sigemptyset(&sa.sa_mask);
	MUST(sigaction(sig, &sa, NULL));
}
#endif
