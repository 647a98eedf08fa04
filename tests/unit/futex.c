/* futex(2) in the model: who is woken, in what order, with which result; on a fake guest. */
#include "fake_guest.h"

handler do_futex;

enum { WAIT, WAKE, REQUEUE = 3, CMP_REQUEUE, WAKE_OP, LOCK_PI, UNLOCK_PI, TRYLOCK_PI, WAIT_BITSET, WAKE_BITSET, WAIT_REQUEUE_PI, LOCK_PI2 = 13, PRIVATE = 128, REALTIME = 256 };
enum { A = FAKE_BASE + 0x100, B = FAKE_BASE + 0x200, TS = FAKE_BASE + 0x300, SHARED = FAKE_BASE + FAKE_SHARED };

static struct world *w;

/* Four threads of one process, and a fifth task that is another process. */
static void start(void)
{
	w = fake_start();
	fake_thread(NO_INDEX, true);
	for (int i = 0; i < 3; i++)
		fake_thread(0, false);
	fake_thread(0, true);
}

static int64_t fx(uint32_t task, gaddr a, uint32_t op, uint32_t val, uint64_t timeout, gaddr b, uint32_t val3)
{
	return fake_call(task, do_futex, a, op, val, timeout, b, val3);
}

static int64_t wait(uint32_t task, gaddr a) { return fx(task, a, WAIT | PRIVATE, 0, 0, 0, 0); }
static int64_t wake(uint32_t task, gaddr a, uint32_t n) { return fx(task, a, WAKE | PRIVATE, n, 0, 0, 0); }

static void test_wait_wake(void)
{
	start();
	fake_put32(A, 5);
	test_int(wait(1, A), -EAGAIN, "another value: EAGAIN");
	fake_put32(A, 0);
	test_int(wait(2, A), FAKE_PARKED, "the value: parked");
	test_int(wait(1, A), FAKE_PARKED, "another too");
	test_int(wait(3, B), FAKE_PARKED, "and one elsewhere");
	test_int(wake(0, A, 1), 1, "one is woken");
	test_int(fake_go_on(1), FAKE_PARKED, "not the one who came later");
	test_int(fake_go_on(2), 0, "the first");
	test_int(wake(0, A, INT32_MAX), 1, "the rest");
	test_int(fake_go_on(1), 0, "is the second");
	test_int(wake(0, A, 1), 0, "nobody is left");
	test_int(wake(0, B, 0), 1, "waking none wakes one, as Linux does");
	test_int(fake_go_on(3), 0, "the one elsewhere");
	test_int(w->current, NO_INDEX, "no turn was moved");
}

static void test_errors(void)
{
	start();
	test_int(wait(0, A + 1), -EINVAL, "odd address");
	test_int(wait(0, 0x8000), -EFAULT, "no memory");
	test_int(wake(0, UINT64_C(1) << 60, 1), -EFAULT, "not an address of a program");
	test_int(wake(0, 0x8000, 1), 0, "waking does not look at private memory");
	test_int(fx(0, 0x8000, WAKE, 1, 0, 0, 0), -EFAULT, "but must know shared memory");
	test_int(fx(0, A, WAIT_BITSET, 0, 0, 0, 0), -EINVAL, "wait for no bit");
	test_int(fx(0, A, WAKE_BITSET, 1, 0, 0, 0), -EINVAL, "wake no bit");
	test_int(fx(0, A, WAIT | REALTIME, 0, 0, 0, 0), -ENOSYS, "a clock for the wrong operation");
	test_int(fx(0, A, 2, 0, 0, 0, 0), -ENOSYS, "FUTEX_FD is gone");
	test_int(fx(0, A, 77, 0, 0, 0, 0), -ENOSYS, "unknown");
	test_int(fx(0, A, WAIT_REQUEUE_PI, 0, 0, B, 0), -ENOSYS, "requeue to PI is refused");
	test_int(w->refused[0], 1, "and counted");
	test_int(fx(0, A, WAIT, 0, 0x8000, 0, 0), -EFAULT, "no timeout there");
	fake_timespec(TS, 0, 1000000000);
	test_int(fx(0, A, WAIT, 0, TS, 0, 0), -EINVAL, "not a time");
	test_int(fx(0, A, REQUEUE, (uint32_t)-1, 1, B, 0), -EINVAL, "a negative number");
}

