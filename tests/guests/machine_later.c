/* machine_later: flags that came after the canonical kernel, or that depend on how the host's was built, beside the host's release. */
/* control: host */
#include "guest.h"
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/utsname.h>

int main(void)
{
	int p[2], file = (int)MUST(open("f", O_RDWR | O_CREAT, 0600)), me = (int)MUST(syscall(SYS_pidfd_open, getpid(), 0));
	int sealed = (int)MUST(syscall(SYS_memfd_create, "sealed", 2));
	struct iovec v = {"x", 1};
	struct utsname u;

	MUST(uname(&u));
	printf("%s\n", u.release);
	printf("memfd_create %s", outcome(syscall(SYS_memfd_create, "x", 8)));
	printf(" %s", outcome(syscall(SYS_memfd_create, "x", 16)));
	printf(" %s\n", outcome(syscall(SYS_memfd_create, "x", 4)));
	printf("pidfd_open %s\n", outcome(syscall(SYS_pidfd_open, getpid(), O_EXCL)));
	printf("pidfd_send_signal %s\n", outcome(syscall(SYS_pidfd_send_signal, me, 0, NULL, 1)));
	printf("pipe2 %s\n", outcome(pipe2(p, O_EXCL)));
	printf("fcntl %s %s", outcome(fcntl(file, 1027, file)), outcome(fcntl(file, 1028, 0)));
	printf(" %s\n", outcome(fcntl(sealed, F_ADD_SEALS, 0x20)));
	printf("shmget %s\n", outcome(shmget(IPC_PRIVATE, 2 << 20, 04000 | 0600)));
	printf("mmap %s\n", outcome(mmap(NULL, 4096, PROT_READ, 8 | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0));
	printf("pwritev2 %s", outcome(syscall(SYS_pwritev2, file, &v, 1, 0L, 0L, 0x20)));
	printf(" %s\n", outcome(syscall(SYS_pwritev2, file, &v, 1, 0L, 0L, 0x40)));
	MUST(pipe(p));
	printf("RWF_NOWAIT %s", outcome(preadv2(p[0], &v, 1, -1, 0x8)));
	printf(" %s", outcome(pwritev2(p[1], &v, 1, -1, 0x8)));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, p));
	printf(" %s\n", outcome(preadv2(p[0], &v, 1, -1, 0x8)));
	return 0;
}
