/* stub.c: see stub.h. */
#include "insn/stub.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { PAGE = 4096, MOV_EAX = 0xb8, JMP = 0xe9, JMP_SHORT = 0xeb, NOP = 0x90, JMP_LEN = 5, PAD_LEN = 7, REACH = 127, SUBS = 8 };

struct line { uint64_t at; size_t len; };

struct maker {
	const uint8_t *file;
	struct code_map map;
	struct code_range segment;
	insn_cpuid_fn *cpuid;
	void *ctx;
	struct insn_stubs *out;
	size_t room;                /* bytes behind the segment */
	uint64_t pad_used;          /* the end of the last no-op that was taken */
	struct code_range piece;    /* of code that was decoded last */
	struct line *lines;
	size_t n_lines;
	bool full;
};

/* ---- writing code -------------------------------------------------------------------------------------------------------- */

static void put(struct maker *m, const void *bytes, size_t n)
{
	if (n > m->room - m->out->len) {
		m->full = true;
		return;
	}
	memcpy(m->out->code + m->out->len, bytes, n);
	m->out->len += n;
}

static void put_byte(struct maker *m, uint8_t b)
{
	put(m, &b, 1);
}

static void put_long(struct maker *m, uint32_t v)
{
	put(m, &v, sizeof(v));
}

static uint64_t here(const struct maker *m)
{
	return m->out->at + m->out->len;
}

static void put_jump(struct maker *m, uint64_t to)
{
	put_byte(m, JMP);
	put_long(m, (uint32_t)(to - (here(m) + 4)));
}

/* A jump whose target comes later: returns where its distance stands. */
static size_t put_jump_ahead(struct maker *m)
{
	put_byte(m, JMP);
	put_long(m, 0);
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
	put_byte(m, 0x8d);
	put_byte(m, modrm);
	put_long(m, 0 - value);
	put(m, "\x67\xe3\x05", 3);
	return put_jump_ahead(m);
}

static void put_answer(struct maker *m, const uint32_t v[4], uint64_t back)
{
	static const uint8_t mov[4] = { 0xb8, 0xbb, 0xb9, 0xba }; /* to eax ebx ecx edx */

	for (unsigned k = 0; k < 4; k++) {
		put_byte(m, mov[k]);
		put_long(m, v[k]);
	}
	put_jump(m, back);
}

/* The leaf is in eax and the sub-leaf in edx: answers, or goes on behind. A leaf without a common answer for high sub-leaves is not known. */
static void put_leaf(struct maker *m, uint32_t leaf, uint64_t back)
{
	enum { FROM_RAX = 0x88, FROM_RDX = 0x8a };
	uint32_t rest[4], other[4];
	size_t no;

	m->cpuid(m->ctx, leaf, SUBS, rest);
	m->cpuid(m->ctx, leaf, UINT32_MAX, other);
	if (memcmp(rest, other, sizeof(rest)) != 0)
		return;
	no = put_unless(m, FROM_RAX, leaf);
	for (uint32_t sub = 0; sub < SUBS; sub++) {
		uint32_t v[4];
		size_t next;

		m->cpuid(m->ctx, leaf, sub, v);
		if (memcmp(v, rest, sizeof(v)) == 0)
			continue;
		next = put_unless(m, FROM_RDX, sub);
		put_answer(m, v, back);
		land(m, next);
	}
	put_answer(m, rest, back);
	land(m, no);
}

static void put_routine(struct maker *m, const uint32_t *leaves, unsigned n, const struct insn_site *site)
{
	uint64_t back = site->at + site->len;

	put(m, "\x89\xca", 2);      /* mov %ecx, %edx */
	for (unsigned k = 0; k < n; k++)
		put_leaf(m, leaves[k], back);
	put(m, "\x89\xd1", 2);      /* mov %edx, %ecx */
	put(m, site->trap, site->len);
	put_jump(m, back);
}

/* ---- places -------------------------------------------------------------------------------------------------------------- */

