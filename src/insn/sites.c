/* sites.c: the search. Bytes that could be such an instruction are found fast; the decoder, walking from the last known
 * boundary, says whether one begins there. Compilers' code is full of lookalikes inside constants (docs/adr/0006). */
#include "insn/insn.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
	LOOK_AHEAD = 16, LOOK_BACK = 3,  /* instructions */
	ZEROS = 2,                       /* so many bytes of 0 are no instruction */
	FREE = 64,                       /* lookalikes that may always be told from the bytes before them */
};

void insn_sites_clear(struct insn_sites *s)
{
	free(s->list);
	memset(s, 0, sizeof(*s));
}

/* 0F 31 and 0F 01 F9 read the time-stamp counter. */
static const struct insn_pairs pairs = { 0x0f, { 0xa2, 0xc7, 0x01, 0x01 }, 0xc7, 0xf8 }, pairs_with_counter = { 0x0f, { 0xa2, 0xc7, 0x01, 0x31 }, 0xc7, 0xf8 };

/* At code[i] an opcode of ours could begin: 0F A2; 0F C7 with a register, /6 or /7; 0F 01 D0; C7 F8; 0F 31; 0F 01 F9. */
static bool looks_like(const uint8_t *code, size_t n, size_t i)
{
	if (n - i < 2)
		return false;
	if (code[i] == 0xc7)
		return code[i + 1] == 0xf8 && n - i >= 6;
	if (code[i + 1] == 0xa2 || code[i + 1] == 0x31)
		return true;
	if (n - i < 3)
		return false;
	return (code[i + 1] == 0xc7 && code[i + 2] >= 0xf0) || (code[i + 1] == 0x01 && (code[i + 2] == 0xd0 || code[i + 2] == 0xf9));
}

/* What is looked for where. */
struct search { const uint8_t *code; size_t n; bool tsc; };

/* The next place at or after i that looks like one of ours; n: none. */
static size_t next_like(const struct search *s, size_t i)
{
	while ((i = insn_next_pair(s->code, s->n, i, s->tsc ? &pairs_with_counter : &pairs)) < s->n && !looks_like(s->code, s->n, i))
		i++;
	return i;
}

static bool is_wanted(enum insn_kind kind, bool tsc)
{
	return kind > INSN_NONE && kind <= (tsc ? INSN_RDTSCP : INSN_XBEGIN);
}

static void add(struct insn_sites *s, uint64_t at, enum insn_kind kind, const uint8_t *code, size_t len)
{
	struct insn_site site = { .at = at, .kind = (uint8_t)kind, .len = (uint8_t)len };

	s->cut |= s->n == INSN_SITES_MOST;
	if (s->cut || !insn_make_trap(kind, code, len, site.trap))
		return;
	memcpy(site.code, code, len);
	if ((s->n & (s->n - 1)) == 0) {
		struct insn_site *more = xmalloc((s->n ? s->n * 2 : 1) * sizeof(*more));

		if (s->n)
			memcpy(more, s->list, s->n * sizeof(*more));
		free(s->list);
		s->list = more;
	}
	s->list[s->n++] = site;
	s->cpuid |= kind == INSN_CPUID;
}

static size_t zeros(const uint8_t *code, size_t n, size_t i)
{
	size_t from = i;

	while (i < n && code[i] == 0)
		i++;
	return i - from;
}

/* What follows a site among bytes that nobody describes must be code as well, up to where it ends. */
static bool goes_on(const uint8_t *code, size_t n, size_t i)
{
	bool ended = false;

	for (unsigned k = 0; k < LOOK_AHEAD && i < n; k++) {
		size_t len, most = n - i < INSN_MOST ? n - i : INSN_MOST;

		if (zeros(code, n, i) >= ZEROS)
			return ended;
		if (!insn_is_plausible(code + i, most, &len))
			return false;
		ended = insn_ends_flow(code + i, most);
		i += len;
	}
	return true;
}

/* Is what lies between a boundary and here code, among bytes that nobody describes? */
struct trust {
	bool lost;              /* something was none */
	bool ended;             /* the last instruction leads elsewhere: zeros behind it are padding */
	unsigned since;         /* instructions since the last zeros that were none; those may have been data, and what follows them as well */
};

static void pass_instruction(struct trust *t, const uint8_t *code, size_t n)
{
	size_t len;

	t->lost |= !insn_is_plausible(code, n, &len);
	t->ended = insn_ends_flow(code, n);
	t->since += t->since < LOOK_BACK;
}

/* Decodes from `from`, where an instruction begins, up to the one that holds code[at], and returns the boundary after it. Bytes
 * that are no instruction are passed over one by one: in a function (known) they are instructions newer than the decoder. */
