/* tsc_place.c: see tsc_place.h. */
#include "insn/tsc_place.h"

#include <string.h>

uint64_t insn_tsc_place(const uint8_t *code, size_t n, uint64_t at)
{
	enum { JMP = 0xe9, JMP_LEN = 5, OVER = 0xeb, LEN = 2 };
	size_t k = n >= INSN_TSC_LOOK && code[LEN] == OVER && code[LEN + 1] == JMP_LEN ? LEN + 2 : LEN;
	int32_t distance;

	if (n < INSN_TSC_LOOK || code[k] != JMP)
		return at;
	memcpy(&distance, code + k + 1, sizeof(distance));
	return at + k + JMP_LEN + (uint64_t)(int64_t)distance - LEN;
}
