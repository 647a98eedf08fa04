/* net_times: the times of a socket. The kernel gives it none, so what is found there is what the inode before it had, in whosever hands it was. */
/* control: host */
#include "guest.h"

#include <sys/socket.h>
#include <sys/stat.h>

enum { ROUNDS = 200, ODD = 1234567890 };

int main(void)
{
	const struct timespec odd[2] = { { ODD, 5 }, { ODD, 6 } };
	struct stat st;
	int fd;

	for (int i = 0; i < ROUNDS; i++) {
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		futimens(fd, odd);
		close(fd);
	}
	for (int i = 0; i < ROUNDS; i++) {
		fd = socket(i % 2 ? AF_INET : AF_UNIX, SOCK_DGRAM, 0);
		if (fstat(fd, &st) < 0)
			printf("BAD fstat\n");
		if (i == 0 || i == ROUNDS - 1)
			printf("%ld.%09ld %ld.%09ld\n", (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (long)st.st_atim.tv_sec, st.st_atim.tv_nsec);
	}
	return 0;
}
