/* ids_pid: process, parent, thread, session and group ids as numbers. */
/* control: differs */
#include "guest.h"

int main(void)
{
	printf("pid %d ppid %d tid %d sid %d pgrp %d\n", getpid(), getppid(), gettid(), getsid(0), getpgrp());
	CHECK(getpid() == gettid());
	CHECK(getsid(0) <= getpid());
	return 0;
}
