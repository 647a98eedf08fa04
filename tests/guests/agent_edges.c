/* Where a call that is answered in the program could show it: refused forks, questions into memory that is not there, a wait that is over just when a timer
 * comes, an instruction that is moved and faults. */
/* control: same */
/* expect:
clone3: EINVAL EFAULT E2BIG EINVAL
question: EFAULT
removed
fault: 2 bytes behind rdtsc
*/
#include "guest.h"

#include <sys/ipc.h>
#include <sys/msg.h>
#include <ucontext.h>

static int refused(void *args, size_t size)
{
	long r = syscall(435, args, size); /* clone3 */

	if (r == 0)
		_exit(9);
	if (r > 0)
		waitpid((pid_t)r, NULL, 0);
	return r < 0 ? errno : 0;
}

static void forks(void)
{
	static char stack[65536];
	uint64_t a[12] = { 0x4100, 0, 0, 0, SIGCHLD, (uint64_t)(uintptr_t)stack, sizeof(stack) };
	int e[4];

	e[0] = refused(a, 10);
	e[1] = refused((void *)16, 88);
	a[11] = 1;
	e[2] = refused(a, 96);
	a[11] = 0;
	a[8] = (uint64_t)(uintptr_t)a; /* ids without a number of them */
	e[3] = refused(a, 88);
	printf("clone3: %s %s %s %s\n", strerrorname_np(e[0]), strerrorname_np(e[1]), strerrorname_np(e[2]), strerrorname_np(e[3]));
}

/* A file that nobody has seen gets no number by a question without an answer. */
static void questions(void)
{
	struct stat a, b;

	printf("question: %s\n", stat("/etc/passwd", (struct stat *)16) < 0 ? strerrorname_np(errno) : "answered");
	MUST(stat("/etc/group", &a));
	MUST(stat("/etc/passwd", &b));
	CHECK(a.st_ino != b.st_ino); /* the event log has both */
}

static void nothing(int signo)
{
	(void)signo;
}

/* With which error the wait ends, the event log says; natively the child may come too late. */
static void removed(void)
{
	signal(SIGALRM, nothing);
	for (int k = 1; k <= 20; k++) {
		int queue = MUST(msgget(IPC_PRIVATE, 0600)), status = 0;
		struct itimerval soon = { { 0, 0 }, { 0, k } }, never = { { 0, 0 }, { 0, 0 } };
		pid_t child = fork();
		char message[64];

		if (child == 0)
			_exit(msgrcv(queue, message, 16, 0, 0) < 0 ? errno : 0);
		usleep(1000);
		setitimer(ITIMER_REAL, &soon, NULL);
		msgctl(queue, IPC_RMID, NULL);
		while (waitpid(child, &status, 0) < 0)
			;
		setitimer(ITIMER_REAL, &never, NULL);
	}
	puts("removed");
}

extern const uint8_t tsc[];
__asm__(".text; .globl tsc; tsc: lea (%rdi), %rsi; rdtsc; mov (%rdi), %rcx; ret");
static long distance;

static void on_fault(int signo, siginfo_t *si, void *context)
{
	ucontext_t *u = context;

	(void)signo;
	(void)si;
	distance = (long)((uint64_t)u->uc_mcontext.gregs[REG_RIP] - (uint64_t)(uintptr_t)tsc - 3);
	u->uc_mcontext.gregs[REG_RIP] += 3;
}

static void faults(void)
{
	struct sigaction a = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &a, NULL);
	((void (*)(void *))(uintptr_t)tsc)((void *)16);
	printf("fault: %ld bytes behind rdtsc\n", distance);
}

int main(void)
{
	forks();
	questions();
	removed();
	faults();
	return 0;
}
