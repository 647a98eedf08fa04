/* proc_self_maps: the address space by name: addresses, devices and inode numbers. */
/* control: differs */
#include "guest.h"

int main(void)
{
	static char b[1 << 16];
	MUST(slurp("/proc/self/maps", b, sizeof(b)));
	for (char *line = strtok(b, "\n"); line; line = strtok(NULL, "\n"))
		printf("%s\n", line);
	return 0;
}
