/* agent_eflags: a call gives every flag of the processor back as it was, and in r11 as well, whichever way it is answered. */
/* control: same */
/* expect:
fstat: 512 settings, 0 came back otherwise
clock_gettime: 512 settings, 0 came back otherwise
getpid: 512 settings, 0 came back otherwise
mmap: 512 settings, 0 came back otherwise
pause, with all of them: EINTR, as they were
*/
#include "guest.h"

#include <sys/mman.h>

enum { ALL = 9, ALWAYS = 0x202 };

/* Carry, parity, adjust, zero, sign, overflow; direction, alignment check, and what tells that there is cpuid. */
static const uint64_t flag[] = { 1 << 0, 1 << 2, 1 << 4, 1 << 6, 1 << 7, 1 << 11, 1 << 10, 1 << 18, 1 << 21 };

static uint64_t setting(unsigned n)
{
	uint64_t flags = ALWAYS;

	for (unsigned k = 0; k < ALL; k++)
		flags |= n >> k & 1 ? flag[k] : 0;
	return flags;
}

/* The number is in the instruction before the call's, as compilers write it. ret: the flags, r11, the result. */
#define CALL(nr) \
	__asm__ volatile("lea -256(%%rsp), %%rsp\n\tpush %[flags]\n\tpopfq\n\tmov $" #nr ", %%eax\n\tsyscall\n\tpushfq\n\tpop %[after]\n\tpush $0x202\n\tpopfq\n\tmov %%r11, %[too]\n\t" \
			 "lea 256(%%rsp), %%rsp" \
			 : [after] "=&r"(ret[0]), [too] "=&r"(ret[1]), "=a"(ret[2]), "+D"(a), "+S"(b) \
			 : [flags] "r"(flags), "d"(c), "r"(d), "r"(e), "r"(f) \
			 : "rcx", "r11", "memory", "cc")

#define REST(third, fourth, fifth) \
	uint64_t c = third; \
	register uint64_t d __asm__("r10") = fourth; \
	register uint64_t e __asm__("r8") = fifth; \
	register uint64_t f __asm__("r9") = 0

static void by_fstat(uint64_t flags, uint64_t ret[3])
{
	static struct stat st;
	uint64_t a = 0, b = (uint64_t)(uintptr_t)&st;

	REST(0, 0, 0);
	CALL(5);
}

static void by_clock(uint64_t flags, uint64_t ret[3])
{
	static struct timespec t;
	uint64_t a = 1, b = (uint64_t)(uintptr_t)&t;

	REST(0, 0, 0);
	CALL(228);
}

static void by_getpid(uint64_t flags, uint64_t ret[3])
{
	uint64_t a = 0, b = 0;

	REST(0, 0, 0);
	CALL(39);
}

static void by_pause(uint64_t flags, uint64_t ret[3])
{
	uint64_t a = 0, b = 0;

	REST(0, 0, 0);
	CALL(34);
}

static int program;

/* Code that is new to the process. */
static void by_mmap(uint64_t flags, uint64_t ret[3])
{
	uint64_t a = 0, b = 8192;

	REST(PROT_READ | PROT_EXEC, MAP_PRIVATE, (uint64_t)program);
	CALL(9);
}

static void all(const char *name, void (*call)(uint64_t, uint64_t[3]))
{
	uint64_t ret[3];
	unsigned bad = 0;

	for (unsigned n = 1U << ALL; n-- > 0;) {
		call(setting(n), ret);
		bad += ret[0] != setting(n) || ret[1] != setting(n) || (int64_t)ret[2] < 0;
	}
	printf("%s: %u settings, %u came back otherwise\n", name, 1U << ALL, bad);
}

static void on_alarm(int signo)
{
	(void)signo;
}

int main(void)
{
	struct itimerval soon = { .it_value.tv_usec = 20000 };
	uint64_t ret[3], most = setting((1U << ALL) - 1);

	signal(SIGALRM, on_alarm);
	all("fstat", by_fstat);
	all("clock_gettime", by_clock);
	all("getpid", by_getpid);
	program = (int)MUST(open("/proc/self/exe", O_RDONLY));
	all("mmap", by_mmap);
	MUST(setitimer(ITIMER_REAL, &soon, NULL));
	most &= ~(uint64_t)((1 << 10) | (1 << 18)); /* the handler's C code minds these */
	by_pause(most, ret);
	printf("pause, with all of them: %s, %s\n", ret[2] == (uint64_t)-EINTR ? "EINTR" : "?", ret[0] == most ? "as they were" : "others");
	return 0;
}
