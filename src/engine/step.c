/* step.c: a program that single-steps itself (TF) and comes to a call whose site leads to the agent.
 *
 * What stands there (insn/stub_calls.c): in the place of the instruction before the call, or of a no-op near it, a jump to a routine; there that instruction,
 * lea site(%rip), %rcx; jmp tail, and at the tail movabs $agent, %r11; jmp *%r11. The program is to see one step where the instruction was, and then the
 * call itself: the steps before it are not told, and when the instruction is over the thread is put at the site, where the call stops as any other. So
 * nobody is in the agent with the flag set. */
#include "engine/internal.h"

#include <signal.h>
#include <string.h>

#include "agent/wire.h"
#include "insn/insn.h"

enum { LEA = 7, JUMP = 5, SHORT = 2, TAIL = 13 };

static bool jump_target(const uint8_t *code, size_t n, gaddr at, gaddr *ret)
{
	int32_t distance;

	if (n < JUMP || code[0] != 0xe9)
		return false;
	memcpy(&distance, code + 1, sizeof(distance));
	*ret = at + JUMP + (uint64_t)(int64_t)distance;
	return true;
}

static bool is_tail(struct tracee *t, gaddr at)
{
	const struct wire_image *image = (const void *)agent_image_begin;
	uint8_t code[INSN_MOST];
	uint64_t entry;

	if (tracee_read_code(t, at, code) < TAIL || memcmp(code, "\x49\xbb", 2) != 0 || memcmp(code + 10, "\x41\xff\xe3", 3) != 0)
		return false;
	memcpy(&entry, code + 2, sizeof(entry));
	return entry == image->entry;
}

/* lea site(%rip), %rcx; jmp tail */
static bool leads_to_agent(struct tracee *t, gaddr at, gaddr *ret_site)
{
	uint8_t code[INSN_MOST];
	size_t n = tracee_read_code(t, at, code);
	int32_t distance;
	gaddr tail;

	if (n < LEA + JUMP || memcmp(code, "\x48\x8d\x0d", 3) != 0 || !jump_target(code + LEA, n - LEA, at + LEA, &tail) || !is_tail(t, tail))
		return false;
	memcpy(&distance, code + 3, sizeof(distance));
	*ret_site = at + LEA + (uint64_t)(int64_t)distance;
	return true;
}

/* One instruction, and then that. */
static bool is_routine(struct tracee *t, gaddr at)
{
	uint8_t code[INSN_MOST];
	size_t n = tracee_read_code(t, at, code), len;
	gaddr site;

	insn_decode(code, n, &len);
	return len && leads_to_agent(t, at + len, &site);
}

/* A jump to a routine in a no-op, which a short jump over it precedes. */
static bool is_detour(struct tracee *t, gaddr at)
{
	uint8_t code[INSN_MOST], before[INSN_MOST];
	size_t n = tracee_read_code(t, at, code);
	gaddr to;

	return jump_target(code, n, at, &to) && tracee_read_code(t, at - SHORT, before) >= SHORT && before[0] == 0xeb && before[1] == JUMP && is_routine(t, to);
}

bool engine_step_is_ours(struct engine *e, uint32_t task, const siginfo_t *si)
{
	struct tracee *t = tracee_of(e, task);
	struct user_regs_struct r;
	gaddr site;

	if (si->si_signo != SIGTRAP || si->si_code != TRAP_TRACE || !e->x->procs[e->w->tasks[task].proc].agent || !tracee_regs(t, &r))
		return false;
	if (leads_to_agent(t, r.rip, &site)) {
		r.rip = site;
		tracee_set_regs(t, &r);
		return false;
	}
	return is_routine(t, r.rip) || is_detour(t, r.rip);
}
