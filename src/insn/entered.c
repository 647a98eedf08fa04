/* entered.c: may anything in an ELF file lead to a place inside its code?
 *
 * Whatever could be a way there counts, so that "no" is an argument and "yes" only costs a trap:
 *   - four bytes anywhere in the code that, as a distance from their own end, name the place: jumps, calls, addresses taken of labels;
 *   - a byte that, behind the opcode of a short jump, names it;
 *   - eight bytes anywhere in the file that are its address: tables of addresses, relocations' addends; in a program that is not relocated, four;
 *   - four bytes that name it as an entry of a table of distances from the table's begin, as compilers write switches for code that can lie
 *     anywhere: the begin is named in the code, and all entries up to this one lead into the code.
 * Not seen: places that exception tables name (so files that have some are "yes"), and what is computed in any other way. */
#include "insn/insn.h"

#include <elf.h>
#include <string.h>

enum { LOADS_MOST = 32, SHORT_REACH = 130, ENTRY = 4, BUDGET = 64 << 20 };

struct load { uint64_t addr, off, size; bool code; };

struct image {
	const uint8_t *file;
	size_t n;
	struct load loads[LOADS_MOST];
	unsigned n_loads;
	const struct load *code;    /* the only one that is executable */
	bool fixed;                 /* ET_EXEC */
	size_t budget;              /* bytes that may still be looked through for tables: a hostile file can have many that are none */
};

static uint32_t word_at(const struct image *m, uint64_t off)
{
	uint32_t w;

	memcpy(&w, m->file + off, sizeof(w));
	return w;
}

static bool inside(uint64_t at, uint64_t from, uint64_t size, uint64_t len)
{
	return at >= from && at - from <= size && len <= size - (at - from);
}

/* True: the file has exactly one executable segment, and no more segments than are looked at. */
static bool read_loads(struct image *m)
{
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
		if (m->n_loads == LOADS_MOST || !inside(p.p_offset, 0, m->n, p.p_filesz) || ((p.p_flags & PF_X) && m->code))
			return false;
		m->loads[m->n_loads] = (struct load){ p.p_vaddr, p.p_offset, p.p_filesz, p.p_flags & PF_X };
		if (p.p_flags & PF_X)
			m->code = &m->loads[m->n_loads];
		m->n_loads++;
	}
	return m->code;
}

/* A letter L in the augmentation of any common unwind entry: exception tables. Found by its bytes: id 0, version 1, "z...L". */
static bool has_exceptions(const struct image *m)
{
	const uint8_t *p = m->file, *end = m->file + m->n;

	while ((p = memmem(p, (size_t)(end - p), "\0\0\0\0\1z", 6))) {
		const uint8_t *last = memchr(p + 6, 0, (size_t)(end - p - 6));

		if (last && memchr(p + 6, 'L', (size_t)(last - p - 6)))
			return true;
		p++;
	}
	return false;
}

/* Does the code name this address by a distance from behind the distance? */
static bool is_named(struct image *m, uint64_t addr)
{
	const struct load *c = m->code;

	if (c->size > m->budget)
		return true;
	m->budget -= c->size;
	for (uint64_t k = 0; k + ENTRY <= c->size; k++)
		if (word_at(m, c->off + k) == (uint32_t)(addr - (c->addr + k + ENTRY)))
			return true;
	return false;
}

static bool is_short_jump(uint8_t b)
{
	return (b & 0xf0) == 0x70 || b == 0xeb || (b & 0xfc) == 0xe0;
}

static bool jumps_near(const struct image *m, uint64_t addr)
{
	const struct load *c = m->code;
	uint64_t at = addr - c->addr, from = at > SHORT_REACH ? at - SHORT_REACH : 0;

	for (uint64_t k = from; k + 2 <= c->size && k < at + SHORT_REACH; k++)
		if (is_short_jump(m->file[c->off + k]) && k + 2 + (uint64_t)(int64_t)(int8_t)m->file[c->off + k + 1] == at)
			return true;
	return false;
}

static bool has_address(const struct image *m, uint64_t addr)
{
	return memmem(m->file, m->n, &addr, m->fixed ? sizeof(uint32_t) : sizeof(addr));
}

/* Entries from the table's begin up to the one at `last` (offsets into the segment) all lead into the code, and the code names the begin. */
static bool is_table(struct image *m, const struct load *l, uint64_t begin, uint64_t last)
{
	if (last - begin > m->budget)
		return true;
	m->budget -= last - begin;
	for (uint64_t k = begin; k <= last; k += ENTRY)
		if (!inside(l->addr + begin + (uint64_t)(int64_t)(int32_t)word_at(m, l->off + k), m->code->addr, m->code->size, 1))
			return false;
	return is_named(m, l->addr + begin);
}

static bool has_table(struct image *m, uint64_t addr)
{
	for (unsigned i = 0; i < m->n_loads; i++) {
		const struct load *l = &m->loads[i];

		for (uint64_t k = (0 - l->addr) % ENTRY; k + ENTRY <= l->size; k += ENTRY) {
			uint64_t begin = addr - (uint64_t)(int64_t)(int32_t)word_at(m, l->off + k) - l->addr;

			if (begin <= k && (l->addr + begin) % ENTRY == 0 && is_table(m, l, begin, k))
				return true;
		}
	}
	return false;
}

bool insn_may_be_entered(const uint8_t *file, size_t n, uint64_t at)
{
	struct image m = { .file = file, .n = n, .budget = BUDGET };
	uint64_t addr;

	if (!read_loads(&m) || !inside(at, m.code->off, m.code->size, 1) || has_exceptions(&m))
		return true;
	addr = m.code->addr + (at - m.code->off);
	return jumps_near(&m, addr) || is_named(&m, addr) || has_address(&m, addr) || has_table(&m, addr);
}
