/* net_linger: SO_LINGER as it was set, and a close with unsent data while the peer reads nothing yet. */
/* control: same */
/* expect:
new: off 0
set: on 3600
zero: on 0
off: off 0
passed on: on 3600
all that was sent arrived, then the end
*/
#include "guest.h"
#include <netinet/in.h>

static int from;
static long got;
static volatile bool closed;

static void show(const char *what, int fd)
{
	struct linger l;
	socklen_t n = sizeof l;

	MUST(getsockopt(fd, SOL_SOCKET, SO_LINGER, &l, &n));
	CHECK(n == sizeof l);
	printf("%s: %s %d\n", what, l.l_onoff ? "on" : "off", l.l_linger);
}

static void set(int fd, int on, int seconds)
{
	struct linger l = {on, seconds};

	MUST(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l));
}

static void *reads_late(void *arg)
{
	static char buf[65536];
	ssize_t n;

	sleep_ns(50 * MS);
	if (getenv("TELL"))
		puts(closed ? "closed before anything was read" : "still closing");
	while ((n = read(from, buf, sizeof buf)) > 0)
		got += n;
	CHECK(n == 0);
	return arg;
}

int main(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof in;
	static char buf[65536];
	int server = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), to = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	long sent = 0;
	pthread_t t;

	show("new", to);
	set(to, 1, 3600);
	show("set", to);
	set(to, 1, 0);
	show("zero", to);
	set(to, 0, 7);
	set(server, 1, 3600);
	show("off", to);
	MUST(bind(server, (struct sockaddr *)&in, sizeof in));
	MUST(listen(server, 1));
	MUST(getsockname(server, (struct sockaddr *)&in, &n));
	MUST(connect(to, (struct sockaddr *)&in, sizeof in));
	from = (int)MUST(accept(server, NULL, NULL));
	show("passed on", from);
	set(to, 1, 3600);
	for (int k = 0; k < 4; k++) /* more than the receiver's first window, and less than any kernel takes */
		sent += MUST(send(to, buf, sizeof buf, MSG_DONTWAIT));
	pthread_create(&t, NULL, reads_late, NULL);
	MUST(close(to));
	closed = true;
	pthread_join(t, NULL);
	puts(sent == 4 * sizeof buf && got == sent ? "all that was sent arrived, then the end" : "BAD: some is missing");
	return 0;
}
