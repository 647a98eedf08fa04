/* file_fdinfo: /proc/self/fdinfo of a file, a pipe, an eventfd and an inotify watch. */
/* control: differs */
#include "guest.h"
#include <sys/eventfd.h>
#include <sys/inotify.h>

static void show(const char *what, int fd)
{
	char path[64], buf[2000];
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (slurp(path, buf, sizeof(buf)) < 0)
		printf("%s: %s\n", what, strerrorname_np(errno));
	else
		printf("%s:\n%s", what, buf);
}

int main(void)
{
	int p[2];
	put_file("f", "12345");
	int fd = (int)MUST(open("f", O_RDWR | O_APPEND));
	MUST(lseek(fd, 3, SEEK_SET));
	show("file", fd);
	MUST(pipe(p));
	show("pipe", p[0]);
	show("eventfd", (int)MUST(eventfd(7, 0)));
	int in = inotify_init1(0);
	if (in >= 0 && inotify_add_watch(in, ".", IN_CREATE) >= 0)
		show("inotify", in);
	return 0;
}
