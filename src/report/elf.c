/* elf.c: a bounded reader of ELF section headers.
 *
 * Invariant: every offset that comes from the file is checked against the file's length before use, with arithmetic that
 * cannot wrap; a file that does not pass is treated as having no sections. */
#include "report/elf.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#define IDENTITY_SIZE_MAX 512u /* no honest build-id note or debug link is longer */
#define IDENTITY_RUNS_MAX 64   /* nor are there more of them in a file: bounds the work on hostile ones */
#define TEXT_LEAST 6           /* bytes: shorter runs are often numbers that happen to be printable */

struct sections {
	const uint8_t *file;
	size_t size;
	uint64_t at;         /* of the section headers */
	size_t count;
	const char *names;   /* NULL: none */
	size_t names_size;
};

static bool inside(uint64_t off, uint64_t len, size_t size)
{
	return off <= size && len <= size - off;
}

bool elf_is(const uint8_t *p, size_t n)
{
	return n >= sizeof(Elf64_Ehdr) && memcmp(p, ELFMAG, SELFMAG) == 0 && p[EI_CLASS] == ELFCLASS64 && p[EI_DATA] == ELFDATA2LSB;
}

static Elf64_Shdr section(const struct sections *s, size_t i)
{
	Elf64_Shdr h;

	memcpy(&h, s->file + s->at + i * sizeof(h), sizeof(h)); /* headers need not be aligned */
	return h;
}

static bool sections_open(const uint8_t *p, size_t n, struct sections *ret)
{
	Elf64_Ehdr eh;

	if (!elf_is(p, n))
		return false;
	memcpy(&eh, p, sizeof(eh));
	*ret = (struct sections){ .file = p, .size = n, .at = eh.e_shoff, .count = eh.e_shnum };
	if (eh.e_shentsize != sizeof(Elf64_Shdr) || eh.e_shoff == 0 || !inside(eh.e_shoff, (uint64_t)eh.e_shnum * sizeof(Elf64_Shdr), n))
		return false;
	if (eh.e_shstrndx < eh.e_shnum) {
		Elf64_Shdr h = section(ret, eh.e_shstrndx);
		if (h.sh_type == SHT_STRTAB && inside(h.sh_offset, h.sh_size, n)) {
			ret->names = (const char *)p + h.sh_offset;
			ret->names_size = h.sh_size;
		}
	}
	return true;
}

/* The name, or NULL when it is outside the table or has no end. */
static const char *section_name(const struct sections *s, const Elf64_Shdr *h)
{
	if (!s->names || h->sh_name >= s->names_size || !memchr(s->names + h->sh_name, 0, s->names_size - h->sh_name))
		return NULL;
	return s->names + h->sh_name;
}

static bool holds(const Elf64_Shdr *h, size_t size, size_t at)
{
	return h->sh_type != SHT_NOBITS && h->sh_type != SHT_NULL && inside(h->sh_offset, h->sh_size, size) && at >= h->sh_offset &&
		at - h->sh_offset < h->sh_size;
}

void elf_section_at(const uint8_t *p, size_t n, size_t at, char *ret, size_t ret_size)
{
	struct sections s;

	snprintf(ret, ret_size, "%s", at < sizeof(Elf64_Ehdr) ? "ELF header" : "headers or padding");
	if (at < sizeof(Elf64_Ehdr) || !sections_open(p, n, &s))
		return;
	for (size_t i = 0; i < s.count; i++) {
		Elf64_Shdr h = section(&s, i);
		const char *name = section_name(&s, &h);
		if (name && holds(&h, n, at)) {
			snprintf(ret, ret_size, "%.60s", name);
			return;
		}
	}
}

