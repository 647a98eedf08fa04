/* ipc_mq_notify: a message queue tells of its first message by a signal, once; attributes; waiting while it is full. */
/* control: same */
#include "guest.h"

#include <mqueue.h>

static volatile sig_atomic_t code, value;
static void on_sig(int sig, siginfo_t *si, void *u)
{
	(void)sig;
	(void)u;
	code = si->si_code;
	value = si->si_value.sival_int;
}

int main(void)
{
	struct sigaction sa = {.sa_sigaction = on_sig, .sa_flags = SA_SIGINFO};
	struct mq_attr a = {.mq_maxmsg = 2, .mq_msgsize = 32}, old;
	struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 99};
	char name[64], b[32] = "";

	MUST(sigaction(SIGUSR1, &sa, NULL));
	snprintf(name, sizeof(name), "/detbuild-notify-%d", getpid());
	mqd_t q = (mqd_t)MUST(mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &a));
	MUST(mq_unlink(name));
	printf("notify: %s\n", outcome(mq_notify(q, &ev)));
	printf("notify again: %s\n", outcome(mq_notify(q, &ev)));
	MUST(mq_send(q, "one", 4, 0));
	printf("told: %d %d\n", code == SI_MESGQ, (int)value);
	value = 0;
	MUST(mq_send(q, "two", 4, 5));
	printf("told once: %d\n", (int)value);
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec++;
	int64_t before = clock_ns(CLOCK_MONOTONIC);
	printf("full: %s", outcome(mq_timedsend(q, "three", 6, 0, &ts)));
	printf(", waited %d\n", clock_ns(CLOCK_MONOTONIC) - before > 900 * MS);
	MUST(mq_getattr(q, &old));
	printf("%ld of %ld, %ld bytes, flags %ld\n", old.mq_curmsgs, old.mq_maxmsg, old.mq_msgsize, old.mq_flags);
	a.mq_flags = O_NONBLOCK;
	MUST(mq_setattr(q, &a, &old));
	printf("full, not waiting: %s\n", outcome(mq_send(q, "three", 6, 0)));
	a.mq_flags = 0;
	MUST(mq_setattr(q, &a, NULL));
	MUST(mq_receive(q, b, sizeof(b), NULL));
	printf("%s", b);
	MUST(mq_receive(q, b, sizeof(b), NULL));
	printf(" %s\n", b);
	printf("given up: %s\n", outcome(mq_notify(q, NULL)));
	return 0;
}

/* expect:
notify: ok
notify again: EBUSY
told: 1 99
told once: 0
full: ETIMEDOUT, waited 1
2 of 2, 32 bytes, flags 0
full, not waiting: EAGAIN
two one
given up: ok
*/
