/* ops_code.c: code that is written while the program runs, and the many ways of clone. */
#include "random.h"

#include <linux/sched.h>

enum { PAGES = 6, PLACES = 4, CONST = 1, PARENT, PROCESSOR, TICKS };

/* What is where, as far as we have done it. */
struct page {
	long prot;
	bool shared;             /* written to through another mapping; nobody searches it */
	bool ran;                /* what is written from now on is not searched */
	unsigned char there[PLACES];
};

static struct page pages[PAGES];
static char *code, *alias;

static const uint16_t place_at[PLACES] = { 0, 64, 2048, 4000 };

/* Threads would run what others write. */
static bool is_alone(void)
{
	enum { THREAD = 100 };

	if (depth >= THREAD)
		return false;
	if (!code) {
		code = mmap((void *)0x500000000, (size_t)PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		alias = mmap((void *)0x600000000, (size_t)PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		for (unsigned i = 0; i < PAGES; i++)
			pages[i].prot = PROT_READ | PROT_WRITE;
	}
	return true;
}

static long any_prot(void)
{
	return told(OF(PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC, PROT_READ | PROT_WRITE | PROT_EXEC, PROT_EXEC, PROT_READ));
}

void op_code_map(void)
{
	unsigned i = (unsigned)told(below(PAGES));
	bool shared = told(chance(25));
	long prot, r;
	int fd = -1;

	if (!is_alone())
		return;
	prot = any_prot();
	if (shared) {
		fd = (int)syscall(SYS_memfd_create, "code", 0);
		if (fd < 0 || ftruncate(fd, PAGE) < 0)
			return;
		mmap(alias + (size_t)i * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	}
	r = syscall(SYS_mmap, code + (size_t)i * PAGE, PAGE, prot, (shared ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS) | MAP_FIXED, fd, 0);
	if (shared)
		close(fd);
	result(r < 0 ? r : 0);
	if (r > 0)
		pages[i] = (struct page){ .prot = prot, .shared = shared };
}

void op_code_protect(void)
{
	unsigned i = (unsigned)told(below(PAGES)), n = 1 + (unsigned)told(below(PAGES - i));
	long prot;

	if (!is_alone())
		return;
	prot = any_prot();
	if (result(syscall(SYS_mprotect, code + (size_t)i * PAGE, (size_t)n * PAGE, prot)) == 0)
		for (; n--; i++)
			pages[i].prot = prot;
}

void op_code_write(void)
{
	static const uint8_t parent[] = { 0xb8, 110, 0, 0, 0, 0x0f, 0x05, 0xc3 };                                  /* mov $getppid,%eax; syscall; ret */
	static const uint8_t processor[] = { 0x53, 0x31, 0xc0, 0x31, 0xc9, 0x0f, 0xa2, 0x89, 0xd8, 0x5b, 0xc3 }; /* ebx of cpuid's leaf 0 */
	static const uint8_t ticks[] = { 0x0f, 0x31, 0xc3 };                                                      /* rdtsc; ret */
	uint8_t constant[] = { 0xb8, 0, 0, 0, 0, 0xc3 };                                                          /* mov $n,%eax; ret */
	unsigned i = (unsigned)told(below(PAGES)), k = (unsigned)told(below(PLACES)), what = (unsigned)told(OF(CONST, CONST, PARENT, PROCESSOR, TICKS));
	struct page *p = &pages[i];
	char *at;

	if (!is_alone() || (what > PARENT && (p->ran || p->shared)) || (!p->shared && !(p->prot & PROT_WRITE)))
		return;
	at = (p->shared ? alias : code) + (size_t)i * PAGE + place_at[k];
	constant[1] = (uint8_t)told(below(100));
	if (what == CONST)
		memcpy(at, constant, sizeof(constant));
	else if (what == PARENT)
		memcpy(at, parent, sizeof(parent));
	else if (what == PROCESSOR)
		memcpy(at, processor, sizeof(processor));
	else
		memcpy(at, ticks, sizeof(ticks));
	p->there[k] = (unsigned char)what;
}

void op_code_run(void)
{
	unsigned i = (unsigned)told(below(PAGES)), k = (unsigned)told(below(PLACES));
	struct page *p = &pages[i];
	int (*run)(void);
	void *at;
	int r;

	if (!is_alone() || !p->there[k] || !(p->prot & PROT_EXEC))
		return;
	at = code + (size_t)i * PAGE + place_at[k];
	memcpy(&run, &at, sizeof(run));
	r = run();
	p->ran = true;
	if (p->there[k] == CONST)
		say(" = %d", r);
	else
		result_here(r & 0x7fffffff);
}

/* ---- clone ------------------------------------------------------------------------------------------------------------------ */

static pid_t wait_any(pid_t pid)
{
	int status = 0;
	pid_t r;

	do
		r = (pid_t)syscall(SYS_wait4, pid, &status, __WALL, NULL);
	while (r < 0 && errno == EINTR);
	say(" %d %#x", r < 0, (unsigned)status);
	return r;
}

static long any_exit_signal(void) { return told(OF(SIGCHLD, SIGCHLD, 0, SIGUSR2)); }

/* A process of its own, whose memory is a copy. */
void op_clone(void)
{
	long flags = BITS(CLONE_FS, CLONE_IO, CLONE_SYSVSEM, CLONE_PTRACE, CLONE_UNTRACED, CLONE_CHILD_SETTID, CLONE_PARENT_SETTID, CLONE_CHILD_CLEARTID, CLONE_DETACHED,
		CLONE_VFORK, CLONE_CLEAR_SIGHAND);
	long bad = OF(0, 0, 0, 0, CLONE_THREAD, CLONE_SIGHAND, CLONE_NEWUSER, CLONE_NEWNS | CLONE_FS, CLONE_NEWPID, CLONE_NEWNET, CLONE_INTO_CGROUP), parent = 0, child = 0;
	struct clone_args a = { 0 };
	unsigned n = below(8);
	bool new_call = chance(50);
	pid_t pid;

	if (depth > 1)
		return;
	if (wild)
		flags |= BITS(CLONE_FILES, CLONE_PARENT) | bad;
	if (!new_call)
		flags &= 0xffffffffL;
	native_differs = true;
	say(" %#lx %u %d", flags, n, new_call);
	if (flags & CLONE_VFORK)
		n = 0; /* whom it waits for must not wait for ever */
	a = (struct clone_args){ .flags = (uint64_t)flags, .exit_signal = (uint64_t)any_exit_signal(), .child_tid = (uint64_t)(uintptr_t)&child, .parent_tid = (uint64_t)(uintptr_t)&parent };
	if (new_call) /* these clone3 has not, or not in the box */
		a.flags &= ~(uint64_t)(wild ? CLONE_DETACHED : CLONE_DETACHED | CLONE_PTRACE | CLONE_UNTRACED);
	pid = (pid_t)(new_call ? syscall(SYS_clone3, &a, told(OF(sizeof(a), CLONE_ARGS_SIZE_VER0, 8))) : syscall(SYS_clone, flags | (long)a.exit_signal, 0, &parent, &child, 0));
	if (pid == 0) {
		depth++;
		some_calls(n);
		_exit((int)n);
	}
	result(pid);
	if (pid > 0)
		say(" %d %ld", parent == pid, child);
	if (pid > 0 && (chance(80) || !wild))
		wait_any(pid);
}

static int ends_at_once(void *arg)
{
	(void)arg;
	return 5;
}

/* Memory in common. */
void op_clone_vm(void)
{
	static char stack[1 << 16];
	static int parent, child;
	long flags = CLONE_VM | BITS(CLONE_FS, CLONE_FILES, CLONE_IO, CLONE_SYSVSEM, CLONE_PTRACE, CLONE_UNTRACED, CLONE_PARENT_SETTID, CLONE_SIGHAND, CLONE_VFORK, CLONE_DETACHED);
	pid_t pid;

	if (depth)
		return;
	native_differs = true;
	say(" %#lx", flags);
	pid = clone(ends_at_once, stack + sizeof(stack), (int)(flags | any_exit_signal()), NULL, &parent, NULL, &child);
	result(pid < 0 ? -errno : pid);
	if (pid > 0)
		wait_any(pid);
}
