/* machine_jit: code that a program writes into memory which is executable from the start describes the processor as the program's own
 * code does: at once, later, over the border of a page, in a child, moved, under a signal's handler; and data stays data. */
/* control: same */
#include "asker.h"
#include <cpuid.h>

static bool agrees(const char *at)
{
	asker *f = (asker *)(uintptr_t)at;

	for (unsigned leaf = 0; leaf < 8; leaf += 7) {
		unsigned here[4], there[4];

		__cpuid_count(leaf, 0, here[0], here[1], here[2], here[3]);
		f(leaf, 0, there);
		if (memcmp(here, there, sizeof(here)) != 0)
			return false;
	}
	return true;
}

static char *map(size_t pages)
{
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(p == MAP_FAILED ? -1 : 0);
	return p;
}

int main(void)
{
	char *p = map(16), *first = emit(p + 64), *second = emit(p + 512), *over = emit(p + 2 * PAGE - 10), *other, *moved;
	pid_t child;

	printf("at once: %d\n", agrees(first));
	printf("the next one: %d\n", agrees(second));
	printf("over a border: %d\n", agrees(over));
	child = fork();
	if (child == 0)
		_exit(agrees(first) && agrees(emit(p + 5 * PAGE)) ? 0 : 1);
	printf("in a child: %s\n", status_words(wait_status(child)));
	signal(SIGSEGV, on_fault);
	printf("later, with a handler: %d\n", agrees(emit(p + 6 * PAGE)));
	p[6 * PAGE + 2048] = 1;
	printf("still writable: %d\n", p[6 * PAGE + 2048]);
	emit(p + 8 * PAGE);
	moved = mremap(p + 8 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + 12 * PAGE);
	printf("moved: %d\n", moved == p + 12 * PAGE && agrees(moved));
	emit(p + 9 * PAGE);
	MUST(mprotect(p + 9 * PAGE, PAGE, PROT_READ));
	printf("no code any more: %d\n", runs(agrees, p + 9 * PAGE));
	other = emit(malloc(64));
	printf("the heap: %d\n", runs(agrees, other));
	free(other);
	printf("nothing mapped: %d\n", runs(agrees, (const char *)8));
	return 0;
}
/* expect:
at once: 1
the next one: 1
over a border: 1
in a child: exit 0
later, with a handler: 1
still writable: 1
moved: 1
no code any more: 0
the heap: 0
nothing mapped: 0
*/
