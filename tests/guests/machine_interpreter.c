/* machine_interpreter: code that a program maps after it has mapped a program's interpreter, as emulators do, is what the file holds; where it runs it
 * describes the processor as the program's own code does. */
/* control: same */
#include "guest.h"
#include <cpuid.h>
#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>

__attribute__((noinline, aligned(64))) static unsigned ask(void)
{
	unsigned a, b, c, d;

	__cpuid_count(1, 0, a, b, c, d);
	return a ^ c ^ d;
}

/* The first executable segment, mapped again; *ret_same: it is as in the file. */
static char *map_again(const char *path, uintptr_t *ret_base, bool *ret_same)
{
	static char file[1 << 23];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, file, sizeof(file));
	const Elf64_Ehdr *head = (const void *)file;
	const Elf64_Phdr *p = (const void *)(file + head->e_phoff);
	char *at;

	MUST(n > 0 ? 0 : -1);
	while (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
		p++;
	at = mmap(NULL, p->p_filesz, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, (off_t)p->p_offset);
	MUST(at == MAP_FAILED ? -1 : 0);
	*ret_same = memcmp(at, file + p->p_offset, p->p_filesz) == 0;
	*ret_base = p->p_vaddr;
	close(fd);
	return at;
}

int main(void)
{
	extern const char __executable_start[];
	uintptr_t base;
	bool same;
	char *at;
	unsigned (*copy)(void);

	map_again("/lib64/ld-linux-x86-64.so.2", &base, &same);
	printf("interpreter as in the file: %d\n", same);
	at = map_again("/proc/self/exe", &base, &same);
	printf("program as in the file: %d\n", same);
	copy = (unsigned (*)(void))(uintptr_t)(at + ((uintptr_t)ask - (uintptr_t)__executable_start - base));
	printf("runs: %d\n", copy() == ask());
	return 0;
}

/* expect:
interpreter as in the file: 1
program as in the file: 1
runs: 1
*/
