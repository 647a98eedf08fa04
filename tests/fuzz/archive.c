/* Fuzz entry: archives and ELF files, alone and compared with a changed copy of themselves. See tests/fuzz/README. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/archive.h"
#include "report/difference.h"
#include "report/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct listing l = { 0 };
	struct findings f = { 0 };
	uint64_t unpacked = 0;
	struct error e;
	char section[64];

	if (size < 2 || size > 1 << 20)
		return 0;
	if (archive_list(data, size, ARCHIVE_DEPTH_MAX, &l, &e) == 0)
		listing_clear(&l);
	uint8_t *copy = malloc(size);
	memcpy(copy, data, size);
	size_t at = ((size_t)data[0] << 8 | data[1]) % size; /* the changed place is a function of the input */
	copy[at] ^= 0x20;
	difference_find(data, size, copy, size, &unpacked, &f);
	if (f.n + f.more == 0)
		abort(); /* unequal bytes must give a finding */
	findings_clear(&f);
	elf_section_at(data, size, at, section, sizeof(section));
	elf_differs_in_id_only(data, size, copy, size);
	free(copy);
	return 0;
}
