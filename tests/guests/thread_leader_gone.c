/* thread_leader_gone: when a process's first thread has ended its descriptors are there, though nobody sees them from outside. */
/* control: same */
/* kernel: 6.9 */
/* expect:
flags 1, lock ok, copy ok, unknown ioctl ENOTTY, bad EBADF EBADF, read 3, seek 0
a new program: file 3
*/
#include "guest.h"

#include <sys/ioctl.h>

static const char *own;

static void *go_on(void *arg)
{
	enum { UNKNOWN_REQUEST = 0x1234, NOTHING = 900 };
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char b[8];

	(void)arg;
	usleep(50000); /* until it is gone */
	int fd = (int)MUST(open("file", O_CREAT | O_RDWR | O_CLOEXEC, 0644));
	printf("flags %d, lock %s", (int)fcntl(fd, F_GETFD), outcome(fcntl(fd, F_SETLK, &l)));
	printf(", copy %s", outcome(fcntl(fd, F_DUPFD, 50)));
	printf(", unknown ioctl %s", outcome(ioctl(fd, UNKNOWN_REQUEST)));
	printf(", bad %s", outcome(ioctl(NOTHING, UNKNOWN_REQUEST)));
	printf(" %s", outcome(fcntl(NOTHING, F_GETFD)));
	MUST(write(fd, "abc", 3));
	printf(", read %d", (int)pread(fd, b, sizeof(b), 0));
	printf(", seek %d\n", (int)lseek(fd, 0, SEEK_SET));
	fflush(stdout);
	execl(own, own, "again", (char *)NULL); /* under the first thread's id */
	exit(1);
}

int main(int argc, char **argv)
{
	struct stat st;
	pthread_t t;

	own = argv[0];
	if (argc > 1) {
		MUST(stat("file", &st));
		printf("a new program: file %ld\n", (long)st.st_size);
		return 0;
	}

	pthread_create(&t, NULL, go_on, NULL);
	pthread_exit(NULL);
}