static void test_bitset(void)
{
	start();
	test_int(fx(1, A, WAIT_BITSET | PRIVATE, 0, 0, 0, 1), FAKE_PARKED, "one waits for bit 0");
	test_int(fx(2, A, WAIT_BITSET | PRIVATE, 0, 0, 0, 6), FAKE_PARKED, "one for bits 1 and 2");
	test_int(fx(0, A, WAKE_BITSET | PRIVATE, 9, 0, 0, 8), 0, "bit 3: nobody");
	test_int(fx(0, A, WAKE_BITSET | PRIVATE, 9, 0, 0, 4), 1, "bit 2: one");
	test_int(fake_go_on(2), 0, "the second");
	test_int(wake(0, A, 9), 1, "a plain wake is for every bit");
}

static void test_timeouts(void)
{
	int64_t t0;
	uint32_t who;

	start();
	fake_timespec(TS, 2, 500);
	t0 = w->now_ns;
	test_int(fx(1, A, WAIT | PRIVATE, 0, TS, 0, 0), FAKE_PARKED, "a relative timeout");
	fake_timespec(TS, 1, 0);
	test_int(fx(2, A, WAIT | PRIVATE, 0, TS, 0, 0), FAKE_PARKED, "a shorter one");
	test_int(fake_jump(&who), -ETIMEDOUT, "times out");
	test_int(who, 2, "first");
	test_int(fake_jump(&who), -ETIMEDOUT, "then the other");
	test_int(w->now_ns - t0, INT64_C(2000000500) + CLOCK_EVENT_NS, "when its time has come");
	fake_timespec(TS, 0, 0);
	test_int(fx(1, A, WAIT | PRIVATE, 0, TS, 0, 0), -ETIMEDOUT, "no time at all");
	fake_timespec(TS, 1, 0);
	test_int(fx(1, A, WAIT_BITSET | PRIVATE, 0, TS, 0, 1), -ETIMEDOUT, "an absolute time in the past");
	fake_timespec(TS, clock_monotonic(w) / 1000000000 + 10, 0);
	test_int(fx(1, A, WAIT_BITSET | PRIVATE, 0, TS, 0, 1), FAKE_PARKED, "an absolute monotonic time ahead");
	test_ok(w->tasks[1].deadline_ns - w->now_ns <= INT64_C(10000000000), "is near");
	fake_timespec(TS, w->now_ns / 1000000000 + 5, 0);
	test_int(fx(2, A, WAIT_BITSET | PRIVATE | REALTIME, 0, TS, 0, 1), FAKE_PARKED, "and one on the real-time clock");
	test_int(w->tasks[2].deadline_ns % 1000000000, 0, "is what it says");
	test_int(wake(0, A, 2), 2, "both are woken before");
	test_int(fake_go_on(1), 0, "woken, not timed out");
}

static void test_signals(void)
{
	start();
	wait(1, A);
	fake_signal[1] = true;
	sched_wake(w, 1);
	test_int(fake_go_on(1), -512, "a signal: restart by SA_RESTART, without a timeout");
	fake_signal[1] = false;
	fake_timespec(TS, 1, 0);
	fx(1, A, WAIT | PRIVATE, 0, TS, 0, 0);
	fake_signal[1] = true;
	sched_wake(w, 1);
	test_int(fake_go_on(1), -514, "with one it goes on after a stop, EINTR after a handler");
	fake_signal[1] = false;
	wait(1, A);
	wake(0, A, 1);
	fake_signal[1] = true;
	test_int(fake_go_on(1), 0, "a wake-up is not lost to a signal");
}

