/* ipc_memfd: files in memory: seals, sharing with a child by mapping and descriptor, growing; shared anonymous memory; times of mapped writes. */
/* control: same */
#include "guest.h"

int main(void)
{
	int fd = (int)MUST(memfd_create("name", MFD_CLOEXEC | MFD_ALLOW_SEALING)), plain = (int)MUST(memfd_create("plain", 0));
	struct stat st, later;
	char link_[64] = "";

	MUST(ftruncate(fd, 8192));
	char *m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	int *anon = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(m != MAP_FAILED && anon != MAP_FAILED);
	MUST(fstat(fd, &st));
	printf("size %ld, links %lu, mode %o\n", (long)st.st_size, (unsigned long)st.st_nlink, st.st_mode & 07777);
	snprintf(link_, sizeof(link_), "/proc/self/fd/%d", fd);
	char target[64] = "";
	MUST(readlink(link_, target, sizeof(target) - 1));
	printf("%s\n", target);
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		strcpy(m + 5000, "from the child");
		anon[3] = 42;
		_exit(pwrite(fd, "by a call", 9, 0) != 9);
	}
	wait_status(c);
	printf("[%s] [%s] %d\n", m + 5000, m, anon[3]);
	printf("seal against writing while mapped: %s\n", outcome(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE)));
	printf("seal against shrinking: %s", outcome(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK)));
	printf(", shrink %s", outcome(ftruncate(fd, 10)));
	printf(", grow %s\n", outcome(ftruncate(fd, 9000)));
	MUST(munmap(m, 8192));
	printf("now against writing: %s", outcome(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL)));
	printf(", write %s", outcome(write(fd, "x", 1)));
	printf(", map %s", outcome((long)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)));
	printf(", one more %s, seals %x\n", outcome(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW)), fcntl(fd, F_GET_SEALS));
	printf("without permission to seal: %s, %x\n", outcome(fcntl(plain, F_ADD_SEALS, F_SEAL_GROW)), fcntl(plain, F_GET_SEALS));
	printf("a plain file: %s\n", outcome(fcntl(open("f", O_CREAT | O_RDWR, 0600), F_GET_SEALS)) );

	/* A file that is written through a mapping is not older than one that was made before. */
	int a = (int)MUST(open("mapped", O_CREAT | O_RDWR, 0600));
	MUST(ftruncate(a, 4096));
	put_file("before", "x");
	sleep_ns(20 * MS);
	m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, a, 0);
	m[0] = 1;
	MUST(msync(m, 4096, MS_SYNC));
	MUST(munmap(m, 4096));
	MUST(stat("before", &st));
	MUST(stat("mapped", &later));
	printf("newer: %d\n", later.st_mtim.tv_sec > st.st_mtim.tv_sec || (later.st_mtim.tv_sec == st.st_mtim.tv_sec && later.st_mtim.tv_nsec > st.st_mtim.tv_nsec));
	return 0;
}

/* expect:
size 8192, links 0, mode 777
/memfd:name (deleted)
[from the child] [by a call] 42
seal against writing while mapped: EBUSY
seal against shrinking: ok, shrink EPERM, grow ok
now against writing: ok, write EPERM, map EPERM, one more EPERM, seals b
without permission to seal: EPERM, 1
a plain file: EINVAL
newer: 1
*/
