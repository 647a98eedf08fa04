/* net_host: network interfaces, routes and names: only a loopback, nobody outside. */
/* control: host */
#include "guest.h"
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>

int main(void)
{
	struct ifaddrs *list = NULL;
	printf("getifaddrs %s\n", outcome(getifaddrs(&list)));
	for (struct ifaddrs *i = list; i; i = i->ifa_next)
		printf("%s family %d flags %x\n", i->ifa_name, i->ifa_addr ? i->ifa_addr->sa_family : -1, i->ifa_flags & IFF_UP);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(53), .sin_addr.s_addr = htonl(0x01010101)};
	int s = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	int r = connect(s, (struct sockaddr *)&a, sizeof(a));
	printf("a route to outside: %s\n", outcome(r));
	char b[4096];
	printf("resolv.conf %016" PRIx64 "\n", slurp("/etc/resolv.conf", b, sizeof(b)) < 0 ? 0 : hash_add(0, b, strlen(b)));
	printf("raw: %s packet: %s\n", outcome(socket(AF_INET, SOCK_RAW, 1)), outcome(socket(AF_PACKET, SOCK_RAW, 0)));
	printf("netlink audit: %s vsock: %s\n", outcome(socket(AF_NETLINK, SOCK_RAW, 9)), outcome(socket(AF_VSOCK, SOCK_STREAM, 0)));
	return 0;
}
