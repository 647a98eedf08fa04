/* ways.c: where anything in an ELF file may lead inside its code.
 *
 * Whatever could be a way counts, so that "nothing leads there" is an argument and the opposite only costs a trap:
 *   - four bytes anywhere in the code that, as a distance from their own end, name a place: jumps, calls, addresses taken of labels;
 *   - a byte behind the opcode of a short jump;
 *   - eight bytes anywhere in the file that are an address in the code: tables of addresses, relocations' addends; in a program that is not relocated, four;
 *   - the entries of a table of distances from the table's begin, as compilers write switches for code that can lie anywhere: whatever four bytes in the
 *     code name may be a table's begin, and it goes on as long as its entries lead into the code.
 * Not seen: places that exception tables name (so in files that have some all places count), and what is computed in any other way. */
#include "insn/insn.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { LOADS_MOST = 32, ENTRY = 4, BUDGET = 16 << 20 };

struct load { uint64_t addr, off, size; };

struct image {
	const uint8_t *file;
	size_t n;
	struct load loads[LOADS_MOST], code; /* code: the only one that is executable */
	unsigned n_loads;
	uint64_t lowest, span;      /* of all loads: where the first begins, and to where the last ends from there */
	bool fixed;                 /* ET_EXEC */
	size_t budget;              /* entries of tables that may still be read: those of a hostile file can overlap */
	struct insn_ways *out;
};

static uint32_t word_at(const struct image *m, uint64_t off)
{
	uint32_t w;

	memcpy(&w, m->file + off, sizeof(w));
	return w;
}

/* True: the file has exactly one executable segment, and no more segments than are looked at. */
static bool read_loads(struct image *m)
{
	uint64_t first = UINT64_MAX, last = 0;
	Elf64_Ehdr head;
	Elf64_Phdr p;

	if (m->n < sizeof(head))
		return false;
	memcpy(&head, m->file, sizeof(head));
	m->fixed = head.e_type == ET_EXEC;
	for (unsigned i = 0; i < head.e_phnum; i++) {
		if (head.e_phoff > m->n || m->n - head.e_phoff < (uint64_t)(i + 1) * sizeof(p))
			return false;
		memcpy(&p, m->file + head.e_phoff + (uint64_t)i * sizeof(p), sizeof(p));
		if (p.p_type != PT_LOAD || !p.p_filesz)
			continue;
		if (m->n_loads == LOADS_MOST || p.p_offset > m->n || p.p_filesz > m->n - p.p_offset || ((p.p_flags & PF_X) && m->code.size))
			return false;
		m->loads[m->n_loads] = (struct load){ p.p_vaddr, p.p_offset, p.p_filesz };
		if (p.p_flags & PF_X)
			m->code = m->loads[m->n_loads];
		m->n_loads++;
		first = p.p_vaddr < first ? p.p_vaddr : first;
		last = p.p_vaddr + p.p_filesz > last ? p.p_vaddr + p.p_filesz : last;
	}
	m->lowest = first;
	m->span = last - first;
	return m->code.size;
}

/* A letter L in the augmentation of any common unwind entry: exception tables. Found by its bytes: id 0, version 1, "z...L". */
static bool has_exceptions(const struct image *m)
{
	enum { ID = 4 };
	static const struct insn_pairs pairs = { 1, { 'z', 'z', 'z', 'z' }, 1, 'z' };

	for (size_t i = ID; (i = insn_next_pair(m->file, m->n, i, &pairs)) < m->n; i++) {
		const uint8_t *p = m->file + i + 2, *last = memchr(p, 0, m->n - (i + 2));

		if (memcmp(m->file + i - ID, "\0\0\0\0", ID) == 0 && last && memchr(p, 'L', (size_t)(last - p)))
			return true;
	}
	return false;
}

static bool is_code(const struct image *m, uint64_t addr)
{
	return addr - m->code.addr < m->code.size;
}

static void add(struct image *m, uint64_t addr)
{
	uint64_t at = addr - m->code.addr;

	m->out->bits[at / 8] |= (uint8_t)(1U << at % 8);
}

/* Something names this address: it may be that of a table. */
static void add_table(struct image *m, uint64_t addr)
{
	const struct load *l = m->loads;

	if (addr % ENTRY || addr - m->lowest >= m->span)
		return;
	while (l < m->loads + m->n_loads && addr - l->addr >= l->size)
		l++;
	if (l == m->loads + m->n_loads)
		return;
	for (uint64_t k = addr - l->addr; k + ENTRY <= l->size; k += ENTRY) {
		uint64_t to = addr + (uint64_t)(int64_t)(int32_t)word_at(m, l->off + k);

		if (!is_code(m, to))
			return;
		if (!m->budget--) {
			m->out->all = true;
			return;
		}
		add(m, to);
	}
}

static bool is_short_jump(uint8_t b)
{
	return (b & 0xf0) == 0x70 || b == 0xeb || (b & 0xfc) == 0xe0;
}

static void add_named(struct image *m)
{
	const struct load *c = &m->code;

	for (uint64_t k = 0; k + 1 < c->size && !m->out->all; k++) {
		uint64_t to = c->addr + k + 2 + (uint64_t)(int64_t)(int8_t)m->file[c->off + k + 1];

		if (is_short_jump(m->file[c->off + k]) && is_code(m, to))
			add(m, to);
		if (k + ENTRY > c->size)
			continue;
		to = c->addr + k + ENTRY + (uint64_t)(int64_t)(int32_t)word_at(m, c->off + k);
		if (is_code(m, to))
			add(m, to);
		add_table(m, to);
	}
}

static void add_addresses(struct image *m)
{
	uint64_t addr;

	for (uint64_t k = 0; k + ENTRY <= m->n; k++) {
		addr = word_at(m, k);
		if (!m->fixed && m->n - k >= sizeof(addr))
			memcpy(&addr, m->file + k, sizeof(addr));
		if (is_code(m, addr))
			add(m, addr);
	}
}

void insn_find_ways(const uint8_t *file, size_t n, struct insn_ways *ret)
{
	struct image m = { .file = file, .n = n, .budget = BUDGET, .out = ret };

	*ret = (struct insn_ways){ .all = true };
	if (!read_loads(&m) || has_exceptions(&m))
		return;
	*ret = (struct insn_ways){ .from = m.code.off, .size = m.code.size, .bits = xzalloc(m.code.size / 8 + 1) };
	add_named(&m);
	add_addresses(&m);
}

bool insn_leads_to(const struct insn_ways *w, uint64_t at)
{
	uint64_t k = at - w->from;

	return w->all || k >= w->size || w->bits[k / 8] >> k % 8 & 1;
}

void insn_ways_clear(struct insn_ways *w)
{
	free(w->bits);
	memset(w, 0, sizeof(*w));
}
