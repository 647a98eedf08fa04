/* hostile_flood: "tasks" starts processes until the box says no, "timers", "eventfd", "files", "deep", "lengths" and "huge" fill what else
 * the tracer keeps or walks. Errors are right; the run must go on to its end. */
#define _GNU_SOURCE
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>

#include "hostile_common.h"

static void tasks(void)
{
	int fds[2], n = 0;
	pid_t pid;
	char byte;

	if (pipe(fds) < 0)
		return;
	for (;;) {
		pid = fork();
		if (pid < 0 || n > 20000)
			break;
		if (pid == 0) {
			close(fds[1]);
			_exit(read(fds[0], &byte, 1) < 0);
		}
		n++;
	}
	verdict(n > 20000, "processes without end");
	close(fds[1]);
	while (wait(NULL) > 0)
		;
}

static void timers(void)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
	struct itimerspec soon = { { 1, 0 }, { 0, 1 } };
	timer_t t;
	int n = 0;

	signal(SIGRTMIN, SIG_IGN);
	while (n < 20000 && timer_create(CLOCK_MONOTONIC, &ev, &t) == 0) {
		timer_settime(t, 0, &soon, NULL);
		n++;
		if (n > 200)
			timer_settime(t, 0, &(struct itimerspec){ { 0, 0 }, { 0, 0 } }, NULL);
	}
	usleep(1000);
	verdict(n >= 20000, "timers without end");
}

/* A timer's descriptor that cannot take another expiry. */
static void full_timer(void)
{
	struct itimerspec often = { { 0, 1000000 }, { 0, 1000000 } };
	uint64_t nearly = UINT64_MAX - 1;
	struct pollfd p;
	int i;

	for (i = 0; i < 50; i++) {
		p.fd = timerfd_create(CLOCK_MONOTONIC, 0);
		p.events = POLLIN;
		if (p.fd < 0 || write(p.fd, &nearly, sizeof(nearly)) < 0)
			errno = 0;
		timerfd_settime(p.fd, 0, &often, NULL);
	}
	usleep(100000);
	verdict(false, "full timer descriptors");
}

static void files(void)
{
	char name[64];
	struct dirent *d;
	DIR *dir;
	int i, n = 0;

	if (mkdir("many", 0700) < 0 || chdir("many") < 0)
		return;
	for (i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "%c\n\033[31m%d", i % 2 ? '-' : '\'', i);
		close(open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	}
	dir = opendir(".");
	while (dir && (d = readdir(dir)))
		n++;
	verdict(n != 20002, "names in a directory");
}

static void deep(void)
{
	char path[5000], name[256];
	struct stat st;
	int i;

	memset(name, 'd', 250);
	name[250] = 0;
	for (i = 0; i < 100 && mkdir(name, 0700) == 0 && chdir(name) == 0; i++)
		;
	verdict(stat(".", &st) < 0 || open("file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) < 0, "a file at a path of 25000 bytes");
	rename("file", "other");
	symlink("../other", "link");
	unlink("link");
	memset(path, 'x', sizeof(path));
	for (i = 4090; i < 4100; i++) {
		path[i] = 0;
		verdict(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0, "a name of 4096 bytes");
		path[i] = '/';
	}
	for (i = 0; i < 40; i++) {
		snprintf(path, 64, "l%d", i);
		snprintf(path + 100, 64, "l%d", i + 1);
		symlink(path + 100, path);
	}
	verdict(open("l0", O_RDONLY | O_CLOEXEC) >= 0, "a chain of links");
	mkfifo("fifo", 0600);
	verdict(open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC) < 0, "a FIFO");
	truncate("fifo", 1);
	chmod("fifo", 0);
	utimensat(AT_FDCWD, "fifo", (struct timespec[2]){ { INT64_MAX, 0 }, { INT64_MIN, 999999999 } }, 0);
	utimensat(AT_FDCWD, "other", (struct timespec[2]){ { INT64_MAX, 0 }, { INT64_MIN, 999999999 } }, 0);
	stat("other", &st);
}

/* Lengths that add up to more than there is. */
static void lengths(bool huge)
{
	static struct iovec v[1024];
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC), i, memory = memfd_create("m", MFD_CLOEXEC);
	char *p;

	ftruncate(memory, 64 << 20);
	p = mmap(NULL, (size_t)65 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); /* nothing behind it is ours to lose */
	p = mmap(p, (size_t)64 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory, 0);
	for (i = 0; i < 1024; i++) {
		v[i].iov_base = p;
		v[i].iov_len = 64 << 20;
	}
	if (huge) /* the tracer answers this one itself: it must stop where the kernel would */
		verdict(readv(fd, v, 1024) > 0x7ffff000L, "64 GB of random numbers");
	for (i = 0; i < 1024; i++)
		v[i].iov_len = SIZE_MAX;
	verdict(readv(fd, v, 1024) > 0x7ffff000L, "lengths that overflow");
	v[0].iov_base = (void *)1;
	verdict(writev(1, v, 1) > 0, "a length without memory");
	verdict(getdents64(open("/proc", O_RDONLY | O_CLOEXEC), (void *)8, SIZE_MAX) > 0, "a listing without memory");
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "tasks"))
			tasks();
		else if (!strcmp(argv[i], "timers"))
			timers();
		else if (!strcmp(argv[i], "eventfd"))
			full_timer();
		else if (!strcmp(argv[i], "files"))
			files();
		else if (!strcmp(argv[i], "deep"))
			deep();
		else if (!strcmp(argv[i], "lengths"))
			lengths(false);
		else if (!strcmp(argv[i], "huge"))
			lengths(true);
	}
	verdict(false, "floods");
	return escapes != 0;
}
