/* The policy table is complete and in order, and the exported filter does to every call what the table says. The filter is
 * judged by an interpreter of classic BPF of our own, not by the library that made it. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "agent/wire.h"
#include "syscall/filter.h"
#include "syscall/numbers.h"
#include "syscall/table.h"
#include "test.h"

/* Only the loads, jumps and operations that seccomp allows; anything else ends the test. */
static uint32_t bpf_run(const struct sock_fprog *p, const struct seccomp_data *d)
{
	uint32_t a = 0, x = 0, mem[BPF_MEMWORDS] = { 0 };

	for (size_t pc = 0; pc < p->len; pc++) {
		const struct sock_filter *i = &p->filter[pc];
		uint32_t k = BPF_SRC(i->code) == BPF_X ? x : i->k;
		bool taken;

		switch (BPF_CLASS(i->code)) {
		case BPF_LD:
			if (BPF_MODE(i->code) == BPF_ABS && i->k + 4 <= sizeof(*d))
				memcpy(&a, (const char *)d + i->k, 4);
			else if (BPF_MODE(i->code) == BPF_IMM)
				a = i->k;
			else if (BPF_MODE(i->code) == BPF_MEM && i->k < BPF_MEMWORDS)
				a = mem[i->k];
			else
				abort();
			break;
		case BPF_ST:
			mem[i->k % BPF_MEMWORDS] = a;
			break;
		case BPF_ALU:
			if (BPF_OP(i->code) == BPF_AND)
				a &= k;
			else if (BPF_OP(i->code) == BPF_RSH)
				a >>= k;
			else
				abort();
			break;
		case BPF_JMP:
			if (BPF_OP(i->code) == BPF_JA) {
				pc += i->k;
				break;
			}
			taken = BPF_OP(i->code) == BPF_JEQ ? a == k : BPF_OP(i->code) == BPF_JGT ? a > k :
				BPF_OP(i->code) == BPF_JGE ? a >= k : BPF_OP(i->code) == BPF_JSET ? (a & k) != 0 : (abort(), false);
			pc += taken ? i->jt : i->jf;
			break;
		case BPF_RET:
			return BPF_RVAL(i->code) == BPF_A ? a : i->k;
		case BPF_MISC:
			if (BPF_MISCOP(i->code) == BPF_TAX)
				x = a;
			else
				a = x;
			break;
		default:
			abort();
		}
	}
	abort();
}

static uint32_t expected(uint32_t nr, const uint64_t arg[6], bool single, bool every)
{
	const struct row *r = nr < WORLD_NSYS ? &syscall_rows[nr] : &(const struct row){ .class = ROW_NONE };

	if (every ? r->class != ROW_FIXED : row_stops(r, arg, single))
		return SECCOMP_RET_TRACE;
	return r->class == ROW_FIXED ? SECCOMP_RET_ERRNO | (uint32_t)r->deny_errno : SECCOMP_RET_ALLOW;
}

