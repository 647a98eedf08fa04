/* machine_cpuid.c: the canonical machine's processor: what cpuid says, and what else follows from the same table. Freestanding.
 *
 * P1. One table: cpuid, the flags of /proc/cpuinfo, AT_HWCAP, xgetbv and the demand on the host's processor come from it.
 * P2. A model is what the psABI calls it (x86-64-v2, x86-64-v3), and no more, but for xsavec: the dynamic linker saves vector
 *     registers with it in the compact form, which leaves room for what the processor has enabled only; with xsave alone a wider
 *     processor than the model would write behind the area whose size cpuid gave.
 *
 * The make has to be one that programs know: glibc 2.36 does not even read the feature bits of others, and then refuses to start.
 * Family 6, model 26 is the first with just the features of v2, model 60 that of v3. Source: Intel SDM volume 2A, CPUID. */
#include "model/machine.h"

#include <string.h>

enum { HIGHEST = 0xd, BRAND_FIRST = 2 };
#define EXTENDED UINT32_C(0x80000000)
#define HIGHEST_EXTENDED UINT32_C(0x80000008)

/* ---- features ---------------------------------------------------------------------------------------------------------- */

enum word { W_1D, W_81D, W_LINUX, W_1C, W_81C, W_7B, W_D1A, WORDS };
enum { V2 = 1 << MACHINE_CPU_V2, V3 = 1 << MACHINE_CPU_V3, BOTH = V2 | V3 };

/* In the order of /proc/cpuinfo. needed: programs use it without asking the kernel, so the host's processor must have it. */
static const struct feature {
	const char *flag; /* NULL: the kernel does not list it */
	uint8_t word, bit, models, needed;
} features[] = {
	{ "fpu", W_1D, 0, BOTH, 1 }, { "vme", W_1D, 1, BOTH, 0 }, { "de", W_1D, 2, BOTH, 0 }, { "pse", W_1D, 3, BOTH, 0 },
	{ "tsc", W_1D, 4, BOTH, 1 }, { "msr", W_1D, 5, BOTH, 0 }, { "pae", W_1D, 6, BOTH, 0 }, { "mce", W_1D, 7, BOTH, 0 },
	{ "cx8", W_1D, 8, BOTH, 1 }, { "apic", W_1D, 9, BOTH, 0 }, { "sep", W_1D, 11, BOTH, 0 }, { "mtrr", W_1D, 12, BOTH, 0 },
	{ "pge", W_1D, 13, BOTH, 0 }, { "mca", W_1D, 14, BOTH, 0 }, { "cmov", W_1D, 15, BOTH, 1 }, { "pat", W_1D, 16, BOTH, 0 },
	{ "pse36", W_1D, 17, BOTH, 0 }, { "clflush", W_1D, 19, BOTH, 1 }, { "mmx", W_1D, 23, BOTH, 1 }, { "fxsr", W_1D, 24, BOTH, 1 },
	{ "sse", W_1D, 25, BOTH, 1 }, { "sse2", W_1D, 26, BOTH, 1 }, { "ht", W_1D, 28, BOTH, 0 },
	{ "syscall", W_81D, 11, BOTH, 1 }, { "nx", W_81D, 20, BOTH, 0 }, { "lm", W_81D, 29, BOTH, 1 },
	{ "constant_tsc", W_LINUX, 8, BOTH, 0 }, { "rep_good", W_LINUX, 16, BOTH, 0 }, { "nopl", W_LINUX, 20, BOTH, 0 },
	{ "nonstop_tsc", W_LINUX, 24, BOTH, 0 }, { "cpuid", W_LINUX, 25, BOTH, 0 },
	{ "pni", W_1C, 0, BOTH, 1 }, { "ssse3", W_1C, 9, BOTH, 1 }, { "fma", W_1C, 12, V3, 1 }, { "cx16", W_1C, 13, BOTH, 1 },
	{ "sse4_1", W_1C, 19, BOTH, 1 }, { "sse4_2", W_1C, 20, BOTH, 1 }, { "movbe", W_1C, 22, V3, 1 }, { "popcnt", W_1C, 23, BOTH, 1 },
	{ "xsave", W_1C, 26, V3, 1 }, { NULL, W_1C, 27, V3, 1 }, { "avx", W_1C, 28, V3, 1 }, { "f16c", W_1C, 29, V3, 1 },
	{ "hypervisor", W_1C, 31, BOTH, 0 },
	{ "lahf_lm", W_81C, 0, BOTH, 1 }, { "abm", W_81C, 5, V3, 1 },
	{ "bmi1", W_7B, 3, V3, 1 }, { "avx2", W_7B, 5, V3, 1 }, { "bmi2", W_7B, 8, V3, 1 },
	{ "xsavec", W_D1A, 1, V3, 1 },
};

/* Where cpuid keeps each word: leaf, sub-leaf, register. */
static const struct { uint32_t leaf, sub, reg; } words[WORDS] = {
	[W_1D] = { 1, 0, 3 }, [W_81D] = { EXTENDED + 1, 0, 3 }, [W_1C] = { 1, 0, 2 }, [W_81C] = { EXTENDED + 1, 0, 2 },
	[W_7B] = { 7, 0, 1 }, [W_D1A] = { 0xd, 1, 0 },
};