static void test_requeue(void)
{
	start();
	wait(3, B);
	wait(0, A);
	wait(1, A);
	wait(2, A);
	fake_put32(A, 1);
	test_int(fx(4, A, CMP_REQUEUE | PRIVATE, 1, 9, B, 0), -EAGAIN, "compared first");
	test_int(fx(4, A, CMP_REQUEUE | PRIVATE, 1, 9, B, 1), 0, "another process has other words");
	w->procs[w->tasks[4].proc].mm = w->procs[w->tasks[0].proc].mm;
	test_int(fx(4, A, CMP_REQUEUE | PRIVATE, 1, 1, B, 1), 2, "one woken, one moved");
	test_int(fake_go_on(0), 0, "the first is woken");
	test_int(wake(4, B, 1), 1, "wake one at the second word");
	test_int(fake_go_on(3), 0, "who was there before comes first");
	test_int(fake_go_on(1), FAKE_PARKED, "the moved one waits");
	test_int(wake(4, B, 9), 1, "it is woken there");
	test_int(fake_go_on(1), 0, "and returns");
	test_int(wake(4, A, 9), 1, "the third was left where it was");
	wait(1, SHARED);
	test_int(fx(4, SHARED, REQUEUE | PRIVATE, 0, 1, SHARED, 0), 1, "onto itself: counted, not moved");
	test_int(wake(4, SHARED, 1), 1, "still there");
}

static void test_shared(void)
{
	start();
	test_int(fx(4, SHARED, WAIT, 0, 0, 0, 0), FAKE_PARKED, "another process waits in shared memory");
	test_int(fx(0, SHARED, WAKE | PRIVATE, 1, 0, 0, 0), 0, "a private wake does not reach it");
	test_int(fx(0, SHARED, WAKE, 1, 0, 0, 0), 1, "a shared one does");
	test_int(fx(1, A, WAIT, 0, 0, 0, 0), FAKE_PARKED, "shared operation on private memory");
	test_int(fx(4, A, WAKE, 1, 0, 0, 0), 0, "stays in its process");
	test_int(futex_thread_exit(w, w->procs[w->tasks[1].proc].mm, A), 1, "a thread's end wakes who joins it");
	test_int(fake_go_on(1), 0, "who returns");
}

static void test_wake_op(void)
{
	start();
	wait(1, A);
	wait(2, B);
	fake_put32(B, 0);
	/* *B = 1; wake at B only if it was > 5 */
	test_int(fx(0, A, WAKE_OP | PRIVATE, 1, 1, B, 0u << 28 | 4u << 24 | 1u << 12 | 5), 1, "the comparison fails: one word only");
	test_int(fake_get32(B), 1, "set");
	/* *B |= 1 << 4; wake at B if it was == 1 */
	test_int(fx(0, A, WAKE_OP | PRIVATE, 1, 1, B, 10u << 28 | 0u << 24 | 4u << 12 | 1), 1, "the other word only");
	test_int(fake_get32(B), 17, "or with a shift");
	/* *B += -1; nobody */
	test_int(fx(0, A, WAKE_OP | PRIVATE, 1, 1, B, 1u << 28 | 2u << 24 | 0xfffu << 12 | 0xfff), 0, "nobody");
	test_int(fake_get32(B), 16, "a negative operand");
	test_int(fx(0, A, WAKE_OP | PRIVATE, 1, 1, B, 7u << 28), -ENOSYS, "no such operation");
	test_int(fx(0, A, WAKE_OP | PRIVATE, 1, 1, B, 9u << 24), -ENOSYS, "no such comparison");
	test_int(fx(0, A, WAKE_OP | PRIVATE, 1, 1, 0x8000, 0), -EFAULT, "no such word");
}

