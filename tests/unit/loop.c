/* What instructions read and write, and which loops never end by themselves. The traces are of real code, made by hand. */
#include <string.h>

#include "insn/loop.h"
#include "test.h"

enum { RAX = 1, RCX = 2, RDX = 4, RBX = 8, RSP = 16, FLAGS = 1 << EFFECT_FLAGS, OTHER = 1 << EFFECT_OTHER };

static struct insn_effects of(const char *code, size_t n)
{
	const struct insn_state s = { .rip = 0x1000, .reg = { 0x10, 0x20, 0x30, 0x40, 0x7000 } };
	struct insn_effects e;

	test_ok(insn_effects((const uint8_t *)code, n, &s, &e), "understood");
	return e;
}
#define OF(code) of(code, sizeof(code) - 1)

static void test_effects(void)
{
	struct insn_effects e = OF("\x75\xe0"); /* jne */
	const struct insn_state s = { .rip = 0x1000 };

	test_ok(e.control && e.read == FLAGS && !e.write, "a conditional jump is decided by the flags");
	e = OF("\x48\x39\xc8"); /* cmp %rcx,%rax */
	test_ok(e.read == (RAX | RCX) && e.kill == FLAGS && !e.control, "a comparison makes all flags new");
	e = OF("\x48\xff\xc0"); /* inc %rax */
	test_ok(e.write == (RAX | FLAGS) && e.kill == RAX, "inc leaves the carry");
	e = OF("\xb0\x01"); /* mov $1,%al */
	test_ok(e.read == RAX && !e.kill, "a part of a register is not the whole");
	e = OF("\xb8\x01\x00\x00\x00"); /* mov $1,%eax */
	test_ok(!e.read && e.kill == RAX, "32 bits are");
	e = OF("\x8b\x14\x88"); /* mov (%rax,%rcx,4),%edx */
	test_ok(e.address == (RAX | RCX) && e.kill == RDX && e.n_mem == 1 && e.mem[0].at == 0x90 && e.mem[0].len == 4 && e.mem[0].read, "a load");
	e = OF("\x48\x8d\x14\x88"); /* lea (%rax,%rcx,4),%rdx */
	test_ok(!e.n_mem && e.read == (RAX | RCX), "an address is computed, not used");
	e = OF("\x8b\x05\x10\x00\x00\x00"); /* mov 0x10(%rip),%eax */
	test_int(e.mem[0].at, 0x1016, "relative to the next instruction");
	e = OF("\x50"); /* push %rax */
	test_ok(e.mem[0].at == 0x6ff8 && e.mem[0].write && (e.read & RAX) && (e.write & RSP), "push writes below");
	e = OF("\xe8\x00\x00\x00\x00"); /* call */
	test_ok(e.mem[0].at == 0x6ff8 && e.mem[0].write && !e.control, "a direct call");
	e = OF("\xc3"); /* ret */
	test_ok(e.control && e.mem[0].at == 0x7000 && e.mem[0].read, "a return reads where to");
	e = OF("\xff\xe0"); /* jmp *%rax */
	test_ok(e.control && e.read == RAX, "an indirect jump");
	e = OF("\x87\x03"); /* xchg %eax,(%rbx) */
	test_ok(e.n_mem == 1 && e.mem[0].read && e.mem[0].write && e.mem[0].at == 0x40, "an exchange");
	e = OF("\x48\x0f\x44\xc1"); /* cmove %rcx,%rax */
	test_ok((e.read & (RAX | RCX | FLAGS)) == (RAX | RCX | FLAGS) && !(e.kill & RAX), "a conditional move may leave the old value");
	e = OF("\xf2\x0f\x58\xc1"); /* addsd */
	test_ok(e.write == OTHER && !e.kill, "vectors are one thing");
	e = OF("\xf3\x90"); /* pause */
	test_ok(!e.read && !e.write && !e.n_mem, "pause does nothing");
	e = OF("\x48\xf7\xf9"); /* idiv %rcx */
	test_ok(e.control, "a division may trap");
	struct insn_effects none;
	test_ok(!insn_effects((const uint8_t *)"\x0f\x05", 2, &s, &none), "a system call is not reasoned about");
	test_ok(!insn_effects((const uint8_t *)"\x0f\x31", 2, &s, &none), "nor is rdtsc");
	test_ok(!insn_effects((const uint8_t *)"\xf3\xa4", 2, &s, &none), "nor a repeated string operation");
	test_ok(!insn_effects((const uint8_t *)"\x9c", 1, &s, &none), "nor pushf");
	test_ok(!insn_effects((const uint8_t *)"\xc4", 1, &s, &none), "nor half an instruction");
}

/* ---- loops ----------------------------------------------------------------------------------------------------------- */

static struct loop_step trace[256];
static size_t length;

