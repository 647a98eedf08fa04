/* signal_altstack: alternate stacks: too small, in use, disarmed, inherited by whom; a handler for the overflow of the stack. */
/* control: same */
/* flags: -fno-stack-protector -Wno-infinite-recursion */
#include "guest.h"

#include <setjmp.h>

static char stack_[65536] __attribute__((aligned(16)));
static volatile sig_atomic_t inside, state, refused;
static sigjmp_buf back;

static bool on_it(void)
{
	char here;

	return &here >= stack_ && &here < stack_ + sizeof(stack_);
}

static void on_sig(int sig)
{
	stack_t s, none = {.ss_flags = SS_DISABLE};

	(void)sig;
	inside = on_it();
	sigaltstack(NULL, &s);
	state = s.ss_flags;
	refused = sigaltstack(&none, NULL) == -1 ? errno : 0;
}

static void on_overflow(int sig)
{
	(void)sig;
	inside = on_it();
	siglongjmp(back, 1);
}

static int __attribute__((noinline)) deeper(volatile char *p)
{
	volatile char room[4096];

	room[0] = *p;
	return deeper(room) + room[1];
}

static void *thread(void *p)
{
	stack_t s;

	(void)p;
	sigaltstack(NULL, &s);
	printf("in a new thread: %s\n", s.ss_flags & SS_DISABLE ? "none" : "there");
	return NULL;
}

int main(void)
{
	stack_t s = {.ss_sp = stack_, .ss_size = 100}, now;
	pthread_t t;

	printf("too small: %s\n", outcome(sigaltstack(&s, NULL)));
	s.ss_size = sizeof(stack_);
	s.ss_flags = 77;
	printf("unknown flags: %s\n", outcome(sigaltstack(&s, NULL)));
	s.ss_flags = 0;
	MUST(sigaltstack(&s, NULL));
	handle(SIGUSR1, on_sig, 0);
	MUST(raise(SIGUSR1));
	printf("without SA_ONSTACK: on it %d, flags %d, change %s\n", (int)inside, (int)state, refused ? strerrorname_np(refused) : "ok");
	MUST(sigaltstack(&s, NULL));
	handle(SIGUSR1, on_sig, SA_ONSTACK);
	MUST(raise(SIGUSR1));
	printf("with: on it %d, flags %d, change %s\n", (int)inside, (int)state, refused ? strerrorname_np(refused) : "ok");
	s.ss_flags = (int)(1U << 31); /* SS_AUTODISARM */
	MUST(sigaltstack(&s, NULL));
	MUST(raise(SIGUSR1));
	printf("disarmed: on it %d, flags %d, change %s\n", (int)inside, (int)state, refused ? strerrorname_np(refused) : "ok");
	s.ss_flags = 0;
	MUST(sigaltstack(&s, NULL));
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		MUST(sigaltstack(NULL, &now));
		printf("in a child: %s\n", now.ss_flags & SS_DISABLE ? "none" : "there");
		_exit(0);
	}
	wait_status(c);
	MUST(pthread_create(&t, NULL, thread, NULL));
	pthread_join(t, NULL);
	struct rlimit lim = {512 * 1024, RLIM_INFINITY};
	getrlimit(RLIMIT_STACK, &lim);
	lim.rlim_cur = 512 * 1024;
	setrlimit(RLIMIT_STACK, &lim);
	handle(SIGSEGV, on_overflow, SA_ONSTACK);
	inside = 0;
	for (volatile int i = 0; i < 3; i++)
		if (sigsetjmp(back, 1) == 0) {
			char first = 0;
			printf("never: %d\n", deeper(&first));
		}
	printf("overflow, three times: on it %d\n", (int)inside);
	return 0;
}

/* expect:
too small: ENOMEM
unknown flags: EINVAL
without SA_ONSTACK: on it 0, flags 0, change ok
with: on it 1, flags 1, change EPERM
disarmed: on it 1, flags 2, change ok
in a child: there
in a new thread: none
overflow, three times: on it 1
*/
