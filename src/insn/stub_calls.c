/* stub_calls.c: jumps for system calls; see stub.h. */
#include <string.h>

#include "insn/effects.h"
#include "insn/stub_maker.h"

enum { SITES_MOST = 65536, LOOK_BACK = 16, SYSCALL_LEN = 2 };

struct caller {
	struct maker m;
	uint64_t entry, tail;
	insn_call_fn *wants;
	void *ctx;
};

/* What stands before the line says nothing about the register behind it. */
static bool forgets(const struct maker *m, const struct line *l, unsigned reg)
{
	static const struct insn_state nothing;
	struct insn_effects e;

	return insn_ends_flow(m->file + l->at, l->len) || !insn_effects(m->file + l->at, l->len, &nothing, &e) || e.write >> reg & 1;
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

/* movabs $entry, %r11; jmp *%r11 */
static void put_tail(struct caller *c)
{
	c->tail = maker_here(&c->m);
	maker_put(&c->m, "\x49\xbb", 2);
	maker_put(&c->m, &c->entry, sizeof(c->entry));
	maker_put(&c->m, "\x41\xff\xe3", 3);
}

/* The instruction itself; lea site(%rip), %rcx; jmp tail */
static void put_routine(struct caller *c, const struct line *moved, uint64_t site)
{
	struct maker *m = &c->m;

	maker_put(m, m->file + moved->at, moved->len);
	maker_put(m, "\x48\x8d\x0d", 3);
	maker_put_long(m, (uint32_t)(site - (maker_here(m) + 4)));
	maker_put_jump(m, c->tail);
}

static void for_site(struct caller *c, uint64_t site)
{
	struct maker *m = &c->m;
	uint64_t begin = maker_here(m);
	const struct line *x;
	struct line pad;
	uint32_t nr;
	size_t i;

	if (!maker_line(m, site, &i) || !i)
		return;
	x = &m->lines[i - 1];
	if (x->len < MAKER_SHORT || !insn_may_move(m->file + x->at, x->len) || maker_taken(m, x) || !guess_number(m, i, &nr) || !c->wants(c->ctx, nr))
		return;
	if (x->len >= MAKER_JUMP) {
		put_routine(c, x, site);
		maker_divert(m, x, begin);
	} else if (maker_find_pad(m, x->at + MAKER_SHORT, &pad)) {
		put_routine(c, x, site);
		maker_divert_short(m, x, &pad, begin);
	}
}

/* The routine's tail comes first: the others jump to it. */
static void for_segment(struct caller *c, unsigned *sites)
{
	struct maker *m = &c->m;
	uint64_t at = m->segment.from;
	const uint8_t *p;

	put_tail(c);
	if (!maker_fits(m, 0))
		return;
	while (*sites && (p = memmem(m->file + at, (size_t)(m->segment.to - at), "\x0f\x05", SYSCALL_LEN))) {
		size_t begin = m->out->len;

		for_site(c, (uint64_t)(p - m->file));
		maker_fits(m, begin);   /* another may have a shorter instruction */
		at = (uint64_t)(p - m->file) + SYSCALL_LEN;
		--*sites;
	}
}

void insn_make_call_stubs(const uint8_t *file, size_t n, const struct insn_stubs *before, uint64_t entry, insn_call_fn *wants, void *ctx,
			  struct insn_stubs *ret)
{
	struct caller c = { .entry = entry, .wants = wants, .ctx = ctx };
	unsigned sites = SITES_MOST;

	maker_open(&c.m, file, n, before, ret);
	for (size_t i = 0; i < c.m.map.n_ranges && !ret->n; i++) {
		maker_enter(&c.m, c.m.map.ranges[i]);
		for_segment(&c, &sites);
	}
	if (!ret->n)
		insn_stubs_clear(ret);
	maker_close(&c.m);
}
