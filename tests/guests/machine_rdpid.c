/* machine_rdpid: which CPU runs us, read from a register of the CPU. */
/* control: host */
#include "guest.h"
#include <setjmp.h>

static sigjmp_buf back;

static void on_ill(int s)
{
	(void)s;
	siglongjmp(back, 1);
}

int main(void)
{
	cpu_set_t all, one;
	unsigned low, high, aux;
	uint64_t id;

	MUST(sched_getaffinity(0, sizeof(all), &all));
	printf("cpus %d\n", CPU_COUNT(&all));
	for (int i = CPU_SETSIZE - 1; i >= 0; i--)
		if (CPU_ISSET((size_t)i, &all)) {
			CPU_ZERO(&one);
			CPU_SET((size_t)i, &one);
			MUST(sched_setaffinity(0, sizeof(one), &one));
			break;
		}
	__asm__ volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(aux));
	printf("rdtscp %u\n", aux);
	handle(SIGILL, on_ill, 0);
	if (sigsetjmp(back, 1)) {
		printf("no rdpid\n");
		return 0;
	}
	__asm__ volatile(".byte 0xf3, 0x0f, 0xc7, 0xf8" : "=a"(id)); /* rdpid %rax */
	printf("rdpid %" PRIu64 "\n", id);
	return 0;
}
