/* step.c: a program that single-steps itself (TF) and comes to a call, or an rdtsc, whose site leads to the agent.
 *
 * What stands there (insn/stub_calls.c): in the place of the instruction before the call, or of a no-op near it, a jump to a routine; there that instruction,
 * lea site(%rip), %rcx; jmp tail, and at the tail movabs $agent, %r11; jmp *%r11. For an rdtsc the registers are rax and rdx, the routine may begin with lea, and
 * may hold the rdtsc itself. The program is to see one step where the instruction was, and then the call itself: the steps before it are not told, and when the
 * instruction is over the thread is put at the site, where the call stops as any other. So nobody comes to the agent from a site with the flag set; who was
 * parked, or is to edit code, does not go there with it either (near.c). */
#include "engine/internal.h"

#include <signal.h>
#include <string.h>

#include "agent/wire.h"
#include "insn/insn.h"

enum { LEA = 7, JUMP = 5, SHORT = 2, TAIL = 13 };

/* The ways into the agent: lea of which register, the tail's begin and end, and where it leads. */
struct way { uint8_t lea[3], load[2], jump[3]; size_t jump_len; bool tsc; };

static const struct way ways[] = {
	{ { 0x48, 0x8d, 0x0d }, { 0x49, 0xbb }, { 0x41, 0xff, 0xe3 }, 3, false },
	{ { 0x48, 0x8d, 0x05 }, { 0x48, 0xba }, { 0xff, 0xe2 }, 2, true },
};

static bool jump_target(const uint8_t *code, size_t n, gaddr at, gaddr *ret)
{
	int32_t distance;

	if (n < JUMP || code[0] != 0xe9)
		return false;
	memcpy(&distance, code + 1, sizeof(distance));
	*ret = at + JUMP + (uint64_t)(int64_t)distance;
	return true;
}

/* Which one's tail is here? NULL: none's. */
static const struct way *tail_at(struct tracee *t, gaddr at)
{
	const struct wire_image *image = (const void *)agent_image_begin;
	uint8_t code[INSN_MOST];
	uint64_t entry;

	if (tracee_read_code(t, at, code) < TAIL)
		return NULL;
	memcpy(&entry, code + sizeof(ways[0].load), sizeof(entry));
	for (size_t k = 0; k < sizeof(ways) / sizeof(*ways); k++)
		if (memcmp(code, ways[k].load, sizeof(ways[k].load)) == 0 && memcmp(code + sizeof(ways[k].load) + sizeof(entry), ways[k].jump, ways[k].jump_len) == 0 &&
		    entry == (ways[k].tsc ? image->tsc_entry : image->entry))
			return &ways[k];
	return NULL;
}

/* jmp tail */
static const struct way *jump_at(struct tracee *t, gaddr at)
{
	uint8_t code[INSN_MOST];
	gaddr tail;

	return jump_target(code, tracee_read_code(t, at, code), at, &tail) ? tail_at(t, tail) : NULL;
}

/* lea site(%rip), register; jmp tail */
static bool leads_to_agent(struct tracee *t, gaddr at, gaddr *ret_site)
{
	const struct way *w = jump_at(t, at + LEA);
	uint8_t code[INSN_MOST];
	int32_t distance;

	if (!w || tracee_read_code(t, at, code) < LEA || memcmp(code, w->lea, sizeof(w->lea)) != 0)
		return false;
	memcpy(&distance, code + sizeof(w->lea), sizeof(distance));
	*ret_site = at + LEA + (uint64_t)(int64_t)distance;
	return true;
}

/* The instruction that was moved here, and then that. */
static bool is_routine(struct tracee *t, gaddr at)
{
	uint8_t code[INSN_MOST];
	size_t n = tracee_read_code(t, at, code), len;
	gaddr site;

	insn_decode(code, n, &len);
	return len && insn_may_move(code, len) && leads_to_agent(t, at + len, &site);
}

/* A jump to a routine in a no-op, which a short jump over it precedes. */
static bool is_detour(struct tracee *t, gaddr at)
{
	uint8_t code[INSN_MOST], before[INSN_MOST];
	size_t n = tracee_read_code(t, at, code);
	gaddr to, site;

	return jump_target(code, n, at, &to) && tracee_read_code(t, at - SHORT, before) >= SHORT && before[0] == 0xeb && before[1] >= JUMP &&
	       (is_routine(t, to) || leads_to_agent(t, to, &site));
}

/* Behind lea, where nobody comes who had the flag before: a handler may have set it. */
static bool is_behind(struct tracee *t, const struct user_regs_struct *r, gaddr *ret_site)
{
	const struct way *w = jump_at(t, r->rip);

	if (!w)
		w = tail_at(t, r->rip);
	*ret_site = w && w->tsc ? r->rax : r->rcx;
	return w;
}

bool engine_step_is_ours(struct engine *e, uint32_t task, const siginfo_t *si)
{
	struct tracee *t = tracee_of(e, task);
	struct user_regs_struct r;
	bool ours;
	gaddr site;

	if (si->si_signo != SIGTRAP || si->si_code != TRAP_TRACE || !e->x->procs[e->w->tasks[task].proc].agent || !tracee_regs(t, &r))
		return false;
	if (is_routine(t, r.rip) || is_detour(t, r.rip))
		return true;
	if (leads_to_agent(t, r.rip, &site))
		ours = site == r.rip + LEA + JUMP; /* the routine holds it, and the jump here was one step too many */
	else if (is_behind(t, &r, &site))
		ours = true;
	else
		return false;
	r.rip = site;
	return tracee_set_regs(t, &r) && ours;
}
