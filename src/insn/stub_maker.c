/* stub_maker.c: see stub_maker.h. */
#include "insn/stub_maker.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { PAGE = 4096, MOV_EAX = 0xb8, JMP = 0xe9, JMP_SHORT = 0xeb, NOP = 0x90, PAD_LEN = MAKER_SHORT + MAKER_JUMP, REACH = 127 };
enum { PIECE_MOST = 1 << 20, BUDGET = 32 << 20 };

void maker_open(struct maker *m, const struct insn_elf *elf, const struct insn_stubs *before, struct insn_stubs *ret)
{
	*m = (struct maker){ .elf = elf, .file = elf->file, .n = elf->n, .before = before, .out = ret, .budget = BUDGET };
	memset(ret, 0, sizeof(*ret));
}

void maker_close(struct maker *m)
{
	insn_ways_clear(&m->ways);
	free(m->lines);
}

/* The zeros of the file behind the segment, up to the end of its page. */
static size_t room_behind(const struct maker *m)
{
	uint64_t end = (m->segment.to + PAGE - 1) / PAGE * PAGE;

	for (uint64_t at = m->segment.to; at < end && at < m->n; at++)
		if (m->file[at])
			return 0;
	return m->out->at < end ? (size_t)(end - m->out->at) : 0;
}

void maker_enter(struct maker *m, struct code_range segment)
{
	uint64_t from = segment.to;

	if (m->before && m->before->len && m->before->at >= from && m->before->at - from < PAGE)
		from = m->before->at + m->before->len;
	m->segment = segment;
	insn_stubs_clear(m->out);
	m->out->at = (from + 15) / 16 * 16;
	m->out->code = xzalloc(PAGE);
	m->room = room_behind(m);
}

/* ---- writing code -------------------------------------------------------------------------------------------------------- */

void maker_put(struct maker *m, const void *bytes, size_t n)
{
	if (n > m->room - m->out->len) {
		m->full = true;
		return;
	}
	memcpy(m->out->code + m->out->len, bytes, n);
	m->out->len += n;
}

void maker_put_byte(struct maker *m, uint8_t b)
{
	maker_put(m, &b, 1);
}

void maker_put_long(struct maker *m, uint32_t v)
{
	maker_put(m, &v, sizeof(v));
}

/* mov %rsp, %rbp (either way of writing it) among the first lines of the piece. */
static bool has_frame(const struct maker *m)
{
	enum { FIRST = 12 };

	for (size_t i = 0; i < m->n_lines && i < FIRST; i++) {
		const uint8_t *code = m->file + m->lines[i].at;

		if (m->lines[i].len == 3 && (memcmp(code, "\x48\x89\xe5", 3) == 0 || memcmp(code, "\x48\x8b\xec", 3) == 0))
			return true;
	}
	return false;
}

bool maker_may_move(const struct maker *m, const struct line *l)
{
	if (!insn_may_move(m->file + l->at, l->len))
		return false;
	switch (insn_names(m->file + l->at, l->len)) {
	case INSN_NAMES_OWN:
		return true;
	case INSN_NAMES_FRAME:
		return has_frame(m);
	default:
		return false;
	}
}

void maker_put_line(struct maker *m, const struct line *l)
{
	uint8_t moved[INSN_MOST];

	if (insn_move(m->file + l->at, l->len, (int64_t)(maker_here(m) - l->at), moved))
		maker_put(m, moved, l->len);
	else
		m->full = true;
}

uint64_t maker_here(const struct maker *m)
{
	return m->out->at + m->out->len;
}

void maker_put_jump(struct maker *m, uint64_t to)
{
	maker_put_byte(m, JMP);
	maker_put_long(m, (uint32_t)(to - (maker_here(m) + 4)));
}

bool maker_fits(struct maker *m, size_t begin)
{
	bool fits = !m->full;

	if (!fits)
		m->out->len = begin;
	m->full = false;
	return fits;
}

/* ---- reading code -------------------------------------------------------------------------------------------------------- */

