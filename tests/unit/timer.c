/* Clocks, sleeps and timers as a guest meets them, and which timer is due when; on a fake guest. */
#include "fake_guest.h"

handler do_clock_gettime, do_clock_getres, do_gettimeofday, do_time, do_nanosleep, do_clock_nanosleep, do_times, do_getrusage, do_adjtimex, do_sched_yield;
handler do_alarm, do_setitimer, do_getitimer, do_timer_create, do_timer_settime, do_timer_gettime, do_timer_getoverrun, do_timer_delete;
handler do_timerfd_create, do_timerfd_settime, do_timerfd_gettime, do_eventfd;

enum { TS = FAKE_BASE + 0x100, OUT = FAKE_BASE + 0x200, EV = FAKE_BASE + 0x300 };
#define S INT64_C(1000000000)
#define MS INT64_C(1000000)

static struct world *w;

/* Two threads of one process, and another process. */
static void start(void)
{
	w = fake_start();
	fake_thread(NO_INDEX, true);
	fake_thread(0, false);
	fake_thread(0, true);
}

static int64_t call(handler *h, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3) { return fake_call(0, h, a0, a1, a2, a3, 0, 0); }

static int64_t look(int32_t id)
{
	return call(do_clock_gettime, (uint32_t)id, OUT, 0, 0) == 0 ? fake_ns(OUT) : -1;
}

/* ---- clocks -------------------------------------------------------------------------------------------------------- */

static int32_t cpu_clock(int32_t tid, bool thread) { return (int32_t)((uint32_t)~tid << 3 | (thread ? 4 : 0) | 2); }

static void test_clocks(void)
{
	int64_t a, b;

	start();
	test_int(look(0), w->epoch_ns + 1000, "real time begins at the epoch");
	a = look(1);
	b = look(7);
	test_ok(a > 100 * S && b > a, "monotonic and boottime have been running");
	a = look(11);
	test_int(a - w->now_ns, 37 * S, "TAI is ahead");
	test_ok(look(6) % (4 * MS) == 0 && fake_ns(OUT) <= clock_monotonic(w), "coarse is rounded down");
	test_int(look(10), -1, "an unused id");
	test_int(call(do_clock_gettime, 99, OUT, 0, 0), -EINVAL, "an unknown id");
	test_int(call(do_clock_gettime, 0, 0x10, 0, 0), -EFAULT, "no memory");
	fake_call(1, do_sched_yield, 0, 0, 0, 0, 0, 0);
	a = look(2);
	b = look(3);
	test_ok(a > 0 && b > 0 && b <= a, "CPU time of a thread is within that of its process");
	a = look(cpu_clock(0, false));
	test_int(a, w->procs[0].cpu_ns, "the dynamic id of one's own process");
	test_int(look(cpu_clock(FAKE_FIRST_TID + 2, false)), w->procs[w->tasks[2].proc].cpu_ns, "of another process");
	test_int(look(cpu_clock(FAKE_FIRST_TID + 1, true)), w->tasks[1].cpu_ns, "of another thread");
	test_int(look(cpu_clock(FAKE_FIRST_TID + 2, true)), -1, "but not of another process's thread");
	test_int(look(cpu_clock(5000, false)), -1, "nor of nobody");
	test_int(look(3 | (int32_t)0xffffff00), -1, "nor of a device");
	test_int(call(do_clock_getres, 1, OUT, 0, 0), 0, "resolution");
	test_int(fake_ns(OUT), 1, "a nanosecond");
	test_int(call(do_clock_getres, 5, OUT, 0, 0), 0, "of coarse clocks");
	test_int(fake_ns(OUT), 4 * MS, "four milliseconds");
	test_int(call(do_clock_getres, 5, 0, 0, 0), 0, "may be asked for nothing");
}