static bool is_identity(const struct sections *s, const Elf64_Shdr *h)
{
	static const char *const names[] = { ".note.gnu.build-id", ".gnu_debuglink", ".gnu_debugaltlink" };
	const char *name = section_name(s, h);

	for (size_t i = 0; name && h->sh_size <= IDENTITY_SIZE_MAX && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool in_identity(const struct sections *s, size_t at)
{
	for (size_t i = 0; i < s->count; i++) {
		Elf64_Shdr h = section(s, i);
		if (is_identity(s, &h) && holds(&h, s->size, at))
			return true;
	}
	return false;
}

/* The first byte behind the identity section that holds `at`. */
static size_t identity_end(const struct sections *s, size_t at)
{
	for (size_t i = 0; i < s->count; i++) {
		Elf64_Shdr h = section(s, i);
		if (is_identity(s, &h) && holds(&h, s->size, at))
			return h.sh_offset + h.sh_size;
	}
	return at + 1;
}

/* Offset of the first difference outside identity sections of either; an when there is none. -1: not two ELF files of one size. */
static int64_t first_outside(const uint8_t *a, size_t an, const uint8_t *b, size_t bn, int *ret_runs)
{
	struct sections sa, sb;
	int runs = 0;

	if (an != bn || !sections_open(a, an, &sa) || !sections_open(b, bn, &sb))
		return -1;
	for (size_t i = 0; i < an; i++) {
		if (a[i] == b[i])
			continue;
		/* Section headers equal up to here or later would show as a difference themselves: both tables must agree. */
		if (++runs > IDENTITY_RUNS_MAX || !in_identity(&sa, i) || !in_identity(&sb, i))
			return (int64_t)i;
		i = identity_end(&sa, i) - 1;
	}
	*ret_runs = runs;
	return (int64_t)an;
}

bool elf_differs_in_id_only(const uint8_t *a, size_t an, const uint8_t *b, size_t bn)
{
	int runs = 0;

	return first_outside(a, an, b, bn, &runs) == (int64_t)an && runs > 0;
}

size_t elf_first_difference(const uint8_t *a, size_t an, const uint8_t *b, size_t bn, size_t otherwise)
{
	int runs = 0;
	int64_t at = first_outside(a, an, b, bn, &runs);

	return at < 0 || at == (int64_t)an ? otherwise : (size_t)at;
}

/* ---- texts ------------------------------------------------------------------------------------------------------------- */

static bool find_section(const struct sections *s, const char *name, Elf64_Shdr *ret)
{
	for (size_t i = 0; i < s->count; i++) {
		const char *its;

		*ret = section(s, i);
		its = section_name(s, ret);
		if (its && strcmp(its, name) == 0 && ret->sh_type == SHT_PROGBITS && inside(ret->sh_offset, ret->sh_size, s->size))
			return true;
	}
	return false;
}

/* The next run of printable bytes at or after *at that is long enough to be a text; its length, 0: none. */
static size_t next_text(const uint8_t *p, size_t *at, size_t end)
{
	for (size_t i = *at; i < end; i++) {
		size_t from = i;

		while (i < end && (p[i] == '\t' || (p[i] >= ' ' && p[i] < 0x7f)))
			i++;
		if (i - from >= TEXT_LEAST) {
			*at = from;
			return i - from;
		}
	}
	return 0;
}

static bool first_text_in(const struct sections *a, const struct sections *b, const char *name, struct elf_texts *ret)
{
	Elf64_Shdr h[2];

	if (!find_section(a, name, &h[0]) || !find_section(b, name, &h[1]))
		return false;
	ret->at[0] = h[0].sh_offset;
	ret->at[1] = h[1].sh_offset;
	for (;;) {
		ret->len[0] = next_text(a->file, &ret->at[0], h[0].sh_offset + h[0].sh_size);
		ret->len[1] = next_text(b->file, &ret->at[1], h[1].sh_offset + h[1].sh_size);
		if (!ret->len[0] || !ret->len[1])
			return false; /* one more text at the end tells little */
		if (ret->len[0] != ret->len[1] || memcmp(a->file + ret->at[0], b->file + ret->at[1], ret->len[0]) != 0)
			return true;
		ret->at[0] += ret->len[0];
		ret->at[1] += ret->len[1];
	}
}

bool elf_first_text(const uint8_t *a, size_t an, const uint8_t *b, size_t bn, struct elf_texts *ret)
{
	static const char *const names[] = { ".rodata", ".rodata.str1.1", ".rodata.str1.8", ".comment", ".data" };
	struct sections sa, sb;

	if (!sections_open(a, an, &sa) || !sections_open(b, bn, &sb))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (first_text_in(&sa, &sb, names[i], ret)) {
			snprintf(ret->section, sizeof(ret->section), "%s", names[i]);
			return true;
		}
	return false;
}