static void test_filter(bool single, bool every)
{
	static const uint64_t around[] = { 0, 1, 2, 3, 4, 5, 8, 16, 17, 18, 81, 0x1001, 0x1002, 0x1011, 0x1012, 0x2001, 0x3001, 0x5001,
		0x100, 0x110, 0x1ff000, 0x1ff001, 0x40000, UINT64_C(0x100200000), UINT64_C(0x7fffffffefff), UINT64_C(0x7ffffffff000), 0x80, 0x91, 0xffffffff, UINT64_C(0x100000000), UINT64_C(0x100000001),
		UINT64_C(0x100000011), UINT64_C(0x100000004), UINT64_C(0x8000000000000002), UINT64_MAX };
	static const int pairs[15][2] = { { 0, 1 }, { 0, 2 }, { 0, 3 }, { 0, 4 }, { 0, 5 }, { 1, 2 }, { 1, 3 }, { 1, 4 }, { 1, 5 }, { 2, 3 },
		{ 2, 4 }, { 2, 5 }, { 3, 4 }, { 3, 5 }, { 4, 5 } };
	enum { N = sizeof(around) / sizeof(around[0]) };
	struct sock_fprog p;
	struct error e = { 0 };
	long wrong = 0, asked = 0;

	if (!test_ok(filter_build(single, every, NULL, &p, &e) == 0, "the filter is built"))
		return;
	printf("# %u instructions\n", p.len);
	for (uint32_t nr = 0; nr < WORLD_NSYS + 8; nr++) /* two arguments at a time: conditions may ask for both */
		for (size_t i = 0; i < N * N * 15; i++) {
			struct seccomp_data d = { .nr = (int)nr, .arch = AUDIT_ARCH_X86_64 };
			uint64_t arg[6] = { 0, 0, 0, 0, 0, 0 };
			const int *n = pairs[i / (N * N)];
			uint32_t want, got;

			arg[n[0]] = around[i % N];
			arg[n[1]] = around[i / N % N];
			memcpy(d.args, arg, sizeof(arg));
			want = expected(nr, arg, single, every);
			got = bpf_run(&p, &d);
			asked++;
			if (got != want && !wrong++)
				printf("# %u %s arg %d = %#llx, arg %d = %#llx: got %#x, want %#x\n", nr, syscall_name(nr), n[0],
					(unsigned long long)arg[n[0]], n[1], (unsigned long long)arg[n[1]], got, want);
		}
	test_int(wrong, 0, every ? "every call stops that is not answered" : single ? "every call is treated as its row says (single id)" : "every call is treated as its row says");
	printf("# %ld questions\n", asked);
	test_int(bpf_run(&p, &(struct seccomp_data){ .nr = 1, .arch = AUDIT_ARCH_I386 }), SECCOMP_RET_KILL_PROCESS, "i386 calls kill");
	test_int(bpf_run(&p, &(struct seccomp_data){ .nr = 0x40000001, .arch = AUDIT_ARCH_X86_64 }), SECCOMP_RET_KILL_PROCESS, "x32 calls kill");
	test_ok(p.len < 4096, "the kernel takes programs of this length");
	filter_free(&p);
}

/* Name and number of every call in the build machine's header, as the compiler sees it. */
static void test_complete(void)
{
	FILE *f = popen("echo '#include <asm/unistd_64.h>' | cc -E -dM - | sed -n 's/^#define __NR_\\([a-z0-9_]*\\) \\([0-9]*\\)$/\\1 \\2/p'", "r");
	char name[64];
	unsigned nr;
	int rows = 0, missing = 0;

	while (f && fscanf(f, "%63s %u", name, &nr) == 2) {
		rows++;
		if (!strcmp(syscall_name(nr), name))
			continue;
		printf("# %u is %s in the header, %s in the table\n", nr, name, syscall_name(nr));
		missing++;
	}
	if (f)
		pclose(f);
	test_ok(rows > 330, "the header was read");
	test_int(missing, 0, "every number of the header has its row");
}

static uint32_t ask(const struct sock_fprog *p, uint64_t ip, uint32_t nr, const uint64_t arg[6])
{
	struct seccomp_data d = { .nr = (int)nr, .arch = AUDIT_ARCH_X86_64, .instruction_pointer = ip };

	memcpy(d.args, arg, sizeof(d.args));
	return bpf_run(p, &d);
}

/* Calls at the agent's own addresses: what it makes for itself passes, and nothing else is treated in another way than elsewhere. */
static void test_near_rows(const struct sock_fprog *p)
{
	static const uint64_t around[] = { 0, 3, 4, 5, 1030, 0x100000003, UINT64_MAX };
	long inside = 0, outside = 0, passed = 0;

	for (uint32_t nr = 0; nr < WORLD_NSYS + 8; nr++)
		for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++) {
			const struct row *r = nr < WORLD_NSYS ? &syscall_rows[nr] : &(const struct row){ .class = ROW_NONE };
			const uint64_t arg[6] = { around[i], around[i], around[i], around[i], around[i], around[i] };
			uint32_t want = expected(nr, arg, false, false);

			outside += ask(p, 0x400000, nr, arg) != want || ask(p, AGENT_BASE - 1, nr, arg) != want || ask(p, AGENT_BASE + AGENT_CODE_SIZE, nr, arg) != want ||
				   ask(p, AGENT_BASE + (UINT64_C(1) << 32), nr, arg) != want;
			if (want == SECCOMP_RET_TRACE && row_passes_agent(r) && row_fits_near(r, arg)) {
				want = SECCOMP_RET_ALLOW;
				passed++;
			}
			inside += ask(p, AGENT_BASE, nr, arg) != want || ask(p, AGENT_BASE + AGENT_CODE_SIZE - 1, nr, arg) != want;
		}
	test_int(outside, 0, "outside of the agent it makes no difference");
	test_int(inside, 0, "inside, the calls that it makes pass, and no others");
	test_ok(passed > 50, "there are such calls");
}