static void test_other_clocks(void)
{
	int64_t t;

	start();
	t = call(do_time, OUT, 0, 0, 0);
	test_int(t, w->now_ns / S, "time()");
	test_int(fake_get64(OUT), t, "in memory too");
	test_int(call(do_gettimeofday, OUT, TS, 0, 0), 0, "gettimeofday()");
	test_int(fake_get64(OUT) * 1000000 + fake_get64(OUT + 8), w->now_ns / 1000, "in microseconds");
	test_int(fake_get64(TS), 0, "in Greenwich");
	w->procs[0].cpu_ns = 3 * S + 50 * MS;
	w->procs[0].children_cpu_ns = 7 * S;
	test_ok(call(do_times, OUT, 0, 0, 0) >= 10000, "times() counts hundredths since boot");
	test_int(fake_get64(OUT), 305, "of CPU time");
	test_int(fake_get64(OUT + 16), 700, "of children");
	test_int(call(do_getrusage, 0, OUT, 0, 0), 0, "getrusage()");
	test_int(fake_get64(OUT), 3, "of the process");
	test_int(call(do_getrusage, (uint32_t)-1, OUT, 0, 0), 0, "of the children");
	test_int(fake_get64(OUT), 7, "their time");
	test_int(call(do_getrusage, 1, OUT, 0, 0), 0, "of the thread");
	test_int(fake_get64(OUT + 40), 0, "faults are not told");
	test_int(call(do_getrusage, 5, OUT, 0, 0), -EINVAL, "of whom?");
	fake_put32(TS, 0);
	test_int(call(do_adjtimex, TS, 0, 0, 0), 5, "nobody disciplines the clock");
	fake_put32(TS, 1);
	test_int(call(do_adjtimex, TS, 0, 0, 0), -EPERM, "nobody sets it");
}

/* ---- sleeps -------------------------------------------------------------------------------------------------------- */

static void test_sleeps(void)
{
	int64_t t0;
	uint32_t who;

	start();
	fake_timespec(TS, 0, 20 * MS);
	t0 = w->now_ns;
	test_int(call(do_nanosleep, TS, OUT, 0, 0), FAKE_PARKED, "a sleep");
	test_int(fake_jump(&who), 0, "ends");
	test_int(w->now_ns - t0, 20 * MS + CLOCK_EVENT_NS, "at its time");
	call(do_nanosleep, TS, OUT, 0, 0);
	clock_jump(w, w->now_ns + 15 * MS);
	fake_signal[0] = true;
	sched_wake(w, 0);
	test_int(fake_go_on(0), -514, "a signal ends it early: EINTR, if it has a handler");
	test_int(fake_ns(OUT), 5 * MS, "with the rest");
	fake_signal[0] = false;
	call(do_nanosleep, TS, 0, 0, 0);
	t0 = w->tasks[0].deadline_ns;
	clock_jump(w, w->now_ns + MS);
	sched_wake(w, 0);
	test_int(fake_go_on(0), FAKE_PARKED, "for nothing: sleeps on");
	test_int(w->tasks[0].deadline_ns, t0, "until the same time");
	fake_jump(&who);
	fake_timespec(TS, -1, 0);
	test_int(call(do_nanosleep, TS, 0, 0, 0), -EINVAL, "backwards");
	test_int(call(do_nanosleep, 0x10, 0, 0, 0), -EFAULT, "from nowhere");
	fake_timespec(TS, 0, 0);
	test_int(call(do_nanosleep, TS, 0, 0, 0), 0, "for no time");
	test_int(fake_threads[0].out, CALL_YIELD, "is a yield");
	fake_timespec(TS, INT64_MAX, 0);
	test_int(call(do_nanosleep, TS, 0, 0, 0), FAKE_PARKED, "for ever");
	test_int(sched_earliest(w), NO_INDEX, "nobody waits for the end of time");
}

