/* proc_self_all: every readable file of /proc/self, by hash: none may tell of the host. */
/* control: differs */
#include "guest.h"

int main(void)
{
	static char b[1 << 18];
	DIR *d = opendir("/proc/self");
	struct dirent *e;
	char *names[300];
	int n = 0;
	while ((e = readdir(d)) && n < 300)
		if (e->d_type == DT_REG)
			names[n++] = strdup(e->d_name);
	closedir(d);
	printf("%d files\n", n);
	for (int i = 0; i < n; i++) {
		char path[300];
		if (strcmp(names[i], "pagemap") == 0 || strcmp(names[i], "mem") == 0 || strcmp(names[i], "clear_refs") == 0)
			continue;
		snprintf(path, sizeof(path), "/proc/self/%s", names[i]);
		ssize_t len = slurp(path, b, sizeof(b));
		if (len < 0)
			printf("%s: %s\n", names[i], strerrorname_np(errno));
		else
			printf("%s: %zd %016" PRIx64 "\n", names[i], len, hash_add(0, b, (size_t)len));
	}
	return 0;
}
