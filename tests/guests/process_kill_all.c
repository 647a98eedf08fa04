/* process_kill_all: kill(-1) reaches everybody but the first process and the caller: other sessions, threads, the stopped, the dead; and
 * groups of which only the dead are left. Natively in a pid namespace of its own, where it can do no harm. */
/* control: same */
#include "guest.h"

static volatile sig_atomic_t got;
static void on_usr1(int sig)
{
	(void)sig;
	got++;
}

static void *beside(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static int ready[2];

static pid_t start(void (*prepare)(void))
{
	char c;
	pid_t p = (pid_t)MUST(fork());

	if (p == 0) {
		handle(SIGUSR1, on_usr1, 0);
		prepare();
		MUST(write(ready[1], "x", 1));
		while (!got)
			usleep(1000);
		_exit(10 + got);
	}
	MUST(read(ready[0], &c, 1));
	return p;
}

static void plain(void) {}
static void session(void) { MUST(setsid()); }
static void threads(void)
{
	pthread_t t;
	pthread_create(&t, NULL, beside, NULL);
}

static void body(void)
{
	siginfo_t si;
	int st;

	handle(SIGUSR1, on_usr1, 0);
	MUST(pipe(ready));
	printf("alone: %s\n", outcome(kill(-1, 0)));
	pid_t p[4] = {start(plain), start(session), start(threads), start(plain)}, dead = (pid_t)MUST(fork());
	if (dead == 0)
		_exit(3);
	MUST(waitid(P_PID, (id_t)dead, &si, WEXITED | WNOWAIT));
	MUST(kill(p[3], SIGSTOP));
	MUST(waitpid(p[3], &st, WUNTRACED));
	printf("with others: %s\n", outcome(kill(-1, SIGUSR1)));
	for (int i = 0; i < 3; i++)
		printf("%d: %s\n", i, status_words(wait_status(p[i])));
	printf("the stopped one waits: %d\n", waitpid(p[3], &st, WNOHANG) == 0);
	MUST(kill(-1, SIGCONT));
	printf("3: %s\n", status_words(wait_status(p[3])));
	printf("the dead one: %s", outcome(kill(dead, SIGKILL)));
	printf(", %s\n", status_words(wait_status(dead)));
	printf("caller %d\n", (int)got);
	/* A group whose leader is dead, then whose members all are. */
	pid_t leader = (pid_t)MUST(fork());
	if (leader == 0) {
		MUST(setpgid(0, 0));
		if (MUST(fork()) == 0) {
			MUST(write(ready[1], "x", 1));
			for (;;)
				pause();
		}
		_exit(0);
	}
	char c;
	MUST(read(ready[0], &c, 1));
	MUST(waitid(P_PID, (id_t)leader, &si, WEXITED | WNOWAIT));
	printf("group of a dead leader: %s\n", outcome(kill(-leader, SIGKILL)));
	printf("of dead ones only: %s\n", outcome(kill(-leader, SIGTERM)));
	wait_status(leader);
	for (int i = 0; i < 3; i++)
		start(session);
	printf("all: %s\n", outcome(kill(-1, SIGKILL)));
	int n = 0;
	while (wait(&st) > 0)
		n += WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL;
	printf("ended %d\n", n);
	for (int i = 0; i < 1000 && kill(-1, 0) == 0; i++) /* the orphan is the first process's to collect */
		usleep(1000);
	printf("then: %s\n", outcome(kill(-1, 0)));
}

int main(void)
{
	enum { COMMAND = 2 }; /* natively the kernel's own thread */

	if (getpid() == COMMAND) {
		body();
		return 0;
	}
	MUST(geteuid() ? unshare(CLONE_NEWUSER | CLONE_NEWPID) : unshare(CLONE_NEWPID));
	pid_t first = (pid_t)MUST(fork());
	if (first == 0) {
		pid_t p = (pid_t)MUST(fork()), q;
		if (p == 0) {
			body();
			_exit(0);
		}
		while ((q = wait(NULL)) != p)
			CHECK(q > 0);
		_exit(0);
	}
	CHECK(wait_status(first) == 0);
	return 0;
}

/* expect:
alone: ESRCH
with others: ok
0: exit 11
1: exit 11
2: exit 11
the stopped one waits: 1
3: exit 11
the dead one: ok, exit 3
caller 0
group of a dead leader: ok
of dead ones only: ok
all: ok
ended 3
then: ESRCH
*/
