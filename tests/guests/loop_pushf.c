/* loop_pushf: a loop that saves and takes back the flags register, looked at while it runs; a signal just before flags are taken back. */
/* control: same */
/* expect:
300000000 rounds, the trap flag seen 0 times
the loop ended when it was told
after a signal: the trap flag 0
*/
#include "guest.h"

static volatile sig_atomic_t heard;
static volatile int told;

static void on_signal(int sig)
{
	heard = sig;
}

static void *sleeps(void *p)
{
	sleep_ns(1000 * MS);
	told = 1;
	return p;
}

int main(void)
{
	unsigned long rounds = 300000000, seen = 0, flags = 0;
	long r = SYS_kill, pid = getpid();
	pthread_t t;

	CHECK(pthread_create(&t, NULL, sleeps, NULL) == 0);
	__asm__ volatile("1: pushfq\n	mov (%%rsp), %%rax\n	and $0x100, %%eax\n	add %%rax, %1\n	popfq\n	dec %0\n	jnz 1b\n" : "+r"(rounds), "+r"(seen) : : "rax", "cc", "memory");
	printf("300000000 rounds, the trap flag seen %lu times\n", seen / 0x100);
	__asm__ volatile("1: pushfq\n	popfq\n	cmpl $0, %0\n	je 1b\n" : : "m"(told) : "cc", "memory");
	pthread_join(t, NULL);
	puts("the loop ended when it was told");
	signal(SIGUSR1, on_signal);
	__asm__ volatile("pushfq\n	syscall\n	popfq\n	pushfq\n	pop %1\n" : "+a"(r), "=&r"(flags) : "D"(pid), "S"((long)SIGUSR1) : "rcx", "r11", "cc", "memory");
	CHECK(r == 0 && heard == SIGUSR1);
	printf("after a signal: the trap flag %lu\n", flags >> 8 & 1);
	return 0;
}