static const struct { const char *name; uint32_t signature; uint64_t xcr0; } models[MACHINE_CPU_MODELS] = {
	[MACHINE_CPU_V2] = { "x86-64-v2", 0x106a5, 0 },
	[MACHINE_CPU_V3] = { "x86-64-v3", 0x306c3, 7 },
};

static bool has(uint32_t model, const struct feature *f)
{
	return f->models >> model & 1;
}

static uint32_t word(uint32_t model, enum word w)
{
	uint32_t v = 0;

	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (features[i].word == w && has(model, &features[i]))
			v |= UINT32_C(1) << features[i].bit;
	return v;
}

const char *machine_cpu_model_name(uint32_t model)
{
	return models[model % MACHINE_CPU_MODELS].name;
}

bool machine_cpu_model_find(const char *name, uint32_t *ret)
{
	for (uint32_t i = 0; i < MACHINE_CPU_MODELS; i++)
		for (size_t k = 0; models[i].name[k] == name[k]; k++)
			if (!name[k]) {
				*ret = i;
				return true;
			}
	return false;
}

uint32_t machine_hwcap(void)
{
	return word(MACHINE_CPU_V2, W_1D);
}

uint64_t machine_xcr0(uint32_t model)
{
	return models[model % MACHINE_CPU_MODELS].xcr0;
}

const char *machine_cpu_flag(uint32_t model, size_t *i)
{
	while (*i < sizeof(features) / sizeof(features[0])) {
		const struct feature *f = &features[(*i)++];

		if (f->flag && has(model, f))
			return f->flag;
	}
	return NULL;
}

void machine_cpu_signature(uint32_t model, uint32_t *ret_model, uint32_t *ret_stepping)
{
	uint32_t s = models[model % MACHINE_CPU_MODELS].signature;

	*ret_model = (s >> 4 & 0xf) | (s >> 12 & 0xf0);
	*ret_stepping = s & 0xf;
}

const char *machine_cpu_missing(uint32_t model, machine_cpuid_fn *cpuid, uint64_t xcr0)
{
	uint32_t got[WORDS][4], highest[4];
	uint32_t have = 0; /* bits: for each word the processor is asked once, since a virtual machine stops for that */

	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		const struct feature *f = &features[i];

		if (!f->needed || !has(model, f))
			continue;
		if (!(have >> f->word & 1)) {
			cpuid(words[f->word].leaf & EXTENDED, 0, highest);
			memset(got[f->word], 0, sizeof(got[f->word]));
			if (highest[0] >= words[f->word].leaf)
				cpuid(words[f->word].leaf, words[f->word].sub, got[f->word]);
			have |= 1u << f->word;
		}
		if (!(got[f->word][words[f->word].reg] >> f->bit & 1))
			return f->flag ? f->flag : "osxsave";
	}
	return (xcr0 & machine_xcr0(model)) == machine_xcr0(model) ? NULL : "avx";
}

/* ---- leaves ------------------------------------------------------------------------------------------------------------- */

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

static void extended(uint32_t model, uint32_t leaf, uint32_t ret[4])
{
	static const char brand[48] = MACHINE_CPU_NAME;

	switch (leaf - EXTENDED) {
	case 0:
		ret[0] = HIGHEST_EXTENDED;
		break;
	case 1:
		ret[2] = word(model, W_81C);
		ret[3] = word(model, W_81D);
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

/* Save areas: 512 bytes, a header of 64, the upper halves of sixteen registers. */
static void save_areas(uint32_t model, uint32_t sub, uint32_t ret[4])
{
	enum { LEGACY = 576, UPPER = 256 };

	if (!machine_xcr0(model))
		return;
	if (sub == 0) {
		ret[0] = (uint32_t)machine_xcr0(model);
		ret[1] = ret[2] = LEGACY + UPPER;
	} else if (sub == 1) {
		ret[0] = word(model, W_D1A);
		ret[1] = LEGACY + UPPER;
	} else if (sub == 2) {
		ret[0] = UPPER;
		ret[1] = LEGACY;
	}
}

/* ret: eax ebx ecx edx */
void machine_cpuid(uint32_t model, uint32_t cpus, uint32_t leaf, uint32_t sub, uint32_t ret[4])
{
	memset(ret, 0, 4 * sizeof(*ret));
	if (leaf >= EXTENDED) {
		extended(model, leaf, ret);
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
		ret[0] = models[model % MACHINE_CPU_MODELS].signature;
		ret[1] = (cpus & 0xff) << 16 | 8 << 8;
		ret[2] = word(model, W_1C);
		ret[3] = word(model, W_1D);
		break;
	case 2: /* descriptors of the caches of leaf 4, which the dynamic linker would otherwise ask for again and again */
		ret[0] = UINT32_C(0x2c308001); /* L1 data and instructions, 32 KiB, 8 ways; L2 512 KiB, 8 ways */
		ret[3] = 0x4d;                 /* L3 16 MiB, 16 ways */
		break;
	case 4:
		caches(sub, cpus, ret);
		break;
	case 7:
		if (sub == 0)
			ret[1] = word(model, W_7B);
		break;
	case 0xd:
		save_areas(model, sub, ret);
		break;
	case 0xb:
		ret[2] = sub & 0xff;
		break;
	default:
		break;
	}
}
