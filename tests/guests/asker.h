/* asker.h: machine code that asks the processor and can be put anywhere, and a way back from a fault. */
#ifndef ASKER_H
#define ASKER_H

#include "guest.h"
#include <setjmp.h>

enum { PAGE = 4096 };
typedef void asker(unsigned, unsigned, unsigned *); /* leaf, subleaf: the four registers */

/* push %rbx; mov %rdx,%r8; mov %edi,%eax; mov %esi,%ecx; cpuid; mov %eax,(%r8); mov %ebx,4(%r8); mov %ecx,8(%r8); mov %edx,12(%r8); pop %rbx; ret */
static const char asker_code[] = "\x53\x49\x89\xd0\x89\xf8\x89\xf1\x0f\xa2\x41\x89\x00\x41\x89\x58\x04\x41\x89\x48\x08\x41\x89\x50\x0c\x5b\xc3";

static inline char *emit(char *at)
{
	memcpy(at, asker_code, sizeof(asker_code) - 1);
	return at;
}

static sigjmp_buf back;

static inline void on_fault(int s)
{
	(void)s;
	siglongjmp(back, 1);
}

/* What the check says of the code there, or false if it may not run. SIGSEGV has on_fault. */
static inline bool runs(bool (*check)(const char *), const char *at)
{
	if (sigsetjmp(back, 1))
		return false;
	return check(at);
}

#endif
