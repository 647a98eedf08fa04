/* memory_ahead: memory that is filled before it is used (agent/pages.c, docs/adr/0013) is what it would be without: empty, the file's, nobody else's, no more
 * of it, and one mapping with what lies beside it. */
/* control: same */
/* expect:
the break grew 31 times, empty each time
the break came back, with 7 at its old end
a break within a page: as asked, empty
beyond the limit: the break stays
small memory: empty, fixed: empty, for a stack: empty
to be written to, of a file: as the file, and the file is as it was
behind its end: empty, and then SIGBUS
what is written into the file shows: new
pages mapped one by one: ok
a child's beside its parent's: ok
behind one that was moved: ok
a child's is its own: 1 and 2
in a vfork: seen by the parent
no room: ENOMEM
*/
#include "guest.h"

#include <setjmp.h>

enum { PAGE = 4096, STEP = 33 * PAGE };

/* The C library's own break is left alone from here on: nothing is allocated. */
static char *grow(size_t n)
{
	char *old = sbrk((intptr_t)n);

	MUST(old == (char *)-1 ? -1 : 0);
	return old;
}

static bool is_empty(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

static void breaks(void)
{
	struct rlimit limit = { 64 << 20, RLIM_INFINITY }, before;
	int empty = 0;
	char *p, *first = NULL;

	for (int i = 0; i < 31; i++) {
		p = grow(STEP);
		first = first ? first : p;
		empty += is_empty(p, STEP);
		memset(p, 1 + i, STEP);
	}
	printf("the break grew %d times, empty each time\n", empty);
	grow(0);
	MUST(brk(first + 7 * STEP));
	p = grow(24 * STEP);
	CHECK(is_empty(p, 24 * STEP));
	printf("the break came back, with %d at its old end\n", p[-1]);
	memset(p, 1, 24 * STEP);
	p = grow(100);
	CHECK(is_empty(p, 100));
	memset(p, 2, 100);
	p = grow(STEP);
	printf("a break within a page: %s, %s\n", p[-1] == 2 ? "as asked" : "other", is_empty(p, STEP) ? "empty" : "BAD");
	MUST(getrlimit(RLIMIT_DATA, &before));
	limit.rlim_max = before.rlim_max;
	MUST(setrlimit(RLIMIT_DATA, &limit));
	memset(p, 1, STEP);
	while (sbrk(STEP) != (void *)-1)
		;
	p = sbrk(0);
	printf("beyond the limit: the break %s\n", brk(p + STEP) == -1 && sbrk(0) == p ? "stays" : "moves");
	MUST(setrlimit(RLIMIT_DATA, &before));
	MUST(brk(first + STEP));
}

static char *map(void *at, size_t n, int flags, int fd)
{
	char *p = mmap(at, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | flags, fd, 0);

	MUST(p == MAP_FAILED ? -1 : 0);
	return p;
}

static void small(void)
{
	char *p = map(NULL, 3 * PAGE, MAP_ANONYMOUS, -1), *stack = map(NULL, 8 * PAGE, MAP_ANONYMOUS | MAP_STACK, -1);
	bool empty = is_empty(p, 3 * PAGE);

	memset(p, 9, 3 * PAGE);
	map(p, 2 * PAGE, MAP_ANONYMOUS | MAP_FIXED, -1);
	CHECK(p[2 * PAGE] == 9);
	printf("small memory: %s, fixed: %s, for a stack: %s\n", empty ? "empty" : "BAD", is_empty(p, 2 * PAGE) ? "empty" : "BAD", is_empty(stack, 8 * PAGE) ? "empty" : "BAD");
}

/* mremap() takes what is one mapping. */
static const char *grows(char *p, size_t pages)
{
	return mremap(p, pages * PAGE, (pages + 1) * PAGE, 0) == MAP_FAILED ? strerrorname_np(errno) : "ok";
}

static void one_mapping(void)
{
	char *p = mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	enum { FIXED = MAP_ANONYMOUS | MAP_FIXED };

	MUST(munmap(p, 1 << 20));
	p += 1 << 19;
	map(p, PAGE, FIXED, -1);
	map(p + 2 * PAGE, PAGE, FIXED, -1);
	map(p + PAGE, PAGE, FIXED, -1);
	printf("pages mapped one by one: %s\n", grows(p, 3));
	MUST(munmap(p, 4 * PAGE));
	map(p, 2 * PAGE, FIXED, -1);
	if (!MUST(fork())) {
		map(p + 2 * PAGE, 2 * PAGE, FIXED, -1);
		printf("a child's beside its parent's: %s\n", grows(p, 4));
		_exit(0);
	}
	MUST(wait(NULL));
	MUST(munmap(p, 2 * PAGE));
	map(p, PAGE, FIXED, -1);
	MUST(mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + 8 * PAGE) == MAP_FAILED ? -1 : 0);
	map(p + 9 * PAGE, PAGE, FIXED, -1);
	printf("behind one that was moved: %s\n", grows(p + 8 * PAGE, 2));
}