static size_t walk(const struct search *s, uint64_t base, size_t from, size_t at, bool known, struct insn_sites *ret)
{
	const uint8_t *code = s->code;
	const size_t n = s->n;
	struct trust t = { .since = LOOK_BACK };
	size_t i = from;

	while (i <= at) {
		size_t len, most = n - i < INSN_MOST ? n - i : INSN_MOST, run = known ? 0 : zeros(code, n, i);
		enum insn_kind kind;

		if (run >= ZEROS) {
			t.since = t.ended ? t.since : 0;
			i += run;
			continue;
		}
		kind = insn_decode(code + i, most, &len);
		if (i + len > at && is_wanted(kind, s->tsc) &&
		    (known || (!t.lost && t.since >= LOOK_BACK && goes_on(code, n, i + len))))
			add(ret, base + i, kind, code + i, len);
		if (!known)
			pass_instruction(&t, code + i, most);
		i += len ? len : 1;
	}
	return i;
}

/* False: the place lies in a function, and no instruction there that could hold it is one of ours. */
static bool may_be_wanted(const struct search *s, size_t at)
{
	unsigned may = insn_may_cover(s->code, s->n, at);

	for (size_t before = 0; before < INSN_MOST; before++) {
		size_t from = at - before, len;

		if (may >> before & 1 && is_wanted(insn_decode(s->code + from, s->n - from < INSN_MOST ? s->n - from : INSN_MOST, &len), s->tsc))
			return true;
	}
	return false;
}

/* How many marks lie at or before `at`. */
static size_t marks_before(const struct insn_elf *m, uint64_t at)
{
	size_t low = 0, high = m->n_marks;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (m->marks[mid].from <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The last mark at or before `at`, or `floor` (a boundary, too) when that comes later; *ret_known: inside of a function. */
static uint64_t boundary(const struct insn_elf *m, uint64_t floor, uint64_t at, bool *ret_known)
{
	size_t n = marks_before(m, at);

	*ret_known = n && m->marks[n - 1].to > at;
	return n && m->marks[n - 1].from > floor ? m->marks[n - 1].from : floor;
}

struct code_range insn_piece(const struct insn_elf *m, uint64_t at)
{
	size_t n = marks_before(m, at);
	struct code_range r = { at, at };

	if (n && m->marks[n - 1].to > at) {
		r = m->marks[n - 1];
		if (n < m->n_marks && m->marks[n].from < r.to)
			r.to = m->marks[n].from;
	}
	return r;
}

struct code_range insn_padding(const struct insn_elf *m, uint64_t at)
{
	size_t n = marks_before(m, at);
	struct code_range r = { at, at };

	if (n && n < m->n_marks && m->marks[n - 1].to <= at && m->marks[n - 1].to > m->marks[n - 1].from)
		r = (struct code_range){ m->marks[n - 1].to, m->marks[n].from };
	return r;
}

/* The end of the section of data that holds the place; the place itself when none does. */
static uint64_t end_of_data(const struct insn_elf *m, uint64_t at)
{
	for (size_t i = 0; i < m->n_data; i++)
		if (at >= m->data[i].from && at < m->data[i].to)
			return m->data[i].to;
	return at;
}

static void search(const uint8_t *file, struct code_range r, const struct insn_elf *m, bool tsc, struct insn_sites *ret)
{
	struct search s = { .code = file + r.from, .n = (size_t)(r.to - r.from), .tsc = tsc };
	size_t next = 0, read = 0, told = 0, at; /* read: up to there, where an instruction begins */

	while (!ret->cut && (at = next_like(&s, next)) < s.n) {
		bool known = false;
		size_t from = read;

		if (m)
			from = (size_t)(boundary(m, r.from + read, r.from + at, &known) - r.from);
		if (m && !known && end_of_data(m, r.from + at) > r.from + at) {
			next = read = (size_t)(end_of_data(m, r.from + at) - r.from);
			continue;
		}
		/* A file made of nothing else takes no more than twice as long as to read it. */
		if (known && at - from >= INSN_WINDOW && told < at / INSN_WINDOW + FREE && !may_be_wanted(&s, at)) {
			next = at + 1;
			told++;
			continue;
		}
		next = read = walk(&s, r.from, from, at, known, ret);
	}
}

void insn_find_in_elf(const struct insn_elf *f, bool tsc, struct insn_sites *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < f->n_ranges; i++)
		search(f->file, f->ranges[i], f, tsc, ret);
}

void insn_find_in_bytes(const uint8_t *code, size_t n, bool tsc, struct insn_sites *ret)
{
	memset(ret, 0, sizeof(*ret));
	search(code, (struct code_range){ 0, n }, NULL, tsc, ret);
}
