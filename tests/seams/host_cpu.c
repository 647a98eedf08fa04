/* Stands for src/run/host_cpu.c in build/tests/other-host: the supervisor of a host whose processor has less. What it lacks is in the
 * environment: OTHER_HOST_LACKS="LEAF:SUBLEAF:REGISTER:BIT ..." (hexadecimal leaf; register 0 eax .. 3 edx). */
#include <cpuid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/processor.h"

void host_cpuid(uint32_t leaf, uint32_t sub, uint32_t ret[4])
{
	const char *lacks = getenv("OTHER_HOST_LACKS");
	unsigned l, s, reg, bit;

	__cpuid_count(leaf, sub, ret[0], ret[1], ret[2], ret[3]);
	for (; lacks && sscanf(lacks, "%x:%u:%u:%u", &l, &s, &reg, &bit) == 4; lacks = strchr(lacks, ' ')) {
		if (l == leaf && s == sub && reg < 4 && bit < 32)
			ret[reg] &= ~(UINT32_C(1) << bit);
		lacks += strspn(lacks, " ");
		if (!strchr(lacks, ' '))
			return;
	}
}