static void test_prologue(const struct sock_fprog *p, const uint64_t secret[2])
{
	const uint64_t open_args[6] = { (uint32_t)AGENT_DIRFD, 1, 0, 0, secret[0], secret[1] };
	const uint64_t map_args[6] = { AGENT_WORLD, AGENT_WORLD_SIZE, 1 /* PROT_READ */, 0x100001 /* MAP_SHARED | MAP_FIXED_NOREPLACE */, 3, AGENT_CODE_SIZE };
	const uint64_t cpuid_args[6] = { 0x1012 /* ARCH_SET_CPUID */, 0, 0, 0, secret[0], secret[1] };
	int wrong = 0;

	test_int(ask(p, 0x400000, __NR_openat, open_args), SECCOMP_RET_ALLOW, "the prologue's openat passes");
	test_int(ask(p, 0x400000, __NR_arch_prctl, cpuid_args), SECCOMP_RET_ALLOW, "its arch_prctl");
	test_int(ask(p, 0x400000, __NR_mmap, map_args), SECCOMP_RET_ALLOW, "and its mmap");
	for (int k = 0; k < 6; k++)
		for (int bit = 0; bit < 64; bit++) {
			uint64_t a[6], b[6], d[6];

			memcpy(d, cpuid_args, sizeof(d));
			memcpy(a, open_args, sizeof(a));
			memcpy(b, map_args, sizeof(b));
			a[k] ^= UINT64_C(1) << bit;
			b[k] ^= UINT64_C(1) << bit;
			d[k] ^= UINT64_C(1) << bit;
			wrong += (k == 4 || k == 5 || (k == 0 && bit < 32)) && ask(p, 0x400000, __NR_openat, a) != SECCOMP_RET_TRACE;
			wrong += (k == 4 || k == 5 || k == 1 || (k == 0 && bit < 32)) && ask(p, 0x400000, __NR_arch_prctl, d) == SECCOMP_RET_ALLOW && expected(__NR_arch_prctl, d, false, false) != SECCOMP_RET_ALLOW;
			wrong += k < 3 && ask(p, 0x400000, __NR_mmap, b) != expected(__NR_mmap, b, false, false);
			wrong += k == 3 && bit < 32 && ask(p, 0x400000, __NR_mmap, b) != expected(__NR_mmap, b, false, false);
		}
	test_int(wrong, 0, "with any bit of the secret, the place, the size, the protection or the flags changed they do not");
}

static void test_agent(void)
{
	static const uint64_t secret[2] = { UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210) };
	struct sock_fprog p;
	struct error e = { 0 };

	if (!test_ok(filter_build(false, false, secret, &p, &e) == 0, "the filter with an agent is built"))
		return;
	test_ok(p.len < 4096, "the kernel takes it");
	test_near_rows(&p);
	test_prologue(&p, secret);
	filter_free(&p);
}

/* No bit is asked for that the mask hides, no list is left open, and nothing comes after the end. */
static bool conditions_sound(const struct row *r)
{
	for (size_t i = 0; i < ROW_CONDITIONS; i++) {
		const struct row_condition *k = &r->when[i];
		bool last = i + 1 == ROW_CONDITIONS || r->when[i + 1].when == WHEN_NONE;

		if (k->when == WHEN_NONE ? !last : k->arg > 5 || (k->also && last) || (k->when != WHEN_ABOVE && (!k->mask || k->value & ~k->mask)))
			return false;
	}
	return true;
}

