/* time_waits: every call with a time-out waits as long as it says, and not at all when it says 0. */
/* control: same */
#include "guest.h"

#include <linux/futex.h>
#include <mqueue.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sem.h>

enum { SHORT = 30 };
static int64_t began;

static void begin(void)
{
	began = clock_ns(CLOCK_MONOTONIC);
}

static void end(const char *what, long r, bool waits)
{
	int e = errno;
	int64_t took = clock_ns(CLOCK_MONOTONIC) - began;

	printf("%s: %ld %s, %s\n", what, r, r < 0 ? strerrorname_np(e) : "-", waits ? (took >= SHORT * MS ? "waited" : "too short") : took < SHORT * MS ? "at once" : "too long");
}

int main(void)
{
	struct timespec t = {0, SHORT * MS}, zero = {0, 0}, until;
	struct timeval tv;
	struct epoll_event e;
	sigset_t s;
	sem_t sem;
	int p[2], ep = epoll_create1(0);
	fd_set set;

	MUST(pipe(p));
	struct pollfd f = {.fd = p[0], .events = POLLIN};
	sigemptyset(&s);
	sigaddset(&s, SIGUSR1);
	sigprocmask(SIG_BLOCK, &s, NULL);
	begin();
	end("sigtimedwait", sigtimedwait(&s, NULL, &t), true);
	begin();
	end("sigtimedwait 0", sigtimedwait(&s, NULL, &zero), false);
	begin();
	end("sigtimedwait, bad", sigtimedwait(&s, NULL, &(struct timespec){0, -1}), false);
	begin();
	end("poll", poll(&f, 1, SHORT), true);
	begin();
	end("poll 0", poll(&f, 1, 0), false);
	begin();
	end("poll of nothing", poll(NULL, 0, SHORT), true);
	begin();
	end("ppoll", ppoll(&f, 1, &t, &s), true);
	FD_ZERO(&set);
	FD_SET(p[0], &set);
	tv = (struct timeval){0, SHORT * 1000};
	begin();
	end("select", select(p[0] + 1, &set, NULL, NULL, &tv), true);
	FD_SET(p[0], &set);
	begin();
	end("pselect", pselect(p[0] + 1, &set, NULL, NULL, &t, &s), true);
	begin();
	end("epoll_wait", epoll_wait(ep, &e, 1, SHORT), true);
	begin();
	end("epoll_wait 0", epoll_wait(ep, &e, 1, 0), false);
	begin();
	end("futex", syscall(SYS_futex, &(int){5}, FUTEX_WAIT, 5, &t, NULL, 0), true);
	begin();
	end("futex, other value", syscall(SYS_futex, &(int){5}, FUTEX_WAIT, 6, &t, NULL, 0), false);
	sem_init(&sem, 0, 0);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += SHORT * MS;
	until.tv_sec += until.tv_nsec / NS;
	until.tv_nsec %= NS;
	begin();
	end("sem_timedwait", sem_timedwait(&sem, &until), true);
	begin();
	end("sem_timedwait, past", sem_timedwait(&sem, &until), false);
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t c = PTHREAD_COND_INITIALIZER;
	pthread_mutex_lock(&m);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	began = clock_ns(CLOCK_MONOTONIC) + (1000 - SHORT) * MS;
	errno = pthread_cond_timedwait(&c, &m, &until);
	end("pthread_cond_timedwait", -1, true);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += SHORT * MS;
	until.tv_sec += until.tv_nsec / NS;
	until.tv_nsec %= NS;
	begin();
	errno = pthread_mutex_clocklock(&m, CLOCK_MONOTONIC, &until);
	end("pthread_mutex_clocklock", -1, true);
	/* A loop on a clock ends. */
	begin();
	long n = 0;
	while (clock_ns(CLOCK_REALTIME_COARSE) == clock_ns(CLOCK_REALTIME_COARSE) && n < 100000000)
		n++;
	while (clock_ns(CLOCK_MONOTONIC) - began < SHORT * MS)
		n++;
	end("polling", 0, true);
	return 0;
}

/* expect:
sigtimedwait: -1 EAGAIN, waited
sigtimedwait 0: -1 EAGAIN, at once
sigtimedwait, bad: -1 EINVAL, at once
poll: 0 -, waited
poll 0: 0 -, at once
poll of nothing: 0 -, waited
ppoll: 0 -, waited
select: 0 -, waited
pselect: 0 -, waited
epoll_wait: 0 -, waited
epoll_wait 0: 0 -, at once
futex: -1 ETIMEDOUT, waited
futex, other value: -1 EAGAIN, at once
sem_timedwait: -1 ETIMEDOUT, waited
sem_timedwait, past: -1 ETIMEDOUT, at once
pthread_cond_timedwait: -1 ETIMEDOUT, waited
pthread_mutex_clocklock: -1 ETIMEDOUT, waited
polling: 0 -, waited
*/
