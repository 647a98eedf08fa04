/* ops_processes.c: memory, processes, threads, signals, time, ids. */
#include "random.h"

void tell_place(long r)
{
	if (r < 0 && r > -PAGE)
		result(r);
	else if ((char *)r >= arena && (char *)r < arena + ARENA)
		say(" = arena+%ld", (long)((char *)r - arena));
	else
		result_here(r);
}

void op_mmap(void)
{
	size_t n;
	char *at = any_arena(&n);
	long prot = told(OF(PROT_READ, PROT_READ | PROT_WRITE, PROT_NONE, PROT_READ | PROT_EXEC)), flags = told(OF(MAP_PRIVATE, MAP_SHARED)) | MAP_FIXED;
	int fd = -1;

	if (chance(50))
		flags |= MAP_ANONYMOUS;
	else
		fd = any_fd();
	tell_place(syscall(SYS_mmap, at, n, prot, flags, fd, told(OF(0, 0, PAGE, 1))));
}

void op_munmap(void)
{
	size_t n;
	char *at = any_arena(&n);

	result(syscall(SYS_munmap, at, n));
}

void op_mprotect(void)
{
	size_t n;
	char *at = any_arena(&n);

	result(syscall(SYS_mprotect, at, n, told(OF(PROT_READ, PROT_READ | PROT_WRITE, PROT_NONE, 99))));
}

void op_mremap(void)
{
	size_t n, m;
	char *at = any_arena(&n);
	char *to = any_arena(&m);

	tell_place(syscall(SYS_mremap, at, n, m, told(OF(MREMAP_MAYMOVE | MREMAP_FIXED, 0, MREMAP_FIXED)), to));
}

void op_madvise(void)
{
	size_t n;
	char *at = any_arena(&n);

	result(syscall(SYS_madvise, at, n, told(OF(MADV_NORMAL, MADV_DONTNEED, MADV_WILLNEED, MADV_DONTFORK, MADV_DOFORK, 999))));
}

void op_msync(void)
{
	size_t n;
	char *at = any_arena(&n);

	result(syscall(SYS_msync, at, n, told(OF(MS_SYNC, MS_ASYNC, MS_INVALIDATE, 99))));
}

void op_mincore(void)
{
	size_t n;
	char *at = any_arena(&n);

	result(syscall(SYS_mincore, at, n, buffer));
}

/* The box says yes and does nothing; natively MADV_DONTNEED then fails. */
void op_mlock(void)
{
	if (!wild)
		return;
	size_t n;
	char *at = any_arena(&n);
	native_differs = true;
	result(syscall(OF(SYS_mlock, SYS_munlock), at, n));
}

void op_from_arena(void)
{
	size_t n;
	char *at = any_arena(&n);
	int fd = any_fd();

	result(syscall(OF(SYS_read, SYS_write), fd, at, n));
}

volatile sig_atomic_t caught;

/* Who waits for ever is at the end of its calls. */
void on_signal(int signo)
{
	enum { TICKS_MOST = 300, END = 98 };
	static volatile sig_atomic_t ticks;

	caught = (sig_atomic_t)((unsigned)caught * 31 + (unsigned)signo);
	if (signo == SIGALRM && ++ticks > TICKS_MOST)
		_exit(END);
}

void op_sigaction(void)
{
	struct sigaction a = { .sa_flags = (int)told(BITS(SA_RESTART, SA_NODEFER, SA_RESETHAND, SA_NOCLDWAIT)) }, old;
	int signo = (int)told(OF(SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD, SIGRTMIN, SIGURG, SIGKILL));

	memset(&old, 0, sizeof(old));
	a.sa_handler = signo == SIGUSR2 || signo == SIGALRM || chance(70) ? on_signal : SIG_IGN;
	if (signo == SIGUSR2 || signo == SIGALRM || signo == SIGRTMIN)
		a.sa_flags &= ~SA_RESETHAND;
	say(" %d", a.sa_handler == SIG_IGN);
	if (result(sigaction(signo, &a, &old)) == 0)
		say(" %#x %d", old.sa_flags & ~0x04000000, old.sa_handler == SIG_IGN);
}

void op_sigmask(void)
{
	uint64_t s = any_set(), old = 0;

	result(syscall(SYS_rt_sigprocmask, told(OF(SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK, 9)), &s, &old, told(OF(8, 8, 8, 4))));
	say(" %#llx", (unsigned long long)old);
}

static bool is_harmless(int signo)
{
	return signo == SIGUSR2 || signo == SIGALRM || signo == SIGRTMIN || signo == SIGURG || signo == SIGWINCH || signo == SIGCHLD || signo == SIGCONT ||
	       signo <= 0 || signo > 64;
}

