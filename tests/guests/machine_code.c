/* machine_code: an instruction that describes the processor gives one answer wherever its code lies: mapped twice, after fork, after
 * changes of protection, copied into memory of its own, and mapped by another thread meanwhile. */
/* control: same */
#include "guest.h"
#include <cpuid.h>

/* mov %edi,%eax; mov %esi,%ecx; push %rbx; cpuid; mov %eax,(%rdx) ...: position-independent. */
__attribute__((naked, noinline, aligned(64))) static void ask(unsigned leaf __attribute__((unused)), unsigned sub __attribute__((unused)),
	unsigned *ret __attribute__((unused)))
{
	__asm__("push %rbx; mov %rdx, %r8; mov %edi, %eax; mov %esi, %ecx; cpuid;"
		"mov %eax, (%r8); mov %ebx, 4(%r8); mov %ecx, 8(%r8); mov %edx, 12(%r8); pop %rbx; ret; nop; nop; nop; nop");
}

enum { CODE = 40, PAGE = 4096 };
typedef void asker(unsigned, unsigned, unsigned *);

static bool agrees(asker *f)
{
	for (unsigned leaf = 0; leaf < 8; leaf += 7) {
		unsigned here[4], there[4];

		ask(leaf, 0, here);
		f(leaf, 0, there);
		if (memcmp(here, there, sizeof(here)) != 0)
			return false;
	}
	return true;
}

static asker *map_again(int fd)
{
	uintptr_t begin = 0, at = (uintptr_t)ask;
	unsigned long long from, to, offset;
	char line[512], perms[8], *p;
	FILE *f = fopen("/proc/self/maps", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%llx-%llx %7s %llx", &from, &to, perms, &offset) == 4 && at >= from && at < to) {
			p = mmap(NULL, to - from, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, (off_t)offset);
			MUST(p == MAP_FAILED ? -1 : 0);
			begin = (uintptr_t)p + (at - from);
		}
	fclose(f);
	return (asker *)begin;
}

static volatile bool stop;

static void *keep_mapping(void *fd)
{
	for (int i = 0; i < 50 && !stop; i++) {
		asker *f = map_again((int)(intptr_t)fd);

		if (!agrees(f))
			return (void *)"differs";
	}
	return (void *)"agrees";
}

int main(void)
{
	int fd = (int)MUST(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
	asker *again = map_again(fd);
	char *own, *page = (char *)((uintptr_t)again & ~(uintptr_t)(PAGE - 1));
	pthread_t t;
	void *said;
	pid_t p;

	printf("mapped twice: %d\n", agrees(again));
	p = fork();
	if (p == 0)
		_exit(agrees(again) ? 0 : 1);
	printf("in a child: %s\n", status_words(wait_status(p)));
	MUST(mprotect(page, PAGE, PROT_READ | PROT_WRITE));
	MUST(mprotect(page, PAGE, PROT_READ | PROT_EXEC));
	printf("after two changes: %d\n", agrees(again));
	own = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MUST(own == MAP_FAILED ? -1 : 0);
	memcpy(own + 128, (const char *)(uintptr_t)ask, CODE);
	MUST(mprotect(own, 2 * PAGE, PROT_READ | PROT_EXEC));
	printf("copied: %d\n", agrees((asker *)(uintptr_t)(own + 128)));
	/* Written afresh, as compilers at run time do. */
	MUST(mprotect(own, 2 * PAGE, PROT_READ | PROT_WRITE));
	memset(own, 0x90, 2 * PAGE);
	memcpy(own + 64, "\x53\x49\x89\xd0\x89\xf8\x89\xf1\x0f\xa2\x41\x89\x00\x41\x89\x58\x04\x41\x89\x48\x08\x41\x89\x50\x0c\x5b\xc3", 27);
	MUST(mprotect(own, 2 * PAGE, PROT_READ | PROT_EXEC));
	printf("generated: %d\n", agrees((asker *)(uintptr_t)(own + 64)));
	pthread_create(&t, NULL, keep_mapping, (void *)(intptr_t)fd);
	for (int i = 0; i < 200; i++)
		CHECK(agrees(again));
	pthread_join(t, &said);
	printf("another thread: %s\n", (char *)said);
	return 0;
}
/* expect:
mapped twice: 1
in a child: exit 0
after two changes: 1
copied: 1
generated: 1
another thread: agrees
*/