static void step(uint64_t rip, const char *code, size_t n, uint64_t rax, uint64_t rdx, uint64_t flags, uint64_t found)
{
	struct loop_step *s = &trace[length++];

	memset(s, 0, sizeof(*s));
	s->state.rip = rip;
	s->state.reg[0] = rax;
	s->state.reg[2] = rdx;
	s->state.reg[3] = 0x40;
	s->state.reg[EFFECT_FLAGS] = flags;
	s->known = insn_effects((const uint8_t *)code, n, &s->state, &s->effects);
	for (unsigned k = 0; k < s->effects.n_mem; k++)
		s->found[k] = found;
}
#define STEP(rip, code, ...) step(rip, code, sizeof(code) - 1, __VA_ARGS__)

static bool proven(struct loop *ret)
{
	bool r = loop_prove(trace, length, ret);

	length = 0;
	return r;
}

/* while (!*flag) n++, with the variant's last instructions */
static void waiting(int rounds)
{
	for (uint64_t i = 0; i < (uint64_t)rounds; i++) {
		STEP(0x1003, "\x48\x83\xc0\x01", i, 0, 0x46, 0);   /* add $1,%rax */
		STEP(0x1007, "\x8b\x13", i + 1, 0, 2, 0);          /* mov (%rbx),%edx */
		STEP(0x1009, "\x85\xd2", i + 1, 0, 2, 0);          /* test %edx,%edx */
		STEP(0x100b, "\x74\xf6", i + 1, 0, 0x46, 0);       /* je */
	}
}

static void test_loops(void)
{
	struct loop l;

	waiting(5);
	test_ok(proven(&l), "a count that decides nothing: it waits");
	test_ok(l.lowest == 0x1003 && l.period == 4, "which loop");
	waiting(5);
	length--;
	test_ok(proven(&l) && l.lowest == 0x1003, "wherever the look ends");
	waiting(1);
	test_ok(!proven(&l), "one round proves nothing");

	for (uint64_t i = 0; i < 6; i++) { /* for (; i < N; i++) */
		STEP(0x1000, "\x48\x83\xc0\x01", i, 0, 0x46, 0);
		STEP(0x1004, "\x48\x3d\x00\x00\x10\x00", i + 1, 0, 2, 0); /* cmp $0x100000,%rax */
		STEP(0x100a, "\x75\xf4", i + 1, 0, 0x83, 0);
	}
	test_ok(!proven(&l), "a count that decides: a computation");

	for (uint64_t i = 0; i < 6; i++) { /* the same count, in memory */
		STEP(0x1000, "\x48\xff\x03", 0, 0, 0x46, i);        /* incq (%rbx) */
		STEP(0x1003, "\x48\x81\x3b\x00\x00\x10\x00", 0, 0, 2, i + 1); /* cmpq $0x100000,(%rbx) */
		STEP(0x100a, "\x75\xf4", 0, 0, 0x83, 0);
	}
	test_ok(!proven(&l), "a count in memory that decides");

	for (uint64_t i = 0; i < 6; i++) { /* while (*p++ == 0): ends at the end of memory, if nowhere else */
		STEP(0x1000, "\x8b\x10", i * 4, 0, 0x46, 0);        /* mov (%rax),%edx */
		STEP(0x1002, "\x48\x83\xc0\x04", i * 4, 0, 0x46, 0); /* add $4,%rax */
		STEP(0x1006, "\x85\xd2", i * 4 + 4, 0, 2, 0);
		STEP(0x1008, "\x74\xf6", i * 4 + 4, 0, 0x46, 0);
	}
	test_ok(!proven(&l), "an address that moves will fault");

	for (uint64_t i = 0; i < 6; i++) { /* while (xchg(lock, 1)) n++ */
		STEP(0x1000, "\xba\x01\x00\x00\x00", i, 1, 0x46, 0); /* mov $1,%edx */
		STEP(0x1005, "\x87\x13", i, 1, 0x46, 1);             /* xchg %edx,(%rbx) */
		STEP(0x1007, "\x48\x83\xc0\x01", i, 1, 0x46, 0);
		STEP(0x100b, "\x85\xd2", i + 1, 1, 2, 0);
		STEP(0x100d, "\x75\xf1", i + 1, 1, 2, 0);
	}
	test_ok(proven(&l), "a lock that is taken stays taken");

	for (uint64_t i = 0; i < 6; i++) { /* an unknown instruction in the round */
		STEP(0x1000, "\x0f\x31", i, 0, 0x46, 0);
		STEP(0x1002, "\xeb\xfc", i, 0, 0x46, 0);
	}
	test_ok(!proven(&l), "what is not understood is no proof");
}

int main(void)
{
	test_effects();
	test_loops();
	return test_end();
}
