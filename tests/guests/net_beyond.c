/* net_beyond: there is nothing beyond the loopback device, and no daemon of the host's; names come from files. */
/* control: host */
#include "guest.h"

#include <arpa/inet.h>
#include <grp.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/un.h>

static void inet(const char *what, int type, const char *address)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(9)};
	int s = socket(AF_INET, type | SOCK_NONBLOCK, 0), on = 1;

	inet_pton(AF_INET, address, &a.sin_addr);
	setsockopt(s, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	printf("%s %s: %s\n", what, address, outcome(connect(s, (struct sockaddr *)&a, sizeof(a))));
	close(s);
}

static void unix_(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(a.sun_path, path, sizeof(a.sun_path) - 1);
	printf("%s: %s\n", path, outcome(connect(s, (struct sockaddr *)&a, sizeof(a))));
	close(s);
}

int main(void)
{
	static const struct { const char *name; int family, type, protocol; } kinds[] = {
		{"raw", AF_INET, SOCK_RAW, IPPROTO_ICMP}, {"ping", AF_INET, SOCK_DGRAM, IPPROTO_ICMP}, {"packet", AF_PACKET, SOCK_RAW, 0},
		{"netfilter", AF_NETLINK, SOCK_RAW, 12}, {"uevent", AF_NETLINK, SOCK_RAW, 15}, {"vsock", AF_VSOCK, SOCK_STREAM, 0},
		{"bluetooth", AF_BLUETOOTH, SOCK_RAW, 0}, {"crypto", 38, SOCK_SEQPACKET, 0}, {"sctp", AF_INET, SOCK_STREAM, 132},
	};
	struct ifaddrs *list = NULL;

	inet("tcp", SOCK_STREAM, "192.0.2.1");
	inet("tcp", SOCK_STREAM, "10.0.0.1");
	inet("udp", SOCK_DGRAM, "192.0.2.1");
	inet("udp", SOCK_DGRAM, "255.255.255.255");
	inet("udp", SOCK_DGRAM, "224.0.0.1");
	inet("udp", SOCK_DGRAM, "127.0.0.1");
	inet("udp", SOCK_DGRAM, "127.9.9.9");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		printf("%s socket: %s\n", kinds[i].name, outcome(socket(kinds[i].family, kinds[i].type, kinds[i].protocol)));
	unix_("/run/nscd/socket");
	unix_("/var/lib/sss/pipes/nss");
	unix_("/run/dbus/system_bus_socket");
	unix_("/tmp/.X11-unix/X0");
	unix_("/run/systemd/journal/socket");
	if (getifaddrs(&list) == 0)
		for (struct ifaddrs *i = list; i; i = i->ifa_next)
			printf("interface %s %x family %d\n", i->ifa_name, i->ifa_flags & (IFF_UP | IFF_LOOPBACK), i->ifa_addr ? i->ifa_addr->sa_family : -1);
	struct passwd *p = getpwnam("root");
	struct group *g = getgrgid(0);
	struct hostent *h = gethostbyname("localhost");
	printf("root %d, group %s, localhost %s\n", p ? (int)p->pw_uid : -1, g ? g->gr_name : "-", h ? inet_ntoa(*(struct in_addr *)h->h_addr_list[0]) : "-");
	char name[65] = "";
	gethostname(name, sizeof(name));
	printf("host %s\n", name);
	return 0;
}
