/* signal_wait: sigwaitinfo and sigtimedwait: queued real-time signals in order with values, and time-outs. */
/* control: same */
#include "guest.h"

int main(void)
{
	sigset_t s;
	siginfo_t si;
	sigemptyset(&s);
	for (int i = 0; i < 3; i++)
		sigaddset(&s, SIGRTMIN + i);
	sigaddset(&s, SIGUSR2);
	sigprocmask(SIG_BLOCK, &s, NULL);
	for (int i = 0; i < 6; i++)
		MUST(sigqueue(getpid(), SIGRTMIN + 2 - i % 3, (union sigval){.sival_int = i}));
	kill(getpid(), SIGUSR2);
	for (int i = 0; i < 7; i++) {
		MUST(sigwaitinfo(&s, &si));
		if (si.si_signo == SIGUSR2)
			printf("usr2 code %d\n", si.si_code);
		else
			printf("rt+%d value %d code %d self %d\n", si.si_signo - SIGRTMIN, si.si_value.sival_int, si.si_code, si.si_pid == getpid());
	}
	struct timespec t = {0, 10 * MS}, zero = {0, 0};
	int64_t start = clock_ns(CLOCK_MONOTONIC);
	printf("time-out %s\n", outcome(sigtimedwait(&s, &si, &t)));
	CHECK(clock_ns(CLOCK_MONOTONIC) - start >= 10 * MS);
	printf("poll %s\n", outcome(sigtimedwait(&s, &si, &zero)));
	pid_t parent = getpid(), c = (pid_t)MUST(fork());
	if (c == 0) {
		sleep_ns(5 * MS);
		sigqueue(parent, SIGRTMIN, (union sigval){.sival_int = 77});
		_exit(0);
	}
	MUST(sigwaitinfo(&s, &si));
	printf("from the child %d value %d\n", si.si_pid == c, si.si_value.sival_int);
	return 0;
}

/* expect:
usr2 code 0
rt+0 value 2 code -1 self 1
rt+0 value 5 code -1 self 1
rt+1 value 1 code -1 self 1
rt+1 value 4 code -1 self 1
rt+2 value 0 code -1 self 1
rt+2 value 3 code -1 self 1
time-out EAGAIN
poll EAGAIN
from the child 1 value 77
*/
