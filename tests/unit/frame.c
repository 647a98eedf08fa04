/* Frames of a signal's handler as kernels on processors of several generations lay them: the same moved frame from each. */
#include "tracee/frame.h"

#include "model/machine.h"
#include "test.h"

enum { AVX_END = 832, AMD = 2432, AVX512 = 2696, KEYS = 1 << 9, SP = 0x7fffff00, STACK = 0x10000, STACK_SIZE = 8192 };

/* What a processor fills in, or leaves from before, as it likes. */
struct processor { const char *name; size_t size; uint64_t always_used; uint32_t mxcsr_mask; uint8_t junk; size_t keys_at; };

static const struct processor processors[] = {
	{ "no XSAVE", 512, 0, 0xffff, 0, 0 },
	{ "AVX", AVX_END, 3, 0xffff, 0x11, 0 },
	{ "AVX and keys", AMD, 7 | KEYS, 0x2ffff, 0x22, 2424 },
	{ "AVX-512", AVX512, 2 | KEYS, 0xffff, 0x33, 2688 },
	{ "AVX-512, emulated", AVX512, 0x21f, 0xffff, 0x44, 2688 },
};
enum { PROCESSORS = 5 };

/* Leaf 0xd of CPUID, as Intel's say it. */
static const struct frame_part parts[FRAME_PARTS] = { [2] = { 576, 256 }, [3] = { 960, 64 }, [4] = { 1024, 64 }, [5] = { 1088, 64 }, [6] = { 1152, 512 }, [7] = { 1664, 1024 }, [9] = { 2688, 8 } };

/* As arch/x86/kernel/signal.c does it. */
static void lay(const struct processor *p, bool alternate, bool fault, struct frame *f)
{
	const uint32_t software[6] = { 0x46505853, (uint32_t)p->size + 4, 0xe7, 0, (uint32_t)p->size, 0 }, magic_2 = 0x46505845, keys = 0x55555554;
	uint64_t base = alternate ? STACK + STACK_SIZE : SP - 128, used = p->always_used;
	bool xsave = p->size > 512;

	memset(f, p->junk, sizeof(*f));
	f->size = xsave ? p->size + 4 : 512;
	f->head.state_at = (base - f->size) & ~UINT64_C(63);
	f->at = ((f->head.state_at - sizeof(f->head)) & ~UINT64_C(15)) - 8;
	f->head.return_to = 0x1234;
	f->head.flags = xsave ? 7 : 6;
	f->head.link = 0;
	f->head.stack_at = alternate ? STACK : 0;
	f->head.stack_size = alternate ? STACK_SIZE : 0;
	f->head.stack_flags = alternate ? 0 : 2;
	f->head.pad = 0;
	for (unsigned k = 0; k < 8; k++)
		f->head.r8_to_15[k] = 8 + k;
	f->head.rdi = f->head.rsi = f->head.rbp = f->head.rbx = f->head.rdx = f->head.rax = f->head.rcx = 99;
	f->head.rsp = SP;
	f->head.rip = 0x401000;
	f->head.eflags = 0x246;
	f->head.cs = 0x33;
	f->head.gs = f->head.fs = 0;
	f->head.ss = 0x2b;
	f->head.old_mask = f->head.mask = 5;
	if (fault) {
		f->head.trap = 14;
		f->head.error = 6 | (p->junk & 1);
		f->head.cr2 = 0x1000;
	}
	for (size_t k = 0; k < 416; k++)
		f->state[k] = (uint8_t)(k * 7);
	memset(f->state + 6, p->junk, 18);
	memcpy(f->state + 28, &p->mxcsr_mask, 4);
	if (xsave)
		memcpy(f->state + 464, software, sizeof(software));
	if (!xsave)
		return;
	memset(f->state + 512, 0, p->size - 512);
	for (size_t k = AVX_END; k < 1088 && k < p->size; k++) /* nobody writes there: what was on the stack */
		f->state[k] = p->junk;
	memcpy(f->state + 512, &used, sizeof(used));
	memcpy(f->state + p->keys_at, &keys, p->keys_at ? sizeof(keys) : 0);
	memcpy(f->state + p->size, &magic_2, sizeof(magic_2));
}

