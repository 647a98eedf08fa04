/* proc_machine: CPU model, kernel version and topology as /proc and /sys tell them. */
/* control: host */
#include "guest.h"

int main(void)
{
	static const char *const names[] = {"/proc/cpuinfo", "/proc/version", "/proc/cmdline", "/proc/filesystems", "/proc/modules", "/proc/devices",
		"/sys/devices/system/cpu/online", "/sys/devices/system/cpu/possible", "/sys/devices/system/cpu/cpu0/cache/index0/size",
		"/sys/devices/system/cpu/cpu0/topology/core_id", "/sys/devices/system/node/online", "/sys/kernel/mm/transparent_hugepage/enabled",
		"/sys/class/dmi/id/sys_vendor", "/sys/fs/cgroup/cpu.max", "/proc/sys/kernel/osrelease", "/proc/sys/vm/overcommit_memory"};
	static char b[1 << 17];
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (slurp(names[i], b, sizeof(b)) < 0)
			printf("%s: %s\n", names[i], strerrorname_np(errno));
		else
			printf("%s:\n%.2000s\n", names[i], b);
	}
	return 0;
}
