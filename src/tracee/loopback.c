/* loopback.c: what guests sent over the loopback has arrived before anybody looks.
 *
 * A packet for the loopback goes onto a queue of the CPU that sends it (enqueue_to_backlog in the kernel's net/core/dev.c), and is usually
 * delivered before the sending call returns: local_bh_enable() runs what is pending. Not always. After 2 ms or ten rounds (handle_softirqs
 * in kernel/softirq.c) the rest is left to a thread of the kernel. On a slow machine, or when the CPU is taken away for a moment, the sender
 * goes on while its packet is still on its way, and a receiver finds nothing, or half of it.
 *
 * L1. Guests and supervisor run on one CPU (run/run.c pins them), so what guests sent lies on that CPU's queue until it is delivered. Its
 *     length is in /proc/net/softnet_stat since Linux 5.10. A delivery that has begun lies on no queue, but is not seen from here either:
 *     it runs with bottom halves disabled, which only a kernel with PREEMPT_RT interrupts for a process.
 * L2. What a delivery sends in turn (acknowledgements, and data for which there is room now) goes onto the same queue in the same piece of
 *     work. TCP's deferred sender (tcp_wfree) is set going by a packet on its way, and runs in the round that delivers the packet or in
 *     an earlier one. So an empty queue means that nothing is on its way.
 * L3. To wait for that is to wait for a state that follows from what guests did; how long it takes changes nothing. Packets of others on
 *     this CPU make us wait longer. */
#include "tracee/tracee.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

enum { COLUMN_QUEUED = 11, COLUMN_CPU = 12, COLUMNS = 13, PAUSE_NS = 20000, PATIENCE = 250000 };

/* The CPU that we are bound to; -1: several, and any of them may have sent. */
static int own_cpu(void)
{
	cpu_set_t set;
	int cpu = 0;

	if (sched_getaffinity(0, sizeof(set), &set) < 0 || CPU_COUNT(&set) != 1)
		return -1;
	while (!CPU_ISSET((size_t)cpu, &set))
		cpu++;
	return cpu;
}

/* Packets on the CPU's queue. A line for each CPU, hexadecimal columns (softnet_seq_show in net/core/net-procfs.c). */
static unsigned long queued(const char *text, int cpu)
{
	unsigned long column[COLUMNS], sum = 0;

	for (const char *line = text; line && *line; line = strchr(line, '\n'), line += line != NULL) {
		char *end = NULL;
		const char *at = line;
		int n = 0;

		for (; n < COLUMNS; n++, at = end) {
			column[n] = strtoul(at, &end, 16);
			if (end == at || (n + 1 < COLUMNS && *end != ' '))
				break;
		}
		if (n >= COLUMNS - 1 && (cpu < 0 || column[COLUMN_CPU] == (unsigned long)cpu))
			sum += column[COLUMN_QUEUED];
	}
	return sum;
}

static bool is_empty(struct executor *x)
{
	static char text[131072];
	ssize_t n = pread(x->softnet_fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return true;
	text[n] = 0;
	return !queued(text, x->softnet_cpu);
}

void executor_settle_loopback(struct executor *x)
{
	const struct timespec pause = { 0, PAUSE_NS };

	if (!x->softnet_fd) {
		int fd = open("/proc/net/softnet_stat", O_RDONLY | O_CLOEXEC);

		x->softnet_fd = fd > 0 ? fd : -1;
		x->softnet_cpu = own_cpu();
	}
	if (x->softnet_fd < 0)
		return;
	for (long i = 0; !is_empty(x); i++) {
		if (i == PATIENCE) {
			warn("CPU %d is so busy with packets of others that those of the run are not seen to arrive", x->softnet_cpu);
			close(x->softnet_fd);
			x->softnet_fd = -1;
			return;
		}
		nanosleep(&pause, NULL); /* the kernel's thread needs this CPU */
	}
}