static void test_sizes(void)
{
	static struct frame f;

	for (int k = 0; k < PROCESSORS; k++) {
		lay(&processors[k], false, false, &f);
		test_int(frame_state_size(f.state), f.size, processors[k].name);
	}
	lay(&processors[1], false, false, &f);
	f.state[464 + 4]++;
	test_int(frame_state_size(f.state), 0, "sizes that contradict each other");
	lay(&processors[0], false, false, &f);
	memcpy(f.state + 464, (const uint32_t[6]){ 0x46505853, 516, 0, 0, 512, 0 }, 24);
	test_int(frame_state_size(f.state), 512, "Linux 6.1 without XSAVE: there is no second magic word");
	lay(&processors[1], false, false, &f);
	memset(f.state + 464 + 4, 0xff, 4);
	memset(f.state + 464 + 16, 0xff, 4);
	test_int(frame_state_size(f.state), 0, "a giant's size");
	memset(f.state + 464 + 4, 0, 24);
	test_int(frame_state_size(f.state), 0, "no size");
}

static void same(uint32_t model, bool alternate, bool fault, int first)
{
	static struct frame f;
	static struct frame_new a, b;
	siginfo_t si = { .si_signo = fault ? SIGSEGV : SIGUSR1, .si_code = fault ? SEGV_MAPERR : SI_USER };
	char name[128];

	for (int k = first; k < PROCESSORS; k++) {
		snprintf(name, sizeof(name), "%s, %s, %s, %s", processors[k].name, machine_cpu_model_name(model), alternate ? "alternate" : "plain", fault ? "fault" : "sent");
		lay(&processors[k], alternate, fault, &f);
		test_ok(frame_canonical(&f, parts, model, &si, fault, k == first ? &a : &b), name);
		if (k == first)
			continue;
		test_ok(a.at == b.at && a.n == b.n && a.alternate == b.alternate, name);
		test_ok(memcmp(a.bytes, b.bytes, a.n) == 0, name);
		test_ok(alternate ? a.low == b.low : b.low == f.at, name);
	}
}

