/* signal_stepping: a program that single-steps itself sees the steps that it takes natively, also where calls are answered in the program. */
/* control: same */
/* expect:
a number, a call: 1 6 9 10 11
a number, a clock: 1 6 9 10 11
lseek, read and write: 0 steps beside the code
they said 3, 2, 2
lseek, read and write: 0 steps beside the code
they said 3, 2, 2
mmap of code, waitpid: 0 steps beside the code; waited, 0
*/
#include "guest.h"

#include <link.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { MOST = 1000 };

static uint64_t places[MOST];
static volatile unsigned steps;
static int nowhere; /* /dev/null */

static void on_trap(int signo, siginfo_t *si, void *context)
{
	const ucontext_t *u = context;

	(void)signo;
	(void)si;
	if (steps < MOST)
		places[steps] = (uint64_t)u->uc_mcontext.gregs[REG_RIP];
	steps++;
	if (nowhere)
		CHECK(write(nowhere, "x", 1) == 1); /* a call inside of a call */
}

#define STEP_BEGIN "lea -256(%%rsp), %%rsp\n\tpushfq\n\torl $0x100, (%%rsp)\n\tpopfq\n\t"
#define STEP_END "pushfq\n\tandl $~0x100, (%%rsp)\n\tpopfq\n\tlea 256(%%rsp), %%rsp"

#define STEP_CALL(nr, first, second) \
	steps = 0; \
	__asm__ volatile("lea 1f(%%rip), %[at]\n\t" STEP_BEGIN "1:nop\n\tmov $" #nr ", %%eax\n\tsyscall\n\tnop\n\tnop\n\t" STEP_END \
			 : "=&a"(result), [at] "=&r"(at) \
			 : "D"(first), "S"(second) \
			 : "rcx", "r11", "memory", "cc")

static void tell(const char *what, uint64_t from)
{
	enum { WITHIN = 12 };

	printf("%s:", what);
	for (unsigned i = 0; i < steps && places[i] - from < WITHIN; i++)
		printf(" %u", (unsigned)(places[i] - from));
	printf("\n");
}

static void set_step(bool on)
{
	if (on)
		__asm__ volatile("lea -128(%%rsp), %%rsp\n\tpushfq\n\torl $0x100, (%%rsp)\n\tpopfq\n\tlea 128(%%rsp), %%rsp" : : : "memory", "cc");
	else
		__asm__ volatile("lea -128(%%rsp), %%rsp\n\tpushfq\n\tandl $~0x100, (%%rsp)\n\tpopfq\n\tlea 128(%%rsp), %%rsp" : : : "memory", "cc");
}

/* Does the place lie in a segment of code, up to its last byte? */
static int holds(struct dl_phdr_info *info, size_t size, void *place)
{
	uint64_t at = *(uint64_t *)place - info->dlpi_addr;

	(void)size;
	for (unsigned i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X) && at - info->dlpi_phdr[i].p_vaddr < info->dlpi_phdr[i].p_memsz)
			return 1;
	return 0;
}

static void library(int fd)
{
	char text[4];
	long said[3];
	unsigned outside = 0;

	steps = 0;
	set_step(true);
	said[0] = lseek(fd, 3, SEEK_SET);
	said[1] = read(fd, text, 2);
	said[2] = write(fd, "xy", 2);
	set_step(false);
	for (unsigned i = 0; i < steps && i < MOST; i++)
		outside += !dl_iterate_phdr(holds, &places[i]);
	CHECK(steps > 20 && steps < 300);
	printf("lseek, read and write: %u steps beside the code\n", outside);
	printf("they said %ld, %ld, %ld\n", said[0], said[1], said[2]);
}

/* New code is mapped, and a call has to wait. */
static void others(void)
{
	int program = (int)MUST(open("/proc/self/exe", O_RDONLY)), status = 1;
	pid_t child = (pid_t)MUST(fork());
	unsigned outside = 0;
	void *code;
	long waited;

	if (child == 0) {
		sleep_ns(20 * MS);
		_exit(0);
	}
	steps = 0;
	set_step(true);
	code = mmap(NULL, 8192, PROT_READ | PROT_EXEC, MAP_PRIVATE, program, 0);
	waited = waitpid(child, &status, 0);
	set_step(false);
	for (unsigned i = 0; i < steps && i < MOST; i++)
		outside += !dl_iterate_phdr(holds, &places[i]);
	printf("mmap of code, waitpid: %u steps beside the code; %s, %d\n", outside, waited == child ? "waited" : "failed", status);
	CHECK(code != MAP_FAILED && memcmp(code, "\177ELF", 4) == 0);
}

int main(void)
{
	struct sigaction a = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };
	static struct stat st;
	static struct timespec t;
	char text[4];
	uint64_t at;
	long result;
	int fd = (int)MUST(open("text", O_RDWR | O_CREAT, 0600));

	MUST(sigaction(SIGTRAP, &a, NULL));
	STEP_CALL(5, 0L, &st);
	tell("a number, a call", at);
	STEP_CALL(228, 1L, &t);
	tell("a number, a clock", at);
	MUST(write(fd, "hello", 5)); /* their addresses are found */
	MUST(lseek(fd, 3, SEEK_SET));
	MUST(read(fd, text, 2));
	library(fd);
	nowhere = (int)MUST(open("/dev/null", O_WRONLY));
	library(fd);
	others();
	return 0;
}
