/* The waiting calls of src/syscall/poll.c over real descriptors. */
#include "test.h"
#include "net_fake.h"

#include <sys/epoll.h>

fake_handler do_poll, do_ppoll, do_select, do_pselect6, do_epoll_wait;

enum { USUAL_MS = 250 };

static int in, out;

static void empty(void)
{
	char b[16];

	while (x_fd_poll(&fake_call, in, POLLIN) > 0)
		if (read(in, b, sizeof b) <= 0)
			return;
}

static void fill(void)
{
	if (write(out, "x", 1) != 1)
		abort();
}

static void poll_tests(void)
{
	struct pollfd p[2] = { { .fd = in, .events = POLLIN }, { .fd = -1 } };
	int64_t start = fake_world->now_ns;

	test_int(fake_run(do_poll, __NR_poll, G(p), 1, 0, 0, 0, 0), CALL_YIELD, "poll without timeout gives way when nothing is ready");
	test_int(fake_call.ret, 0, "and finds nothing");
	test_int(fake_run(do_poll, __NR_poll, G(p), 1, USUAL_MS, 0, 0, 0), CALL_PARK, "poll of an empty pipe parks");
	test_int(fake_call.cond.kind, COND_FD, "a single descriptor is the condition");
	test_int(fake_call.cond.fd, in, "the right one");
	test_int(fake_call.deadline_ns, start + USUAL_MS * 1000000LL, "with the logical deadline");
	fill();
	test_int(fake_value(fake_again(true, false)), 1, "ready at the second try");
	test_int(p[0].revents, POLLIN, "revents");
	empty();
	test_int(fake_run(do_poll, __NR_poll, G(p), 2, USUAL_MS, 0, 0, 0), CALL_PARK, "two descriptors");
	test_int(fake_call.cond.kind, COND_ANY, "wait for anything");
	fake_world->now_ns += 1000;
	test_int(fake_again(true, false), CALL_PARK, "an event that brings nothing");
	test_int(fake_call.deadline_ns, start + USUAL_MS * 1000000LL, "does not move the deadline");
	test_int(fake_value(fake_timeout()), 0, "the deadline ends it");
	test_int(fake_run(do_poll, __NR_poll, G(p), 1, -1ULL, 0, 0, 0), CALL_PARK, "for ever");
	test_int(fake_call.deadline_ns == NO_DEADLINE, 1, "has no deadline");
	fake_signal = true;
	test_int(fake_value(fake_again(true, false)), -514, "a signal interrupts");
	fake_signal = false;
	fake_world->tasks[0].resume_nr = 0; /* a handler ran */
	test_int(fake_run(do_poll, __NR_poll, G(p), 1, USUAL_MS, 0, 0, 0), CALL_PARK, "once more");
	start = fake_call.deadline_ns;
	fake_signal = true;
	test_int(fake_value(fake_again(true, false)), -514, "a stop interrupts");
	fake_signal = false;
	fake_world->now_ns += 1000;
	test_int(fake_run(do_poll, __NR_poll, G(p), 1, USUAL_MS, 0, 0, 0), CALL_PARK, "the kernel calls again");
	test_int(fake_call.deadline_ns, start, "for the same moment");
	test_int(fake_run(do_poll, __NR_poll, 0, 0, USUAL_MS, 0, 0, 0), CALL_PARK, "poll of nothing sleeps");
	test_int(fake_call.cond.kind, COND_NONE, "waiting for time alone");
	test_int(fake_value(fake_timeout()), 0, "and wakes");
	test_int(fake_value(fake_run(do_poll, __NR_poll, 8, 3, USUAL_MS, 0, 0, 0)), -EFAULT, "bad address");
	p[0].fd = 999;
	test_int(fake_value(fake_run(do_poll, __NR_poll, G(p), 1, USUAL_MS, 0, 0, 0)), 1, "a closed descriptor is an event");
	test_int(p[0].revents, POLLNVAL, "POLLNVAL");
}

static void ppoll_tests(void)
{
	struct pollfd p = { .fd = in, .events = POLLIN };
	int64_t ts[2] = { 2, 5 }, bad[2] = { 0, NSEC };
	uint64_t mask = 1;

	test_int(fake_run(do_ppoll, __NR_ppoll, G(&p), 1, G(ts), G(&mask), 8, 0), CALL_PARK, "ppoll parks");
	test_int(fake_world->tasks[0].have_mask, 1, "with its mask");
	fake_world->now_ns += NSEC;
	fill();
	test_int(fake_value(fake_again(true, false)), 1, "is ready");
	test_int(ts[0] * 10 + ts[1], 15, "remaining time is logical");
	test_int(fake_world->tasks[0].have_mask, 0, "the mask is gone");
	empty();
	test_int(fake_value(fake_run(do_ppoll, __NR_ppoll, G(&p), 1, G(bad), 0, 0, 0)), -EINVAL, "bad nanoseconds");
	test_int(fake_value(fake_run(do_ppoll, __NR_ppoll, G(&p), 1, G(ts), G(&mask), 4, 0)), -EINVAL, "bad size of the mask");
	fake_signal = true;
	fake_signal_unless = 1;
	test_int(fake_run(do_ppoll, __NR_ppoll, G(&p), 1, G(ts), G(&mask), 8, 0), CALL_PARK, "a signal that the mask blocks does not end it");
	mask = 0;
	test_int(fake_again(true, false), CALL_PASS, "a signal that it does not block is the kernel's business");
	test_ok(fake_call.arg[2] != G(ts), "with a timeout that is ours");
	fake_signal = false;
	ts[0] = ts[1] = 0;
	test_int(fake_value(fake_run(do_ppoll, __NR_ppoll, G(&p), 1, G(ts), 0, 0, 0)), 0, "zero timeout");
}

