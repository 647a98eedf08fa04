/* proc_listing: what stands in /, /dev, /proc, /tmp and /dev/shm. */
/* control: differs */
#include "guest.h"

int main(void)
{
	static const char *const names[] = {"/", "/dev", "/proc", "/tmp", "/dev/shm", "/run", "/home"};
	for (int i = 0; i < 7; i++) {
		DIR *d = opendir(names[i]);
		struct dirent *e;
		printf("%s:", names[i]);
		if (!d) {
			printf(" %s\n", strerrorname_np(errno));
			continue;
		}
		while ((e = readdir(d)))
			printf(" %s", e->d_name);
		printf("\n");
		closedir(d);
	}
	return 0;
}