void op_kill(void)
{
	int s = any_signal();

	if (is_harmless(s))
		result(syscall(SYS_kill, getpid(), s));
}

void op_tgkill(void)
{
	int s = any_signal();

	if (is_harmless(s))
		result(syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), s));
}

void op_sigqueue(void)
{
	int s = any_signal();
	siginfo_t i = { .si_signo = s, .si_code = (int)told(OF(SI_QUEUE, SI_MESGQ)) };

	i.si_value.sival_int = 7;
	if (is_harmless(s))
		result(syscall(SYS_rt_sigqueueinfo, getpid(), s, &i));
}

void op_sigpending(void)
{
	uint64_t s = 0;

	if (result(syscall(SYS_rt_sigpending, &s, 8)) == 0)
		say(" %#llx", (unsigned long long)s);
}

void op_sigtimedwait(void)
{
	uint64_t s = any_set();
	siginfo_t i;
	struct timespec t = { 0, told(wild ? OF(0, 1, 1000000) : 0) };

	memset(&i, 0, sizeof(i));
	if (result(syscall(SYS_rt_sigtimedwait, &s, &i, &t, 8)) > 0)
		say(" %d", i.si_code);
}

void op_sigaltstack(void)
{
	static char s[16384];
	stack_t a = { s, (int)told(OF(0, SS_DISABLE, 77)), (size_t)told(OF(sizeof(s), 100)) }, old;

	memset(&old, 0, sizeof(old));
	if (result(syscall(SYS_sigaltstack, &a, &old)) == 0)
		say(" %d %zu", old.ss_flags, old.ss_size);
}

void op_itimer(void)
{
	struct itimerval v = { { 0, 0 }, { told(OF(0, 1000, 1000)), told(soon()) } }, old = { 0 };
	long w = told(OF(ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF, 7));

	if (result(syscall(SYS_setitimer, w, &v, &old)) == 0)
		stored_here(&old, sizeof(old));
}

void op_getitimer(void)
{
	struct itimerval v = { 0 };

	if (result(syscall(SYS_getitimer, told(OF(0, 1, 2, 9)), &v)) == 0)
		stored_here(&v, sizeof(v));
}

void op_alarm(void) { result_here(syscall(SYS_alarm, told(OF(0, 1000)))); }
void op_timer_create(void)
{
	int id = -1;
	struct sigevent e = { .sigev_notify = (int)told(OF(SIGEV_NONE, SIGEV_SIGNAL, 9)), .sigev_signo = SIGUSR2 };

	if (result(syscall(SYS_timer_create, told(OF(CLOCK_REALTIME, CLOCK_MONOTONIC, 99)), &e, &id)) == 0) {
		native_differs = true;
		say(" %d", id);
	}
}

void op_timer_settime(void)
{
	struct itimerspec s = { { 0, 0 }, { told(OF(0, 1000)), told(soon()) } };

	result_here(syscall(SYS_timer_settime, told(OF(0, 1, 2)), 0, &s, NULL));
	native_differs = true;
}

void op_timer_gettime(void)
{
	struct itimerspec s = { 0 };

	native_differs = true; /* which of them there are */
	result(syscall(SYS_timer_gettime, told(OF(0, 1, 2)), &s));
	stored_here(&s, sizeof(s));
}

void op_timer_delete(void)
{
	result(syscall(SYS_timer_delete, told(OF(0, 1, 9))));
	native_differs = true;
}

void op_nanosleep(void)
{
	struct timespec t = { told(OF(0, 0, 0, -1)), told(OF(0, 1, wild ? 5000000 : 1000, 2000000000)) };

	result(syscall(SYS_nanosleep, &t, NULL));
}

void op_clock_nanosleep(void)
{
	struct timespec t = { 0, told(OF(0, 1, -1)) };

	result(syscall(SYS_clock_nanosleep, told(OF(CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, 99)), told(OF(0, TIMER_ABSTIME)), &t, NULL));
}

void op_clock(void)
{
	struct timespec t = { 0 };

	if (result(syscall(OF(SYS_clock_gettime, SYS_clock_getres), told(OF(0, 1, 2, 3, 4, 5, 6, 7, 11, 99)), chance(97) ? &t : (void *)1)) == 0)
		stored_here(&t, sizeof(t));
}

void op_times(void)
{
	uint64_t v[4] = { 0 };

	result_here(syscall(SYS_times, v));
	stored_here(v, sizeof(v));
}

void op_time(void)
{
	uint64_t v[2] = { 0 };

	result_here(syscall(SYS_gettimeofday, v, NULL));
	stored_here(v, sizeof(v));
}

void op_getrusage(void)
{
	uint64_t v[18] = { 0 };

	if (result(syscall(SYS_getrusage, told(OF(0, -1, 1, 9)), v)) == 0)
		stored_here(v, sizeof(v));
}

