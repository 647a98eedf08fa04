/* sysinfo.c: calls that describe the machine: uname, sysinfo, randomness, seccomp. Freestanding.
 *
 * Inputs: the canonical machine (model/machine.h), the logical clock, the thread's random stream, what the guest itself set.
 * Everything else about the host is eliminated. None of these calls reaches the kernel. */
#include "syscall/abi.h"
#include "syscall/table.h"
#include "syscall/text.h"

#include <string.h>

#include "model/machine.h"

/* ---- the machine --------------------------------------------------------------------------------------------------- */

enum { UTS_FIELD = 65 };

static void uts_field(char *to, const char *text)
{
	size_t n = text_len(text);

	memcpy(to, text, n < UTS_FIELD ? n : UTS_FIELD - 1);
}

/* struct new_utsname: six fields of 65 bytes. Names are inputs of the run, the rest is the canonical kernel. */
enum outcome do_uname(struct call *c)
{
	char uts[6][UTS_FIELD];

	memset(uts, 0, sizeof(uts));
	uts_field(uts[0], MACHINE_SYSNAME);
	uts_field(uts[1], c->w->hostname);
	uts_field(uts[2], MACHINE_RELEASE);
	uts_field(uts[3], MACHINE_VERSION);
	uts_field(uts[4], MACHINE_ARCH);
	uts_field(uts[5], c->w->domainname[0] ? c->w->domainname : "(none)");
	return done(c, x_write(c, c->arg[0], uts, sizeof(uts)));
}

/* The kernel's struct sysinfo on x86-64: 112 bytes. Uptime is logical, the number of tasks is the model's. */
enum outcome do_sysinfo(struct call *c)
{
	struct {
		int64_t uptime;
		uint64_t loads[3], total_ram, free_ram, shared_ram, buffer_ram, total_swap, free_swap;
		uint16_t procs, pad;
		uint32_t pad2;
		uint64_t total_high, free_high;
		uint32_t mem_unit, pad3;
	} s;

	_Static_assert(sizeof(s) == 112, "struct sysinfo");
	memset(&s, 0, sizeof(s));
	s.uptime = clock_monotonic(c->w) / NSEC;
	s.total_ram = machine_memory(c->w->memory);
	s.free_ram = machine_memory_free(c->w->memory);
	s.buffer_ram = machine_memory_buffers(c->w->memory);
	s.procs = (uint16_t)c->w->live_tasks;
	s.mem_unit = 1;
	return done(c, x_write(c, c->arg[0], &s, sizeof(s)));
}

/* ---- randomness ---------------------------------------------------------------------------------------------------- */

enum { RANDOM_MAX = (1 << 25) - 1, RANDOM_PIECE = 65536 };

/* The thread's own seeded stream: independent of what other threads draw. Flags change nothing: the pool is always ready. */
enum outcome do_getrandom(struct call *c)
{
	enum { NONBLOCK = 1, RANDOM = 2, INSECURE = 4 };
	uint64_t n = c->arg[1] < RANDOM_MAX ? c->arg[1] : RANDOM_MAX, at = 0;
	uint32_t flags = (uint32_t)c->arg[2];
	void *piece;

	if (flags & ~(uint32_t)(NONBLOCK | RANDOM | INSECURE) || (flags & (RANDOM | INSECURE)) == (RANDOM | INSECURE))
		return done(c, -EINVAL);
	if (!n)
		return done(c, 0);
	piece = x_arena(c, n < RANDOM_PIECE ? n : RANDOM_PIECE);
	if (!piece)
		return done(c, -ENOMEM);
	while (at < n) {
		uint64_t part = n - at < RANDOM_PIECE ? n - at : RANDOM_PIECE;

		rng_fill(c->w, c->task, piece, part);
		if (x_write(c, c->arg[0] + at, piece, part) < 0)
			break;
		at += part;
	}
	c->data = c->arg[0];
	c->data_len = at;
	return done(c, at ? (int64_t)at : -EFAULT);
}

/* ---- seccomp ------------------------------------------------------------------------------------------------------- */

static bool seccomp_action_known(uint32_t action)
{
	static const uint32_t known[] = { 0x80000000, 0, 0x30000, 0x50000, 0x7fc00000, 0x7ff00000, 0x7ffc0000, 0x7fff0000 };

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i] == action)
			return true;
	return false;
}

static enum outcome seccomp_set_filter(struct call *c)
{
	enum { NEW_LISTENER = 8, FLAGS = 0x3f };
	uint64_t prog[2];

	if (c->arg[1] & ~(uint64_t)FLAGS)
		return done(c, -EINVAL);
	if (x_read(c, c->arg[2], prog, sizeof(prog)) < 0)
		return done(c, -EFAULT);
	if ((prog[0] & 0xffff) == 0 || (prog[0] & 0xffff) > 4096)
		return done(c, -EINVAL);
	x_refused(c, "a program's own seccomp filter is accepted and ignored");
	return done(c, c->arg[1] & NEW_LISTENER ? -EBUSY : 0);
}

/* A filter of the guest's could answer calls before we see them. It is accepted, ignored and reported; queries are answered
 * for the canonical kernel. */
enum outcome do_seccomp(struct call *c)
{
	static const uint16_t notif_sizes[3] = { 80, 24, 64 };
	uint32_t action;

	switch ((uint32_t)c->arg[0]) {
	case 0: /* SECCOMP_SET_MODE_STRICT */
		if (c->arg[1] || c->arg[2])
			return done(c, -EINVAL);
		x_refused(c, "seccomp's strict mode is accepted and ignored");
		return done(c, 0);
	case 1: /* SECCOMP_SET_MODE_FILTER */
		return seccomp_set_filter(c);
	case 2: /* SECCOMP_GET_ACTION_AVAIL */
		if (c->arg[1])
			return done(c, -EINVAL);
		if (x_read(c, c->arg[2], &action, sizeof(action)) < 0)
			return done(c, -EFAULT);
		return done(c, seccomp_action_known(action) ? 0 : -EOPNOTSUPP);
	case 3: /* SECCOMP_GET_NOTIF_SIZES */
		if (c->arg[1])
			return done(c, -EINVAL);
		return done(c, x_write(c, c->arg[2], notif_sizes, sizeof(notif_sizes)));
	default:
		return done(c, -EINVAL);
	}
}
