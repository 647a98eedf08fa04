/* machine_cpus: how many CPUs, which ones may be used, which one runs this. */
/* control: differs */
#include "guest.h"
#include <sys/sysinfo.h>

int main(void)
{
	cpu_set_t set;
	unsigned cpu = 99, node = 99;
	MUST(sched_getaffinity(0, sizeof(set), &set));
	MUST(getcpu(&cpu, &node));
	printf("online %ld configured %ld nprocs %d allowed %d first", sysconf(_SC_NPROCESSORS_ONLN), sysconf(_SC_NPROCESSORS_CONF), get_nprocs(),
		CPU_COUNT(&set));
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set)) {
			printf(" %d", i);
			break;
		}
	printf(" running on %u node %u sched_getcpu %d\n", cpu, node, sched_getcpu());
	printf("raw size %ld\n", syscall(SYS_sched_getaffinity, 0, sizeof(set), &set));
	char b[100] = "";
	slurp("/sys/devices/system/cpu/online", b, sizeof(b));
	printf("sysfs %s\n", b);
	return 0;
}
