/* net_no_name: a connection whose address is none, and a listener that can be none, get no port; datagram sockets are named before anybody looks. */
/* control: same */
/* expect:
too short: EINVAL, no port
another family: EAFNOSUPPORT, no port
too short, v6: EINVAL, no port
to a group: ENETUNREACH, no port
a datagram socket, too long: EINVAL, no port
a datagram socket listens: EOPNOTSUPP, no port
a datagram socket connects to another family: EAFNOSUPPORT, a port
*/
#include "guest.h"

#include <netinet/in.h>

static void tell(const char *what, int fd, int r)
{
	const char *why = outcome(r);
	struct sockaddr_in6 a;
	socklen_t n = sizeof(a);

	MUST(getsockname(fd, (struct sockaddr *)&a, &n));
	printf("%s: %s, %s port\n", what, why, a.sin6_port ? "a" : "no");
}

int main(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(9) };
	struct sockaddr_in6 b = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback, .sin6_port = htons(9) };
	union {
		struct sockaddr_in a;
		char bytes[200];
	} far = { .a = a };
	int t = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), t6 = (int)MUST(socket(AF_INET6, SOCK_STREAM, 0)), u = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));

	tell("too short", t, connect(t, (struct sockaddr *)&a, 8));
	tell("another family", t, connect(t, (struct sockaddr *)&b, sizeof(b)));
	tell("too short, v6", t6, connect(t6, (struct sockaddr *)&b, 16));
	a.sin_addr.s_addr = htonl(INADDR_ALLHOSTS_GROUP);
	tell("to a group", t, connect(t, (struct sockaddr *)&a, sizeof(a)));
	tell("a datagram socket, too long", u, connect(u, (struct sockaddr *)&far, 200));
	tell("a datagram socket listens", u, listen(u, 1));
	tell("a datagram socket connects to another family", u, connect(u, (struct sockaddr *)&b, sizeof(b)));
	return 0;
}
