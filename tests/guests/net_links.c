/* net_links: everything that the kernel says about interfaces and addresses, byte by byte: no time of the host, no count of packets, no
 * attribute that another kernel lacks. */
/* control: host */
#include "guest.h"
#include <linux/rtnetlink.h>
#include <sys/uio.h>

static char answer[65536];

static void ask(int s, int type)
{
	struct { struct nlmsghdr head; struct rtgenmsg what; } q = { .head = { .nlmsg_len = sizeof(q), .nlmsg_type = (uint16_t)type,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP, .nlmsg_seq = 7 } };
	struct nlmsghdr *m;
	int n;

	MUST(send(s, &q, sizeof(q), 0));
	for (;;) {
		/* Every way to read: the length first, then as the plain call, or into two pieces. */
		struct iovec v[2] = { { answer, 40 }, { answer + 40, sizeof(answer) - 40 } };
		int peeked = (int)MUST(recv(s, answer, 0, MSG_PEEK | MSG_TRUNC));

		n = (int)(type == RTM_GETLINK ? MUST(read(s, answer, sizeof(answer))) : MUST(readv(s, v, 2)));
		CHECK(peeked >= 20);
		/* All of the buffer: what was left out does not lie behind the end, either. */
		printf("%d bytes %016" PRIx64 "\n", n, hash_add(0, answer, sizeof(answer)));
		for (m = (struct nlmsghdr *)(void *)answer; NLMSG_OK(m, (unsigned)n); m = NLMSG_NEXT(m, n)) {
			printf("  type %u, %u bytes\n", m->nlmsg_type, m->nlmsg_len);
			if (m->nlmsg_type == NLMSG_DONE || m->nlmsg_type == NLMSG_ERROR)
				return;
		}
		CHECK(n == 0);
	}
}

int main(void)
{
	int s = (int)MUST(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));

	ask(s, RTM_GETLINK);
	ask(s, RTM_GETADDR);
	ask(s, RTM_GETROUTE);
	return 0;
}
