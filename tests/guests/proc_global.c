/* proc_global: the host's memory, load, uptime and counters. */
/* control: differs */
#include "guest.h"

int main(void)
{
	static const char *const names[] = {"/proc/meminfo", "/proc/loadavg", "/proc/uptime", "/proc/stat", "/proc/vmstat", "/proc/interrupts",
		"/proc/diskstats", "/proc/sys/kernel/ns_last_pid", "/proc/sys/fs/file-nr", "/proc/sys/kernel/pid_max", "/proc/net/dev",
		"/proc/schedstat", "/proc/partitions", "/proc/swaps", "/proc/pressure/cpu"};
	static char b[1 << 18];
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (slurp(names[i], b, sizeof(b)) < 0)
			printf("%s: %s\n", names[i], strerrorname_np(errno));
		else
			printf("%s: %016" PRIx64 "\n", names[i], hash_add(0, b, strlen(b)));
	}
	slurp("/proc/uptime", b, sizeof(b));
	printf("%s", b);
	return 0;
}
