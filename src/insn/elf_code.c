/* elf_code.c: where the code of an ELF file lies and where instructions of it begin: the table of unwind entries
 * (.eh_frame_hdr), or the entries where there is none (.eh_frame), function symbols, Go's table of functions, the entry point, executable sections and segments.
 *
 * Invariant: the file is untrusted. Every offset is checked against the file's length before use, with arithmetic that cannot wrap;
 * tables are read at most TABLES_MOST times, so that the work is in proportion to the file. What does not pass is left out. */
#include "insn/insn.h"

#include <elf.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { RANGES_MOST = 16, DATA_MOST = 64, DATA_LEAST = 1 << 18, LOADS_MOST = 32, TABLES_MOST = 4, SECTIONS_MOST = 4096 };
enum { ENC_PCREL_SDATA4 = 0x1b, ENC_DATAREL_SDATA4 = 0x3b, ENC_UDATA4 = 0x03 };

struct reader {
	const uint8_t *file;
	size_t size;
	Elf64_Ehdr head;
	struct insn_elf *map;
	unsigned tables, go_tables;
	bool unwound;        /* has a table of unwind entries */
	struct { uint64_t addr, off, size; } loads[LOADS_MOST];
	unsigned n_loads;
	size_t budget;       /* bytes that may still be looked through for Go's table: sections of a hostile file can overlap */
};

static bool inside(const struct reader *r, uint64_t off, uint64_t len)
{
	return off <= r->size && len <= r->size - off;
}

static bool get(const struct reader *r, uint64_t off, void *ret, size_t n)
{
	if (!inside(r, off, n))
		return false;
	memcpy(ret, r->file + off, n); /* nothing in a file need be aligned */
	return true;
}

static bool segment(const struct reader *r, unsigned i, Elf64_Phdr *ret)
{
	return r->head.e_phoff <= r->size && get(r, r->head.e_phoff + (uint64_t)i * sizeof(*ret), ret, sizeof(*ret)) &&
		inside(r, ret->p_offset, ret->p_filesz);
}

/* Virtual address -> file offset. */
static bool offset_of(const struct reader *r, uint64_t addr, uint64_t *ret)
{
	for (unsigned i = 0; i < r->n_loads; i++)
		if (addr >= r->loads[i].addr && addr - r->loads[i].addr < r->loads[i].size) {
			*ret = r->loads[i].off + (addr - r->loads[i].addr);
			return true;
		}
	return false;
}

static void mark(struct reader *r, uint64_t from, uint64_t len)
{
	struct insn_elf *m = r->map;

	for (size_t i = 0; i < m->n_ranges; i++) {
		if (from < m->ranges[i].from || from >= m->ranges[i].to)
			continue;
		if (m->n_marks == m->room) {
			struct code_range *more = xmalloc((m->room * 2 + 1024) * sizeof(*more));

			if (m->n_marks)
				memcpy(more, m->marks, m->n_marks * sizeof(*more));
			free(m->marks);
			m->marks = more;
			m->room = m->room * 2 + 1024;
		}
		m->marks[m->n_marks++] = (struct code_range){ from, from + (len < m->ranges[i].to - from ? len : m->ranges[i].to - from) };
		return;
	}
}

static void mark_address(struct reader *r, uint64_t addr, uint64_t len)
{
	uint64_t off;

	if (offset_of(r, addr, &off))
		mark(r, off, len);
}

static void add_load(struct reader *r, const Elf64_Phdr *p)
{
	if (p->p_type != PT_LOAD || r->n_loads == LOADS_MOST)
		return;
	r->loads[r->n_loads].addr = p->p_vaddr;
	r->loads[r->n_loads].off = p->p_offset;
	r->loads[r->n_loads++].size = p->p_filesz;
}

static void add_range(struct reader *r, const Elf64_Phdr *p)
{
	struct insn_elf *m = r->map;

	if (p->p_type != PT_LOAD || !(p->p_flags & PF_X) || !p->p_filesz || m->n_ranges == RANGES_MOST)
		return;
	for (size_t i = 0; i < m->n_ranges; i++)
		if (p->p_offset < m->ranges[i].to && m->ranges[i].from < p->p_offset + p->p_filesz)
			return; /* mapped twice: the same bytes */
	m->ranges[m->n_ranges++] = (struct code_range){ p->p_offset, p->p_offset + p->p_filesz };
}

/* ---- unwind entries -------------------------------------------------------------------------------------------------- */

