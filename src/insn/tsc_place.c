/* tsc_place.c: see tsc_place.h. */
#include "insn/tsc_place.h"

#include <string.h>

uint64_t insn_tsc_place(const uint8_t *code, size_t n, uint64_t at)
{
	enum { JMP = 0xe9, LEN = 2, ALL = INSN_TSC_LOOK };
	int32_t distance;

	if (n < ALL || code[LEN] != JMP)
		return at;
	memcpy(&distance, code + LEN + 1, sizeof(distance));
	return at + ALL + (uint64_t)(int64_t)distance - LEN;
}
