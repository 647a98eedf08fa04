/* process_last_bytes: a program that ends with the page that it begins in. What stands in the place of its first instructions while
 * it is started (tracee_prologue) has no room there, and nothing of it may stay. It says so by its exit status. */
/* control: same */
/* status: 7 */
/* flags: -nostdlib -static -no-pie -Wl,-Ttext=0x400ff8 -Wl,-z,noseparate-code -Wl,--build-id=none */
__asm__(".globl _start\n"
	"_start:\n"
	"	push $7\n"
	"	pop %rdi\n"
	"	push $60\n" /* exit */
	"	pop %rax\n"
	"	syscall\n");

/* expect:
*/