/* The length of the function of an entry, if it is in the usual encoding: length, id, begin relative to itself, size. */
static uint64_t entry_length(const struct reader *r, uint64_t entry, uint64_t begins)
{
	uint64_t off;
	uint32_t w[4];

	if (!offset_of(r, entry, &off) || !get(r, off, w, sizeof(w)) || w[0] < 12 || w[0] >= 0xfffffff0)
		return 0;
	return entry + 8 + (uint64_t)(int64_t)(int32_t)w[2] == begins ? w[3] : 0;
}

static void read_unwind_table(struct reader *r, const Elf64_Phdr *p)
{
	uint8_t enc[4];
	uint32_t count;

	if (r->tables++ >= TABLES_MOST || p->p_filesz < 12 || !get(r, p->p_offset, enc, sizeof(enc)) || !get(r, p->p_offset + 8, &count, sizeof(count)))
		return;
	if (enc[0] != 1 || enc[1] != ENC_PCREL_SDATA4 || enc[2] != ENC_UDATA4 || enc[3] != ENC_DATAREL_SDATA4)
		return;
	r->unwound = true;
	if (count > (p->p_filesz - 12) / 8)
		count = (uint32_t)((p->p_filesz - 12) / 8);
	for (uint32_t i = 0; i < count; i++) {
		int32_t pair[2];
		uint64_t begins;

		if (!get(r, p->p_offset + 12 + (uint64_t)i * 8, pair, sizeof(pair)))
			return;
		begins = p->p_vaddr + (uint64_t)(int64_t)pair[0];
		mark_address(r, begins, entry_length(r, p->p_vaddr + (uint64_t)(int64_t)pair[1], begins));
	}
}

/* The encoding of addresses in the entries that belong to a common one (DWARF's CIE, as in the LSB core specification, 10.6.1); 0: another than the usual. */
static uint8_t address_encoding(const struct reader *r, uint64_t at, uint64_t end)
{
	const uint8_t *p = r->file + at, *last = r->file + end, *letters;
	uint8_t version = p < last ? *p++ : 0;

	letters = p;
	p = memchr(p, 0, (size_t)(last - p));
	if (!p || (version != 1 && version != 3) || *letters++ != 'z')
		return 0;
	p++;
	for (int leb = 0; leb < 4; leb++) { /* alignments of code and data, the return address's register, the length of what follows */
		while (p < last && *p & 0x80)
			p++;
		if (p++ >= last)
			return 0;
	}
	for (; *letters && last - p >= 6; letters++)
		switch (*letters) {
		case 'R': return *p;
		case 'L': p++; break;
		case 'P': p += (*p & 7) == 3 || last - p < 9 ? 5 : 9; break; /* encoding and address */
		case 'S': case 'B': break;
		default: return 0;
		}
	return *letters == 'R' && p < last ? *p : 0;
}

/* The entries themselves, for programs that have no table of them. */
static void read_unwind_entries(struct reader *r, const Elf64_Shdr *h)
{
	uint64_t at = h->sh_offset, common = UINT64_MAX;
	uint8_t encoding = 0;
	uint32_t w[4]; /* length, id, begin relative to itself, size */

	if (r->tables++ >= TABLES_MOST || !inside(r, h->sh_offset, h->sh_size))
		return;
	for (const uint64_t end = at + h->sh_size; at + sizeof(w) <= end && get(r, at, w, sizeof(w)) && w[0] >= 12 && w[0] <= end - at - 4; at += 4 + w[0]) {
		uint64_t place = h->sh_addr + (at - h->sh_offset) + 8;

		if (w[1] == 0)
			encoding = address_encoding(r, common = at + 8, at + 4 + w[0]);
		else if (encoding == ENC_PCREL_SDATA4 && at + 4 - w[1] + 8 == common) /* of the last common one */
			mark_address(r, place + (uint64_t)(int64_t)(int32_t)w[2], w[3]);
	}
}

/* ---- Go's table of functions ------------------------------------------------------------------------------------------- */

/* Go's linker writes no unwind entries, but a table that its runtime needs, also in stripped programs: debug/gosym/pclntab.go of Go 1.18 and
 * later. It has a section of its own, or, where C's linker made a program that can lie anywhere, is a part of .data.rel.ro. */
struct go_table { uint8_t magic[8]; uint64_t functions, files, text, names, units, file_table, counters, entries; };
_Static_assert(sizeof(struct go_table) == 72, "as Go lays it out with pointers of 8 bytes");

