/* machine_sysinfo: memory, load, uptime and process count by sysinfo and sysconf. */
/* control: differs */
#include "guest.h"
#include <sys/sysinfo.h>

int main(void)
{
	struct sysinfo s;
	double load[3];
	MUST(sysinfo(&s));
	printf("uptime %ld loads %lu %lu %lu total %lu free %lu shared %lu buffers %lu swap %lu procs %u unit %u\n", s.uptime, s.loads[0], s.loads[1],
		s.loads[2], s.totalram, s.freeram, s.sharedram, s.bufferram, s.totalswap, s.procs, s.mem_unit);
	printf("pages %ld available %ld\n", sysconf(_SC_PHYS_PAGES), sysconf(_SC_AVPHYS_PAGES));
	if (getloadavg(load, 3) == 3)
		printf("%f %f %f\n", load[0], load[1], load[2]);
	CHECK(s.freeram <= s.totalram);
	return 0;
}
