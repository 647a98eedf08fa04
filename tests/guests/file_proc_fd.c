/* file_proc_fd: the links of /proc/self/fd: paths, and kernel numbers of pipes, sockets and others. */
/* control: differs */
#include "guest.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

static void show(int fd)
{
	char path[64], link[300] = "";
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	MUST(readlink(path, link, sizeof(link) - 1));
	printf("%d -> %s\n", fd, link);
}

int main(void)
{
	int p[2];
	MUST(pipe(p));
	show(p[0]);
	show(p[1]);
	show((int)MUST(socket(AF_UNIX, SOCK_STREAM, 0)));
	show((int)MUST(eventfd(0, 0)));
	show((int)MUST(epoll_create1(0)));
	show((int)MUST(memfd_create("mem", 0)));
	show((int)MUST(open("/dev/null", O_RDONLY)));
	DIR *d = opendir("/proc/self/fd");
	struct dirent *e;
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' && atoi(e->d_name) > 2)
			printf("listed %s\n", e->d_name);
	closedir(d);
	return 0;
}
