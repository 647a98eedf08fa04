/* A timer of the process's own CPU time runs, over exec as well, while code is mapped: what is done to that code is no time of the process's, and its
 * signal comes when the program runs. */
/* control: differs */
#include "guest.h"

#include <link.h>

static volatile int signals;

static void on_prof(int signo)
{
	struct stat st;

	(void)signo;
	signals++;
	CHECK(stat("/", &st) == 0);
}

static int name_of_libc(struct dl_phdr_info *i, size_t size, void *ret)
{
	(void)size;
	if (strstr(i->dlpi_name, "libc.so"))
		strcpy(ret, i->dlpi_name);
	return 0;
}

int main(int argc, char **argv)
{
	struct timespec ts;
	char libc[4096] = "";
	int fd;

	if (argc == 1) {
		struct itimerval t = { { 0, 0 }, { 5, 0 } };

		MUST(setitimer(ITIMER_PROF, &t, NULL));
		execl("/proc/self/exe", argv[0], "again", (char *)NULL);
	}
	signal(SIGPROF, on_prof);
	dl_iterate_phdr(name_of_libc, libc);
	fd = MUST(open(libc, O_RDONLY));
	for (int i = 0; i < 10; i++) {
		struct itimerval t = { { 0, 0 }, { 0, 1 + 2 * i } };
		void *p;

		MUST(setitimer(ITIMER_PROF, &t, NULL));
		p = mmap(NULL, 0x1ff000, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
		CHECK(p != MAP_FAILED);
		MUST(munmap(p, 0x1ff000));
	}
	MUST(clock_gettime(CLOCK_MONOTONIC, &ts));
	printf("%ld.%09ld %d signals\n", (long)ts.tv_sec, ts.tv_nsec, signals);
	return 0;
}