/* The instruction at `at`, which ends at `to` or before. False: none. */
static bool next_line(const struct maker *m, uint64_t at, uint64_t to, struct line *ret)
{
	if (at >= to)
		return false;
	ret->at = at;
	insn_decode(m->file + at, to - at < INSN_MOST ? (size_t)(to - at) : INSN_MOST, &ret->len);
	return ret->len != 0;
}

/* The instructions of the piece of a function that holds the place, one after the other, as far as the place: a piece is read on where it was left. */
static void read_lines(struct maker *m, uint64_t place)
{
	struct code_range piece = insn_piece(m->elf, place);
	struct line l = { 0 };
	uint64_t at;

	if (!m->n_lines || m->piece.from != piece.from)
		m->n_lines = 0;
	m->piece = piece;
	if (piece.from < m->segment.from)
		return;
	if (piece.to > m->segment.to)
		piece.to = m->segment.to;
	if (piece.to - piece.from > PIECE_MOST)
		piece.to = piece.from + PIECE_MOST;
	at = m->n_lines ? m->lines[m->n_lines - 1].at + m->lines[m->n_lines - 1].len : piece.from;
	for (; at <= place && next_line(m, at, piece.to, &l); at += l.len) {
		if (m->n_lines == m->lines_room) {
			m->lines_room = m->lines_room ? m->lines_room * 2 : 256;
			m->lines = xrealloc(m->lines, m->lines_room * sizeof(*m->lines));
		}
		m->lines[m->n_lines++] = l;
	}
}

bool maker_line(struct maker *m, uint64_t at, size_t *ret)
{
	size_t low = 0, high;

	read_lines(m, at);
	for (high = m->n_lines; low < high;) {
		size_t mid = low + (high - low) / 2;

		if (m->lines[mid].at < at)
			low = mid + 1;
		else
			high = mid;
	}
	*ret = low;
	return low < m->n_lines && m->lines[low].at == at;
}

bool maker_behind(struct maker *m, uint64_t at, size_t *ret)
{
	const struct line *last;

	read_lines(m, at - 1);
	last = m->n_lines ? &m->lines[m->n_lines - 1] : NULL;
	*ret = m->n_lines;
	return last && m->piece.to == at && last->at + last->len == at && !insn_ends_flow(m->file + last->at, last->len);
}

int maker_source(const struct maker *m, const struct line *l, unsigned *reg, uint32_t *ret)
{
	const uint8_t *code = m->file + l->at;
	size_t len = l->len;
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

/* ---- edits --------------------------------------------------------------------------------------------------------------- */

static bool meets(const struct insn_stubs *s, const struct line *l)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].at < l->at + l->len && l->at < s->list[i].at + s->list[i].len)
			return true;
	return false;
}

bool maker_taken(const struct maker *m, const struct line *l)
{
	return meets(m->out, l) || (m->before && meets(m->before, l));
}

static void edit(struct maker *m, const struct line *l, const uint8_t *new)
{
	struct insn_stubs *s = m->out;

	if (s->n == s->room) {
		s->room = s->room ? s->room * 2 : 16;
		s->list = xrealloc(s->list, s->room * sizeof(*s->list));
	}
	s->list[s->n] = (struct insn_edit){ .at = l->at, .len = (uint8_t)l->len };
	memcpy(s->list[s->n].old, m->file + l->at, l->len);
	memcpy(s->list[s->n++].new, new, l->len);
}

static void make_jump(uint8_t *bytes, uint64_t at, uint64_t to)
{
	uint32_t distance = (uint32_t)(to - (at + MAKER_JUMP));

	bytes[0] = JMP;
	memcpy(bytes + 1, &distance, sizeof(distance));
}

void maker_divert(struct maker *m, const struct line *l, uint64_t to)
{
	uint8_t jump[INSN_MOST];

	memset(jump, NOP, sizeof(jump));
	make_jump(jump, l->at, to);
	if (!m->full)
		edit(m, l, jump);
}

static bool is_entered(struct maker *m, uint64_t at)
{
	if (!m->ways.all && !m->ways.bits)
		insn_find_ways(m->file, m->n, &m->ways);
	return insn_leads_to(&m->ways, at);
}

