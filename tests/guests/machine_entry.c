/* A program whose first instruction lies at the end of its page: what is done in its name before that finds no room behind it. The kernel's vdso
 * goes all the same. */
/* control: host */
/* flags: -nostartfiles -Wl,-e,entry_at_the_end */
#include "guest.h"

#include <sys/auxv.h>

__asm__(".section tail, \"ax\"\n"
	"	.balign 4096\n"
	"	.skip 4096 - 8, 0xcc\n"
	"	.globl entry_at_the_end\n"
	"entry_at_the_end:\n"
	"	jmp begin\n"
	"	.balign 4096, 0xcc\n"
	".text\n"
	"begin:\n" /* as the C library's _start */
	"	mov %rdx, %r9\n"
	"	pop %rsi\n"
	"	mov %rsp, %rdx\n"
	"	and $-16, %rsp\n"
	"	push %rax\n"
	"	push %rsp\n"
	"	xor %r8d, %r8d\n"
	"	xor %ecx, %ecx\n"
	"	lea main(%rip), %rdi\n"
	"	call *__libc_start_main@GOTPCREL(%rip)\n"
	"	hlt\n");

/* Is the page at `at` mapped and the first of the vdso's? */
static bool is_vdso(const char *at, int ends[2])
{
	static const char name[] = "linux-vdso.so.1";
	char page[4096];

	if (write(ends[1], at, sizeof(page)) != (ssize_t)sizeof(page) || read(ends[0], page, sizeof(page)) != (ssize_t)sizeof(page))
		return false;
	return memcmp(page, "\177ELF", 4) == 0 && memmem(page, sizeof(page), name, sizeof(name));
}

int main(void)
{
	const uintptr_t end = ((uintptr_t)__builtin_frame_address(0) >> 12 << 12) + 4096;
	int ends[2], found = getauxval(AT_SYSINFO_EHDR) != 0;

	MUST(pipe(ends));
	/* Without randomisation it lies close to the libraries or to the stack. */
	for (uintptr_t p = (uintptr_t)&write & ~(uintptr_t)4095, k = 0; k < 4096; k++, p += 4096)
		found += is_vdso((const char *)p, ends);
	for (uintptr_t p = end, k = 0; k < 4096 && p < (uintptr_t)0x7ffffffff000; k++, p += 4096)
		found += is_vdso((const char *)p, ends);
	printf("vdso %s\n", found ? "there" : "gone");
	return 0;
}
