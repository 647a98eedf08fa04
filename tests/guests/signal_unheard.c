/* signal_unheard: what an ignored signal, and a stop that ends again, do to calls that wait: one of every family. */
/* control: same */
#include "waits.h"

static void on_sig(int sig)
{
	(void)sig;
}

/* SIGCHLD and SIGWINCH are ignored by default, SIGUSR2 by ourselves. */
static void ignored(pid_t who)
{
	kill(who, SIGUSR2);
	kill(who, SIGWINCH);
	kill(who, SIGCHLD);
}

static void stop_and_go(pid_t who)
{
	kill(who, SIGSTOP);
	until_state(who, ") T ");
	kill(who, SIGCONT);
}

int main(void)
{
	signal(SIGUSR2, SIG_IGN);
	handle(SIGUSR1, on_sig, 0); /* ends those that only a signal ends */
	share();
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		const char *first = wait_while(&families[i], ignored);

		printf("%s: ignored: %s, stopped: %s\n", families[i].name, first, wait_while(&families[i], stop_and_go));
	}
	return 0;
}

/* expect:
read of a pipe: ignored: completed, stopped: completed
readv of a pipe: ignored: completed, stopped: completed
write to a full pipe: ignored: completed, stopped: completed
recv: ignored: completed, stopped: completed
recvmsg: ignored: completed, stopped: completed
accept: ignored: completed, stopped: completed
waitpid: ignored: completed, stopped: completed
waitid: ignored: completed, stopped: completed
flock: ignored: completed, stopped: completed
fcntl lock: ignored: completed, stopped: completed
open of a FIFO: ignored: completed, stopped: completed
sem_wait: ignored: completed, stopped: completed
msgrcv: ignored: completed, stopped: completed
semop: ignored: completed, stopped: EINTR
mq_receive: ignored: completed, stopped: completed
read of an eventfd: ignored: completed, stopped: completed
read of inotify: ignored: completed, stopped: completed
read of a timerfd: ignored: completed, stopped: completed
poll: ignored: completed, stopped: completed
select: ignored: completed, stopped: completed
epoll_wait: ignored: completed, stopped: EINTR
nanosleep: ignored: completed, stopped: completed
clock_nanosleep: ignored: completed, stopped: completed
for a time: ignored: completed, stopped: completed
sigtimedwait: ignored: EAGAIN, stopped: EINTR
pause: ignored: EINTR, stopped: EINTR
sigsuspend: ignored: EINTR, stopped: EINTR
read of a terminal: ignored: completed, stopped: completed
send: ignored: completed, stopped: completed
recv with a timeout: ignored: completed, stopped: EINTR
connect: ignored: completed, stopped: completed
ppoll: ignored: completed, stopped: completed
pselect: ignored: completed, stopped: completed
epoll_pwait: ignored: completed, stopped: EINTR
futex: ignored: completed, stopped: completed
futex with a timeout: ignored: completed, stopped: completed
msgsnd: ignored: completed, stopped: completed
semtimedop: ignored: completed, stopped: EINTR
mq_send: ignored: completed, stopped: completed
mq_timedreceive: ignored: completed, stopped: completed
*/
