/* signal_queue: realtime signals queue with their values, lowest number first; standard signals merge and come before them. */
/* control: same */
#include "guest.h"

static int log_[64][2], n;
static void on_sig(int sig, siginfo_t *si, void *u)
{
	(void)u;
	log_[n][0] = sig;
	log_[n++][1] = si->si_value.sival_int;
}

static void show(const char *what)
{
	printf("%s:", what);
	for (int i = 0; i < n; i++)
		if (log_[i][0] >= SIGRTMIN)
			printf(" rt%d=%d", log_[i][0] - SIGRTMIN, log_[i][1]);
		else
			printf(" %s=%d", sigabbrev_np(log_[i][0]), log_[i][1]);
	printf("\n");
	n = 0;
}

int main(void)
{
	static const int signals[] = {SIGUSR1, SIGUSR2, SIGTERM};
	struct sigaction sa = {.sa_sigaction = on_sig, .sa_flags = SA_SIGINFO};
	sigset_t all, old;
	union sigval v;

	sigfillset(&all);
	sigfillset(&sa.sa_mask);
	for (int i = 0; i < 4; i++)
		MUST(sigaction(SIGRTMIN + i, &sa, NULL));
	for (int i = 0; i < 3; i++)
		MUST(sigaction(signals[i], &sa, NULL));
	sigprocmask(SIG_BLOCK, &all, &old);
	for (int i = 0; i < 6; i++) {
		v.sival_int = i;
		MUST(sigqueue(getpid(), SIGRTMIN + (i * 5) % 4, v));
		MUST(sigqueue(getpid(), signals[i % 3], v));
	}
	MUST(kill(getpid(), SIGRTMIN + 2));
	sigprocmask(SIG_SETMASK, &old, NULL);
	show("own");

	/* Two children at once, while we are deaf; then one by one with sigwaitinfo. */
	sigprocmask(SIG_BLOCK, &all, &old);
	for (int c = 0; c < 2; c++)
		if (MUST(fork()) == 0) {
			for (int i = 0; i < 4; i++) {
				v.sival_int = c * 10 + i;
				sigqueue(getppid(), SIGRTMIN + c, v);
			}
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	for (int i = 0; i < 8; i++) {
		siginfo_t si;
		int s = (int)MUST(sigwaitinfo(&all, &si));

		if (s == SIGCHLD) {
			i--;
			continue;
		}
		log_[n][0] = s;
		log_[n++][1] = si.si_value.sival_int;
	}
	show("children's");
	/* A thread's own signals come before the process's. */
	v.sival_int = 1;
	sigqueue(getpid(), SIGRTMIN, v);
	v.sival_int = 2;
	pthread_sigqueue(pthread_self(), SIGRTMIN, v);
	sigprocmask(SIG_SETMASK, &old, NULL);
	show("thread's and process's");
	return 0;
}

/* expect:
own: USR1=0 USR2=1 TERM=2 rt0=0 rt0=4 rt1=1 rt1=5 rt2=2 rt2=0 rt3=3
children's: rt0=0 rt0=1 rt0=2 rt0=3 rt1=10 rt1=11 rt1=12 rt1=13
thread's and process's: rt0=2 rt0=1
*/
