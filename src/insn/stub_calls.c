/* stub_calls.c: jumps for system calls and reads of the time-stamp counter; see stub.h. */
#include <string.h>

#include "base/log.h"
#include "insn/effects.h"
#include "insn/stub_maker.h"
#include "insn/tsc_place.h"

enum { SITES_MOST = 65536, LOOK_BACK = 16, SITE_LEN = 2, RDTSC = 0x31, JMP_SHORT = 0xeb };

struct caller {
	struct maker m;
	struct insn_agent to;
	uint64_t tail, tsc_tail;
	insn_call_fn *wants;
	void *ctx;
};

/* What stands before the line says nothing about the register behind it. (Where flow ends, and over what is not understood, the look back goes
 * on: glibc's _exit has the number in a register, behind a loop's jump.) */
static bool forgets(const struct maker *m, const struct line *l, unsigned reg)
{
	static const struct insn_state nothing;
	struct insn_effects e;

	return insn_effects(m->file + l->at, l->len, &nothing, &e) && e.write >> reg & 1;
}

/* The number that the call at the line has, as far as the instructions before tell. A wrong guess costs the way to the agent and back. */
static bool guess_number(const struct maker *m, size_t line, uint32_t *ret)
{
	unsigned reg = 0;

	for (size_t k = line; k-- > 0 && line - k <= LOOK_BACK;)
		switch (maker_source(m, &m->lines[k], &reg, ret)) {
		case 1:
			return true;
		case -1:
			if (forgets(m, &m->lines[k], reg))
				return false;
		}
	return false;
}

/* movabs $call, %r11; jmp *%r11; the same with tsc and %rdx */
static void put_tails(struct caller *c)
{
	struct maker *m = &c->m;

	c->tail = maker_here(m);
	maker_put(m, "\x49\xbb", 2);
	maker_put(m, &c->to.call, sizeof(c->to.call));
	maker_put(m, "\x41\xff\xe3", 3);
	if (!c->to.tsc)
		return;
	c->tsc_tail = maker_here(m);
	maker_put(m, "\x48\xba", 2);
	maker_put(m, &c->to.tsc, sizeof(c->to.tsc));
	maker_put(m, "\xff\xe2", 2);
}

/* The instruction itself; lea site(%rip), %rcx; jmp tail */
static void put_routine(struct caller *c, const struct line *moved, uint64_t site)
{
	struct maker *m = &c->m;

	maker_put_line(m, moved);
	maker_put(m, "\x48\x8d\x0d", 3);
	maker_put_long(m, (uint32_t)(site - (maker_here(m) + 4)));
	maker_put_jump(m, c->tail);
}

/* What seems to be `mov $number, %eax` directly before the site says that nobody wants it: most sites are not looked at any closer. */
static bool seems_unwanted(const struct caller *c, uint64_t site)
{
	enum { MOV_EAX = 0xb8, LEN = 5 };
	const struct maker *m = &c->m;
	uint32_t nr;

	if (site - m->segment.from < LEN || m->file[site - LEN] != MOV_EAX)
		return false;
	memcpy(&nr, m->file + site - LEN + 1, sizeof(nr));
	return !c->wants(c->ctx, nr);
}

/* False: the bytes are a part of another instruction, from wherever in the function its code is read. */
static bool may_begin(const struct maker *m, uint64_t site)
{
	struct code_range piece = insn_piece(m->elf, site - 1); /* it may lie right behind one (maker_behind) */

	return piece.from < m->segment.from || site - piece.from < INSN_WINDOW || insn_may_cover(m->file, (size_t)m->segment.to, (size_t)site) & 1;
}

static void for_site(struct caller *c, uint64_t site)
{
	struct maker *m = &c->m;
	uint64_t begin = maker_here(m);
	const struct line *x;
	struct line pad;
	uint32_t nr;
	size_t i;

	if (seems_unwanted(c, site) || !may_begin(m, site) || (!maker_line(m, site, &i) && !maker_behind(m, site, &i)) || !i)
		return;
	x = &m->lines[i - 1];
	if (x->len < MAKER_SHORT || !maker_may_move(m, x) || maker_taken(m, x) || !guess_number(m, i, &nr) || !c->wants(c->ctx, nr))
		return;
	if (x->len >= MAKER_JUMP) {
		put_routine(c, x, site);
		maker_divert(m, x, begin);
	} else if (maker_find_pad(m, x->at + MAKER_SHORT, &pad)) {
		put_routine(c, x, site);
		maker_divert_short(m, x, &pad, begin);
	}
}

enum { TSC_ROUTINE = 12 }; /* bytes that put_tsc_routine() writes */

