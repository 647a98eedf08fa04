/* memory_write_only: what lies in memory that can only be written to is read by the kernel all the same: names, bytes, times. */
/* control: same */
/* expect:
made: ok, written: 5, read: hello
linked: ok, listed: 2
renamed: ok, gone: ENOENT
nothing there: EFAULT
not to be touched: EFAULT
across two: ok
*/
#include "guest.h"

#include <sys/uio.h>

enum { PAGE = 4096 };

static char *name_at(char *at, const char *name)
{
	memcpy(at, name, strlen(name) + 1);
	return at;
}

int main(void)
{
	char *p = mmap(NULL, 4 * PAGE, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), got[8] = "";
	struct iovec *v = (struct iovec *)(void *)(p + 512);
	struct stat st;
	int fd;

	MUST(p == MAP_FAILED ? -1 : 0);
	fd = open(name_at(p, "file"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	printf("made: %s", outcome(fd));
	memcpy(p + 256, "hello", 5);
	*v = (struct iovec){ p + 256, 5 };
	printf(", written: %zd", writev(fd, v, 1));
	MUST(pread(fd, got, 5, 0));
	printf(", read: %s\n", got);
	printf("linked: %s", outcome(link(name_at(p, "file"), name_at(p + 128, "other"))));
	MUST(stat(name_at(p, "file"), &st));
	printf(", listed: %d\n", (int)st.st_nlink);
	printf("renamed: %s", outcome(rename(name_at(p, "file"), name_at(p + 128, "third"))));
	printf(", gone: %s\n", outcome(access(name_at(p, "file"), F_OK)));
	MUST(munmap(p + 3 * PAGE, PAGE));
	printf("nothing there: %s\n", outcome(open(memset(p + 3 * PAGE - 4, 'x', 4), O_RDONLY)));
	MUST(mprotect(p + 2 * PAGE, PAGE, PROT_NONE));
	printf("not to be touched: %s\n", outcome(open(p + 2 * PAGE, O_RDONLY)));
	MUST(mprotect(p + PAGE, PAGE, PROT_READ | PROT_WRITE));
	printf("across two: %s\n", outcome(unlink(name_at(p + PAGE - 3, "third"))));
	MUST(unlink(name_at(p, "other")));
	return 0;
}
