/* Fuzz entry: the search for instructions in ELF files and in plain bytes. See tests/fuzz/README. */
#include <string.h>

#include "insn/stub.h"

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

static void check_stubs(const uint8_t *data, size_t size, const struct insn_sites *s)
{
	struct insn_stubs t;

	insn_make_stubs(data, size, s, say_leaf, NULL, &t);
	for (size_t i = 0; i < t.n; i++)
		if (t.list[i].at > size || t.list[i].len > size - t.list[i].at || memcmp(data + t.list[i].at, t.list[i].old, t.list[i].len) != 0)
			__builtin_trap();
	if (t.code && t.at % 4096 + t.len > 4096)
		__builtin_trap();
	insn_stubs_clear(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct insn_sites s;

	if (insn_find_in_elf(data, size, &s)) {
		check(data, size, &s);
		check_stubs(data, size, &s);
		insn_sites_clear(&s);
	}
	insn_find_in_bytes(data, size < 65536 ? size : 65536, &s);
	check(data, size, &s);
	insn_sites_clear(&s);
	return 0;
}