void op_getrlimit(void)
{
	uint64_t v[2] = { 0 };

	if (result(syscall(SYS_getrlimit, told(below(17)), v)) == 0)
		stored_here(v, sizeof(v));
}

void op_setrlimit(void)
{
	long w = told(OF(RLIMIT_CORE, RLIMIT_STACK, RLIMIT_NPROC, 99));
	uint64_t v[2] = { 0, RLIM_INFINITY };

	syscall(SYS_getrlimit, w, v);
	v[0] = w == RLIMIT_CORE ? 0 : 8 << 20;
	result_here(syscall(SYS_prlimit64, 0, w, v, v));
}

void op_priority(void)
{
	long w = told(OF(PRIO_PROCESS, PRIO_PGRP, PRIO_USER, 9));

	result_here(syscall(SYS_getpriority, w, 0));
}

void op_sched(void)
{
	uint64_t m = 0;
	long s = told(OF(SYS_sched_getscheduler, SYS_sched_getparam, SYS_sched_yield, SYS_sched_get_priority_max, SYS_sched_getaffinity));

	result_here(s == SYS_sched_getaffinity ? syscall(s, 0, 8, &m) : syscall(s, 0, &m));
	native_differs = true;
	stored(&m, 8);
}

void op_ids(void) { result_here(syscall(OF(SYS_getpid, SYS_getppid, SYS_gettid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getpgrp), 0)); }
void op_getpgid(void)
{
	result_here(syscall(OF(SYS_getpgid, SYS_getsid), told(OF(0, -1, 1, 99999))));
	native_differs = true;
}

void op_setpgid(void)
{
	result_here(syscall(SYS_setpgid, told(OF(0, -1, 99999)), told(OF(0, -1))));
	native_differs = true;
}

void op_uname(void)
{
	char u[390] = "";

	result(syscall(SYS_uname, chance(95) ? u : (void *)1));
	stored_here(u, sizeof(u));
}

void op_sysinfo(void)
{
	char u[128] = "";

	result(syscall(SYS_sysinfo, u));
	stored_here(u, sizeof(u));
}

void op_getcpu(void)
{
	unsigned v[2] = { 9, 9 };

	result(syscall(SYS_getcpu, v, v + 1, NULL));
	stored_here(v, sizeof(v));
}

void op_getrandom(void)
{
	uint8_t v[32] = { 0 };

	result(syscall(SYS_getrandom, v, told(OF(0, 1, 32)), told(OF(0, 1, 2, 3, 99))));
	stored_here(v, sizeof(v));
}

void op_prctl(void)
{
	char v[16] = "";

	result_here(syscall(SYS_prctl, told(OF(PR_GET_NAME, PR_GET_DUMPABLE, PR_GET_PDEATHSIG, PR_GET_NO_NEW_PRIVS, PR_GET_TIMERSLACK, PR_GET_KEEPCAPS, 9999)),
		v, 0, 0, 0));
	native_differs = true;
	stored(v, sizeof(v));
}

void op_set_name(void) { result(syscall(SYS_prctl, PR_SET_NAME, "name", 0, 0, 0)); }
void op_futex(void)
{
	static uint32_t w;
	const struct timespec t = { 0, told(some_ms() * 1000000) };
	long op = told(OF(FUTEX_WAKE, FUTEX_WAIT, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, FUTEX_REQUEUE, FUTEX_CMP_REQUEUE, FUTEX_WAIT_BITSET, 99)),

	     n = told(OF(0, 1, 5, -1)), also = told(OF(0, 1, -1));

	result(syscall(SYS_futex, &w, op, n, op == FUTEX_WAIT || op == FUTEX_WAIT_BITSET ? (long)&t : also, &w, told(OF(0, 1, -1))));
}

void op_membarrier(void)
{
	result_here(syscall(SYS_membarrier, told(OF(0, 1, 8, 16, 9999)), 0));
	native_differs = true;
}

void op_refused(void)
{
	result_here(
		syscall(told(OF(SYS_io_uring_setup, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_keyctl, SYS_mount, SYS_kexec_load, 9999, SYS_swapon)), 0,
			0, 0, 0, 0));
	native_differs = true;
}

void op_pidfd(void)
{
	long fd = syscall(SYS_pidfd_open, getpid(), 0);

	keep_low(result(fd));
}