/* The instructions of the piece of a function that holds the site, one after the other. */
static void read_lines(struct maker *m, uint64_t site)
{
	struct code_range piece = insn_piece(&m->map, site);
	size_t room = 0;

	if (m->n_lines && m->piece.from == piece.from)
		return;
	m->piece = piece;
	m->n_lines = 0;
	if (piece.from < m->segment.from)
		return;
	if (piece.to > m->segment.to)
		piece.to = m->segment.to;
	for (uint64_t at = piece.from; at < piece.to;) {
		size_t len;

		insn_decode(m->file + at, piece.to - at < INSN_MOST ? (size_t)(piece.to - at) : INSN_MOST, &len);
		if (!len)
			return;
		if (m->n_lines == room) {
			room = room ? room * 2 : 256;
			m->lines = xrealloc(m->lines, room * sizeof(*m->lines));
		}
		m->lines[m->n_lines++] = (struct line){ at, len };
		at += len;
	}
}

/* The site's place among the lines. False: no instruction begins there. */
static bool line_of(const struct maker *m, uint64_t site, size_t *ret)
{
	for (size_t i = 0; i < m->n_lines && m->lines[i].at <= site; i++)
		if (m->lines[i].at == site) {
			*ret = i;
			return true;
		}
	return false;
}

static void edit(struct maker *m, uint64_t at, size_t len, const uint8_t *new)
{
	struct insn_stubs *s = m->out;

	if (s->n == s->room) {
		s->room = s->room ? s->room * 2 : 16;
		s->list = xrealloc(s->list, s->room * sizeof(*s->list));
	}
	s->list[s->n].at = at;
	s->list[s->n].len = (uint8_t)len;
	memcpy(s->list[s->n].old, m->file + at, len);
	memcpy(s->list[s->n++].new, new, len);
}

static void make_jump(uint8_t *bytes, uint64_t at, uint64_t to)
{
	uint32_t distance = (uint32_t)(to - (at + JMP_LEN));

	bytes[0] = JMP;
	memcpy(bytes + 1, &distance, sizeof(distance));
}

/* What the instruction puts into register `reg`: 1, a constant; 0, another register's content, *reg; -1, nothing that is known. */
static int source_of(const uint8_t *code, size_t len, unsigned *reg, uint32_t *ret)
{
	unsigned rex = len > 2 && (*code & 0xf0) == 0x40 ? *code : 0, high = (rex & 1) << 3, from = (rex & 4) << 1;

	code += rex != 0;
	len -= rex != 0;
	if (len == 5 && (*code & 0xf8) == MOV_EAX && ((*code & 7) | high) == *reg) {
		memcpy(ret, code + 1, sizeof(*ret));
		return 1;
	}
	if (len != 2 || code[1] < 0xc0 || ((code[1] & 7) | high) != *reg)
		return -1;
	from |= code[1] >> 3 & 7;
	*ret = 0;
	if (*code == 0x31 && from == *reg)
		return 1;
	if (*code != 0x89)
		return -1;
	*reg = from;
	return 0;
}

/* The leaf that is asked for, as far as the instructions before tell; else those that loops ask for. A wrong guess costs a trap. */
static unsigned guess_leaves(const struct maker *m, size_t line, uint32_t ret[4])
{
	static const uint32_t usual[] = { 2, 4, 7, 0 };
	unsigned reg = 0;

	for (size_t k = line; k-- > 0;)
		if (source_of(m->file + m->lines[k].at, m->lines[k].len, &reg, ret) == 1)
			return 1;
	memcpy(ret, usual, sizeof(usual));
	return sizeof(usual) / sizeof(usual[0]);
}

