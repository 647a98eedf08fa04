/* pipe_poll_families: the same readiness through poll, select, epoll and their relatives, old numbers included; time left and masks. */
/* control: same */
#include "guest.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/signalfd.h>

static volatile sig_atomic_t got;
static void on_sig(int sig)
{
	got = sig;
}

static int pipe_[2];

static void select_raw(void)
{
	fd_set in, out;
	struct timeval tv = {0, 20000};

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(pipe_[0], &in);
	int64_t before = clock_ns(CLOCK_MONOTONIC);
	long r = syscall(SYS_select, pipe_[0] + 1, &in, NULL, NULL, &tv);
	printf("select, empty: %ld, in %d, left %ld.%ld, waited %d\n", r, FD_ISSET(pipe_[0], &in) != 0, (long)tv.tv_sec, (long)tv.tv_usec,
	       clock_ns(CLOCK_MONOTONIC) - before >= 20 * MS);
	MUST(write(pipe_[1], "x", 1));
	FD_SET(pipe_[0], &in);
	FD_SET(pipe_[1], &out);
	tv.tv_usec = 500000;
	r = syscall(SYS_select, pipe_[1] + 1, &in, &out, NULL, &tv);
	printf("select, full: %ld, in %d, out %d, time left %d\n", r, FD_ISSET(pipe_[0], &in) != 0, FD_ISSET(pipe_[1], &out) != 0, tv.tv_usec > 400000);
	printf("select of a closed one: ");
	FD_ZERO(&in);
	FD_SET(50, &in);
	printf("%s\n", outcome(syscall(SYS_select, 51, &in, NULL, NULL, NULL)));
}

static void epolls(void)
{
	int ep = (int)MUST(syscall(SYS_epoll_create, 1)), ep2 = (int)MUST(epoll_create1(EPOLL_CLOEXEC));
	struct epoll_event e = {.events = EPOLLIN, .data.u32 = 1}, back[4];
	struct timespec ts = {0, 10 * MS};
	sigset_t none, usr;

	sigemptyset(&none);
	sigemptyset(&usr);
	sigaddset(&usr, SIGUSR1);
	printf("epoll_create of size 0: %s\n", outcome(syscall(SYS_epoll_create, 0)));
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, pipe_[0], &e));
	MUST(epoll_ctl(ep2, EPOLL_CTL_ADD, ep, &e));
	printf("epoll_pwait: %d\n", epoll_pwait(ep, back, 4, -1, &none));
	printf("nested: %d\n", epoll_wait(ep2, back, 4, -1));
	char c;
	MUST(read(pipe_[0], &c, 1));
	printf("nested, empty: %d\n", epoll_wait(ep2, back, 4, 0));
	printf("epoll_pwait2, empty: %ld\n", syscall(SYS_epoll_pwait2, ep, back, 4, &ts, &none, 8L));
	ts.tv_nsec = NS;
	printf("epoll_pwait2, no time: %s\n", outcome(syscall(SYS_epoll_pwait2, ep, back, 4, &ts, &none, 8L)));
	/* A signal that is pending and blocked ends the waiting that unblocks it. */
	MUST(sigprocmask(SIG_BLOCK, &usr, NULL));
	MUST(raise(SIGUSR1));
	printf("epoll_pwait, signal: %s", outcome(epoll_pwait(ep, back, 4, -1, &none)));
	printf(" %d\n", got == SIGUSR1);
	got = 0;
	MUST(raise(SIGUSR1));
	ts.tv_nsec = MS;
	printf("ppoll, signal: %s", outcome(ppoll(NULL, 0, NULL, &none)));
	printf(" %d\n", got == SIGUSR1);
	got = 0;
	MUST(raise(SIGUSR1));
	printf("pselect, signal blocked: %d", pselect(0, NULL, NULL, NULL, &ts, &usr));
	printf(" %d\n", got == SIGUSR1);
	printf("pselect, signal: %s", outcome(pselect(0, NULL, NULL, NULL, &ts, &none)));
	printf(" %d\n", got == SIGUSR1);
	printf("a loop of sets: %s\n", outcome(epoll_ctl(ep, EPOLL_CTL_ADD, ep2, &e)));
	printf("a plain file: %s\n", outcome(epoll_ctl(ep, EPOLL_CTL_ADD, open(".", O_RDONLY), &e)));
}

/* Descriptors from calls that have newer brothers. */
static void old_numbers(void)
{
	sigset_t usr;
	uint64_t n = 3;
	struct signalfd_siginfo si;

	sigemptyset(&usr);
	sigaddset(&usr, SIGUSR1);
	int e = (int)MUST(syscall(SYS_eventfd, 2)), s = (int)MUST(syscall(SYS_signalfd, -1, &usr, 8L)), i = (int)MUST(syscall(SYS_inotify_init));
	printf("blocking: %d %d %d\n", fcntl(e, F_GETFL) & O_NONBLOCK, fcntl(s, F_GETFL) & O_NONBLOCK, fcntl(i, F_GETFL) & O_NONBLOCK);
	MUST(write(e, &n, sizeof(n)));
	MUST(read(e, &n, sizeof(n)));
	printf("eventfd: %d\n", (int)n);
	MUST(raise(SIGUSR1));
	MUST(read(s, &si, sizeof(si)));
	printf("signalfd: %d\n", si.ssi_signo == SIGUSR1);
	MUST(inotify_add_watch(i, ".", IN_CREATE));
	close((int)MUST(open("new", O_CREAT | O_WRONLY, 0600)));
	struct pollfd p = {.fd = i, .events = POLLIN};
	printf("inotify: %d\n", poll(&p, 1, -1));
}

int main(void)
{
	struct timespec ts = {0, 3 * MS}, left = {9, 9};

	handle(SIGUSR1, on_sig, 0);
	MUST(syscall(SYS_pipe, pipe_));
	int64_t before = clock_ns(CLOCK_MONOTONIC);
	printf("nanosleep: %s", outcome(syscall(SYS_nanosleep, &ts, &left)));
	printf(" %d %ld\n", clock_ns(CLOCK_MONOTONIC) - before >= 3 * MS, (long)left.tv_sec);
	select_raw();
	epolls();
	old_numbers();
	return 0;
}

/* expect:
nanosleep: ok 1 9
select, empty: 0, in 0, left 0.0, waited 1
select, full: 2, in 1, out 1, time left 1
select of a closed one: EBADF
epoll_create of size 0: EINVAL
epoll_pwait: 1
nested: 1
nested, empty: 0
epoll_pwait2, empty: 0
epoll_pwait2, no time: EINVAL
epoll_pwait, signal: EINTR 1
ppoll, signal: EINTR 1
pselect, signal blocked: 0 0
pselect, signal: EINTR 1
a loop of sets: ELOOP
a plain file: EPERM
blocking: 0 0 0
eventfd: 5
signalfd: 1
inotify: 1
*/
