/* What a guest can do to the memory that detbuild keeps in it (src/agent/wire.h): it says which attack as an argument. The run may spoil, and that
 * must be said; the supervisor goes on, and what it keeps for itself cannot be written.
 *   world     writes to the world, or makes it writable
 *   cut       cuts the window's file
 *   grow      fills the file systems behind
 *   records   leaves records that lie, of every kind
 *   scribble  overwrites the whole window, again and again
 *   replace   puts memory of its own in the agent's place
 *   unmap     takes the agent away
 *   doors     tries the prologue's door, and says that it has ended
 *   sleep     waits in the agent's system call, where nothing may wait
 *   pipe      the same, with the run's own output held, which the supervisor reads
 *   limits    sets a limit of its child there
 *   fork      makes a child there; two arguments: as many as it gets
 *   exec      begins a program there, while it has two threads; an argument: by the second of three
 *   untraced  makes a child there that nobody is to see
 *   thread    makes one there, after it failed to make a thread
 *   effects   leaves records that are sound, of what never was, and more of it than fits
 *   forged    makes as many as it gets, each with a record that says so
 *   held      leaves a record about a terminal that there is not, or in which more is under way than any takes; an argument: which of four
 *   repeats   leaves a record that stands for more calls than there can be, or of a call that none may stand for; an argument: which of seven
 *   signal    has a signal kept for it, and says then that a call was answered, with registers of its choosing */
/* control: same */
/* flags: -Isrc */
#include "guest.h"

#include "agent/wire.h"

#include <fcntl.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

static uint8_t *const code = (uint8_t *)AGENT_BASE, *const window = (uint8_t *)AGENT_WINDOW, *const world = (uint8_t *)AGENT_WORLD;
enum { PAGE = 4096, CODE = AGENT_CODE_SIZE, WINDOW = AGENT_WINDOW_SIZE, WORLD = AGENT_WORLD_SIZE, DIRFD = AGENT_DIRFD };
enum { USED_AT = offsetof(struct window, used), RECORDS_AT = offsetof(struct window, records) };

static sigjmp_buf back;

static void on_fault(int signo)
{
	siglongjmp(back, signo);
}

/* A call made at the agent's own instruction: those that the agent makes pass the filter there, and no handler sees them. */
static long unseen_at(const uint8_t *p, long nr, long a, long b, long c, long d)
{
	register long d4 __asm__("r10") = d;

	if (!p)
		return -ENOSYS;
	__asm__ volatile("call *%1" : "+a"(nr) : "r"(p), "D"(a), "S"(b), "d"(c), "r"(d4) : "rcx", "r11", "memory");
	return nr;
}

static long unseen(long nr, long a, long b, long c, long d)
{
	return unseen_at(memmem(code, CODE, "\x0f\x05\xc3", 3), nr, a, b, c, d);
}

static int open_unseen(const char *path, int flags)
{
	long r = unseen(SYS_openat, AT_FDCWD, (long)path, flags, 0600);

	errno = r < 0 ? (int)-r : errno;
	return r < 0 ? -1 : (int)r;
}

static void attack_world(void)
{
	int fd = open_unseen("/proc/driver/code", O_RDWR | O_CLOEXEC);

	printf("writable: %s\n", fd < 0 ? strerrorname_np(errno) : "yes");
	printf("truncate: %s\n", truncate("/proc/driver/code", 0) < 0 ? strerrorname_np(errno) : "yes");
	fd = open_unseen("/proc/driver/code", O_RDONLY | O_CLOEXEC);
	printf("shared: %s\n", mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? strerrorname_np(errno) : "yes");
	printf("mprotect: %s\n", mprotect(world, PAGE, PROT_READ | PROT_WRITE) < 0 ? strerrorname_np(errno) : "yes");
	printf("code: %s\n", mprotect(code, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC) < 0 ? strerrorname_np(errno) : "yes");
	fd = open("/proc/self/mem", O_RDWR);
	printf("mem: %s\n", pwrite(fd, "x", 1, (off_t)(uintptr_t)world) < 0 ? strerrorname_np(errno) : "yes");
	if (sigsetjmp(back, 1) == 0)
		world[0] = 1, puts("write: yes");
	else
		puts("write: fault");
}

