/* counter.c: debug registers and the processor's branch counter. See counter.h.
 *
 * Invariants
 *  B1. Only what is known to count exactly is used: an unknown processor has no branch counter, and a known one must count a known loop,
 *      of branches taken and not taken, to the last branch before it is believed.
 *  B2. Single steps count as if the thread had run: places by looking at the instruction, branches by themselves.
 *  B3. A breakpoint in the code is there while a thread runs for which it counts; it is taken out before a thread of the same memory goes on for which it does not, and before
 *      one is stepped. A hit leaves what a debug register's leaves: the thread before the instruction, with the resume flag. */
#include "tracee/counter.h"

#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "tracee/code.h"

#define FAR_AWAY (UINT64_C(1) << 40)
enum { COUNTER_SIGNAL = SIGSTKFLT, RESUME_FLAG = 0x10000 };

/* ---- places ---------------------------------------------------------------------------------------------------------- */

static void poke(struct tracee *t, unsigned n, uint64_t value)
{
	if (ptrace(PTRACE_POKEUSER, t->tid, offsetof(struct user, u_debugreg) + n * sizeof(uint64_t), value) < 0 && errno == ESRCH)
		t->dead = true;
}

static bool in_code; /* places are met by breakpoints in the code */

__attribute__((noinline)) static void landmark(void)
{
	__asm__ volatile("");
}

void counter_probe_places(void)
{
	siginfo_t si = { 0 };
	int status = 0;
	struct tracee t = { .tid = fork() };

	if (t.tid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		landmark();
		_exit(0);
	}
	if (t.tid < 0 || waitpid(t.tid, &status, __WALL) < 0)
		return;
	poke(&t, 0, (uint64_t)(uintptr_t)landmark);
	poke(&t, 7, 1);
	in_code = !WIFSTOPPED(status) || ptrace(PTRACE_CONT, t.tid, NULL, NULL) < 0 || waitpid(t.tid, &status, __WALL) < 0 || !WIFSTOPPED(status) ||
		  ptrace(PTRACE_GETSIGINFO, t.tid, NULL, &si) < 0 || si.si_code != TRAP_HWBKPT;
	if (WIFEXITED(status))
		return;
	kill(t.tid, SIGKILL);
	waitpid(t.tid, &status, __WALL);
}

void counter_forget(struct tracee *t)
{
	t->count.armed = false;
	if (t->count.kind == COUNTER_PLACES)
		t->count.kind = COUNTER_NONE;
}

void counter_set_places(struct tracee *t, const uint64_t *places, unsigned n, uint8_t under[COUNTER_PLACES_MOST])
{
	counter_disarm(t);
	counter_close(t);
	t->count.under = under;
	t->count.kind = n ? COUNTER_PLACES : COUNTER_NONE;
	t->count.n_places = n < COUNTER_PLACES_MOST ? n : COUNTER_PLACES_MOST;
	t->count.hits = 0;
	for (unsigned k = 0; k < t->count.n_places; k++)
		t->count.places[k] = places[k];
}

static bool at_place(const struct tracee *t, gaddr rip)
{
	for (unsigned k = 0; k < t->count.n_places; k++)
		if (t->count.places[k] == rip)
			return true;
	return false;
}

/* A place that is not mapped is none. */
static void set_breakpoints(struct tracee *t, bool on)
{
	static const uint8_t breakpoint = 0xcc;
	uint8_t there;

	for (unsigned k = 0; k < t->count.n_places; k++) {
		if (tracee_read(t, t->count.places[k], &there, 1) < 0 || (there == breakpoint) == on)
			continue;
		if (on)
			t->count.under[k] = there;
		tracee_code_swap(t, t->count.places[k], &there, on ? &breakpoint : &t->count.under[k], 1);
	}
}

static void set_places(struct tracee *t, bool on)
{
	uint64_t control = 0;

	if (in_code) {
		set_breakpoints(t, on);
		return;
	}

	for (unsigned k = 0; on && k < t->count.n_places; k++) {
		poke(t, k, t->count.places[k]);
		control |= UINT64_C(1) << 2 * k; /* local, at execution */
	}
	poke(t, 7, control);
}

void counter_step(struct tracee *t, const struct user_regs_struct *r)
{
	/* With the resume flag the processor has met the place already: that hit was counted when it stopped there. */
	if (t->count.kind == COUNTER_PLACES && at_place(t, r->rip) && !(r->eflags & RESUME_FLAG))
		t->count.hits++;
}

/* ---- branches -------------------------------------------------------------------------------------------------------- */

/* Raw events that count retired conditional branches, taken or not, and how late they tell (rr's and our reading of the manuals). */
struct cpu_counter { uint32_t family, first, last, margin; uint64_t event; };

