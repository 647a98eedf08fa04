/* loop_asking: waits in loops whose only calls never stop: a pending signal, a process group, a flag beside getppid; and how often one
 * asks for its parent before an alarm. */
/* control: load */
/* options: --no-cwd */
#include "guest.h"

#include <mqueue.h>

static volatile int flag;
static volatile sig_atomic_t rang;

static void on_alarm(int sig)
{
	(void)sig;
	rang = 1;
}

static void *asks_beside(void *arg)
{
	while (!flag)
		syscall(SYS_getppid);
	return arg;
}

static void *fails_beside(void *arg)
{
	while (flag == 1)
		close(-1);
	return arg;
}

static void *advises(void *arg)
{
	while (flag == 2)
		syscall(SYS_mlock, &flag, sizeof(flag)); /* a constant answer of the filter */
	return arg;
}

static void beside(void *(*loop)(void *), int next)
{
	pthread_t t;

	pthread_create(&t, NULL, loop, NULL);
	usleep(1000);
	flag = next;
	pthread_join(t, NULL);
}

/* Another process ends the wait. */
static void pending(void)
{
	sigset_t set, now;
	pid_t me = getpid(), child;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	child = MUST(fork());
	if (child == 0) {
		usleep(1000);
		kill(me, SIGUSR1);
		_exit(0);
	}
	do
		sigpending(&now);
	while (!sigismember(&now, SIGUSR1));
	MUST(waitpid(child, NULL, 0));
	printf("pending\n");
}

static void group(void)
{
	pid_t child = MUST(fork());

	if (child == 0) {
		usleep(1000);
		setpgid(0, 0);
		usleep(1000);
		_exit(0);
	}
	while (getpgid(child) != child)
		;
	MUST(waitpid(child, NULL, 0));
	printf("own group\n");
}

static void file_grows(void)
{
	int fd = MUST(open("grows", O_RDWR | O_CREAT, 0600));
	pid_t child = MUST(fork());

	if (child == 0) {
		usleep(1000);
		MUST(write(fd, "x", 1));
		_exit(0);
	}
	while (lseek(fd, 0, SEEK_END) < 1)
		;
	MUST(waitpid(child, NULL, 0));
	printf("grown\n");
	unlink("grows");
}

static void message(void)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 1 };
	mqd_t q = MUST(mq_open("/loop_asking", O_RDWR | O_CREAT, 0600, &attr));
	pid_t child = MUST(fork());

	if (child == 0) {
		usleep(1000);
		MUST(mq_send(q, "x", 1, 0));
		_exit(0);
	}
	do
		MUST(mq_getattr(q, &attr));
	while (attr.mq_curmsgs == 0);
	MUST(waitpid(child, NULL, 0));
	mq_unlink("/loop_asking");
	printf("a message\n");
}

/* The counter tells how often: first, for a run that has written nothing yet can begin anew and count. */
static unsigned long until_alarm(void)
{
	unsigned long n = 0;

	handle(SIGALRM, on_alarm, 0);
	ualarm(1000, 0);
	while (!rang) {
		syscall(SYS_getppid);
		n++;
	}
	return n;
}

int main(void)
{
	printf("asked %lu times\n", until_alarm());
	beside(asks_beside, 1);
	beside(fails_beside, 2);
	beside(advises, 3);
	printf("three threads\n");
	pending();
	group();
	file_grows();
	message();
	return 0;
}