static void attack_cut(void)
{
	int fd = open_unseen("/proc/driver/window", O_RDWR | O_CLOEXEC);

	printf("cut: %s\n", syscall(SYS_ftruncate, fd, 0) < 0 ? strerrorname_np(errno) : "yes");
}

static void attack_grow(void)
{
	static char block[1 << 16];
	int fd = open_unseen("/proc/driver/window", O_RDWR | O_CLOEXEC), other;

	lseek(fd, 0, SEEK_END);
	while (write(fd, block, sizeof(block)) > 0)
		;
	other = open_unseen("/proc/driver/more", O_RDWR | O_CREAT | O_CLOEXEC);
	printf("another file: %s\n", other < 0 ? strerrorname_np(errno) : "yes");
}

static void attack_records(unsigned seed)
{
	srand(seed);
	for (size_t at = RECORDS_AT; at < RECORDS_AT + 4096; at += 4) {
		uint32_t v = (uint32_t)rand();
		static const uint32_t likely[] = { 0, 1, 2, 3, 4, 5, 8, 112, 128, 0xffffffff, 56, 228, 262, 231, 59, 512 };

		v = v & 1 ? likely[v >> 1 & 15] : v;
		memcpy(window + at, &v, sizeof(v));
	}
	for (uint32_t used = 8; used < 4096; used += sizeof(struct wire_record)) {
		memcpy(window + USED_AT, &used, sizeof(used));
		sched_yield();
	}
}

static void attack_scribble(void)
{
	for (int i = 0; i < 256; i++) {
		memset(window, i, WINDOW);
		sched_yield();
		(void)getppid();
	}
}

/* Nobody looks whether such a call waits. */
/* What the child may do by the kernel, and by the model. */
static void attack_limits(void)
{
	enum { FEW = 17 };
	struct rlimit few = { FEW, FEW }, seen = { 0, 0 };
	int ends[2];
	char byte;
	pid_t child;

	if (pipe(ends) < 0 || (child = fork()) < 0)
		return;
	if (child == 0) {
		close(ends[1]);
		if (read(ends[0], &byte, 1) < 0 || syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &seen) < 0)
			_exit(2);
		_exit((seen.rlim_cur == FEW) != (dup2(ends[0], FEW + 1) < 0));
	}
	close(ends[0]);
	unseen(SYS_prlimit64, child, RLIMIT_NOFILE, (long)&few, 0);
	close(ends[1]);
	waitpid(child, &ends[0], 0);
	printf("limits: %s\n", ends[0] ? "two" : "one");
}

static void attack_sleep(void)
{
	int ends[2];
	char byte;

	if (pipe(ends) == 0)
		unseen(SYS_read, ends[0], (long)&byte, 1, 0);
}

/* The door that only the prologue of a program has a key for; and a process that says of itself that it ended. */
static void attack_doors(void)
{
	struct wire_record r = { .size = sizeof(r), .nr = SYS_exit_group, .path_len = NO_INDEX, .data_len = NO_INDEX };
	uint32_t used = sizeof(r);

	printf("prologue's: %s\n", syscall(SYS_openat, DIRFD, "/proc/driver/code", O_RDONLY, 0, 0, 0) < 0 ? strerrorname_np(errno) : "yes");
	fflush(stdout);
	memcpy(window + RECORDS_AT, &r, sizeof(r));
	memcpy(window + USED_AT, &used, sizeof(used));
	sched_yield();
}

static void attack_pipe(void)
{
	int pair[2];

	printf("before\n");
	fflush(stdout);
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0)
		unseen(SYS_sendfile, 1, pair[0], 0, 100);
}

static void attack_fork(bool many)
{
	int status = 0, n = 0;
	long child;

	do {
		child = unseen(SYS_clone, SIGCHLD, 0, 0, 0);
		if (child == 0 && many)
			pause();
		if (child == 0)
			_exit(3);
	} while (child > 0 && many && ++n < 1000);
	printf("child: %s\n", child < 0 ? strerrorname_np((int)-child) : "yes");
	if (child > 0)
		waitpid((pid_t)child, &status, 0);
	printf("status: %d\n", WEXITSTATUS(status));
}

static void *idle(void *arg)
{
	pause();
	return arg;
}

static void *begin_another(void *arg)
{
	char *argv[] = { "echo", "another program", NULL };

	unseen(SYS_execve, (long)"/bin/echo", (long)argv, 0, 0);
	return arg;
}

