/* signal_signalfd_child: what a signalfd says of a child that has worked: its processor time, by read and by readv. */
/* control: load */
#include "guest.h"
#include <sys/signalfd.h>
#include <sys/uio.h>

static void work(void)
{
	volatile unsigned x = 0;

	for (unsigned i = 0; i < 200000000; i++)
		x += i;
	_exit(3);
}

int main(void)
{
	struct signalfd_siginfo info;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	fd = (int)MUST(signalfd(-1, &set, 0));
	for (int round = 0; round < 2; round++) {
		struct iovec v = {&info, sizeof(info)};
		pid_t child = (pid_t)MUST(fork());

		if (child == 0)
			work();
		CHECK((round ? readv(fd, &v, 1) : read(fd, &info, sizeof(info))) == sizeof(info));
		CHECK(info.ssi_signo == SIGCHLD && info.ssi_pid == (uint32_t)child && info.ssi_status == 3);
		printf("user %" PRIu64 " system %" PRIu64 "\n", (uint64_t)info.ssi_utime, (uint64_t)info.ssi_stime);
		MUST(waitpid(child, NULL, 0));
	}
	return 0;
}
