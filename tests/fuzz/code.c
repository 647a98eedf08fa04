/* Fuzz entry: the search for instructions in ELF files and in plain bytes. See tests/fuzz/README. */
#include <string.h>

#include "../unit/elf_bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const uint8_t *data, size_t size, const struct insn_sites *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct insn_site *site = &s->list[i];
		struct insn_trap t;

		if (site->at > size || site->len > size - site->at || !insn_read_trap(site->trap, site->len, &t) || t.kind != (enum insn_kind)site->kind ||
		    site->code[0] != data[site->at])
			__builtin_trap();
	}
}

static void say_leaf(void *ctx, uint32_t leaf, uint32_t sub, uint32_t ret[4])
{
	(void)ctx;
	ret[0] = leaf;
	ret[1] = sub < 5 ? sub : 5;
	ret[2] = ret[3] = 0;
}

static bool wants(void *ctx, uint32_t nr)
{
	(void)ctx;
	return nr % 4 != 3;
}

static void check_edits(const uint8_t *data, size_t size, const struct insn_stubs *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->list[i].at > size || t->list[i].len > size - t->list[i].at || memcmp(data + t->list[i].at, t->list[i].old, t->list[i].len) != 0)
			__builtin_trap();
	if (t->code && t->at % 4096 + t->len > 4096)
		__builtin_trap();
}

/* No edit of one lies over an edit of the other. */
static void check_apart(const struct insn_stubs *a, const struct insn_stubs *b)
{
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < b->n; k++)
			if ((a != b || i != k) && a->list[i].at < b->list[k].at + b->list[k].len && b->list[k].at < a->list[i].at + a->list[i].len)
				__builtin_trap();
}

static void check_stubs(const uint8_t *data, size_t size, const struct insn_sites *s)
{
	struct insn_stubs t, calls;

	make_stubs(data, size, s, say_leaf, NULL, &t);
	check_edits(data, size, &t);
	make_call_stubs(data, size, &t, &(const struct insn_agent){ .call = 0x7000, .tsc = 0x8000, .traps = size % 2 }, wants, NULL, &calls);
	check_edits(data, size, &calls);
	check_apart(&t, &t);
	check_apart(&calls, &calls);
	check_apart(&t, &calls);
	insn_stubs_clear(&calls);
	insn_stubs_clear(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct insn_sites s;
	struct insn_elf elf;

	if (insn_open_elf(data, size, &elf)) {
		insn_find_in_elf(&elf, size % 2, &s);
		check(data, size, &s);
		check_stubs(data, size, &s);
		insn_sites_clear(&s);
	}
	insn_close_elf(&elf);
	insn_find_in_bytes(data, size < 65536 ? size : 65536, size % 2, &s);
	check(data, size, &s);
	insn_sites_clear(&s);
	return 0;
}