static void test_clock_sleeps(void)
{
	uint32_t who;

	start();
	fake_timespec(TS, 1, 0);
	test_int(call(do_clock_nanosleep, 0, 1, TS, 0), 0, "until the past: at once");
	test_int(call(do_clock_nanosleep, 3, 0, TS, 0), -EOPNOTSUPP, "the thread's own CPU clock");
	test_int(call(do_clock_nanosleep, 4, 0, TS, 0), -EOPNOTSUPP, "the raw clock");
	test_int(call(do_clock_nanosleep, 8, 0, TS, 0), -EPERM, "a clock that wakes machines");
	test_int(call(do_clock_nanosleep, 99, 0, TS, 0), -EINVAL, "no clock");
	fake_timespec(TS, clock_monotonic(w) / S + 3, 0);
	test_int(call(do_clock_nanosleep, 1, 1, TS, 0), FAKE_PARKED, "until a monotonic time");
	fake_signal[0] = true;
	sched_wake(w, 0);
	test_int(fake_go_on(0), -514, "a signal: again, unless a handler runs");
	fake_signal[0] = false;
	call(do_clock_nanosleep, 1, 1, TS, 0);
	test_int(fake_jump(&who), 0, "comes");
	test_int(clock_monotonic(w) / S * S, fake_ns(TS), "on time");
	fake_timespec(TS, 0, 5 * MS);
	test_int(call(do_clock_nanosleep, 2, 0, TS, 0), FAKE_PARKED, "on the process's CPU clock");
	test_int(fake_jump(&who), 0, "ends too");
}

static void test_yield(void)
{
	int64_t t0;
	int n;

	start();
	t0 = w->now_ns;
	for (n = 0; n < 1000 && w->now_ns < t0 + S; n++)
		call(do_sched_yield, 0, 0, 0, 0);
	test_ok(n < 64, "who yields to nobody makes time pass");
	call(do_getrusage, 5, 0, 0, 0);
	sched_add(w, 1);
	t0 = w->now_ns;
	for (n = 0; n < 100; n++)
		call(do_sched_yield, 0, 0, 0, 0);
	test_int(fake_threads[0].out, CALL_YIELD, "to somebody: a plain event");
	test_ok(w->now_ns - t0 < MS, "of the plain price");
}

/* ---- which is due -------------------------------------------------------------------------------------------------- */

static void test_due(void)
{
	uint32_t a, b, c, d;
	struct timer_action act;

	start();
	test_int(timer_due(w), NO_INDEX, "none");
	a = timer_new(w, 0);
	b = timer_new(w, 0);
	c = timer_new(w, 0);
	d = timer_new(w, 0);
	timer_arm(w, a, w->now_ns + 200, 0);
	timer_arm(w, c, w->now_ns + 100, 50);
	timer_arm(w, b, w->now_ns + 100, 0);
	w->timers[d].cpu = TIMER_CPU_PROC;
	w->timers[d].cpu_serial = w->procs[0].serial;
	timer_arm(w, d, 10, 0);
	test_int(timer_due(w), NO_INDEX, "none yet");
	test_int(timer_earliest(w), c, "the earliest, armed first; CPU timers wake nobody");
	clock_jump(w, w->now_ns + 120);
	test_int(timer_due(w), c, "which is due first");
	act = timer_expire(w, c);
	test_ok(act.send && act.timer == c, "an interval timer sends");
	test_int(w->timers[c].deadline_ns - w->now_ns, 30, "and goes on from when it should have been");
	test_int(timer_due(w), b, "then the other");
	timer_expire(w, b);
	test_int(w->timers[b].deadline_ns, NO_DEADLINE, "once");
	test_int(timer_due(w), NO_INDEX, "that is all");
	clock_event(w, 0);
	test_int(timer_due(w), c, "time goes on");
	timer_expire(w, c);
	test_int(timer_due(w), a, "all that is due on the wall");
	timer_expire(w, a);
	test_int(timer_due(w), d, "then what counts CPU time");
	timer_expire(w, d);
	test_int(timer_due(w), NO_INDEX, "nothing is left");
	timer_free(w, d);
	test_int(w->timers_high, 3, "walks are as long as they need be");
	timer_proc_exit(w, 0);
	test_int(w->timers_high, 0, "a process takes its timers along");
}

/* ---- interval timers ----------------------------------------------------------------------------------------------- */

static void put_timeval(gaddr at, int64_t interval_us, int64_t value_us)
{
	fake_timespec(at, interval_us / 1000000, interval_us % 1000000);
	fake_timespec(at + 16, value_us / 1000000, value_us % 1000000);
}

