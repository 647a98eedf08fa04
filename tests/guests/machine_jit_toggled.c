/* machine_jit_toggled: much memory is made executable and writable by turns, as compilers at run time do that never have both: what is written
 * in between runs, and describes the processor as the program's own code does; what may not run does not. */
/* control: same */
#include "asker.h"
#include <cpuid.h>

enum { SIZE = 16 << 20, ROUNDS = 200 };

static bool agrees(const char *at)
{
	asker *f = (asker *)(uintptr_t)at;
	unsigned here[4], there[4];

	__cpuid_count(1, 0, here[0], here[1], here[2], here[3]);
	f(1, 0, there);
	return (here[0] == there[0]) & (here[2] == there[2]) & (here[3] == there[3]); /* ebx: which CPU */
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
		emit(at);
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
	printf("may not run: %d\n", runs(agrees, p + 100));
	MUST(mprotect(p, SIZE, PROT_READ | PROT_EXEC));
	MUST(mprotect(p + 2 * PAGE, 8 * PAGE, PROT_READ | PROT_WRITE));
	printf("a part may not: %d, the rest may: %d %d\n", runs(agrees, p + 7 * PAGE + 101), runs(agrees, p + 100), runs(agrees, p + 14 * PAGE + 102));
	q = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	emit(q);
	printf("never made executable: %d\n", runs(agrees, q));
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