/* An instruction with room for a jump, a little before the site; it and what lies between are executed by the routine. */
static bool before_site(struct maker *m, size_t i, const struct insn_site *site)
{
	enum { BACK = 4 };
	size_t k = i;
	uint64_t begin = here(m);
	uint8_t jump[INSN_MOST];
	uint32_t leaves[4];

	do {
		if (!k || i - k == BACK || !insn_may_move(m->file + m->lines[k - 1].at, m->lines[k - 1].len))
			return false;
		k--;
	} while (m->lines[k].len < JMP_LEN);
	put(m, m->file + m->lines[k].at, (size_t)(site->at - m->lines[k].at));
	put_routine(m, leaves, guess_leaves(m, i, leaves), site);
	memset(jump, NOP, sizeof(jump));
	make_jump(jump, m->lines[k].at, begin);
	if (!m->full)
		edit(m, m->lines[k].at, m->lines[k].len, jump);
	return true;
}

static bool is_long_nop(const uint8_t *code, size_t len)
{
	while (len > 2 && (*code == 0x66 || *code == 0x2e)) {
		code++;
		len--;
	}
	return len > 2 && code[0] == 0x0f && code[1] == 0x1f;
}

static void at_no_op(struct maker *m, size_t line, const struct insn_site *site)
{
	uint32_t leaves[4];
	unsigned n_leaves = guess_leaves(m, line, leaves);

	for (const struct line *l = m->lines; l < m->lines + m->n_lines; l++) {
		int64_t distance = (int64_t)(l->at + 2) - (int64_t)(site->at + 2);
		uint8_t pad[INSN_MOST], jump[2] = { JMP_SHORT, (uint8_t)distance };
		uint64_t begin = here(m);

		if (l->len < PAD_LEN || distance > REACH || distance < -REACH || l->at < m->pad_used || !is_long_nop(m->file + l->at, l->len))
			continue;
		put_routine(m, leaves, n_leaves, site);
		memset(pad, NOP, sizeof(pad));
		pad[0] = JMP_SHORT;
		pad[1] = JMP_LEN;
		make_jump(pad + 2, l->at + 2, begin);
		if (!m->full) {
			edit(m, l->at, l->len, pad);
			edit(m, site->at, site->len, jump);
			m->pad_used = l->at + l->len;
		}
		return;
	}
}

/* The zeros of the file behind the segment, up to the end of its page. */
static size_t room_behind(const struct maker *m, size_t n)
{
	uint64_t end = (m->out->at + PAGE - 1) / PAGE * PAGE;

	for (uint64_t at = m->segment.to; at < end && at < n; at++)
		if (m->file[at])
			return 0;
	return (size_t)(end - m->out->at);
}

static void for_segment(struct maker *m, size_t n, const struct insn_sites *s)
{
	m->out->at = (m->segment.to + 15) / 16 * 16;
	m->out->code = xzalloc(PAGE);
	m->room = room_behind(m, n);
	for (size_t i = 0; i < s->n; i++) {
		const struct insn_site *site = &s->list[i];
		size_t before = m->out->len, line;

		if (site->kind != INSN_CPUID || site->at < m->segment.from || site->at >= m->segment.to)
			continue;
		read_lines(m, site->at);
		if (line_of(m, site->at, &line) && !before_site(m, line, site))
			at_no_op(m, line, site);
		if (m->full)            /* another site may need less */
			m->out->len = before;
		m->full = false;
	}
}

void insn_make_stubs(const uint8_t *file, size_t n, const struct insn_sites *s, insn_cpuid_fn *cpuid, void *ctx, struct insn_stubs *ret)
{
	struct maker m = { .file = file, .cpuid = cpuid, .ctx = ctx, .out = ret };

	memset(ret, 0, sizeof(*ret));
	if (!insn_map_elf(file, n, &m.map))
		return;
	for (size_t i = 0; i < m.map.n_ranges && !ret->code; i++)
		for (size_t k = 0; k < s->n && !ret->code; k++)
			if (s->list[k].kind == INSN_CPUID && s->list[k].at >= m.map.ranges[i].from && s->list[k].at < m.map.ranges[i].to) {
				m.segment = m.map.ranges[i];
				for_segment(&m, n, s);
			}
	insn_map_clear(&m.map);
	free(m.lines);
}

void insn_stubs_clear(struct insn_stubs *s)
{
	free(s->list);
	free(s->code);
	memset(s, 0, sizeof(*s));
}