static void test_itimers(void)
{
	uint32_t i;

	start();
	test_int(call(do_alarm, 100, 0, 0, 0), 0, "the first alarm");
	test_int(call(do_alarm, 50, 0, 0, 0), 100, "the second says what was left");
	test_int(call(do_getitimer, 0, OUT, 0, 0), 0, "as ITIMER_REAL");
	test_int(fake_get64(OUT + 16), 49, "it is the same");
	i = timer_earliest(w);
	test_int(w->timers[i].signo, 14, "SIGALRM");
	test_int(call(do_alarm, 0, 0, 0, 0), 50, "off");
	test_int(timer_earliest(w), NO_INDEX, "it is");
	put_timeval(TS, 2000, 1000);
	test_int(call(do_setitimer, 2, TS, 0, 0), 0, "ITIMER_PROF");
	for (int k = 0; k < 3; k++)
		fake_call(1, do_getrusage, 5, 0, 0, 0, 0, 0);
	clock_jump(w, w->now_ns + S);
	test_int(timer_due(w), NO_INDEX, "sleep does not count");
	w->procs[0].cpu_ns += 1000000;
	i = timer_due(w);
	test_int(i == NO_INDEX ? 0 : w->timers[i].signo, 27, "work does");
	timer_expire(w, i);
	test_int(timer_due(w), NO_INDEX, "until the next");
	test_int(call(do_setitimer, 2, 0, OUT, 0), 0, "no value: off");
	test_int(fake_get64(OUT + 8), 2000, "what it was");
	test_int(call(do_setitimer, 3, TS, 0, 0), -EINVAL, "a fourth");
	test_int(call(do_getitimer, 9, OUT, 0, 0), -EINVAL, "or tenth");
	put_timeval(TS, 0, 1);
	fake_put64(TS + 24, 1000000);
	test_int(call(do_setitimer, 0, TS, 0, 0), -EINVAL, "a million microseconds");
	test_int(call(do_setitimer, 0, 0x10, 0, 0), -EFAULT, "from nowhere");
	call(do_alarm, 1, 0, 0, 0);
	world_new_task(w, 0, true, true);
	test_int(w->procs[3].itimer[0], 0, "a child has none");
	timer_proc_exec(w, 0);
	test_ok(timer_earliest(w) != NO_INDEX, "exec keeps the alarm");
}

/* ---- POSIX timers -------------------------------------------------------------------------------------------------- */

static void put_sigevent(int32_t notify, int32_t signo, int64_t value, int32_t tid)
{
	fake_put64(EV, value);
	fake_put32(EV + 8, (uint32_t)signo);
	fake_put32(EV + 12, (uint32_t)notify);
	fake_put32(EV + 16, (uint32_t)tid);
}

static void put_spec(int64_t interval, int64_t value)
{
	fake_timespec(TS, interval / S, interval % S);
	fake_timespec(TS + 16, value / S, value % S);
}