static const struct cpu_counter intel[] = {
	{ 6, 0x1a, 0x1a, 100, 0x5101c4 }, { 6, 0x1e, 0x1e, 100, 0x5101c4 }, { 6, 0x2e, 0x2e, 100, 0x5101c4 }, /* Nehalem */
	{ 6, 0x25, 0x25, 100, 0x5101c4 }, { 6, 0x2c, 0x2c, 100, 0x5101c4 }, { 6, 0x2f, 0x2f, 100, 0x5101c4 }, /* Westmere */
	{ 6, 0x2a, 0x2a, 100, 0x5101c4 }, { 6, 0x2d, 0x2d, 100, 0x5101c4 }, { 6, 0x3a, 0x3a, 100, 0x5101c4 }, { 6, 0x3e, 0x3e, 100, 0x5101c4 },
	{ 6, 0x3c, 0x3d, 100, 0x5101c4 }, { 6, 0x3f, 0x3f, 100, 0x5101c4 }, { 6, 0x45, 0x47, 100, 0x5101c4 }, /* Haswell, Broadwell */
	{ 6, 0x4f, 0x4f, 100, 0x5101c4 }, { 6, 0x56, 0x56, 100, 0x5101c4 },
	{ 6, 0x4e, 0x4e, 100, 0x5101c4 }, { 6, 0x5e, 0x5e, 100, 0x5101c4 }, { 6, 0x55, 0x55, 100, 0x5101c4 }, /* Skylake */
	{ 6, 0x8e, 0x8e, 100, 0x5101c4 }, { 6, 0x9e, 0x9e, 100, 0x5101c4 }, { 6, 0xa5, 0xa6, 100, 0x5101c4 }, /* Kaby Lake to Comet Lake */
	{ 6, 0x6a, 0x6a, 100, 0x5111c4 }, { 6, 0x6c, 0x6c, 100, 0x5111c4 }, { 6, 0x7d, 0x7e, 100, 0x5111c4 }, /* Ice Lake */
	{ 6, 0x8c, 0x8d, 100, 0x5111c4 }, { 6, 0xa7, 0xa7, 100, 0x5111c4 },                                  /* Tiger, Rocket Lake */
	{ 6, 0x8f, 0x8f, 125, 0x5111c4 }, { 6, 0xcf, 0xcf, 125, 0x5111c4 }, { 6, 0xad, 0xae, 125, 0x5111c4 }, /* Sapphire, Emerald, Granite Rapids */
	{ 6, 0x97, 0x97, 125, 0x5111c4 }, { 6, 0x9a, 0x9a, 125, 0x5111c4 }, { 6, 0xb7, 0xb7, 125, 0x5111c4 }, /* Alder, Raptor Lake */
	{ 6, 0xba, 0xba, 125, 0x5111c4 }, { 6, 0xbf, 0xbf, 125, 0x5111c4 }, { 6, 0xaa, 0xaa, 125, 0x5111c4 }, { 6, 0xac, 0xac, 125, 0x5111c4 },
	{ 6, 0xbd, 0xbd, 125, 0x100005111c4 }, { 6, 0xc5, 0xc6, 125, 0x100005111c4 },                          /* Lunar, Arrow Lake */
	{ 6, 0x37, 0x37, 100, 0x517ec4 }, { 6, 0x4a, 0x4a, 100, 0x517ec4 }, { 6, 0x4c, 0x4d, 100, 0x517ec4 }, /* Silvermont, Airmont */
	{ 6, 0x5a, 0x5a, 100, 0x517ec4 }, { 6, 0x5d, 0x5d, 100, 0x517ec4 }, { 6, 0x5c, 0x5c, 100, 0x517ec4 }, { 6, 0x5f, 0x5f, 100, 0x517ec4 },
	{ 6, 0x7a, 0x7a, 100, 0x517ec4 }, { 6, 0x86, 0x86, 100, 0x517ec4 }, { 6, 0x96, 0x96, 100, 0x517ec4 }, { 6, 0x9c, 0x9c, 100, 0x517ec4 },
	{ 6, 0xbe, 0xbe, 100, 0x517ec4 }, { 6, 0xaf, 0xaf, 100, 0x517ec4 }, { 6, 0xb6, 0xb6, 100, 0x517ec4 }, /* Gracemont, Crestmont */
};
static const struct cpu_counter atom = { 6, 0, 0xff, 100, 0x517ec4 }; /* the efficient cores of a hybrid processor */
static const struct cpu_counter amd[] = { { 0x17, 0, 0xff, 10000, 0x5100d1 }, { 0x19, 0, 0xff, 10000, 0x5100d1 }, { 0x1a, 0, 0xff, 10000, 0x5100d1 } };
#define AMD_LOCK_MAPS 0x510825 /* speculative lock map commits: not 0 spoils AMD's count of branches */

