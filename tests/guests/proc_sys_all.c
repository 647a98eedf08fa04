/* proc_sys_all: a walk over /proc (without processes) and /sys, four levels deep: names, and hashes of small files. */
/* control: differs */
#include "guest.h"

static int budget = 3000;
static uint64_t total;

static void walk(const char *dir, int depth)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	if (!d) {
		printf("%s: %s\n", dir, strerrorname_np(errno));
		return;
	}
	while ((e = readdir(d)) && budget-- > 0) {
		static char b[16384];
		char path[600];
		if (e->d_name[0] == '.' || (e->d_name[0] >= '0' && e->d_name[0] <= '9') || strncmp(e->d_name, "k", 1) == 0)
			continue; /* processes; kcore, kmsg, kpage*: never touched */
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (e->d_type == DT_DIR && depth > 0) {
			walk(path, depth - 1);
			continue;
		}
		ssize_t n = e->d_type == DT_REG ? slurp(path, b, sizeof(b)) : 0;
		uint64_t h = hash_add(0, b, n > 0 ? (size_t)n : 0);
		total = hash_add(hash_add(total, path, strlen(path)), &h, sizeof(h));
		if (depth == 3)
			printf("%s %zd %016" PRIx64 "\n", path, n, h);
	}
	closedir(d);
}

int main(void)
{
	walk("/proc", 3);
	walk("/proc/sys/kernel", 1);
	walk("/sys/devices/system/cpu", 1);
	printf("%016" PRIx64 "\n", total);
	return 0;
}