static void test_posix(void)
{
	bool again;
	uint32_t i;
	int64_t t0;

	start();
	test_int(call(do_timer_create, 1, 0, OUT, 0), 0, "a plain timer");
	test_int(fake_get32(OUT), 0, "is the process's first");
	test_int(w->timers[0].signo, 14, "sends SIGALRM");
	put_sigevent(0, 40, 4711, 0);
	test_int(call(do_timer_create, 1, EV, OUT, 0), 0, "another");
	test_int(fake_get32(OUT), 1, "the second");
	put_spec(5 * MS, 10 * MS);
	t0 = w->now_ns;
	test_int(call(do_timer_settime, 1, 0, TS, 0), 0, "armed");
	i = timer_earliest(w);
	test_ok(w->timers[i].deadline_ns >= t0 + 10 * MS, "for later");
	test_int(call(do_timer_gettime, 1, OUT, 0, 0), 0, "asked");
	test_ok(fake_ns(OUT) == 5 * MS && fake_ns(OUT + 16) > 9 * MS && fake_ns(OUT + 16) < 10 * MS, "says what is left");
	clock_jump(w, w->timers[i].deadline_ns);
	test_int(timer_due(w), i, "due");
	test_ok(timer_expire(w, i).send, "sends");
	for (int k = 0; k < 4; k++) {
		clock_jump(w, w->timers[i].deadline_ns);
		test_ok(!timer_expire(w, i).send, "not again while that is on its way");
	}
	test_int(call(do_timer_getoverrun, 1, 0, 0, 0), 0, "not known before it is taken");
	test_int(timer_signal_taken(w, 0, 14, &again), NO_INDEX, "another signal");
	test_int(timer_signal_taken(w, 2, 40, &again), NO_INDEX, "another process");
	test_int(timer_signal_taken(w, 1, 40, &again), i, "any thread takes it");
	test_ok(!again, "no other waits");
	test_int(call(do_timer_getoverrun, 1, 0, 0, 0), 4, "four more had come");
	clock_jump(w, w->timers[i].deadline_ns + 11 * MS);
	test_ok(timer_expire(w, i).send, "sends again");
	timer_signal_taken(w, 0, 40, &again);
	test_int(call(do_timer_getoverrun, 1, 0, 0, 0), 2, "two at once were missed");
	test_int(fake_call(2, do_timer_delete, 1, 0, 0, 0, 0, 0), -EINVAL, "another process has other timers");
	test_int(call(do_timer_delete, 1, 0, 0, 0), 0, "deleted");
	test_int(call(do_timer_gettime, 1, OUT, 0, 0), -EINVAL, "is gone");
	test_int(call(do_timer_create, 0, 0, OUT, 0), 0, "one more");
	test_int(fake_get32(OUT), 2, "ids are not used twice");
	timer_proc_exec(w, 0);
	test_int(call(do_timer_gettime, 0, OUT, 0, 0), -EINVAL, "exec ends them");
}

static void test_posix_details(void)
{
	bool again;

	start();
	put_sigevent(4, 32, 9, FAKE_FIRST_TID + 1);
	test_int(call(do_timer_create, 0, EV, OUT, 0), 0, "to a thread");
	test_int(w->timers[0].task, 1, "that one");
	put_sigevent(4, 32, 9, FAKE_FIRST_TID + 2);
	test_int(call(do_timer_create, 0, EV, OUT, 0), -EINVAL, "not to another process's");
	put_sigevent(0, 65, 9, 0);
	test_int(call(do_timer_create, 0, EV, OUT, 0), -EINVAL, "no such signal");
	put_sigevent(3, 10, 9, 0);
	test_int(call(do_timer_create, 0, EV, OUT, 0), -EINVAL, "no such way");
	test_int(call(do_timer_create, 0, 0x10, OUT, 0), -EFAULT, "from nowhere");
	test_int(call(do_timer_create, 0, 0, 0x10, 0), -EFAULT, "to nowhere");
	test_int(w->timers_high, 1, "failures leave nothing");
	test_int(call(do_timer_create, 5, 0, OUT, 0), -EOPNOTSUPP, "coarse clocks have none");
	test_int(call(do_timer_create, 55, 0, OUT, 0), -EINVAL, "unknown clocks neither");
	put_sigevent(1, 0, 0, 0);
	test_int(call(do_timer_create, 0, EV, OUT, 0), 0, "a silent one");
	put_spec(0, w->now_ns + 5 * MS);
	test_int(call(do_timer_settime, fake_get32(OUT), 1, TS, 0), 0, "at an absolute time");
	test_int(w->timers[1].deadline_ns, fake_ns(TS + 16), "that one");
	clock_jump(w, w->timers[1].deadline_ns);
	test_ok(!timer_expire(w, 1).send, "says nothing");
	test_int(call(do_timer_gettime, 1, OUT, 0, 0), 0, "but can be asked");
	test_int(fake_ns(OUT + 16), 0, "it is over");
	put_spec(0, S);
	fake_put64(TS + 24, S);
	test_int(call(do_timer_settime, 1, 0, TS, 0), -EINVAL, "not a time");
	test_int(call(do_timer_settime, 1, 0, 0, 0), -EINVAL, "no time");
	test_int(call(do_timer_create, 3, 0, OUT, 0), 0, "on the thread's CPU time");
	put_spec(0, 50 * MS);
	call(do_timer_settime, fake_get32(OUT), 0, TS, 0);
	clock_jump(w, w->now_ns + S);
	test_int(timer_due(w), NO_INDEX, "sleep does not count");
	w->tasks[0].cpu_ns += 50 * MS;
	test_int(timer_due(w), 2, "work does");
	/* two timers with one standard signal: the kernel keeps one only */
	w->timers[2].kind = w->timers[1].kind = TIMER_POSIX;
	w->timers[2].signo = w->timers[1].signo = 10;
	w->timers[2].pending = w->timers[1].pending = 1;
	timer_signal_taken(w, 0, 10, &again);
	test_ok(again, "the other must be sent again");
	timer_signal_taken(w, 0, 10, &again);
	test_ok(!again, "once");
}