/* lea instruction(%rip), %rax; jmp tail */
static void put_tsc_routine(struct caller *c, uint64_t instruction)
{
	struct maker *m = &c->m;

	maker_put(m, "\x48\x8d\x05", 3);
	maker_put_long(m, (uint32_t)(instruction - (maker_here(m) + 4)));
	maker_put_jump(m, c->tsc_tail);
}

/* The instruction itself, or what stands for it. */
static void put_tsc(struct caller *c, const struct line *site)
{
	uint8_t trap[INSN_TRAP_MOST];

	if (c->to.traps && insn_make_trap(INSN_RDTSC, c->m.file + site->at, site->len, trap))
		maker_put(&c->m, trap, site->len);
	else
		maker_put(&c->m, c->m.file + site->at, site->len);
}

/* In the place of the line and the n - 1 behind it. The routine holds them, and between the first, the instruction itself, and the others a jump that is not
 * taken tells where it stood (insn_tsc_place). */
static void join_tsc(struct caller *c, size_t i, const struct line *whole, size_t n)
{
	struct maker *m = &c->m;
	uint64_t begin = maker_here(m), instruction = begin + TSC_ROUTINE;
	const struct line *site = &m->lines[i];

	put_tsc_routine(c, instruction);
	put_tsc(c, site);
	maker_put_byte(m, JMP_SHORT);
	maker_put_byte(m, MAKER_JUMP);
	maker_put_jump(m, site->at + site->len);
	for (size_t k = 1; k < n; k++)
		maker_put_line(m, &m->lines[i + k]);
	maker_put_jump(m, whole->at + whole->len);
	maker_divert(m, whole, begin);
}

/* By the instruction before, or in the site's own place: then the routine holds the instruction, and behind it the way back, which tells
 * whoever stops there where it stood (insn_tsc_place). */
static void for_tsc(struct caller *c, uint64_t site)
{
	struct maker *m = &c->m;
	uint64_t begin = maker_here(m), instruction;
	const struct line *x;
	struct line pad, whole;
	size_t i, n;

	if (!c->to.tsc || !may_begin(m, site) || !maker_line(m, site, &i) || maker_taken(m, &m->lines[i]) || insn_tsc_place(m->file + site, m->n - site, site) != site)
		return;
	x = i ? &m->lines[i - 1] : NULL;
	if (x && x->len >= MAKER_JUMP && maker_may_move(m, x) && !maker_taken(m, x)) {
		maker_put_line(m, x);
		put_tsc_routine(c, site);
		maker_divert(m, x, begin);
	} else if (maker_find_pad(m, site + SITE_LEN, &pad)) {
		instruction = begin + TSC_ROUTINE;
		put_tsc_routine(c, instruction);
		invariant(m->full || maker_here(m) == instruction);
		put_tsc(c, &m->lines[i]);
		maker_put_jump(m, site + SITE_LEN);
		maker_divert_short(m, &m->lines[i], &pad, begin);
	} else if (maker_join(m, i, &whole, &n)) {
		join_tsc(c, i, &whole, n);
	}
}

/* The next of both kinds, from `at` on; NULL: none. */
static const uint8_t *next_site(const struct maker *m, uint64_t at)
{
	static const struct insn_pairs pairs = { 0x0f, { 0x05, RDTSC, RDTSC, RDTSC }, 0x0f, 0x05 };
	size_t found = insn_next_pair(m->file, (size_t)m->segment.to, (size_t)at, &pairs);

	return found < m->segment.to ? m->file + found : NULL;
}

/* The routine's tail comes first: the others jump to it. */
static void for_segment(struct caller *c, unsigned *sites)
{
	struct maker *m = &c->m;
	uint64_t at = m->segment.from;
	const uint8_t *p;

	if (m->segment.to - m->segment.from < SITE_LEN)
		return;
	put_tails(c);
	if (!maker_fits(m, 0))
		return;
	while (*sites && at < m->segment.to && (p = next_site(m, at))) {
		size_t begin = m->out->len;

		at = (uint64_t)(p - m->file);
		if (p[1] == RDTSC)
			for_tsc(c, at);
		else
			for_site(c, at);
		maker_fits(m, begin);   /* another may have a shorter instruction */
		at += SITE_LEN;
		--*sites;
	}
}

void insn_make_call_stubs(const struct insn_elf *f, const struct insn_stubs *before, const struct insn_agent *to, insn_call_fn *wants, void *ctx,
			  struct insn_stubs *ret)
{
	struct caller c = { .to = *to, .wants = wants, .ctx = ctx };
	unsigned sites = SITES_MOST;

	maker_open(&c.m, f, before, ret);
	for (size_t i = 0; i < f->n_ranges && !ret->n; i++) {
		maker_enter(&c.m, f->ranges[i]);
		for_segment(&c, &sites);
	}
	if (!ret->n)
		insn_stubs_clear(ret);
	maker_close(&c.m);
}
