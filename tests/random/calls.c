/* calls.c: random system calls, told one by one: tests/random/run.
 *
 *   calls SEED COUNT [wild] [FAMILY]...
 *
 * Makes COUNT calls that follow from SEED alone (and from the compiler, which may draw the arguments of one call in any order), most of them sensible, many
 * of them not, and prints for each its number, its arguments as they were drawn, its result, and a hash of what it stored. What a '~' precedes ("~= 5",
 * "~[16 ab]") may be another natively: numbers of inodes, ids, times; so may a whole line that begins with one. All else is what Linux answers. wild: timers
 * that come due, calls that wait, threads, children that are not waited for, new programs; then nothing natively is what it is again. FAMILY takes only
 * ops of these families, or of these names (see ops.def). */
#include "random.h"

struct op {
	const char *family, *name;
	void (*make)(void);
	unsigned weight;
};

#define OP(family, name, weight) { #family, #name, op_##name, weight },

static const struct op ops[] = {
#include "ops.def"
};

enum { OPS = sizeof(ops) / sizeof(*ops) };

enum { WEIGHT_MOST = 16 };
_Static_assert(OPS <= 256, "the lot holds bytes");

static unsigned char lot[OPS * WEIGHT_MOST];
static unsigned lots;

void some_calls(unsigned long n)
{
	for (unsigned long k = 0; k < n; k++) {
		const struct op *o = &ops[lot[below(lots)]];

		number++;
		line_begin(o->name);
		o->make();
		line_end();
	}
}

int main(int argc, char **argv)
{
	const int harmless[] = { SIGUSR1, SIGUSR2, SIGALRM, SIGRTMIN, SIGRTMIN + 1, SIGIO, SIGPIPE, SIGXFSZ, SIGPROF, SIGVTALRM };
	struct sigaction a = { .sa_handler = on_signal };
	sigset_t none;

	if (argc < 3)
		return 2;
	state = strtoull(argv[1], NULL, 0) * UINT64_C(0x9e3779b97f4a7c15) + 1;
	for (int i = 0; i < 10; i++)
		draw();
	wild = argc > 3 && !strcmp(argv[3], "wild");
	for (unsigned i = 0; i < OPS; i++) {
		bool wanted = argc == 3 + wild;

		for (int k = 3 + wild; k < argc; k++)
			wanted |= !strcmp(argv[k], ops[i].family) || !strcmp(argv[k], ops[i].name);
		for (unsigned k = 0; wanted && k < ops[i].weight; k++)
			lot[lots++] = (unsigned char)i;
	}
	if (!lots || (fcntl(OUT, F_GETFD) < 0 && dup2(1, OUT) < 0)) /* a new program has it already */
		return 2;
	if (!wild) /* a pipe, of which its reader's pace shows */
		dup2(open("/dev/null", O_WRONLY), 1);
	for (unsigned i = 0; i < sizeof(harmless) / sizeof(*harmless); i++)
		sigaction(harmless[i], &a, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	arena = mmap((void *)0x200000000, ARENA + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	buffer = mmap((void *)0x300000000, BUFFER, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	edge = mmap((void *)0x400000000, (size_t)2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	munmap(edge + PAGE, PAGE);
	edge += PAGE;
	umask(022);
	if (wild)
		setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 300000 }, { 0, 300000 } }, NULL);
	some_calls(strtoul(argv[2], NULL, 0));
	_exit(0);
}
