/* Fuzz entry: the search for instructions in ELF files and in plain bytes. See tests/fuzz/README. */
#include "insn/insn.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct insn_sites s;

	if (insn_find_in_elf(data, size, &s)) {
		check(data, size, &s);
		insn_sites_clear(&s);
	}
	insn_find_in_bytes(data, size < 65536 ? size : 65536, &s);
	check(data, size, &s);
	insn_sites_clear(&s);
	return 0;
}
