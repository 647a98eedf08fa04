/* pipe_epoll_modes: level, edge, one-shot, exclusive; order of events; sets in sets; changes while somebody waits; closed descriptors. */
/* control: same */
#include "guest.h"

#include <sys/epoll.h>

static int p[3][2], ep;

static void waits(const char *what)
{
	struct epoll_event e[8];
	int n = epoll_wait(ep, e, 8, 0);

	printf("%s:", what);
	for (int i = 0; i < n; i++)
		printf(" %u:%x", e[i].data.u32, e[i].events);
	printf("%s\n", n == 0 ? " none" : n < 0 ? outcome(n) : "");
}

static void watch(int op, int i, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.u32 = (uint32_t)i};

	MUST(epoll_ctl(ep, op, p[i][0], &e));
}

static void put(int i)
{
	MUST(write(p[i][1], "xx", 2));
}

static void get(int i, int n)
{
	char b[8];

	MUST(read(p[i][0], b, (size_t)n));
}

static void *waker(void *x)
{
	(void)x;
	sleep_ns(5 * MS);
	watch(EPOLL_CTL_ADD, 2, EPOLLIN);
	return NULL;
}

int main(void)
{
	struct epoll_event e, out[4];
	pthread_t t;

	ep = (int)MUST(epoll_create1(0));
	for (int i = 0; i < 3; i++)
		MUST(pipe(p[i]));
	watch(EPOLL_CTL_ADD, 0, EPOLLIN);
	watch(EPOLL_CTL_ADD, 1, EPOLLIN | EPOLLET);
	watch(EPOLL_CTL_ADD, 2, EPOLLIN | EPOLLONESHOT);
	waits("nothing");
	put(2);
	put(0);
	put(1);
	waits("in the order of readiness");
	waits("only the level stays");
	put(1);
	put(2);
	waits("an edge again, no second shot");
	watch(EPOLL_CTL_MOD, 2, EPOLLIN | EPOLLONESHOT);
	waits("armed again");
	get(1, 1);
	waits("reading is no edge");
	watch(EPOLL_CTL_MOD, 1, EPOLLIN | EPOLLET);
	waits("a change is");
	get(0, 2);
	waits("level gone");
	close(p[0][1]);
	waits("hung up");
	int d = dup(p[0][0]);
	close(p[0][0]);
	waits("closed, but open elsewhere");
	close(d);
	waits("closed");
	printf("twice: ");
	e.events = EPOLLIN;
	printf("%s\n", outcome(epoll_ctl(ep, EPOLL_CTL_ADD, p[1][0], &e)));
	MUST(epoll_ctl(ep, EPOLL_CTL_DEL, p[2][0], NULL));
	printf("not there: %s\n", outcome(epoll_ctl(ep, EPOLL_CTL_MOD, p[2][0], &e)));

	/* A set in a set, and an addition that ends somebody's waiting. */
	int outer = (int)MUST(epoll_create1(0));
	e.data.u32 = 77;
	MUST(epoll_ctl(outer, EPOLL_CTL_ADD, ep, &e));
	MUST(pthread_create(&t, NULL, waker, NULL));
	int n = (int)MUST(epoll_wait(outer, out, 4, -1));
	printf("outer: %d %u\n", n, out[0].data.u32);
	pthread_join(t, NULL);
	waits("inner");
	get(2, 4);

	/* Exclusive waiters: one byte, one of them. */
	int q[2], sets[2];
	MUST(pipe(q));
	pid_t c[2];
	for (int i = 0; i < 2; i++) {
		sets[i] = (int)MUST(epoll_create1(0));
		e.events = EPOLLIN | EPOLLEXCLUSIVE;
		MUST(epoll_ctl(sets[i], EPOLL_CTL_ADD, q[0], &e));
		c[i] = (pid_t)MUST(fork());
		if (c[i] == 0) {
			char b;
			fcntl(q[0], F_SETFL, O_NONBLOCK);
			while (epoll_wait(sets[i], out, 1, -1) == 1 && read(q[0], &b, 1) != 1)
				;
			_exit(0);
		}
	}
	sleep_ns(5 * MS);
	MUST(write(q[1], "x", 1));
	sleep_ns(5 * MS);
	int alive = (kill(c[0], 0) == 0 && waitpid(c[0], NULL, WNOHANG) == 0) + (waitpid(c[1], NULL, WNOHANG) == 0);
	printf("still waiting: %d\n", alive);
	MUST(write(q[1], "x", 1));
	while (wait(NULL) > 0)
		;
	printf("modified exclusively: ");
	e.events = EPOLLIN | EPOLLEXCLUSIVE;
	printf("%s\n", outcome(epoll_ctl(sets[0], EPOLL_CTL_MOD, q[0], &e)));
	return 0;
}

/* expect:
nothing: none
in the order of readiness: 2:1 0:1 1:1
only the level stays: 0:1
an edge again, no second shot: 0:1 1:1
armed again: 0:1 2:1
reading is no edge: 0:1
a change is: 0:1 1:1
level gone: none
hung up: 0:10
closed, but open elsewhere: 0:10
closed: none
twice: EEXIST
not there: ENOENT
outer: 1 77
inner: 2:1
still waiting: 1
modified exclusively: EINVAL
*/