/* What the agent and the prologue rely on. */
static void test_near_sound(void)
{
	int wrong = 0;

	for (unsigned nr = 0; nr < WORLD_NSYS; nr++) {
		const struct row *r = &syscall_rows[nr];
		const char *first = r->args ? strchr(r->args, 'a') : NULL;
		bool more = first && strchr(first + 1, 'a');
		bool named = nr == __NR_readlink || nr == __NR_readlinkat; /* these read into memory of ours */

		if (r->near == NEAR_ASKS && (more || (strchr(r->args, 'b') && !named)) && ++wrong)
			printf("# %s fills in more than one structure\n", r->name);
		wrong += row_is_near(r) && r->single; /* records of such a call would not be all that there was (engine_counted()) */
		wrong += (r->near == NEAR_NEVER && r->near_below) || (r->near_also[0] && r->near_also[0] < r->near_below) || (r->near_also[1] && !r->near_also[0]);
	}
	test_int(wrong, 0, "a row that asks fills in one structure at most, its first address");
	test_ok(syscall_rows[__NR_sched_yield].near == NEAR_NEVER && row_stops(&syscall_rows[__NR_sched_yield], (const uint64_t[6]){ 0 }, false),
		"sched_yield always stops: a prologue, and edits that fail, end with it");
	test_ok(row_passes_agent(&syscall_rows[__NR_openat]) && !row_passes_agent(&syscall_rows[__NR_getrandom]) && !row_passes_agent(&syscall_rows[__NR_kill]) &&
		row_is_harmless(&syscall_rows[__NR_newfstatat]) && !row_is_harmless(&syscall_rows[__NR_openat]), "what the agent may make, and what a handler may make there");
}

static void test_sound(void)
{
	static const unsigned numbers[] = {
#define ROW_HANDLED(name, class, near, handle, single, when, args, why) __NR_##name,
#define ROW_PLAIN(name, class, near, err, args, why) __NR_##name,
#include "syscall/table.def"
	};
	int unordered = 0, unsound = 0;

	for (size_t i = 1; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		unordered += numbers[i] <= numbers[i - 1];
	test_int(unordered, 0, "rows stand in the order of their numbers");
	test_near_sound();
	for (unsigned nr = 0; nr < WORLD_NSYS; nr++) {
		const struct row *r = &syscall_rows[nr];
		bool handled = r->class >= ROW_EDIT && r->class <= ROW_LIFE, bad;

		if (r->class == ROW_NONE)
			continue;
		bad = handled != (r->handle != NULL) || !*r->why || strlen(r->args) > 6 || r->args[strspn(r->args, "dpsbnxai")] ||
			(r->class == ROW_DENY && r->deny_errno <= 0) || r->deny_errno < 0 || !conditions_sound(r);
		if (bad)
			printf("# row %u %s\n", nr, r->name);
		unsound += bad;
	}
	test_int(unsound, 0, "every row has what its class needs, and a reason");
	test_str(syscall_name(0), "read", "a name");
	test_str(syscall_name(500), "?", "no name without a row");
	test_str(syscall_name(UINT32_MAX), "?", "no name beyond the table");
	test_str(syscall_class_name(syscall_rows[334].class), "FIXED", "a class");
}

static void test_repeats(void)
{
	test_ok(row_repeats(&syscall_rows[__NR_getppid], 7), "who asks changes nothing");
	test_ok(row_repeats(&syscall_rows[__NR_mlock], 0), "nor does a constant answer");
	test_ok(row_repeats(&syscall_rows[__NR_getuid], 0) && row_repeats(&syscall_rows[__NR_setuid], 0), "an id that is set once more is the same");
	test_ok(row_repeats(&syscall_rows[__NR_close], -EBADF), "what fails changes nothing");
	test_ok(!row_repeats(&syscall_rows[__NR_close], 0) && !row_repeats(&syscall_rows[__NR_dup], 3), "descriptors come and go");
	test_ok(!row_repeats(&syscall_rows[__NR_brk], -4096), "an address is not an error");
}

int main(void)
{
	test_complete();
	test_sound();
	test_repeats();
	test_filter(false, false);
	test_filter(true, false);
	test_filter(false, true);
	test_agent();
	return test_end();
}
