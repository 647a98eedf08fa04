/* file_semantics: flags, positions, holes, permissions and errors of ordinary files. */
/* control: same */
#include "guest.h"
#include <sys/uio.h>

int main(void)
{
	char b[64] = "";
	char *volatile nowhere = (char *)1;
	int fd = (int)MUST(open("f", O_RDWR | O_CREAT | O_EXCL, 0640));
	printf("excl: %s\n", outcome(open("f", O_CREAT | O_EXCL, 0600)));
	struct iovec v[2] = {{(void *)"hello ", 6}, {(void *)"world", 5}};
	printf("writev %ld\n", MUST(writev(fd, v, 2)));
	int dup_fd = (int)MUST(dup(fd));
	printf("shared position %ld\n", MUST(lseek(dup_fd, 0, SEEK_CUR)));
	printf("pread %ld %s\n", MUST(pread(fd, b, 5, 6)), b);
	MUST(lseek(fd, 100, SEEK_SET));
	MUST(write(fd, "!", 1));
	struct stat st;
	MUST(fstat(fd, &st));
	printf("size %ld mode %o\n", (long)st.st_size, st.st_mode & 0777);
	int a = (int)MUST(open("f", O_WRONLY | O_APPEND));
	MUST(lseek(a, 0, SEEK_SET));
	MUST(write(a, "end", 3));
	MUST(fstat(fd, &st));
	printf("append %ld\n", (long)st.st_size);
	printf("bad seek: %s, bad fd: %s, dir: %s, notdir: %s\n", outcome(lseek(fd, -1, SEEK_SET)), outcome(close(77)),
		outcome(open(".", O_WRONLY)), outcome(open("f/x", O_RDONLY)));
	MUST(symlink("loop", "loop"));
	printf("loop: %s, nofollow: %s\n", outcome(open("loop", O_RDONLY)), outcome(open("loop", O_RDONLY | O_NOFOLLOW)));
	printf("bad pointer: %s %s\n", outcome(open(nowhere, O_RDONLY)), outcome(write(fd, nowhere, 5)));
	printf("long name: %s\n", outcome(mkdir(memset(malloc(300), 'x', 299), 0755)));
	MUST(ftruncate(fd, 5));
	MUST(lseek(fd, 0, SEEK_SET));
	memset(b, 0, sizeof(b));
	printf("read %ld %s\n", MUST(read(fd, b, 60)), b);
	printf("fallocate ok or refused: %d\n", posix_fallocate(fd, 0, 4096) == 0 || errno == EOPNOTSUPP);
	return 0;
}

/* expect:
excl: EEXIST
writev 11
shared position 11
pread 5 world
size 101 mode 640
append 104
bad seek: EINVAL, bad fd: EBADF, dir: EISDIR, notdir: ENOTDIR
loop: ELOOP, nofollow: ELOOP
bad pointer: EFAULT EFAULT
long name: ENAMETOOLONG
read 5 hello
fallocate ok or refused: 1
*/
