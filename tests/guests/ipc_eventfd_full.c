/* ipc_eventfd_full: a write to an eventfd whose number does not fit yet waits for a reader, is interrupted, and fails when it must not wait. */
/* control: same */
/* expect:
wrote the most but 3
not now: EAGAIN
interrupted: EINTR
read 18446744073709551612
wrote 5
then 5
status of the descriptor: 2
*/
#include "guest.h"
#include <sys/eventfd.h>

static int efd;

static void on_alarm(int sig) { (void)sig; }

static void *reads_late(void *arg)
{
	uint64_t v = 0;

	sleep_ns(20 * MS);
	CHECK(read(efd, &v, sizeof v) == sizeof v);
	printf("read %" PRIu64 "\n", v);
	return arg;
}

int main(void)
{
	uint64_t most = UINT64_MAX - 3, five = 5, v = 0;
	struct itimerval soon = {.it_value = {0, 10000}};
	struct sigaction sa = {.sa_handler = on_alarm};
	pthread_t t;

	efd = (int)MUST(eventfd(0, 0));
	CHECK(write(efd, &most, sizeof most) == sizeof most);
	puts("wrote the most but 3");
	MUST(fcntl(efd, F_SETFL, O_NONBLOCK));
	printf("not now: %s\n", outcome(write(efd, &five, sizeof five)));
	MUST(fcntl(efd, F_SETFL, 0));
	MUST(sigaction(SIGALRM, &sa, NULL));
	MUST(setitimer(ITIMER_REAL, &soon, NULL));
	printf("interrupted: %s\n", outcome(write(efd, &five, sizeof five)));
	pthread_create(&t, NULL, reads_late, NULL);
	CHECK(write(efd, &five, sizeof five) == sizeof five);
	pthread_join(t, NULL);
	puts("wrote 5");
	CHECK(read(efd, &v, sizeof v) == sizeof v);
	printf("then %" PRIu64 "\n", v);
	printf("status of the descriptor: %d\n", fcntl(efd, F_GETFL) & (O_NONBLOCK | O_ACCMODE));
	return 0;
}