static struct { uint32_t type; uint64_t event; uint32_t margin; } branches; /* what counter_probe_branches() found */

static const struct cpu_counter *find_cpu(bool *ret_amd)
{
	unsigned a, b, c, d, family, model, n = 0;
	const struct cpu_counter *list = NULL;

	*ret_amd = false;
	if (!__get_cpuid(0, &a, &b, &c, &d))
		return NULL;
	if (b == signature_INTEL_ebx && c == signature_INTEL_ecx) {
		list = intel;
		n = ARRAY_SIZE(intel);
	} else if (b == signature_AMD_ebx && c == signature_AMD_ecx) {
		list = amd;
		n = ARRAY_SIZE(amd);
		*ret_amd = true;
	}
	__get_cpuid(1, &a, &b, &c, &d);
	family = (a >> 8 & 15) + ((a >> 8 & 15) == 15 ? a >> 20 & 255 : 0);
	model = (a >> 4 & 15) | (a >> 12 & 0xf0);
	for (unsigned k = 0; k < n; k++)
		if (list[k].family == family && list[k].first <= model && model <= list[k].last)
			return &list[k];
	return NULL;
}

/* "0-7,16": is the number in the list? */
static bool in_list(const char *list, int number)
{
	for (char *end; *list >= '0' && *list <= '9'; list = *end == ',' ? end + 1 : end) {
		long first = strtol(list, &end, 10), last = *end == '-' ? strtol(end + 1, &end, 10) : first;

		if (first <= number && number <= last)
			return true;
	}
	return false;
}

/* A hybrid processor has a unit of its own for each kind of core; events belong to one of them. 0: there is no such unit. */
static uint32_t unit_type(const char *unit, int cpu)
{
	char path[96], text[512] = "";
	FILE *f;
	bool mine;

	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/cpus", unit);
	f = fopen(path, "re");
	mine = f && fgets(text, sizeof(text), f) && in_list(text, cpu);
	if (f)
		fclose(f);
	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/type", unit);
	f = mine ? fopen(path, "re") : NULL;
	mine = f && fgets(text, sizeof(text), f);
	if (f)
		fclose(f);
	return mine ? (uint32_t)strtoul(text, NULL, 10) : 0;
}

