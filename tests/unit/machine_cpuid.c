/* The model's processor against hosts: which of them may show it, what is missing otherwise, and that no host shows in it. */
#include <stdlib.h>

#include "model/machine.h"
#include "test.h"

enum { EAX, EBX, ECX, EDX };

/* A host: leaves as cpuid gives them. Like Nehalem, Skylake, Zen 3: a handful of facts each, from the feature lists of their makers'
 * manuals; the rest is zero. */
struct leaf { uint32_t leaf, sub, v[4]; };

#define BIT(n) (UINT32_C(1) << (n))
#define EDX_ALL UINT32_C(0x178bfbff)
/* sse3 ssse3 cx16 sse4.1 sse4.2 popcnt */
#define ECX_V2 (BIT(0) | BIT(9) | BIT(13) | BIT(19) | BIT(20) | BIT(23))
/* and fma movbe xsave osxsave avx f16c */
#define ECX_V3 (ECX_V2 | BIT(12) | BIT(22) | BIT(26) | BIT(27) | BIT(28) | BIT(29))
#define SYSCALL_NX_LM (BIT(11) | BIT(20) | BIT(29))

static struct leaf core2[] = {
	{ 0, 0, { 10 } }, { 1, 0, { [ECX] = ECX_V2 & ~(BIT(19) | BIT(20) | BIT(23)), [EDX] = EDX_ALL } },
	{ 0x80000000, 0, { 0x80000008 } }, { 0x80000001, 0, { [ECX] = 1, [EDX] = SYSCALL_NX_LM } }, { 0 },
};
static struct leaf nehalem[] = {
	{ 0, 0, { 11 } }, { 1, 0, { [ECX] = ECX_V2, [EDX] = EDX_ALL } },
	{ 0x80000000, 0, { 0x80000008 } }, { 0x80000001, 0, { [ECX] = 1, [EDX] = SYSCALL_NX_LM } }, { 0 },
};
/* Has all of x86-64-v3, but saves registers in the wide form only. */
static struct leaf haswell[] = {
	{ 0, 0, { 13 } }, { 1, 0, { [ECX] = ECX_V3, [EDX] = EDX_ALL } }, { 7, 0, { [EBX] = BIT(3) | BIT(5) | BIT(8) } }, { 0xd, 1, { BIT(0) } },
	{ 0x80000000, 0, { 0x80000008 } }, { 0x80000001, 0, { [ECX] = 1 | BIT(5), [EDX] = SYSCALL_NX_LM } }, { 0 },
};
static struct leaf zen3[] = {
	{ 0, 0, { 16 } }, { 1, 0, { [ECX] = ECX_V3 | BIT(25) | BIT(30), [EDX] = EDX_ALL } },
	{ 7, 0, { [EBX] = BIT(3) | BIT(5) | BIT(8) | BIT(18) } }, { 0xd, 1, { 15 } },
	{ 0x80000000, 0, { 0x80000023 } }, { 0x80000001, 0, { [ECX] = 1 | BIT(5) | BIT(6), [EDX] = SYSCALL_NX_LM } }, { 0 },
};

static struct leaf *host;

static void ask(uint32_t leaf, uint32_t sub, uint32_t ret[4])
{
	memset(ret, 0, 16);
	for (const struct leaf *l = host; l == host || l->leaf; l++)
		if (l->leaf == leaf && l->sub == sub)
			memcpy(ret, l->v, 16);
}

static const char *missing(struct leaf *of, uint32_t model, uint64_t xcr0)
{
	host = of;
	return machine_cpu_missing(model, ask, xcr0);
}

static void test_hosts(void)
{
	test_str(missing(core2, MACHINE_CPU_V2, 0), "sse4_1", "a Core 2 has less than x86-64-v2");
	test_str(missing(nehalem, MACHINE_CPU_V2, 0), NULL, "a Nehalem has just that");
	test_str(missing(nehalem, MACHINE_CPU_V3, 0), "fma", "and not x86-64-v3");
	test_str(missing(haswell, MACHINE_CPU_V2, 7), NULL, "a Haswell has x86-64-v2");
	test_str(missing(haswell, MACHINE_CPU_V3, 7), "xsavec", "x86-64-v3 needs the compact form of saving registers");
	test_str(missing(zen3, MACHINE_CPU_V2, 7), NULL, "a Zen 3 has x86-64-v2");
	test_str(missing(zen3, MACHINE_CPU_V3, 0x207), NULL, "and x86-64-v3, whatever else its system saves");
	test_str(missing(zen3, MACHINE_CPU_V3, 3), "avx", "unless its system does not save the upper halves");
	zen3[0].v[EAX] = 6;
	test_str(missing(zen3, MACHINE_CPU_V3, 7), "bmi1", "a leaf beyond the highest is not believed");
	zen3[0].v[EAX] = 16;
}

/* Every single bit that is taken from a host that has all: either nobody needs it, or it is named. Both models together name what they
 * promise, and nothing that they do not show. */
static void test_each_bit(uint32_t model, int want)
{
	int named = 0, wrong = 0;

	for (struct leaf *l = zen3; l == zen3 || l->leaf; l++)
		for (unsigned bit = 0; bit < 128; bit++) {
			uint32_t was = l->v[bit / 32], shown[4];
			const char *name;

			l->v[bit / 32] &= ~BIT(bit % 32);
			name = l->leaf == 0 || l->leaf == 0x80000000 ? NULL : missing(zen3, model, 7);
			l->v[bit / 32] = was;
			machine_cpuid(model, 1, l->leaf, l->sub, shown);
			named += name != NULL;
			wrong += name && !(shown[bit / 32] >> bit % 32 & 1);
		}
	test_int(named, want, "so many features are demanded");
	test_int(wrong, 0, "and all of them are shown");
}

static void test_names(void)
{
	uint32_t model = 9;

	test_ok(machine_cpu_model_find("x86-64-v3", &model) && model == MACHINE_CPU_V3, "a model by its name");
	test_ok(!machine_cpu_model_find("x86-64-v4", &model) && !machine_cpu_model_find("x86-64-v", &model) && !machine_cpu_model_find("", &model), "no other");
	test_str(machine_cpu_model_name(MACHINE_CPU_V2), "x86-64-v2", "the name of a model");
}

int main(void)
{
	test_hosts();
	test_each_bit(MACHINE_CPU_V2, 18);
	test_each_bit(MACHINE_CPU_V3, 29);
	test_names();
	return test_end();
}