static void select_tests(void)
{
	uint64_t r[2] = { 1ULL << in, 0 }, w[2] = { 0, 0 };
	int64_t tv[2] = { 1, 500000 }, ts[2] = { 1, 0 };

	test_int(fake_run(do_select, __NR_select, 128, G(r), G(w), 0, G(tv), 0), CALL_PARK, "select parks");
	test_int(fake_call.cond.kind == COND_FD && fake_call.cond.fd == in, 1, "on its only descriptor");
	test_int((long long)r[0], 1LL << in, "the sets stay while it waits");
	fake_world->now_ns += NSEC;
	fill();
	test_int(fake_value(fake_again(true, false)), 1, "is ready");
	test_int((long long)r[0], 1LL << in, "the set says so");
	test_int(tv[0] * 1000000 + tv[1], 500000, "the timeval holds the logical time left");
	empty();
	w[0] = 1ULL << in;
	test_int(fake_run(do_select, __NR_select, 128, G(r), 0, G(w), G(tv), 0), CALL_PARK, "with exceptional conditions");
	test_int(fake_call.cond.kind, COND_ANY, "any event is waited for");
	test_int(fake_value(fake_timeout()), 0, "timeout");
	test_int((long long)(r[0] | w[0]), 0, "the sets are empty after it");
	test_int(tv[0] + tv[1], 0, "no time is left");
	test_int(fake_value(fake_run(do_select, __NR_select, -1ULL, 0, 0, 0, G(tv), 0)), -EINVAL, "negative count");
	tv[0] = 3;
	test_int(fake_run(do_select, __NR_select, 0, 0, 0, 0, G(tv), 0), CALL_PARK, "select as sleep");
	test_int(fake_value(fake_timeout()), 0, "wakes");
	r[0] = 1ULL << 60;
	test_int(fake_value(fake_run(do_select, __NR_select, 64, G(r), 0, 0, 0, 0)), -EBADF, "bad descriptor");
	test_ok(r[0] == 1ULL << 60, "leaves the sets alone");
	r[0] = 1ULL << in;
	test_int(fake_run(do_pselect6, __NR_pselect6, 64, G(r), 0, 0, G(ts), 0), CALL_PARK, "pselect6 parks");
	test_int(fake_value(fake_timeout()), 0, "and ends");
	test_int(ts[0] + ts[1], 0, "with no time left");
}

static void epoll_tests(void)
{
	int e = epoll_create1(0);
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = 7 }, got[4];

	epoll_ctl(e, EPOLL_CTL_ADD, in, &ev);
	test_int(fake_run(do_epoll_wait, __NR_epoll_wait, (uint64_t)e, G(got), 4, -1ULL, 0, 0), CALL_PARK, "epoll_wait parks");
	test_int(fake_call.cond.fd, e, "on the epoll descriptor");
	fill();
	test_int(fake_value(fake_again(true, false)), 1, "is ready");
	test_int((long long)got[0].data.u64, 7, "with the right data");
	empty();
	test_int(fake_run(do_epoll_wait, __NR_epoll_wait, (uint64_t)e, G(got), 4, USUAL_MS, 0, 0), CALL_PARK, "with a timeout");
	test_int(fake_value(fake_timeout()), 0, "ends");
	test_int(fake_run(do_epoll_wait, __NR_epoll_pwait, (uint64_t)e, G(got), 4, USUAL_MS, 0, 8), CALL_PARK, "epoll_pwait without mask");
	fake_signal = true;
	test_int(fake_value(fake_again(true, false)), -EINTR, "a signal interrupts");
	fake_signal = false;
	test_int(fake_value(fake_run(do_epoll_wait, __NR_epoll_wait, (uint64_t)in, G(got), 4, 0, 0, 0)), -EINVAL, "not an epoll descriptor");
	close(e);
}

int main(void)
{
	int fds[2];

	fake_begin();
	if (pipe(fds) < 0)
		return 1;
	in = fds[0];
	out = fds[1];
	poll_tests();
	ppoll_tests();
	select_tests();
	epoll_tests();
	return test_end();
}