static sigjmp_buf back;

static void on_bus(int signo)
{
	siglongjmp(back, signo);
}

/* As a loader maps what it writes to. */
static void loaded(void)
{
	struct sigaction a = { .sa_handler = on_bus };
	char *room = mmap(NULL, 4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *p, byte = 0;
	int fd = (int)MUST(open("file", O_RDWR | O_CREAT, 0600));

	for (int i = 0; i < PAGE + 100; i++)
		MUST(write(fd, "x", 1));
	p = map(room, 4 * PAGE, MAP_FIXED | MAP_DENYWRITE, fd);
	CHECK(p == room && p[0] == 'x' && p[PAGE + 99] == 'x');
	p[0] = 'y';
	MUST(pread(fd, &byte, 1, 0));
	printf("to be written to, of a file: as the file, and the file is %s\n", byte == 'x' ? "as it was" : "changed");
	MUST(sigaction(SIGBUS, &a, NULL));
	printf("behind its end: %s", is_empty(p + PAGE + 100, PAGE - 100) ? "empty" : "BAD");
	if (sigsetjmp(back, 1) == SIGBUS)
		printf(", and then SIGBUS\n");
	else
		printf(", and then %d\n", *(volatile char *)(p + 2 * PAGE));
	p = map(room, 4 * PAGE, MAP_FIXED | MAP_DENYWRITE, fd);
	MUST(pwrite(fd, "new", 4, 0));
	printf("what is written into the file shows: %s\n", p);
	MUST(munmap(room, 4 * PAGE));
	MUST(unlink("file"));
}

static void children(void)
{
	char *p = map(NULL, PAGE, MAP_ANONYMOUS, -1), *top = grow(STEP);
	int status, said[2];
	pid_t pid;

	memset(top, 1, STEP);
	*p = 1;
	MUST(pipe(said));
	pid = (pid_t)MUST(fork());
	if (!pid) {
		char *more = sbrk(STEP);

		*p = 2;
		_exit(more == top + STEP && is_empty(more, STEP) && write(said[1], p, 1) == 1 ? 0 : 1);
	}
	MUST(waitpid(pid, &status, 0));
	CHECK(status == 0);
	MUST(read(said[0], p + 1, 1));
	printf("a child's is its own: %d and %d\n", p[0], p[1]);
	pid = vfork();
	if (!pid) {
		brk(top + 2 * STEP);
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0));
	printf("in a vfork: %s\n", syscall(SYS_brk, 0) == (long)(uintptr_t)(top + 2 * STEP) && is_empty(top + STEP, STEP) ? "seen by the parent" : "BAD");
}

static void no_room(void)
{
	struct rlimit limit = { 1 << 20, RLIM_INFINITY };

	MUST(setrlimit(RLIMIT_AS, &limit));
	printf("no room: %s\n", outcome(mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0));
}

/* For tests/det/table.bats, which looks from outside: what is used, and at its end what is not. */
static int wait_there(void)
{
	char byte, *p;

	for (int i = 0; i < 20; i++) {
		p = grow(STEP);
		memset(p, 1, STEP);
	}
	grow(STEP);
	printf("ready\n");
	return read(0, &byte, 1) != 0;
}

int main(int argc, char **argv)
{
	static char buffer[BUFSIZ];

	setvbuf(stdout, buffer, _IOLBF, sizeof(buffer));
	if (argc > 1 && !strcmp(argv[1], "wait"))
		return wait_there();
	breaks();
	small();
	loaded();
	one_mapping();
	children();
	no_room();
	return 0;
}
