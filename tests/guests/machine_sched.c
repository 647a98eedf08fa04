/* machine_sched: policies, priorities and affinity are kept and told back, whatever the host would allow. */
/* control: same */
/* traced: fixed */
#include "guest.h"

struct attr { uint32_t size, policy; uint64_t flags; int32_t nice; uint32_t priority; uint64_t runtime, deadline, period; };

int main(void)
{
	struct sched_param sp = {.sched_priority = 0};
	struct attr a = {.size = sizeof(a)};
	struct timespec slice = {-1, -1};
	struct rlimit lim;
	cpu_set_t set, set2;

	printf("fifo %d..%d, other %d..%d, unknown %s\n", sched_get_priority_min(SCHED_FIFO), sched_get_priority_max(SCHED_FIFO),
	       sched_get_priority_min(SCHED_OTHER), sched_get_priority_max(SCHED_OTHER), outcome(sched_get_priority_max(99)));
	printf("batch: %s\n", outcome(sched_setscheduler(0, SCHED_BATCH, &sp)));
	printf("policy %d\n", sched_getscheduler(0));
	printf("param: %s\n", outcome(sched_setparam(0, &sp)));
	MUST(sched_getparam(0, &sp));
	printf("priority %d\n", sp.sched_priority);
	sp.sched_priority = 200;
	printf("too high: %s\n", outcome(sched_setscheduler(0, SCHED_FIFO, &sp)));
	MUST(sched_rr_get_interval(0, &slice));
	CHECK(slice.tv_sec >= 0 && slice.tv_nsec >= 0);
	printf("sched_getattr: %s\n", outcome(syscall(SYS_sched_getattr, 0, &a, sizeof(a), 0)));
	printf("policy %u\n", a.policy);
	a.policy = SCHED_OTHER;
	printf("sched_setattr: %s\n", outcome(syscall(SYS_sched_setattr, 0, &a, 0)));
	printf("policy %d\n", sched_getscheduler(0));
	a.policy = 77;
	printf("sched_setattr, unknown: %s\n", outcome(syscall(SYS_sched_setattr, 0, &a, 0)));

	int before = getpriority(PRIO_PROCESS, 0);
	printf("setpriority: %s\n", outcome(setpriority(PRIO_PROCESS, 0, before + 2)));
	printf("lower by %d\n", getpriority(PRIO_PROCESS, 0) - before);
	printf("of nobody: %s\n", outcome(setpriority(PRIO_PROCESS, 999999, 3)));
	printf("ioprio: %s\n", outcome(syscall(SYS_ioprio_set, 1, 0, (2 << 13) | 5)));
	printf("ioprio %ld\n", syscall(SYS_ioprio_get, 1, 0));
	printf("ioprio, unknown class: %s\n", outcome(syscall(SYS_ioprio_set, 1, 0, 7 << 13)));

	MUST(sched_getaffinity(0, sizeof(set), &set));
	CHECK(CPU_COUNT(&set) > 0);
	printf("affinity: %s\n", outcome(sched_setaffinity(0, sizeof(set), &set)));
	MUST(sched_getaffinity(0, sizeof(set2), &set2));
	printf("kept: %d\n", CPU_EQUAL(&set, &set2));
	CPU_ZERO(&set);
	printf("no CPU: %s\n", outcome(sched_setaffinity(0, sizeof(set), &set)));

	MUST(syscall(SYS_getrlimit, RLIMIT_NOFILE, &lim));
	lim.rlim_cur = 99;
	printf("setrlimit: %s\n", outcome(syscall(SYS_setrlimit, RLIMIT_NOFILE, &lim)));
	MUST(syscall(SYS_getrlimit, RLIMIT_NOFILE, &lim));
	printf("limit %lu\n", (unsigned long)lim.rlim_cur);
	printf("dup2 beyond: %s\n", outcome(dup2(1, 100)));
	lim.rlim_cur = lim.rlim_max + 1;
	printf("above the hard limit: %s\n", lim.rlim_max == RLIM_INFINITY ? "EINVAL" : outcome(syscall(SYS_setrlimit, RLIMIT_NOFILE, &lim)));
	return 0;
}

/* expect:
fifo 1..99, other 0..0, unknown EINVAL
batch: ok
policy 3
param: ok
priority 0
too high: EINVAL
sched_getattr: ok
policy 3
sched_setattr: ok
policy 0
sched_setattr, unknown: EINVAL
setpriority: ok
lower by 2
of nobody: ESRCH
ioprio: ok
ioprio 16389
ioprio, unknown class: EINVAL
affinity: ok
kept: 1
no CPU: EINVAL
setrlimit: ok
limit 99
dup2 beyond: EBADF
above the hard limit: EINVAL
*/