static void attack_exec(bool second)
{
	pthread_t t;

	pthread_create(&t, NULL, idle, NULL);
	if (!second)
		begin_another(NULL);
	pthread_create(&t, NULL, begin_another, NULL);
	pause();
}

/* How it ended, or why it was not made. */
static void tell_of_child(long child)
{
	int status = 0;

	if (child == 0)
		_exit(3);
	if (child > 0)
		waitpid((pid_t)child, &status, 0);
	printf("child: %s %d\n", child < 0 ? strerrorname_np((int)-child) : "yes", WEXITSTATUS(status));
}

static void attack_untraced(void)
{
	uint64_t args[11] = { CLONE_UNTRACED, 0, 0, 0, SIGCHLD };

	tell_of_child(unseen(435, (long)args, sizeof(args), 0, 0)); /* clone3 */
}

static void attack_thread(void)
{
	syscall(SYS_clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0);
	tell_of_child(unseen(SYS_clone, SIGCHLD, 0, 0, 0));
}

static uint32_t leave(uint32_t at, const struct wire_record *r, const struct wire_more *m)
{
	const uint32_t used = at + r->size;

	memcpy(window + RECORDS_AT + at, r, sizeof(*r));
	memcpy(window + RECORDS_AT + at + sizeof(*r), m, r->size - sizeof(*r));
	memcpy(window + USED_AT, &used, sizeof(used));
	return used;
}

/* Limits of any size, times of any file, new files by the hundred; or, one at a time, what is not sound. */
static void attack_effects(int wrong)
{
	static struct wire_more m[WIRE_MORE + 1];
	static const uint64_t numbers[] = { 0, 3, 4, 7, 8, 64, UINT32_MAX, UINT64_MAX };
	struct wire_record r = { .size = sizeof(r), .nr = SYS_getdents64, .effect = WIRE_LIMIT, .a = 3, .b = UINT64_MAX, .path_len = NO_INDEX, .data_len = NO_INDEX };
	const struct wire_record limit = r;
	struct rlimit l;
	uint32_t at = 0;

	r.effect = wrong == 2 ? WIRE_REFUSED : WIRE_SEE;
	if (wrong == 1)
		at = leave(at, &(struct wire_record){ .size = sizeof(r), .nr = SYS_read, .effect = WIRE_LIMIT, .a = 64, .path_len = NO_INDEX, .data_len = NO_INDEX }, m);
	r.more = wrong == 3 ? WIRE_MORE + 1 : WIRE_MORE;
	r.size = (uint32_t)(sizeof(r) + r.more * sizeof(m[0]));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		for (int k = 0; k <= WIRE_MORE; k++)
			m[k] = (struct wire_more){ (uint64_t)k, numbers[i], (uint64_t)k, INT64_MAX };
		at = leave(leave(at, &limit, m), &r, m);
	}
	sched_yield();
	printf("limit: %s\n", getrlimit(RLIMIT_STACK, &l) < 0 ? strerrorname_np(errno) : l.rlim_cur == UINT64_MAX ? "none" : "as ever");
}

/* The latest call that was answered becomes a fork. */
static void forge_record(void)
{
	struct wire_record r;
	struct utsname u;
	uint32_t at = 0, used;

	uname(&u);
	memcpy(&used, window + USED_AT, sizeof(used));
	for (uint32_t next = at; next < used; next += r.size) {
		at = next;
		memcpy(&r, window + RECORDS_AT + at, sizeof(r));
		if (!r.size)
			return;
	}
	r.nr = SYS_clone;
	r.effect = WIRE_FORK;
	r.a = SIGCHLD;
	memcpy(window + RECORDS_AT + at, &r, sizeof(r));
}

static void attack_forged(void)
{
	struct frame *f = (struct frame *)AGENT_FRAME;

	for (int i = 0; i < 10000; i++) {
		forge_record();
		f->site = (uint64_t)(uintptr_t)pause;
		if (unseen(SYS_clone, SIGCHLD, 0, 0, 0) < 0)
			break;
	}
}