static void test_content(void)
{
	static struct frame f;
	static struct frame_new n;
	siginfo_t si = { .si_signo = SIGSEGV, .si_code = SEGV_ACCERR, .si_addr = (void *)0x1000 };
	struct frame_head h;
	uint8_t state[AVX_END];

	lay(&processors[3], false, true, &f);
	f.state[512] |= 4;
	f.state[576 + 10] = 0xab;
	test_ok(frame_canonical(&f, parts, MACHINE_CPU_V3, &si, true, &n), "AVX in use, v3");
	memcpy(&h, n.bytes, sizeof(h));
	memcpy(state, n.bytes + (h.state_at - n.at), sizeof(state));
	test_int(h.error, 7, "what the signal says, the error code says");
	test_int(h.trap, 14, "a page fault's number");
	test_int(h.cr2, 0x1000, "and its address");
	test_ok(memcmp(h.info, &si, sizeof(si)) == 0, "what the signal says");
	test_int(n.at % 16, 8, "aligned for a function's first instruction");
	test_int(h.state_at % 64, 0, "aligned for XSAVE");
	test_int(state[576 + 10], 0xab, "AVX state comes along");
	test_int(state[512], 7, "and is told of");
	test_int(state[100], (uint8_t)700, "so do the legacy registers");
	test_int(state[24], (uint8_t)(24 * 7), "and MXCSR");
	test_ok(!frame_canonical(&f, parts, MACHINE_CPU_V2, &si, true, &n), "AVX in use, v2: left as it is");
	memset(f.state + 576, 0, 256);
	test_ok(frame_canonical(&f, parts, MACHINE_CPU_V2, &si, true, &n), "AVX called in use, all of it zero");
	f.state[512] |= 0x20;
	test_ok(frame_canonical(&f, parts, MACHINE_CPU_V3, &si, true, &n), "AVX-512 called in use, all of it zero");
	f.state[1024] = 1;
	test_ok(frame_canonical(&f, parts, MACHINE_CPU_V3, &si, true, &n), "MPX is nobody's");
	f.state[1120] = 1;
	test_ok(!frame_canonical(&f, parts, MACHINE_CPU_V3, &si, true, &n), "AVX-512 in use: left as it is");

	lay(&processors[2], false, false, &f);
	f.head.eflags |= 0x10000;
	si.si_code = SI_USER;
	test_ok(frame_canonical(&f, parts, MACHINE_CPU_V2, &si, false, &n), "a signal that was sent");
	memcpy(&h, n.bytes, sizeof(h));
	test_ok(!h.trap && !h.error && !h.cr2 && h.eflags == 0x246, "shows nothing of former faults");
	test_int(h.flags, 6, "no XSAVE, none told of");
	test_int(h.r8_to_15[7], 15, "registers as they were");
	lay(&processors[2], false, true, &f);
	f.head.trap = 13;
	f.head.error = 1298;
	si.si_code = SI_KERNEL;
	test_ok(frame_canonical(&f, parts, MACHINE_CPU_V2, &si, true, &n), "a general protection fault");
	memcpy(&h, n.bytes, sizeof(h));
	test_ok(h.cr2 == 0 && h.error == 0 && h.trap == 13, "has no address, and not the number of an instruction of ours");
	lay(&processors[2], false, true, &f);
	si = (siginfo_t){ .si_signo = SIGBUS, .si_code = BUS_ADRERR };
	test_ok(frame_canonical(&f, parts, MACHINE_CPU_V2, &si, true, &n), "a bus error");
	memcpy(&h, n.bytes, sizeof(h));
	test_ok(h.error == f.head.error && h.trap == 14 && h.cr2 == 0x1000, "is told as it was");
	si = (siginfo_t){ .si_signo = SIGILL, .si_code = ILL_ILLOPN };
	f.head.trap = 13;
	test_ok(frame_canonical(&f, parts, MACHINE_CPU_V2, &si, true, &n), "an instruction that is not known");
	memcpy(&h, n.bytes, sizeof(h));
	test_ok(h.error == 0 && h.trap == 6, "has that fault's number");
}

static void test_left(void)
{
	static struct frame f;
	static struct frame_new n;
	siginfo_t si = { .si_signo = SIGUSR1 };

	lay(&processors[2], false, false, &f);
	f.head.rsp += 64;
	test_ok(!frame_canonical(&f, parts, MACHINE_CPU_V2, &si, false, &n), "not where it must be");
	lay(&processors[2], true, false, &f);
	f.head.stack_size = 0;
	test_ok(!frame_canonical(&f, parts, MACHINE_CPU_V2, &si, false, &n), "on a stack that nobody named");
	lay(&processors[2], false, false, &f);
	f.head.cs = 0x23;
	test_ok(!frame_canonical(&f, parts, MACHINE_CPU_V2, &si, false, &n), "of a 32-bit program");
	lay(&processors[0], false, false, &f);
	test_ok(!frame_canonical(&f, parts, MACHINE_CPU_V3, &si, false, &n), "v3 on a processor that cannot");
	lay(&processors[2], true, false, &f);
	test_ok(frame_canonical(&f, parts, MACHINE_CPU_V2, &si, false, &n) && n.low >= STACK && n.low < n.at, "an alternate stack is cleared no further than it goes");
}

int main(void)
{
	test_sizes();
	for (int alternate = 0; alternate < 2; alternate++)
		for (int fault = 0; fault < 2; fault++) {
			same(MACHINE_CPU_V2, alternate, fault, 0);
			same(MACHINE_CPU_V3, alternate, fault, 1);
		}
	test_content();
	test_left();
	return test_end();
}
