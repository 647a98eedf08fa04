/* machine_rseq: restartable sequences tell a thread which CPU it is on. */
/* control: host */
#include "guest.h"
#include <sys/rseq.h>

int main(void)
{
	struct rseq mine __attribute__((aligned(32)));
	memset(&mine, 0, sizeof(mine));
	printf("registered by libc: size %u\n", __rseq_size);
	if (__rseq_size) {
		const struct rseq *r = (const struct rseq *)((const char *)__builtin_thread_pointer() + __rseq_offset);
		printf("cpu %u\n", r->cpu_id);
	}
	printf("register: %s\n", outcome(syscall(SYS_rseq, &mine, sizeof(mine), 0, 0x53053053)));
	return 0;
}
