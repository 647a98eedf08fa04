/* hostile_arch: calls that reach the kernel by another door: int 0x80, sysenter, x32 numbers, numbers that do not exist, 32-bit code,
 * the vsyscall page. Under the tracer each must end in an error or in the death of the process that tried, never in an answer
 * that nobody checked. Each attempt is a process of its own. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/mman.h>

#include "hostile_common.h"

static long by_int80(long nr)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(0L), "c"(0L), "d"(0L) : "memory", "r8", "r9", "r10", "r11");
	return r;
}

static long by_syscall(long nr)
{
	long r;

	__asm__ volatile("syscall" : "=a"(r) : "a"(nr), "D"(0L), "S"(0L), "d"(0L) : "rcx", "r11", "memory");
	return r;
}

static long try_int80(void) { return by_int80(20); /* getpid of i386 */ }
static long try_int80_x64_number(void) { return by_int80(39); /* mkdir(NULL) there */ }
static long try_x32(void) { return by_syscall(0x40000000L | SYS_getpid); }
static long try_x32_special(void) { return by_syscall(0x40000000L | 520); /* execve of x32 */ }
static long try_minus_one(void) { return by_syscall(-1); }
static long try_beyond(void) { return by_syscall(511); }
static long try_high_bits(void) { return by_syscall(0x7fffffff); }

/* Code below 4 GB, entered by a far return: mov eax, 20; int 0x80; then back to 64 bits. */
static long try_code32(void)
{
	static const unsigned char code[] = { 0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xf4 };
	unsigned char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (p == MAP_FAILED)
		return -1;
	memcpy(p, code, sizeof(code));
	__asm__ volatile("pushq $0x23\n\tpushq %0\n\tlretq" : : "r"(p) : "memory");
	return 1;
}

static long try_sysenter(void)
{
	long r;

	__asm__ volatile("sysenter" : "=a"(r) : "a"(20L) : "rcx", "rdx", "memory");
	return r;
}

/* time(2) by the page that old programs use: the answer must be the logical clock's. */
static long try_vsyscall(void)
{
	long (*vtime)(long *) = (long (*)(long *))0xffffffffff600400;
	long a = syscall(SYS_time, NULL), b = vtime(NULL), c = syscall(SYS_time, NULL);

	return b >= a && b <= c ? -1 : 1;
}

static void attempt(const char *what, long (*f)(void))
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		signal(SIGALRM, SIG_DFL);
		_exit(f() >= 0 ? 1 : 0);
	}
	if (waitpid(pid, &status, 0) != pid) {
		verdict(true, "waiting for the one who tried");
		return;
	}
	verdict(WIFEXITED(status) && WEXITSTATUS(status) != 0, what);
}

int main(void)
{
	attempt("int 0x80", try_int80);
	attempt("int 0x80 with a number of x86-64", try_int80_x64_number);
	attempt("x32 number", try_x32);
	attempt("x32 execve", try_x32_special);
	attempt("number -1", try_minus_one);
	attempt("number 511", try_beyond);
	attempt("number 0x7fffffff", try_high_bits);
	attempt("32-bit code segment", try_code32);
	attempt("sysenter", try_sysenter);
	attempt("vsyscall page", try_vsyscall);
	return escapes != 0;
}
