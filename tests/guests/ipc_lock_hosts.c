/* ipc_lock_hosts: locks on what all of a machine share: the one inode of all anonymous files, where natively two descriptors exclude each other that have nothing
 * to do with each other. On a device, which two processes may well mean, they do here, too. */
/* control: host */
#include "guest.h"

#include <sys/eventfd.h>
#include <sys/file.h>

static void lock(const char *name, int a, int b)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10 }, asked = l;

	printf("%s: %s", name, outcome(flock(a, LOCK_SH | LOCK_UN)));
	printf(" %s", outcome(flock(a, LOCK_EX | LOCK_NB)));
	printf(" %s", outcome(flock(b, LOCK_EX | LOCK_NB)));
	printf(" %s", outcome(flock(b, LOCK_SH | LOCK_EX | LOCK_NB)));
	printf(" %s\n", outcome(flock(a, LOCK_UN)));
	printf("records: %s", outcome(fcntl(a, F_SETLK, &l)));
	fflush(stdout);
	pid_t child = (pid_t)MUST(fork());
	if (child == 0) {
		printf(" %s", outcome(fcntl(b, F_SETLK, &l)));
		printf(" %s %d", outcome(fcntl(b, F_GETLK, &asked)), asked.l_type == F_UNLCK);
		printf(" %s", outcome(fcntl(b, F_OFD_SETLK, &l)));
		l.l_type = 9;
		printf(" %s\n", outcome(fcntl(b, F_SETLK, &l)));
		_exit(0);
	}
	wait_status(child);
}

int main(void)
{
	int reads = (int)MUST(open("/dev/zero", O_RDONLY));
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	printf("to write, opened to read: %s\n", outcome(fcntl(reads, F_SETLK, &l)));
	lock("/dev/null", (int)MUST(open("/dev/null", O_RDWR)), (int)MUST(open("/dev/null", O_RDWR)));
	lock("eventfd", (int)MUST(eventfd(0, 0)), (int)MUST(eventfd(0, 0)));
	return 0;
}