void op_pidfd_signal(void)
{
	int fd = any_fd();

	result(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
}

void op_getgroups(void)
{
	uint32_t g[64];

	result_here(syscall(SYS_getgroups, told(OF(0, 64, -1)), g));
	native_differs = true;
}

void op_capget(void)
{
	uint32_t h[2] = { (uint32_t)told(OF(0x20080522, 0)), 0 }, d[6] = { 0 };

	result_here(syscall(SYS_capget, h, d));
	native_differs = true;
	stored(d, sizeof(d));
}

void op_wait(void)
{
	int status = 0;
	long r = result_here(syscall(SYS_wait4, told(OF(-1, -1, 0, 99999)), &status, now_or(WNOHANG) | told(OF(0, WUNTRACED, __WALL, 64)), NULL));

	if (r > 0)
		say(" %#x", (unsigned)status);
}

void op_waitid(void)
{
	siginfo_t i;

	memset(&i, 0, sizeof(i));
	if (result(syscall(SYS_waitid, told(OF(P_ALL, P_PID, 9)), 0, &i, now_or(WNOHANG) | told(OF(WEXITED, WEXITED | WNOWAIT, 0)), NULL)) == 0) {
		say(" %d %d", i.si_code, i.si_status);
		native_differs |= i.si_pid != 0;
	}
}

enum { THREADS = 4 };

static unsigned threads;
static uint64_t part_seed[THREADS];

static void *thread_part(void *arg)
{
	unsigned i = (unsigned)(uintptr_t)arg;

	state = part_seed[i];
	depth = 100 * ((int)i + 1);
	buffer = mmap(NULL, BUFFER, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	some_calls(1 + below(40));
	return NULL;
}

void op_thread(void)
{
	pthread_t t;

	if (!wild || depth || threads == THREADS)
		return;
	part_seed[threads] = draw() | 1;
	result(pthread_create(&t, NULL, thread_part, (void *)(uintptr_t)threads));
	threads++;
}

void op_pause(void)
{
	if (wild)
		result(syscall(OF(SYS_pause, SYS_sched_yield, SYS_sched_yield)));
}

/* Another one of this program, with the descriptors that are open. */
void op_exec(void)
{
	char seed[24], *const argv[] = { (char *)"calls", seed, (char *)"8", (char *)"wild", NULL };
	int status = 0;
	pid_t pid;

	if (!wild || depth)
		return;
	snprintf(seed, sizeof(seed), "%u", below(1000000));
	pid = chance(50) ? fork() : vfork();
	if (pid == 0) {
		execv("/proc/self/exe", argv);
		_exit(77);
	}
	result(pid);
	if (chance(50)) {
		result(waitpid(pid, &status, 0));
		say(" %#x", (unsigned)status);
	}
}

/* Its part of the calls, and it ends. */
void op_fork(void)
{
	long how = OF(SYS_fork, SYS_clone, SYS_vfork);
	unsigned n = below(12);
	int status = 0;
	pid_t pid;

	if (depth > 1)
		return;
	say(" %ld %u", how, n);
	native_differs = true;
	if (how == SYS_vfork) {
		pid = vfork();
		if (pid == 0)
			_exit((int)n);
	} else {
		pid = how == SYS_fork ? fork() : (pid_t)syscall(SYS_clone, SIGCHLD, 0, NULL, NULL, 0);
		if (pid == 0) {
			depth++;

			some_calls(n);
			_exit((int)n);
		}
	}
	result(pid);
	if (pid > 0 && (chance(80) || !wild)) {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			continue;
		say(" %#x", (unsigned)status);
	}
}

static bool makes_another(long nr)
{
	return nr == SYS_fork || nr == SYS_vfork || nr == SYS_clone || nr == SYS_clone3 || nr == SYS_exit || nr == SYS_exit_group || nr == SYS_rt_sigreturn ||
		nr == SYS_kill || nr == SYS_tkill || nr == SYS_tgkill || nr == SYS_rt_sigqueueinfo || nr == SYS_rt_tgsigqueueinfo || nr == SYS_munmap || nr == SYS_close;
}

/* Any call there is, with what happens to be at hand. */
void op_raw(void)
{
	enum { NUMBERS = 462 };
	long nr = (long)below(NUMBERS), a[6];

	if (!wild || makes_another(nr))
		return;
	say(" %ld", nr);
	memset(buffer, 0, PAGE);
	snprintf(buffer + 64, 8, "%s", below(2) ? "a" : "d");
	for (int i = 0; i < 6; i++) {
		switch (below(4)) {
		case 0:
			a[i] = any_fd();
			break;
		case 1:
			a[i] = (long)(buffer + told(OF(0, 64, 512, BUFFER - 8)));
			break;
		case 2:
			a[i] = told(OF(0, 1, 2, 8, 16, PAGE, -1, -2));
			break;
		default:
			a[i] = told((long)below(32));
		}
	}
	if (nr == SYS_dup2 || nr == SYS_dup3) /* not what is told to */
		a[1] = 3 + (a[1] & 7);
	if (nr == SYS_close_range || nr == SYS_arch_prctl)
		return;
	result(syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]));
	stored(buffer, PAGE);
}
