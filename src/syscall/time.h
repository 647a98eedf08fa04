/* time.h: clock ids, and what CPU time looks like to those who ask; shared by time.c, timer.c, futex.c and the waits. */
#ifndef DETBUILD_SYSCALL_TIME_H
#define DETBUILD_SYSCALL_TIME_H

#include "syscall/executor.h"

enum {
	ID_REALTIME, ID_MONOTONIC, ID_PROCESS_CPU, ID_THREAD_CPU, ID_RAW, ID_REALTIME_COARSE, ID_MONOTONIC_COARSE, ID_BOOTTIME,
	ID_REALTIME_ALARM, ID_BOOTTIME_ALARM, ID_TAI = 11,
};

/* A clock id, understood. Wall clocks show now_ns + offset_ns; CPU clocks show cpu_ns of the task or process. */
struct clock_ref {
	uint32_t cpu;               /* enum timer_cpu */
	uint32_t task, proc, serial; /* whose CPU time */
	int64_t offset_ns;
	int64_t resolution_ns;
	int sleep_errno, timer_errno; /* why clock_nanosleep and timer_create refuse it; 0: they do not */
};

int clock_resolve(struct call *c, int32_t id, struct clock_ref *ret);     /* -EINVAL, like clock_gettime(2) */
/* A time on the clock -> a deadline on what it counts (now_ns or CPU time). INT64_MAX stays NO_DEADLINE. */
int64_t clock_ref_deadline(const struct clock_ref *r, int64_t value_ns);
/* ns from `now`, saturating at NO_DEADLINE. */
int64_t deadline_add(int64_t now_ns, int64_t ns);


#endif
