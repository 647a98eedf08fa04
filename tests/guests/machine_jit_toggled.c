/* machine_jit_toggled: much memory is made executable and writable by turns, as compilers at run time do that never have both: what is written
 * in between runs, and describes the processor as the program's own code does; what may not run does not. */
/* control: same */
#include "guest.h"
#include <cpuid.h>
#include <setjmp.h>

enum { PAGE = 4096, SIZE = 64 << 20, ROUNDS = 200 };
typedef void asker(unsigned, unsigned, unsigned *);

/* push %rbx; mov %rdx,%r8; mov %edi,%eax; mov %esi,%ecx; cpuid; mov %eax,(%r8); mov %ebx,4(%r8); mov %ecx,8(%r8); mov %edx,12(%r8); pop %rbx; ret */
static const char code[] = "\x53\x49\x89\xd0\x89\xf8\x89\xf1\x0f\xa2\x41\x89\x00\x41\x89\x58\x04\x41\x89\x48\x08\x41\x89\x50\x0c\x5b\xc3";

static bool agrees(const char *at)
{
	asker *f = (asker *)(uintptr_t)at;
	unsigned here[4], there[4];

	__cpuid_count(1, 0, here[0], here[1], here[2], here[3]);
	f(1, 0, there);
	return (here[0] == there[0]) & (here[2] == there[2]) & (here[3] == there[3]); /* ebx: which CPU */
}

static sigjmp_buf back;

static void on_fault(int s)
{
	(void)s;
	siglongjmp(back, 1);
}

static bool runs(const char *at)
{
	if (sigsetjmp(back, 1))
		return false;
	return agrees(at);
}

int main(void)
{
	char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *q;
	int right = 0;
	pid_t child;

	MUST(p == MAP_FAILED ? -1 : 0);
	memset(p, 0xcc, SIZE);
	signal(SIGSEGV, on_fault);
	for (int i = 0; i < ROUNDS; i++) {
		char *at = p + (size_t)i * 7 * PAGE + 100 + i; /* some over a border */
		MUST(mprotect(p, SIZE, PROT_READ | PROT_WRITE));
		memcpy(at, code, sizeof(code) - 1);
		MUST(mprotect(p, SIZE, PROT_READ | PROT_EXEC));
		right += agrees(at) + agrees(p + 100);
	}
	printf("right: %d of %d\n", right, 2 * ROUNDS);
	child = fork();
	if (child == 0)
		_exit(agrees(p + 7 * PAGE + 101) && agrees(p + 14 * PAGE + 102) ? 0 : 1);
	printf("in a child: %s\n", status_words(wait_status(child)));
	if (sigsetjmp(back, 1))
		printf("not writable\n");
	else
		p[100] = 0;
	MUST(mprotect(p, SIZE, PROT_NONE));
	printf("may not run: %d\n", runs(p + 100));
	MUST(mprotect(p, SIZE, PROT_READ | PROT_EXEC));
	MUST(mprotect(p + 2 * PAGE, 8 * PAGE, PROT_READ | PROT_WRITE));
	printf("a part may not: %d, the rest may: %d %d\n", runs(p + 7 * PAGE + 101), runs(p + 100), runs(p + 14 * PAGE + 102));
	q = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(q, code, sizeof(code) - 1);
	printf("never made executable: %d\n", runs(q));
	return 0;
}

/* expect:
right: 400 of 400
in a child: exit 0
not writable
may not run: 0
a part may not: 0, the rest may: 1 1
never made executable: 0
*/
