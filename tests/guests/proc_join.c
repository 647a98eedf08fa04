/* proc_join: what /proc says about sockets and locks can be joined with what stat says about descriptors, as lsof does. */
/* control: same */
#include "guest.h"
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/un.h>

/* Does the file hold the number as a word of its own, or after a colon? */
static bool listed(const char *path, ino_t ino)
{
	static char text[1 << 20];
	char word[32], link[64];
	int fd = (int)MUST(open(path, O_RDONLY));
	size_t n = 0;
	long r;
	while ((r = MUST(read(fd, text + n, sizeof(text) - 1 - n))) > 0)
		n += (size_t)r;
	close(fd);
	text[n] = '\0';
	snprintf(word, sizeof(word), " %lu ", (unsigned long)ino);
	snprintf(link, sizeof(link), ":%lu ", (unsigned long)ino);
	return strstr(text, word) || strstr(text, link);
}

static ino_t ino_of(int fd)
{
	struct stat st;
	MUST(fstat(fd, &st));
	return st.st_ino;
}

int main(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_un u = {.sun_family = AF_UNIX, .sun_path = "s"};
	char path[64], want[64], link[64] = "";
	int t = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), d = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	int s = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0)), f = (int)MUST(open("f", O_RDWR | O_CREAT, 0644));
	MUST(bind(t, (struct sockaddr *)&a, sizeof(a)));
	MUST(listen(t, 1));
	MUST(bind(d, (struct sockaddr *)&a, sizeof(a)));
	MUST(bind(s, (struct sockaddr *)&u, sizeof(u)));
	MUST(listen(s, 1));
	MUST(flock(f, LOCK_EX));
	printf("tcp %d udp %d unix %d\n", listed("/proc/net/tcp", ino_of(t)), listed("/proc/net/udp", ino_of(d)), listed("/proc/net/unix", ino_of(s)));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", s);
	snprintf(want, sizeof(want), "socket:[%lu]", (unsigned long)ino_of(s));
	MUST(readlink(path, link, sizeof(link) - 1));
	CHECK(!strcmp(link, want));
	printf("lock %d\n", listed("/proc/locks", ino_of(f)));
	MUST(flock(f, LOCK_UN));
	printf("lock %d\n", listed("/proc/locks", ino_of(f)));
	return 0;
}

/* expect:
tcp 1 udp 1 unix 1
lock 1
lock 0
*/