static void test_pi(void)
{
	uint32_t who;

	start();
	test_int(fx(0, A, UNLOCK_PI | PRIVATE, 0, 0, 0, 0), -EPERM, "not ours to unlock");
	test_int(fx(0, A, LOCK_PI | PRIVATE, 0, 0, 0, 0), 0, "a free lock");
	test_int(fake_get32(A), FAKE_FIRST_TID, "names its owner");
	test_int(fx(0, A, LOCK_PI | PRIVATE, 0, 0, 0, 0), -EDEADLK, "not twice");
	test_int(fx(1, A, TRYLOCK_PI | PRIVATE, 0, 0, 0, 0), -EAGAIN, "a try fails");
	test_int(fx(1, A, LOCK_PI | PRIVATE, 0, 0, 0, 0), FAKE_PARKED, "others wait");
	test_int(fx(2, A, LOCK_PI | PRIVATE, 0, 0, 0, 0), FAKE_PARKED, "in order");
	test_int(fake_get32(A), (int64_t)(0x80000000u | FAKE_FIRST_TID), "which the word shows");
	test_int(wake(0, A, 9), 0, "a plain wake does not find them");
	test_int(fx(0, A, UNLOCK_PI | PRIVATE, 0, 0, 0, 0), 0, "unlocked");
	test_int(fake_get32(A), (int64_t)(0x80000000u | (FAKE_FIRST_TID + 1)), "handed over");
	test_int(fake_go_on(1), 0, "to the first");
	test_int(fx(1, A, UNLOCK_PI | PRIVATE, 0, 0, 0, 0), 0, "and on");
	test_int(fake_go_on(2), 0, "to the second");
	test_int(fx(2, A, UNLOCK_PI | PRIVATE, 0, 0, 0, 0), 0, "and free");
	test_int(fake_get32(A), 0, "again");
	fake_put32(A, 999);
	test_int(fx(0, A, LOCK_PI | PRIVATE, 0, 0, 0, 0), -ESRCH, "an owner that never was");
	fake_put32(A, 0x40000000);
	test_int(fx(0, A, LOCK_PI | PRIVATE, 0, 0, 0, 0), 0, "the owner died");
	test_int(fake_get32(A), 0x40000000 | FAKE_FIRST_TID, "which the new one must learn");
	fake_timespec(TS, w->now_ns / 1000000000 + 5, 0);
	test_int(fx(1, A, LOCK_PI | PRIVATE, 0, TS, 0, 0), FAKE_PARKED, "an absolute timeout");
	test_int(fake_jump(&who), -ETIMEDOUT, "times out");
	test_int(fx(1, A, LOCK_PI | PRIVATE, 0, 0, 0, 0), FAKE_PARKED, "waiting again");
	fake_put32(A, 0xc0000000);
	test_int(futex_thread_exit(w, w->procs[w->tasks[0].proc].mm, 0), 1, "the owner's end makes the waiters look");
	test_int(fake_go_on(1), 0, "one gets it");
	test_int(fake_get32(A), 0x40000000 | (FAKE_FIRST_TID + 1), "with the news");
}

static void test_recheck(void)
{
	start();
	wait(1, A);
	wait(2, B);
	fx(4, SHARED, WAIT, 0, 0, 0, 0);
	fake_put32(A, 0x40000000);
	test_int(futex_recheck_all(w, w->procs[w->tasks[0].proc].mm), 3, "all of the space and all shared look again");
	test_int(fake_go_on(1), -EAGAIN, "who finds another word returns");
	test_int(fake_go_on(2), FAKE_PARKED, "who does not, waits on");
	test_int(fake_go_on(4), FAKE_PARKED, "in any process");
	test_int(wake(0, B, 1), 1, "and can be woken");
	start();
	wait(1, A);
	test_int(futex_recheck_all(w, w->procs[w->tasks[0].proc].mm), 1, "one looks again");
	fake_put32(A, 1);
	test_int(wake(0, A, 1), 1, "until it does, a wake-up finds it");
	test_int(wake(0, A, 1), 0, "once");
	test_int(fake_go_on(1), 0, "and counts, whatever the word has become");
}

int main(void)
{
	test_wait_wake();
	test_errors();
	test_bitset();
	test_timeouts();
	test_signals();
	test_requeue();
	test_shared();
	test_wake_op();
	test_pi();
	test_recheck();
	free(fake_world);
	return test_end();
}
