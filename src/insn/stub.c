/* stub.c: answers to cpuid; see stub.h. */
#include <stdlib.h>
#include <string.h>

#include "insn/stub_maker.h"

enum { SUBS = 8 };

struct answerer {
	struct maker m;
	insn_cpuid_fn *cpuid;
	void *ctx;
};

/* ---- routines ------------------------------------------------------------------------------------------------------------ */

/* A jump whose target comes later: returns where its distance stands. */
static size_t put_jump_ahead(struct maker *m)
{
	maker_put_jump(m, maker_here(m));
	return m->out->len;
}

static void land(struct maker *m, size_t jump)
{
	uint32_t distance = (uint32_t)(m->out->len - jump);

	if (!m->full)
		memcpy(m->out->code + jump - 4, &distance, sizeof(distance));
}

/* lea -value(%from), %ecx; jecxz 1f; jmp ahead; 1: */
static size_t put_unless(struct maker *m, uint8_t modrm, uint32_t value)
{
	maker_put_byte(m, 0x8d);
	maker_put_byte(m, modrm);
	maker_put_long(m, 0 - value);
	maker_put(m, "\x67\xe3\x05", 3);
	return put_jump_ahead(m);
}

static void put_answer(struct maker *m, const uint32_t v[4], uint64_t back)
{
	static const uint8_t mov[4] = { 0xb8, 0xbb, 0xb9, 0xba }; /* to eax ebx ecx edx */

	for (unsigned k = 0; k < 4; k++) {
		maker_put_byte(m, mov[k]);
		maker_put_long(m, v[k]);
	}
	maker_put_jump(m, back);
}

/* The leaf is in eax and the sub-leaf in edx: answers, or goes on behind. A leaf without a common answer for high sub-leaves is not known. */
static void put_leaf(struct answerer *a, uint32_t leaf, uint64_t back)
{
	enum { FROM_RAX = 0x88, FROM_RDX = 0x8a };
	uint32_t rest[4], other[4];
	size_t no;

	a->cpuid(a->ctx, leaf, SUBS, rest);
	a->cpuid(a->ctx, leaf, UINT32_MAX, other);
	if (memcmp(rest, other, sizeof(rest)) != 0)
		return;
	no = put_unless(&a->m, FROM_RAX, leaf);
	for (uint32_t sub = 0; sub < SUBS; sub++) {
		uint32_t v[4];
		size_t next;

		a->cpuid(a->ctx, leaf, sub, v);
		if (memcmp(v, rest, sizeof(v)) == 0)
			continue;
		next = put_unless(&a->m, FROM_RDX, sub);
		put_answer(&a->m, v, back);
		land(&a->m, next);
	}
	put_answer(&a->m, rest, back);
	land(&a->m, no);
}

static void put_routine(struct answerer *a, const uint32_t *leaves, unsigned n, const struct insn_site *site)
{
	uint64_t back = site->at + site->len;

	maker_put(&a->m, "\x89\xca", 2);      /* mov %ecx, %edx */
	for (unsigned k = 0; k < n; k++)
		put_leaf(a, leaves[k], back);
	maker_put(&a->m, "\x89\xd1", 2);      /* mov %edx, %ecx */
	maker_put(&a->m, site->trap, site->len);
	maker_put_jump(&a->m, back);
}

/* ---- places -------------------------------------------------------------------------------------------------------------- */

/* The leaf that is asked for, as far as the instructions before tell; else those that loops ask for. A wrong guess costs a trap. */
static unsigned guess_leaves(const struct maker *m, size_t line, uint32_t ret[4])
{
	static const uint32_t usual[] = { 2, 4, 7, 0 };
	unsigned reg = 0;

	for (size_t k = line; k-- > 0;)
		if (maker_source(m, &m->lines[k], &reg, ret) == 1)
			return 1;
	memcpy(ret, usual, sizeof(usual));
	return sizeof(usual) / sizeof(usual[0]);
}

/* An instruction with room for a jump, a little before the site; it and what lies between are executed by the routine. */
static bool before_site(struct answerer *a, size_t i, const struct insn_site *site)
{
	enum { BACK = 4 };
	struct maker *m = &a->m;
	size_t k = i;
	uint64_t begin = maker_here(m);
	uint32_t leaves[4];

	do {
		if (!k || i - k == BACK || !maker_may_move(m, &m->lines[k - 1]))
			return false;
		k--;
	} while (m->lines[k].len < MAKER_JUMP);
	for (size_t moved = k; moved < i; moved++)
		maker_put_line(m, &m->lines[moved]);
	put_routine(a, leaves, guess_leaves(m, i, leaves), site);
	maker_divert(m, &m->lines[k], begin);
	return true;
}

static void at_no_op(struct answerer *a, size_t i, const struct insn_site *site)
{
	struct maker *m = &a->m;
	uint64_t begin = maker_here(m);
	uint32_t leaves[4];
	struct line pad;

	if (!maker_find_pad(m, site->at + site->len, &pad))
		return;
	put_routine(a, leaves, guess_leaves(m, i, leaves), site);
	maker_divert_short(m, &m->lines[i], &pad, begin);
}

static void for_segment(struct answerer *a, const struct insn_sites *s)
{
	struct maker *m = &a->m;

	for (size_t i = 0; i < s->n; i++) {
		const struct insn_site *site = &s->list[i];
		size_t begin = m->out->len, line;

		if (site->kind != INSN_CPUID || site->at < m->segment.from || site->at >= m->segment.to)
			continue;
		if (maker_line(m, site->at, &line) && !before_site(a, line, site))
			at_no_op(a, line, site);
		maker_fits(m, begin);   /* another site may need less */
	}
}

void insn_make_stubs(const struct insn_elf *f, const struct insn_sites *s, insn_cpuid_fn *cpuid, void *ctx, struct insn_stubs *ret)
{
	struct answerer a = { .cpuid = cpuid, .ctx = ctx };

	maker_open(&a.m, f, NULL, ret);
	for (size_t i = 0; i < f->n_ranges && !ret->code; i++)
		for (size_t k = 0; k < s->n && !ret->code; k++)
			if (s->list[k].kind == INSN_CPUID && s->list[k].at >= f->ranges[i].from && s->list[k].at < f->ranges[i].to) {
				maker_enter(&a.m, f->ranges[i]);
				for_segment(&a, s);
			}
	maker_close(&a.m);
}

void insn_stubs_clear(struct insn_stubs *s)
{
	free(s->list);
	free(s->code);
	memset(s, 0, sizeof(*s));
}
