/* elf_bytes.h: the searches of insn.h and stub.h in bytes that are, or are not, an ELF file. */
#ifndef DETBUILD_TESTS_ELF_BYTES_H
#define DETBUILD_TESTS_ELF_BYTES_H

#include "insn/stub.h"

/* False: not such a file. */
static inline bool find_in_elf(const uint8_t *file, size_t n, struct insn_sites *ret)
{
	struct insn_elf elf;
	bool is = insn_open_elf(file, n, &elf);

	insn_find_in_elf(&elf, false, ret);
	insn_close_elf(&elf);
	return is;
}

static inline void make_stubs(const uint8_t *file, size_t n, const struct insn_sites *s, insn_cpuid_fn *cpuid, void *ctx, struct insn_stubs *ret)
{
	struct insn_elf elf;

	insn_open_elf(file, n, &elf);
	insn_make_stubs(&elf, s, cpuid, ctx, ret);
	insn_close_elf(&elf);
}

static inline void make_call_stubs(const uint8_t *file, size_t n, const struct insn_stubs *before, const struct insn_agent *to, insn_call_fn *wants, void *ctx,
				   struct insn_stubs *ret)
{
	struct insn_elf elf;

	insn_open_elf(file, n, &elf);
	insn_make_call_stubs(&elf, before, to, wants, ctx, ret);
	insn_close_elf(&elf);
}

#endif