static void attack_held(int which)
{
	static const uint64_t lies[][2] = { { 512, 0 }, { UINT64_MAX, 1 }, { 0, 4096 }, { 1, UINT64_MAX } };
	struct wire_record r = { .size = sizeof(r), .nr = SYS_read, .effect = WIRE_TTY, .a = lies[which][0], .b = lies[which][1], .path_len = NO_INDEX, .data_len = NO_INDEX };
	uint32_t used = sizeof(r);

	memcpy(window + RECORDS_AT, &r, sizeof(r));
	memcpy(window + USED_AT, &used, sizeof(used));
	sched_yield();
}

static void attack_repeats(int which)
{
	struct window *w = (struct window *)AGENT_WINDOW;
	const struct { uint32_t nr, effect, more; uint64_t more_calls; } lies[] = {
		{ SYS_fstat, WIRE_NONE, 0, UINT64_MAX }, { SYS_fstat, WIRE_NONE, 0, w->left }, { SYS_fstat, WIRE_NONE, 0, 3 }, { SYS_fstat, WIRE_NONE, 1, 3 },
		{ SYS_execve, WIRE_NONE, 0, 1 }, { SYS_exit_group, WIRE_NONE, 0, 1 }, { WIRE_TSC, WIRE_CLOCK, 0, 1 },
	};
	struct wire_record r = { .nr = lies[which].nr, .effect = lies[which].effect, .b = lies[which].more_calls, .more = lies[which].more, .path_len = NO_INDEX, .data_len = NO_INDEX };

	r.size = (uint32_t)(sizeof(r) + r.more * sizeof(struct wire_more));
	leave(0, &r, (const struct wire_more[1]){ { 0, 0, 0, 0 } });
	sched_yield();
}

static void own_terminal(void)
{
	struct winsize w = { 1, 2, 0, 0 };
	int m, s;

	signal(SIGSEGV, SIG_DFL);
	MUST(openpty(&m, &s, NULL, NULL, NULL));
	MUST(setsid());
	MUST(ioctl(s, TIOCSCTTY, 0));
	memset((void *)AGENT_FRAME, 'A', sizeof(struct frame));
	unseen(SYS_ioctl, s, TIOCSWINSZ, (long)&w, 0);
	unseen_at((const uint8_t *)(uintptr_t)((const struct wire_image *)code)->stopped - 2, SYS_sched_yield, 0, 0, 0, 0);
	_exit(4);
}

static void attack_signal(void)
{
	pid_t child = fork();

	if (child == 0)
		own_terminal();
	printf("child: %s\n", status_words(wait_status(child)));
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

	signal(SIGSEGV, on_fault);
	signal(SIGBUS, on_fault);
	if (!strcmp(how, "world"))
		attack_world();
	else if (!strcmp(how, "cut"))
		attack_cut();
	else if (!strcmp(how, "grow"))
		attack_grow();
	else if (!strcmp(how, "records"))
		attack_records(argc > 2 ? (unsigned)atoi(argv[2]) : 1);
	else if (!strcmp(how, "scribble"))
		attack_scribble();
	else if (!strcmp(how, "doors"))
		attack_doors();
	else if (!strcmp(how, "pipe"))
		attack_pipe();
	else if (!strcmp(how, "sleep"))
		attack_sleep();
	else if (!strcmp(how, "limits"))
		attack_limits();
	else if (!strcmp(how, "fork"))
		attack_fork(argc > 2);
	else if (!strcmp(how, "exec"))
		attack_exec(argc > 2);
	else if (!strcmp(how, "untraced"))
		attack_untraced();
	else if (!strcmp(how, "thread"))
		attack_thread();
	else if (!strcmp(how, "effects"))
		attack_effects(argc > 2 ? atoi(argv[2]) : 0);
	else if (!strcmp(how, "forged"))
		attack_forged();
	else if (!strcmp(how, "held"))
		attack_held(argc > 2 ? atoi(argv[2]) & 3 : 0);
	else if (!strcmp(how, "repeats"))
		attack_repeats(argc > 2 ? atoi(argv[2]) % 7 : 0);
	else if (!strcmp(how, "signal"))
		attack_signal();
	else if (!strcmp(how, "replace"))
		mmap(code, CODE + WINDOW, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	else if (!strcmp(how, "unmap"))
		munmap(code, CODE + WINDOW + WORLD);
	fflush(stdout);
	sched_yield();
	syscall(SYS_write, 1, "alive\n", 6);
	_exit(0);
}
