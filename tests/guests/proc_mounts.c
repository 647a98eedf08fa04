/* proc_mounts: the mount tables. */
/* control: host */
#include "guest.h"

int main(void)
{
	static const char *const names[] = {"/proc/mounts", "/proc/self/mounts", "/proc/self/mountinfo", "/proc/self/cgroup", "/etc/mtab"};
	static char b[1 << 18];
	for (int i = 0; i < 5; i++) {
		if (slurp(names[i], b, sizeof(b)) < 0)
			printf("%s: %s\n", names[i], strerrorname_np(errno));
		else
			printf("%s:\n%s", names[i], b);
	}
	return 0;
}
