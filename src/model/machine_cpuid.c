/* machine_cpuid.c: what the cpuid instruction says on the canonical machine: an x86-64-v2 processor. Freestanding.
 *
 * The same features as the flags line of /proc/cpuinfo (machine_cpu.c) and AT_HWCAP. The make has to be one that programs
 * know: glibc 2.36 does not even read the feature bits of others, and then refuses to start. Family 6, model 26 is the first with
 * just these features. Source: Intel SDM volume 2A, CPUID. */
#include "model/machine.h"

#include <string.h>

enum { HIGHEST = 0xd, BRAND_FIRST = 2 };
#define EXTENDED UINT32_C(0x80000000)
#define HIGHEST_EXTENDED UINT32_C(0x80000008)

/* type (1 data, 2 instruction, 3 unified), level, ways, sets; lines of 64 bytes */
static void cache(uint32_t type, uint32_t level, uint32_t ways, uint32_t sets, uint32_t cores, uint32_t ret[4])
{
	ret[0] = type | level << 5 | 1u << 8 | (cores - 1) << 26;
	ret[1] = (ways - 1) << 22 | 63;
	ret[2] = sets - 1;
	ret[3] = 0;
}

static void caches(uint32_t sub, uint32_t cpus, uint32_t ret[4])
{
	uint32_t cores = cpus > 64 ? 64 : cpus;

	if (sub == 0)
		cache(1, 1, 8, 64, cores, ret);
	else if (sub == 1)
		cache(2, 1, 8, 64, cores, ret);
	else if (sub == 2)
		cache(3, 2, 8, 1024, cores, ret);
	else if (sub == 3)
		cache(3, 3, 16, 16384, cores, ret);
}

static void extended(uint32_t leaf, uint32_t ret[4])
{
	static const char brand[48] = MACHINE_CPU_NAME;

	switch (leaf - EXTENDED) {
	case 0:
		ret[0] = HIGHEST_EXTENDED;
		break;
	case 1:
		ret[2] = 1;             /* lahf_lm */
		ret[3] = 0x20100800;    /* syscall nx lm */
		break;
	case BRAND_FIRST: case BRAND_FIRST + 1: case BRAND_FIRST + 2:
		memcpy(ret, brand + (leaf - EXTENDED - BRAND_FIRST) * 16, 16);
		break;
	case 7:
		ret[3] = 1u << 8;       /* the time-stamp counter runs evenly */
		break;
	case 8:
		ret[0] = 48 << 8 | 40;  /* bits of virtual and physical addresses */
		break;
	default:
		break;
	}
}

/* ret: eax ebx ecx edx */
void machine_cpuid(uint32_t cpus, uint32_t leaf, uint32_t sub, uint32_t ret[4])
{
	memset(ret, 0, 4 * sizeof(*ret));
	if (leaf >= EXTENDED) {
		extended(leaf, ret);
		return;
	}
	switch (leaf) {
	case 0:
		ret[0] = HIGHEST;
		memcpy(&ret[1], "Genu", 4);
		memcpy(&ret[3], "ineI", 4);
		memcpy(&ret[2], "ntel", 4);
		break;
	case 1:
		ret[0] = 0x106a5;       /* family 6, model 26, stepping 5 */
		ret[1] = (cpus & 0xff) << 16 | 8 << 8;
		ret[2] = 0x80982201;    /* pni ssse3 cx16 sse4_1 sse4_2 popcnt hypervisor */
		ret[3] = MACHINE_HWCAP;
		break;
	case 2:
		ret[0] = 0x00feff01;    /* caches: see leaf 4 */
		break;
	case 4:
		caches(sub, cpus, ret);
		break;
	case 0xb:
		ret[2] = sub & 0xff;
		break;
	default:
		break;
	}
}
