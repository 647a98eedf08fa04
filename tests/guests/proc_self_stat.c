/* proc_self_stat: /proc/self/stat, status and statm: ids, times, memory, switches. */
/* control: differs */
#include "guest.h"

int main(void)
{
	static const char *const names[] = {"/proc/self/stat", "/proc/self/status", "/proc/self/statm", "/proc/thread-self/stat"};
	static char b[8192];
	char link[100] = "";
	for (int i = 0; i < 4; i++) {
		if (slurp(names[i], b, sizeof(b)) < 0)
			printf("%s: %s\n", names[i], strerrorname_np(errno));
		else
			printf("%s:\n%s", names[i], b);
	}
	MUST(readlink("/proc/self", link, 99));
	CHECK(atoi(link) == getpid());
	if (slurp("/proc/self/stat", b, sizeof(b)) > 0)
		CHECK(atoi(b) == getpid());
	return 0;
}