bool maker_join(struct maker *m, size_t i, struct line *ret, size_t *ret_n)
{
	uint64_t from = m->lines[i].at, to;
	const struct line *l;
	size_t n = i;

	if (m->piece.to - from < MAKER_JUMP)
		return false;
	read_lines(m, from + MAKER_JUMP - 1);
	for (to = from; to < from + MAKER_JUMP; to = l->at + l->len, n++) {
		l = &m->lines[n];
		if (n == m->n_lines || maker_taken(m, l))
			return false;
		if (n == i)
			continue;
		if (!maker_may_move(m, l) || is_entered(m, l->at))
			return false;
	}
	*ret = (struct line){ from, (size_t)(to - from) };
	*ret_n = n - i;
	return to - from <= INSN_MOST;
}

void maker_divert_short(struct maker *m, const struct line *l, const struct line *pad, uint64_t to)
{
	uint8_t over[INSN_MOST], jump[INSN_MOST];

	memset(over, NOP, sizeof(over));
	over[0] = JMP_SHORT;
	over[1] = (uint8_t)(pad->len - MAKER_SHORT); /* over all of it, in one step as before */
	make_jump(over + MAKER_SHORT, pad->at + MAKER_SHORT, to);
	memset(jump, NOP, sizeof(jump));
	jump[0] = JMP_SHORT;
	jump[1] = (uint8_t)(pad->at - l->at);
	if (m->full)
		return;
	edit(m, pad, over);
	edit(m, l, jump);
}

/* ---- no-ops -------------------------------------------------------------------------------------------------------------- */

static bool is_no_op(const uint8_t *code, size_t len)
{
	while (len > 1 && (*code == 0x66 || *code == 0x2e)) {
		code++;
		len--;
	}
	return (len == 1 && *code == NOP) || (len > 2 && code[0] == 0x0f && code[1] == 0x1f);
}

/* Are the bytes of one with a 32-bit displacement anywhere within reach? No other is so long that anybody writes it; most pieces need not be read. */
static bool has_long_no_op(const struct maker *m, struct code_range r, uint64_t end)
{
	uint64_t from = end > r.from + MAKER_SHORT + REACH ? end - MAKER_SHORT - REACH : r.from;
	const uint8_t *p = m->file + from;
	size_t n = from < r.to ? (size_t)(r.to - from) : 0;

	return memmem(p, n, "\x0f\x1f\x80", 3) || memmem(p, n, "\x0f\x1f\x84", 3);
}

/* The first among the instructions from a boundary on. padding: nothing but no-ops is believed there, for nobody describes it. */
static bool find_within(struct maker *m, struct code_range r, bool padding, uint64_t end, struct line *ret)
{
	const uint64_t last = end + REACH - MAKER_SHORT; /* the jump in the no-op lies behind a short one */

	if (r.to > last + INSN_MOST)
		r.to = last + INSN_MOST;
	if (r.to > m->segment.to)
		r.to = m->segment.to;
	if (r.from < m->segment.from || r.to <= r.from || r.to - r.from > m->budget || !has_long_no_op(m, r, end))
		return false;
	m->budget -= (size_t)(r.to - r.from);
	for (uint64_t at = r.from; at <= last && next_line(m, at, r.to, ret); at += ret->len) {
		bool no_op = is_no_op(m->file + at, ret->len);

		if (no_op && ret->len >= PAD_LEN && at + MAKER_SHORT + REACH >= end && !maker_taken(m, ret))
			return true;
		if (padding && !no_op)
			return false;
	}
	return false;
}

bool maker_find_pad(struct maker *m, uint64_t end, struct line *ret)
{
	uint64_t at = end - m->segment.from > REACH ? end - REACH : m->segment.from;

	while (at < end + REACH && at < m->segment.to) {
		struct code_range r = insn_piece(m->elf, at);
		bool padding = r.to == r.from;

		if (padding)
			r = insn_padding(m->elf, at);
		if (find_within(m, r, padding, end, ret))
			return true;
		at = r.to > at ? r.to : at + 1;
	}
	return false;
}
