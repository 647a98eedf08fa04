/* machine_processor: everything that a program can learn of its processor: all leaves of cpuid, what the kernel says, which registers
 * are saved, what the compiler's library found, which variants of functions the C library chose. */
/* control: host */
#include "guest.h"
#include <cpuid.h>
#include <dlfcn.h>
#include <elf.h>
#include <sys/auxv.h>

extern char **environ;

/* Sub-leaves are shown where they say something of their own. */
static void leaf(unsigned l, unsigned s)
{
	unsigned v[4], first[4];

	__cpuid_count(l, 0, first[0], first[1], first[2], first[3]);
	__cpuid_count(l, s, v[0], v[1], v[2], v[3]);
	if ((v[0] | v[1] | v[2] | v[3]) && (s == 0 || memcmp(v, first, sizeof(v)) != 0))
		printf("cpuid %08x/%u: %08x %08x %08x %08x\n", l, s, v[0], v[1], v[2], v[3]);
}

static void all_leaves(void)
{
	static const unsigned begins[] = { 0, 0x20000000, 0x40000000, 0x80000000, 0x8fffffff, 0xc0000000 };

	for (unsigned i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		for (unsigned l = 0; l < 0x28; l++)
			for (unsigned s = 0; s < 5; s++)
				leaf(begins[i] + l, s);
}

static void saved_registers(void)
{
	enum { OSXSAVE = 1 << 27 };
	unsigned a, b, c, d;

	__cpuid(1, a, b, c, d);
	if (!(c & OSXSAVE)) {
		printf("xcr0: not asked\n");
		return;
	}
	__asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
	printf("xcr0: %08x%08x\n", d, a);
}

#define SUPPORTS(x) printf("supports %s: %d\n", x, !!__builtin_cpu_supports(x))

static void compiler(void)
{
	__builtin_cpu_init();
	printf("intel %d amd %d\n", !!__builtin_cpu_is("intel"), !!__builtin_cpu_is("amd"));
	SUPPORTS("sse3");
	SUPPORTS("ssse3");
	SUPPORTS("sse4.1");
	SUPPORTS("sse4.2");
	SUPPORTS("popcnt");
	SUPPORTS("aes");
	SUPPORTS("pclmul");
	SUPPORTS("avx");
	SUPPORTS("fma");
	SUPPORTS("bmi");
	SUPPORTS("bmi2");
	SUPPORTS("avx2");
	SUPPORTS("avx512f");
	SUPPORTS("avx512vl");
	SUPPORTS("gfni");
}

/* Where the functions lie that the C library's resolvers chose: an address inside the library, the image's and no other's. */
static void variants(void)
{
	static const char *const names[] = { "memcpy", "memset", "strlen", "strchr", "strcmp", "memchr", "strstr", "sin", "exp", "pow", "floor" };
	Dl_info info;

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *f = dlsym(RTLD_DEFAULT, names[i]);

		if (f && dladdr(f, &info))
			printf("variant %s: %#lx\n", names[i], (unsigned long)(f - (char *)info.dli_fbase));
	}
}

/* Not getauxval(): the C library puts a word of its own in place of one of them. */
static void vector(void)
{
	char **e = environ;

	while (*e)
		e++;
	for (Elf64_auxv_t *a = (Elf64_auxv_t *)(void *)(e + 1); a->a_type != AT_NULL; a++)
		if (a->a_type == AT_HWCAP || a->a_type == AT_HWCAP2 || a->a_type == AT_MINSIGSTKSZ)
			printf("vector %lu: %lx\n", (unsigned long)a->a_type, (unsigned long)a->a_un.a_val);
		else if (a->a_type == AT_PLATFORM)
			printf("platform: %s\n", (const char *)(uintptr_t)a->a_un.a_val);
}

static void show_file(const char *path)
{
	char line[4096];
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f))
		printf("%s: %s", path, line);
	if (f)
		fclose(f);
}

int main(void)
{
	all_leaves();
	vector();
	saved_registers();
	compiler();
	show_file("/proc/cpuinfo");
	show_file("/sys/devices/system/cpu/cpu0/cache/index2/size");
	show_file("/sys/devices/system/cpu/cpu0/cache/index3/size");
	printf("caches %ld %ld %ld %ld\n", sysconf(_SC_LEVEL1_DCACHE_SIZE), sysconf(_SC_LEVEL2_CACHE_SIZE), sysconf(_SC_LEVEL3_CACHE_SIZE),
	       sysconf(_SC_LEVEL1_DCACHE_LINESIZE));
	variants();
	return 0;
}
