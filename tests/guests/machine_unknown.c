/* machine_unknown: an instruction that the host's processor may not know means what it means everywhere, also in code that was written
 * into executable memory: xbegin begins no transaction and says 0. (So it does on some processors natively: the control is the signature, which
 * code written there asks for.) */
/* control: host */
#include "guest.h"
#include <cpuid.h>
#include <setjmp.h>

static sigjmp_buf back;

static void on_ill(int s)
{
	siglongjmp(back, s);
}

int main(void)
{
	/* mov $1,%eax; xbegin 1f; cpuid (it ends a transaction with status 0); 1: ret */
	static const unsigned char code[] = "\xb8\x01\x00\x00\x00\xc7\xf8\x02\x00\x00\x00\x0f\xa2\xc3", ud2[] = "\x0f\x0b";
	/* mov $1,%eax; push %rbx; cpuid; pop %rbx; ret */
	static const unsigned char signature[] = "\xb8\x01\x00\x00\x00\x53\x0f\xa2\x5b\xc3";
	unsigned a = 0, b = 0, c = 0, d = 0;
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(p == MAP_FAILED ? -1 : 0);
	__get_cpuid_count(7, 0, &a, &b, &c, &d);
	printf("transactions: %u\n", b >> 11 & 1);
	handle(SIGILL, on_ill, 0);
	memcpy(p, code, sizeof(code));
	if (sigsetjmp(back, 1))
		printf("xbegin: no such instruction\n");
	else
		printf("xbegin: %u\n", ((unsigned (*)(void))(uintptr_t)p)());
	memcpy(p + 4096, signature, sizeof(signature));
	printf("processor: %x\n", ((unsigned (*)(void))(uintptr_t)(p + 4096))());
	memcpy(p, ud2, sizeof(ud2));
	if (sigsetjmp(back, 1))
		printf("ud2: no such instruction\n");
	else
		((void (*)(void))(uintptr_t)p)();
	return 0;
}
