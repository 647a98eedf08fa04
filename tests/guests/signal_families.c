/* signal_families: which calls a handler interrupts, without SA_RESTART and with it: one of every family that waits. */
/* control: same */
#include "waits.h"

static volatile sig_atomic_t handled;
static void on_sig(int sig)
{
	(void)sig;
	handled++;
}

static void poke(pid_t who)
{
	kill(who, SIGUSR1);
}

int main(void)
{
	share();
	nap = 900 * MS;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		handle(SIGUSR1, on_sig, 0);
		handled = 0;
		const char *plain = wait_while(&families[i], poke);
		CHECK(handled > 0);
		handle(SIGUSR1, on_sig, SA_RESTART);
		handled = 0;
		const char *restarting = wait_while(&families[i], poke);
		CHECK(handled > 0);
		printf("%s: %s, restarting: %s\n", families[i].name, plain, restarting);
	}
	return 0;
}

/* expect:
read of a pipe: EINTR, restarting: completed
readv of a pipe: EINTR, restarting: completed
write to a full pipe: EINTR, restarting: completed
recv: EINTR, restarting: completed
recvmsg: EINTR, restarting: completed
accept: EINTR, restarting: completed
waitpid: EINTR, restarting: completed
waitid: EINTR, restarting: completed
flock: EINTR, restarting: completed
fcntl lock: EINTR, restarting: completed
open of a FIFO: EINTR, restarting: completed
sem_wait: EINTR, restarting: completed
msgrcv: EINTR, restarting: EINTR
semop: EINTR, restarting: EINTR
mq_receive: EINTR, restarting: completed
read of an eventfd: EINTR, restarting: completed
read of inotify: EINTR, restarting: completed
read of a timerfd: EINTR, restarting: completed
poll: EINTR, restarting: EINTR
select: EINTR, restarting: EINTR
epoll_wait: EINTR, restarting: EINTR
nanosleep: EINTR, restarting: EINTR
clock_nanosleep: EINTR, restarting: EINTR
for a time: EINTR, restarting: EINTR
sigtimedwait: EINTR, restarting: EINTR
pause: EINTR, restarting: EINTR
sigsuspend: EINTR, restarting: EINTR
read of a terminal: EINTR, restarting: completed
send: EINTR, restarting: completed
recv with a timeout: EINTR, restarting: EINTR
connect: EINTR, restarting: completed
ppoll: EINTR, restarting: EINTR
pselect: EINTR, restarting: EINTR
epoll_pwait: EINTR, restarting: EINTR
futex: EINTR, restarting: completed
futex with a timeout: EINTR, restarting: EINTR
msgsnd: EINTR, restarting: EINTR
semtimedop: EINTR, restarting: EINTR
mq_send: EINTR, restarting: completed
mq_timedreceive: EINTR, restarting: completed
*/
