/* limits.c: resource limits of the box. The supervisor sets them on the waiting first process, so that a caller with the
 * machine's CAP_SYS_RESOURCE can raise what it itself was given low. What cannot be raised is reported once, in detail lines. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/log.h"
#include "base/mem.h"
#include "box/init.h"

struct limit {
	__rlimit_resource_t resource;
	const char *name;
	rlim_t soft, hard, instead; /* instead: the hard limit to settle for when `hard` is out of reach; 0: the caller's */
};

static int apply_one(pid_t pid, const struct limit *l)
{
	struct rlimit now, want = { .rlim_cur = l->soft, .rlim_max = l->hard };

	if (prlimit(pid, l->resource, &want, NULL) == 0)
		return 0;
	if (errno != EPERM || prlimit(pid, l->resource, NULL, &now) < 0)
		return -errno;
	want.rlim_max = l->instead && l->instead < now.rlim_max ? l->instead : now.rlim_max;
	if (want.rlim_cur > want.rlim_max)
		want.rlim_cur = want.rlim_max;
	detail("limit %s: %llu instead of %llu (your own hard limit)", l->name, (unsigned long long)want.rlim_max,
	       (unsigned long long)l->hard);
	return prlimit(pid, l->resource, &want, NULL) < 0 ? -errno : 0;
}

int limits_apply(pid_t pid, const struct box_limits *limits, struct error *e)
{
	const rlim_t inf = RLIM_INFINITY;
	const rlim_t cpu = limits->cpu_time ? limits->cpu_time : inf;
	const struct limit table[] = {
		/* 1, not 0: with a pipe in core_pattern the kernel ignores 0, while 1 stops both a file and a pipe (core(5)). */
		{ RLIMIT_CORE, "core", 1, 1, 0 },
		{ RLIMIT_STACK, "stack", 8 << 20, inf, 0 },
		{ RLIMIT_NOFILE, "nofile", 1024, 1048576, 4096 },
		{ RLIMIT_AS, "as", limits->memory ? limits->memory : inf, limits->memory ? limits->memory : inf, 0 },
		{ RLIMIT_NPROC, "nproc", limits->processes ? limits->processes : inf, limits->processes ? limits->processes : inf, 0 },
		{ RLIMIT_FSIZE, "fsize", limits->file_size ? limits->file_size : inf, limits->file_size ? limits->file_size : inf, 0 },
		{ RLIMIT_CPU, "cpu", cpu, cpu == inf ? inf : cpu + 5, 0 },
		{ RLIMIT_DATA, "data", inf, inf, 0 },
		{ RLIMIT_RSS, "rss", inf, inf, 0 },
		{ RLIMIT_LOCKS, "locks", inf, inf, 0 },
		{ RLIMIT_MEMLOCK, "memlock", 64 << 10, 64 << 10, 0 },
		{ RLIMIT_MSGQUEUE, "msgqueue", 819200, 819200, 0 },
		{ RLIMIT_SIGPENDING, "sigpending", 4096, 4096, 0 },
		{ RLIMIT_NICE, "nice", 0, 0, 0 },
		{ RLIMIT_RTPRIO, "rtprio", 0, 0, 0 },
		{ RLIMIT_RTTIME, "rttime", inf, inf, 0 },
	};
	size_t i;
	int r;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		r = apply_one(pid, &table[i]);
		if (r < 0)
			return error_set(e, -r, "cannot set the limit \"%s\" of the box", table[i].name);
	}
	return 0;
}
