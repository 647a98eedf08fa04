/* machine_limits: resource limits, priorities and scheduling class as the caller left them. */
/* control: differs */
#include "guest.h"
#include <sys/prctl.h>

int main(void)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit r;
		MUST(getrlimit((__rlimit_resource_t)i, &r));
		printf("%d: %llu %llu\n", i, (unsigned long long)r.rlim_cur, (unsigned long long)r.rlim_max);
	}
	struct sched_param sp;
	MUST(sched_getparam(0, &sp));
	errno = 0;
	printf("nice %d policy %d prio %d ioprio %ld\n", getpriority(PRIO_PROCESS, 0), sched_getscheduler(0), sp.sched_priority,
		syscall(SYS_ioprio_get, 1, 0));
	printf("dumpable %d slack %ld arg max %ld open max %ld\n", prctl(PR_GET_DUMPABLE), (long)syscall(SYS_prctl, PR_GET_TIMERSLACK),
		sysconf(_SC_ARG_MAX), sysconf(_SC_OPEN_MAX));
	sigset_t s;
	MUST(sigprocmask(SIG_BLOCK, NULL, &s));
	for (int i = 1; i < 65; i++)
		if (sigismember(&s, i) == 1)
			printf("blocked %d\n", i);
	return 0;
}
