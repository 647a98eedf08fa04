/* A program whose first instruction lies at the end of its last page of code: what is done in its name before that finds no room behind it. The
 * kernel's vdso goes all the same. (Asked by a call that moves no bytes, and by looking.) */
/* control: host */
/* flags: -nostdlib -static -fno-stack-protector -Wl,-e,entry_at_the_end */
#include <stdint.h>
#include <sys/syscall.h>

__asm__(".section tail, \"ax\"\n"
	"	.balign 4096\n"
	"	.skip 4096 - 8, 0xcc\n"
	"	.globl entry_at_the_end\n"
	"entry_at_the_end:\n"
	"	mov %rsp, %rdi\n"
	"	jmp begin\n"
	".text\n");

static long call(long nr, long a, long b, long c, long d)
{
	register long d4 __asm__("r10") = d;

	__asm__ volatile("syscall" : "+a"(nr) : "D"(a), "S"(b), "d"(c), "r"(d4) : "rcx", "r11", "memory");
	return nr;
}

/* The page is mapped, and some library's first. Nothing else of this program's is. */
static int is_library(uintptr_t page)
{
	return call(SYS_rt_sigprocmask, 0 /* SIG_BLOCK */, (long)page, 0, 8) == 0 && *(const uint32_t *)page == 0x464c457f && page >> 40;
}

__attribute__((used, force_align_arg_pointer)) void begin(const uintptr_t *sp)
{
	enum { PAGE = 4096, AT_SYSINFO_EHDR = 33 };
	const uintptr_t top = ((uintptr_t)sp & -(uintptr_t)PAGE) + PAGE;
	int found = 0;

	for (uintptr_t n = 0; n < 65536; n++) /* without randomisation it lies below the stack */
		found += is_library(top - n * PAGE);
	sp += *sp + 2;
	while (*sp++)
		;
	for (; *sp; sp += 2)
		found += *sp == AT_SYSINFO_EHDR;
	call(SYS_write, 1, (long)(found ? "vdso there\n" : "vdso gone\n"), found ? 11 : 10, 0);
	call(SYS_exit_group, 0, 0, 0, 0);
	__builtin_unreachable();
}