static bool is_go_table(const uint8_t magic[static 8])
{
	static const uint8_t rest[7] = { 0xff, 0xff, 0xff, 0, 0, 1, 8 }; /* x86 and pointers of 8 bytes */

	return (magic[0] == 0xf0 || magic[0] == 0xf1) && memcmp(magic + 1, rest, sizeof(rest)) == 0;
}

static bool section(const struct reader *r, unsigned i, Elf64_Shdr *ret)
{
	return r->head.e_shentsize == sizeof(*ret) && i < r->head.e_shnum && i < SECTIONS_MOST && r->head.e_shoff <= r->size &&
		get(r, r->head.e_shoff + (uint64_t)i * sizeof(*ret), ret, sizeof(*ret));
}

static bool may_look_through(struct reader *r, const Elf64_Shdr *h)
{
	if (!inside(r, h->sh_offset, h->sh_size) || h->sh_size > r->budget)
		return false;
	r->budget -= h->sh_size;
	return true;
}

/* What the dynamic linker writes at an address, less where the program lies; 0: nothing. */
static uint64_t relocated(struct reader *r, uint64_t addr)
{
	Elf64_Shdr h;
	Elf64_Rela a;

	for (unsigned i = 0; section(r, i, &h); i++) {
		if (h.sh_type != SHT_RELA || h.sh_entsize != sizeof(a) || !may_look_through(r, &h))
			continue;
		for (uint64_t k = 0; k < h.sh_size / sizeof(a); k++)
			if (get(r, h.sh_offset + k * sizeof(a), &a, sizeof(a)) && a.r_offset == addr && ELF64_R_TYPE(a.r_info) == R_X86_64_RELATIVE)
				return (uint64_t)a.r_addend;
	}
	return 0;
}

/* The table at `at` in a section: pairs of an offset into the text and one into the table; a last offset ends the last function. */
static void read_go_table(struct reader *r, const Elf64_Shdr *h, uint64_t at)
{
	uint64_t size = h->sh_size - at;
	struct go_table t;

	if (size < sizeof(t) || !get(r, h->sh_offset + at, &t, sizeof(t)) || r->go_tables++ >= TABLES_MOST)
		return;
	if (!t.text)
		t.text = relocated(r, h->sh_addr + at + offsetof(struct go_table, text));
	if (!t.text || t.entries > size || t.functions > (size - t.entries) / 8)
		return;
	for (uint64_t i = 0; i < t.functions; i++) {
		uint32_t pair[3];

		if (!get(r, h->sh_offset + at + t.entries + i * 8, pair, sizeof(pair)))
			return;
		mark_address(r, t.text + pair[0], pair[2] > pair[0] ? pair[2] - pair[0] : 0);
	}
}

static void find_go_tables(struct reader *r, const Elf64_Shdr *h)
{
	if (!may_look_through(r, h))
		return;
	for (uint64_t at = 0; at + 8 <= h->sh_size; at += 8)
		if (is_go_table(r->file + h->sh_offset + at))
			read_go_table(r, h, at);
}

/* ---- sections and symbols -------------------------------------------------------------------------------------------- */

static void read_symbols(struct reader *r, const Elf64_Shdr *h)
{
	if (r->tables++ >= TABLES_MOST || h->sh_entsize != sizeof(Elf64_Sym) || !inside(r, h->sh_offset, h->sh_size))
		return;
	for (uint64_t i = 0; i < h->sh_size / sizeof(Elf64_Sym); i++) {
		Elf64_Sym s;

		if (!get(r, h->sh_offset + i * sizeof(s), &s, sizeof(s)))
			return;
		if ((ELF64_ST_TYPE(s.st_info) == STT_FUNC || ELF64_ST_TYPE(s.st_info) == STT_GNU_IFUNC) && s.st_shndx != SHN_UNDEF)
			mark_address(r, s.st_value, s.st_size);
	}
}

static bool is_named(const struct reader *r, const Elf64_Shdr *h, const char *name)
{
	size_t n = strlen(name) + 1;
	Elf64_Shdr names;

	return section(r, r->head.e_shstrndx, &names) && h->sh_name < names.sh_size && inside(r, names.sh_offset, names.sh_size) &&
		n <= names.sh_size - h->sh_name && memcmp(r->file + names.sh_offset + h->sh_name, name, n) == 0;
}

