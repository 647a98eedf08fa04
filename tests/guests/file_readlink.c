/* file_readlink: the number in a link of /proc is the one of stat; a short buffer and what lies behind the text show nothing else. */
/* control: differs */
#include "guest.h"

int main(void)
{
	struct stat st;
	char path[64], buf[64], want[64];
	int p[2], s = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(pipe(p));
	for (int k = 0; k < 3; k++) {
		int fd = k < 2 ? p[k] : s;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		for (int size = 5; size < 40; size += 3) {
			memset(buf, '.', sizeof(buf));
			ssize_t n = MUST(readlink(path, buf, (size_t)size));
			printf("%2d %.40s\n", (int)n, buf);
			for (size_t i = (size_t)n; i < sizeof(buf); i++)
				CHECK(buf[i] == '.');
		}
		MUST(fstat(fd, &st));
		snprintf(want, sizeof(want), "%s:[%lu]", k < 2 ? "pipe" : "socket", (unsigned long)st.st_ino);
		memset(buf, 0, sizeof(buf));
		MUST(readlink(path, buf, sizeof(buf) - 1));
		CHECK(strcmp(buf, want) == 0);
	}
	printf("no room: %s\n", outcome(readlink(path, buf, 0)));
	MUST(symlink("pipe:[123]", "4"));
	memset(buf, 0, sizeof(buf));
	MUST(readlink("4", buf, sizeof(buf) - 1));
	CHECK(strcmp(buf, "pipe:[123]") == 0);
	return 0;
}