/* ---- timerfd ------------------------------------------------------------------------------------------------------- */

static void test_timerfd(void)
{
	struct timer_action act;
	int64_t fd, other;
	uint32_t i;

	start();
	test_int(call(do_timerfd_create, 1, 0x1000, 0, 0), -EINVAL, "unknown flags");
	test_int(call(do_timerfd_create, 2, 0, 0, 0), -EINVAL, "a CPU clock");
	test_int(call(do_timerfd_create, 8, 0, 0, 0), -EPERM, "a clock that wakes machines");
	fd = call(do_timerfd_create, 1, 04000, 0, 0);
	test_int(fd, 3, "the lowest free descriptor");
	put_spec(4 * MS, 10 * MS);
	test_int(call(do_timerfd_settime, 4, 0, TS, 0), -EBADF, "not a descriptor");
	test_int(call(do_timerfd_settime, (uint64_t)fd, 8, TS, 0), -EINVAL, "unknown flags");
	test_int(call(do_timerfd_settime, (uint64_t)fd, 0, TS, OUT), 0, "armed");
	test_int(fake_ns(OUT + 16), 0, "it was not before");
	i = timer_earliest(w);
	clock_jump(w, w->timers[i].deadline_ns + 9 * MS);
	act = timer_expire(w, i);
	test_ok(!act.send, "no signal");
	test_int((int64_t)act.fd_ticks, 3, "three expiries");
	fake_fds[fd].count += act.fd_ticks;
	fake_fds[9] = fake_fds[fd]; /* dup */
	test_int(fake_call(2, do_timerfd_gettime, 9, OUT, 0, 0, 0, 0), 0, "any descriptor of it, in any process");
	test_ok(fake_ns(OUT) == 4 * MS && fake_ns(OUT + 16) > 0, "knows the timer");
	put_spec(5, 0);
	test_int(call(do_timerfd_settime, (uint64_t)fd, 0, TS, 0), 0, "disarmed");
	test_int(call(do_timerfd_gettime, (uint64_t)fd, OUT, 0, 0), 0, "and asked");
	test_int(fake_ns(OUT), 5, "it knows its interval, as Linux does");
	test_int((int64_t)fake_fds[fd].count, 0, "what nobody read is forgotten");
	test_int(timer_earliest(w), NO_INDEX, "and nothing will come");
	fake_fds[9].open = fake_fds[fd].open = false;
	fake_next_id = fake_fds[fd].id;
	fake_fds[5].open = true;
	fake_fds[5].id = fake_next_id;
	timerfd_forget(&fake_threads[0].c, 5);
	test_int(call(do_timerfd_gettime, 5, OUT, 0, 0), -EINVAL, "an eventfd that took over the identity is no timer");
	other = call(do_timerfd_create, 0, 0, 0, 0);
	test_int(other, 3, "a new one");
	put_spec(0, w->now_ns + S);
	call(do_timerfd_settime, (uint64_t)other, 1, TS, 0);
	i = timer_earliest(w);
	test_int(w->timers[i].deadline_ns, fake_ns(TS + 16), "absolute real time");
}

int main(void)
{
	test_clocks();
	test_other_clocks();
	test_sleeps();
	test_clock_sleeps();
	test_yield();
	test_due();
	test_itimers();
	test_posix();
	test_posix_details();
	test_timerfd();
	free(fake_world);
	return test_end();
}