static int open_event(pid_t tid, uint32_t type, uint64_t event, uint64_t period)
{
	struct perf_event_attr a = { .type = type, .size = sizeof(a), .config = event, .exclude_kernel = 1, .exclude_hv = 1, .exclude_guest = 1, .pinned = 1 };
	int fd;

	a.sample_period = period;
	fd = (int)syscall(SYS_perf_event_open, &a, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static uint64_t read_event(int fd)
{
	uint64_t n = 0;

	return read(fd, &n, sizeof(n)) == sizeof(n) ? n : 0;
}

/* n rounds with one branch that is taken and one that never is. */
static void known_loop(uint64_t n)
{
	__asm__ volatile("1: test %0, %0\n\tjz 2f\n\tdec %0\n\tjnz 1b\n2:" : "+r"(n) : : "cc", "memory");
}

static uint64_t count_loop(int fd, uint64_t n)
{
	uint64_t before = read_event(fd);

	known_loop(n);
	return read_event(fd) - before;
}

static bool lock_maps_work(void)
{
	autoclose int fd = open_event(0, PERF_TYPE_RAW, AMD_LOCK_MAPS, 0);
	uint64_t word = 0, before;

	if (fd < 0)
		return false;
	before = read_event(fd);
	for (int k = 0; k < 1000; k++)
		__asm__ volatile("lock addq $1, %0" : "+m"(word) : : "cc");
	return read_event(fd) != before;
}

int counter_probe_branches(uint64_t *ret_margin, struct error *e)
{
	enum { ROUNDS = 20000 };
	bool is_amd;
	const struct cpu_counter *c = find_cpu(&is_amd);
	int cpu = sched_getcpu();
	uint32_t core = unit_type("cpu_core", cpu), efficient = unit_type("cpu_atom", cpu);
	autoclose int fd = -1;
	uint64_t once, twice;

	if (!c)
		return error_set(e, ENODEV, "no event is known that counts this processor's conditional branches");
	if (efficient)
		c = &atom;
	branches.type = efficient ? efficient : core ? core : PERF_TYPE_RAW;
	branches.event = c->event;
	branches.margin = c->margin;
	fd = open_event(0, branches.type, branches.event, FAR_AWAY);
	if (fd < 0)
		return error_set(e, -fd, "the processor's counter of conditional branches cannot be opened");
	count_loop(fd, ROUNDS);
	once = count_loop(fd, ROUNDS);
	twice = count_loop(fd, 2 * ROUNDS);
	if (twice - once != 2 * ROUNDS)
		return error_set(e, ENODEV, "the processor's counter of conditional branches counted %llu instead of %d", (unsigned long long)(twice - once), 2 * ROUNDS);
	if (is_amd && lock_maps_work())
		return error_set(e, ENODEV, "the processor speculates over locks (SpecLockMap), which spoils its count of branches");
	*ret_margin = c->margin;
	return 0;
}

int counter_set_branches(struct tracee *t)
{
	struct f_owner_ex owner = { F_OWNER_TID, t->tid };
	int fd;

	counter_close(t);
	t->count.kind = COUNTER_NONE;
	fd = open_event(t->tid, branches.type, branches.event, FAR_AWAY);
	if (fd < 0)
		return fd;
	if (fcntl(fd, F_SETFL, O_ASYNC) < 0 || fcntl(fd, F_SETSIG, COUNTER_SIGNAL) < 0 || fcntl(fd, F_SETOWN_EX, &owner) < 0) {
		close(fd);
		return -EIO;
	}
	t->count.fd_plus_1 = fd + 1;
	t->count.kind = COUNTER_BRANCHES;
	return 0;
}

/* A signal that is blocked does not stop anybody. While branches are counted this one never is. */
static void unblock(struct tracee *t)
{
	const uint64_t bit = UINT64_C(1) << (COUNTER_SIGNAL - 1);
	uint64_t mask;

	if (tracee_sigmask(t, &mask) && (mask & bit))
		tracee_set_sigmask(t, mask & ~bit);
}

/* ---- both ------------------------------------------------------------------------------------------------------------ */

void counter_close(struct tracee *t)
{
	if (t->count.fd_plus_1)
		close(t->count.fd_plus_1 - 1);
	t->count.fd_plus_1 = 0;
}

static void set_period(struct tracee *t, uint64_t counts)
{
	if (ioctl(t->count.fd_plus_1 - 1, PERF_EVENT_IOC_PERIOD, &counts) < 0)
		t->count.kind = COUNTER_NONE;
}

void counter_arm(struct tracee *t, uint64_t counts)
{
	if (t->count.kind == COUNTER_BRANCHES) {
		unblock(t);
		set_period(t, counts);
	} else if (t->count.kind == COUNTER_PLACES && (in_code || !t->count.armed)) {
		set_places(t, true);
	}
	t->count.armed = t->count.kind != COUNTER_NONE;
}

void counter_disarm(struct tracee *t)
{
	if (!t->count.armed && !(in_code && t->count.kind == COUNTER_PLACES)) /* others of its process may have set them */
		return;
	if (t->count.kind == COUNTER_BRANCHES)
		set_period(t, FAR_AWAY);
	else
		set_places(t, false);
	t->count.armed = false;
}

uint64_t counter_read(struct tracee *t)
{
	return t->count.kind == COUNTER_BRANCHES ? read_event(t->count.fd_plus_1 - 1) : t->count.hits;
}

bool counter_must_step(struct tracee *t)
{
	struct user_regs_struct r;

	return in_code && t->count.kind == COUNTER_PLACES && tracee_regs(t, &r) && at_place(t, r.rip) && (r.eflags & RESUME_FLAG);
}

/* The breakpoint is behind it. */
static bool met_breakpoint(struct tracee *t, const siginfo_t *si)
{
	struct user_regs_struct r;

	if (!in_code || t->count.kind != COUNTER_PLACES || si->si_signo != SIGTRAP || si->si_code != SI_KERNEL || !tracee_regs(t, &r) || !at_place(t, r.rip - 1))
		return false;
	r.rip--;
	r.eflags |= RESUME_FLAG;
	r.orig_rax = UINT64_MAX;
	return tracee_set_regs(t, &r);
}

bool counter_stopped(struct tracee *t, const siginfo_t *si)
{
	if (met_breakpoint(t, si)) {
		t->count.hits++;
		return true;
	}
	if (t->count.kind == COUNTER_PLACES && si->si_signo == SIGTRAP && si->si_code == TRAP_HWBKPT) {
		t->count.hits++;
		return true;
	}
	return t->count.kind == COUNTER_BRANCHES && si->si_signo == COUNTER_SIGNAL && (si->si_code == POLL_IN || si->si_code == POLL_HUP) &&
	       si->si_fd == t->count.fd_plus_1 - 1;
}
