/* hostile_net: no raw packets, no way to the host's loopback or abstract sockets. "serve" is the host's side: it listens on an
 * abstract unix socket and a TCP port, prints the port and waits. "scope": can this kernel close abstract sockets on a shared
 * network? Argument otherwise: that port. */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "hostile_common.h"

static const char NAME[] = "\0detbuild-hostile-socket";

static socklen_t unix_address(struct sockaddr_un *a)
{
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	memcpy(a->sun_path, NAME, sizeof(NAME));
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof(NAME));
}

static int serve(void)
{
	struct sockaddr_un ua;
	struct sockaddr_in ia = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = unix_address(&ua), in = sizeof(ia);
	int u = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), t = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(u, (struct sockaddr *)&ua, n) < 0 || listen(u, 4) < 0 || bind(t, (struct sockaddr *)&ia, in) < 0 || listen(t, 4) < 0)
		return 1;
	getsockname(t, (struct sockaddr *)&ia, &in);
	printf("%u\n", ntohs(ia.sin_port));
	fclose(stdout);
	sleep(60);
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_un ua;
	struct sockaddr_in ia = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = unix_address(&ua);

	if (argc > 1 && !strcmp(argv[1], "serve"))
		return serve();
	if (argc > 1 && !strcmp(argv[1], "scope")) /* Landlock's version 6 knows abstract sockets */
		return syscall(444 /* landlock_create_ruleset */, NULL, 0, 1) < 6;
	verdict(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) >= 0, "raw socket");
	verdict(socket(AF_PACKET, SOCK_RAW, htons(3)) >= 0, "packet socket");
	verdict(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&ua, n) == 0, "abstract socket");
	if (argc > 1) {
		ia.sin_port = htons((uint16_t)atoi(argv[1]));
		verdict(connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&ia, sizeof(ia)) == 0, "loopback of the host");
	}
	ia.sin_port = htons(53);
	ia.sin_addr.s_addr = htonl(0x08080808);
	verdict(connect(socket(AF_INET, SOCK_DGRAM, 0), (struct sockaddr *)&ia, sizeof(ia)) == 0, "outside");
	return escapes != 0;
}