/* Old linkers put what is only read into the executable segment: tens of megabytes in a large library. */
static void add_data(struct reader *r, const Elf64_Shdr *h)
{
	struct insn_elf *m = r->map;

	if (h->sh_size >= DATA_LEAST && h->sh_type != SHT_NOBITS && (h->sh_flags & (SHF_ALLOC | SHF_EXECINSTR)) == SHF_ALLOC && m->n_data < DATA_MOST && inside(r, h->sh_offset, h->sh_size))
		m->data[m->n_data++] = (struct code_range){ h->sh_offset, h->sh_offset + h->sh_size };
}

static void read_sections(struct reader *r)
{
	Elf64_Shdr h;

	for (unsigned i = 0; section(r, i, &h); i++) {
		add_data(r, &h);
		if (h.sh_type == SHT_PROGBITS && (h.sh_flags & SHF_EXECINSTR))
			mark(r, h.sh_offset, 0);
		if (h.sh_type == SHT_PROGBITS && (h.sh_flags & (SHF_ALLOC | SHF_EXECINSTR)) == SHF_ALLOC)
			find_go_tables(r, &h);
		if (h.sh_type == SHT_SYMTAB || h.sh_type == SHT_DYNSYM)
			read_symbols(r, &h);
		if (!r->unwound && (h.sh_type == SHT_PROGBITS || h.sh_type == SHT_X86_64_UNWIND) && is_named(r, &h, ".eh_frame"))
			read_unwind_entries(r, &h);
	}
}

/* ---- the map ----------------------------------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
	const struct code_range *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

/* The table of unwind entries is in order already, and most marks are from there. */
static void sort_marks(struct insn_elf *m)
{
	size_t sorted = m->n_marks ? 1 : 0, i = 0, k, n = 0;
	struct code_range *to;

	while (sorted < m->n_marks && m->marks[sorted].from >= m->marks[sorted - 1].from)
		sorted++;
	if (sorted == m->n_marks)
		return;
	qsort(m->marks + sorted, m->n_marks - sorted, sizeof(*m->marks), by_place);
	to = xmalloc(m->n_marks * sizeof(*to));
	for (k = sorted; n < m->n_marks; n++)
		to[n] = k == m->n_marks || (i < sorted && m->marks[i].from <= m->marks[k].from) ? m->marks[i++] : m->marks[k++];
	free(m->marks);
	m->marks = to;
	m->room = m->n_marks;
}

void insn_close_elf(struct insn_elf *f)
{
	free(f->ranges);
	free(f->marks);
	free(f->data);
	memset(f, 0, sizeof(*f));
}

bool insn_open_elf(const uint8_t *file, size_t n, struct insn_elf *ret)
{
	struct reader r = { .file = file, .size = n, .map = ret, .budget = n < SIZE_MAX / 2 ? 2 * n : n };
	Elf64_Phdr p;

	*ret = (struct insn_elf){ .file = file, .n = n };
	if (!get(&r, 0, &r.head, sizeof(r.head)) || memcmp(r.head.e_ident, ELFMAG, SELFMAG) != 0 || r.head.e_ident[EI_CLASS] != ELFCLASS64 ||
	    r.head.e_ident[EI_DATA] != ELFDATA2LSB || r.head.e_machine != EM_X86_64 || r.head.e_phentsize != sizeof(p))
		return false;
	if (r.head.e_phnum > SECTIONS_MOST)
		r.head.e_phnum = SECTIONS_MOST;
	ret->ranges = xzalloc(RANGES_MOST * sizeof(*ret->ranges));
	ret->data = xzalloc(DATA_MOST * sizeof(*ret->data));
	for (unsigned i = 0; i < r.head.e_phnum; i++)
		if (segment(&r, i, &p)) {
			add_load(&r, &p);
			add_range(&r, &p);
		}
	for (size_t i = 0; i < ret->n_ranges; i++)
		mark(&r, ret->ranges[i].from, 0);
	for (unsigned i = 0; i < r.head.e_phnum; i++)
		if (segment(&r, i, &p) && p.p_type == PT_GNU_EH_FRAME)
			read_unwind_table(&r, &p);
	mark_address(&r, r.head.e_entry, 0);
	read_sections(&r);
	sort_marks(ret);
	for (size_t i = 0; i < ret->n_marks; i++) {
		struct code_range *m = &ret->marks[i];

		if (i && m[-1].to > m->to)
			m->to = m[-1].to;
		/* `to` may now lie in another range; that function's bytes are contiguous in the file, so it is still one. */
	}
	return true;
}
