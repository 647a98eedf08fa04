/* time_getrusage: CPU time, faults and context switches of self, thread and children. */
/* control: differs */
#include "guest.h"

static void show(const char *who, int id)
{
	struct rusage r;
	MUST(getrusage(id, &r));
	printf("%s: user %ld.%06ld system %ld.%06ld maxrss %ld minflt %ld majflt %ld inblock %ld oublock %ld nvcsw %ld nivcsw %ld\n", who,
		(long)r.ru_utime.tv_sec, (long)r.ru_utime.tv_usec, (long)r.ru_stime.tv_sec, (long)r.ru_stime.tv_usec, r.ru_maxrss, r.ru_minflt,
		r.ru_majflt, r.ru_inblock, r.ru_oublock, r.ru_nvcsw, r.ru_nivcsw);
}

int main(void)
{
	struct rusage r;
	int st;
	pid_t p = (pid_t)MUST(fork());
	if (p == 0) {
		for (int i = 0; i < 3000; i++)
			syscall(SYS_getppid);
		_exit(0);
	}
	MUST(wait4(p, &st, 0, &r));
	printf("wait4: user %ld system %ld minflt %ld\n", (long)r.ru_utime.tv_usec, (long)r.ru_stime.tv_usec, r.ru_minflt);
	show("self", RUSAGE_SELF);
	show("thread", RUSAGE_THREAD);
	show("children", RUSAGE_CHILDREN);
	return 0;
}
