/* host_cpu.c: see processor.h, R1. */
#include "run/processor.h"

#include <cpuid.h>

void host_cpuid(uint32_t leaf, uint32_t sub, uint32_t ret[4])
{
	__cpuid_count(leaf, sub, ret[0], ret[1], ret[2], ret[3]);
}
