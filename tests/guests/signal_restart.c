/* signal_restart: an alarm during read(): with SA_RESTART the read goes on, without it says EINTR. */
/* control: same */
#include "guest.h"

static volatile sig_atomic_t rang;
static void ring(int sig)
{
	(void)sig;
	rang++;
}

static void try(int flags)
{
	int p[2];
	char b[16] = "";
	MUST(pipe(p));
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		sleep_ns(60 * MS);
		(void)!write(p[1], "data", 4);
		_exit(0);
	}
	rang = 0;
	handle(SIGALRM, ring, flags);
	struct itimerval it = {{0, 0}, {0, 15000}};
	setitimer(ITIMER_REAL, &it, NULL);
	ssize_t n = read(p[0], b, sizeof(b));
	printf("%s: %s \"%s\" alarms %d\n", flags ? "restart" : "plain", outcome(n), b, rang);
	wait_status(c);
}

int main(void)
{
	try(SA_RESTART);
	try(0);
	handle(SIGALRM, ring, SA_RESTART);
	struct itimerval it = {{0, 0}, {0, 10000}};
	setitimer(ITIMER_REAL, &it, NULL);
	printf("poll is never restarted: %s\n", outcome(poll(NULL, 0, 1000)));
	setitimer(ITIMER_REAL, &it, NULL);
	struct timespec t = {1, 0}, left = {0, 0};
	printf("sleep: %s", outcome(nanosleep(&t, &left)));
	printf(", left less than asked %d\n", left.tv_sec == 0 && left.tv_nsec > 0);
	return 0;
}

/* expect:
restart: ok "data" alarms 1
plain: EINTR "" alarms 1
poll is never restarted: EINTR
sleep: EINTR, left less than asked 1
*/
