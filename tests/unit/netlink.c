/* What the kernel says over netlink: attributes that are kept, made constant, or left out; messages that do not make sense. */
#include <linux/rtnetlink.h>
#include <string.h>

#include "syscall/net.h"
#include "test.h"

static _Alignas(4) uint8_t data[1024];
static size_t used;

static void begin(int type, int flags, const void *fixed, size_t n)
{
	const struct nlmsghdr h = { .nlmsg_len = (uint32_t)(NLMSG_HDRLEN + n), .nlmsg_type = (uint16_t)type, .nlmsg_flags = (uint16_t)flags };

	memcpy(data + used, &h, sizeof(h));
	memcpy(data + used + NLMSG_HDRLEN, fixed, n);
	used += NLMSG_HDRLEN + n;
}

static void attribute(int type, const void *value, size_t n)
{
	const struct rtattr a = { .rta_len = (unsigned short)RTA_LENGTH(n), .rta_type = (unsigned short)type };

	memset(data + used, 0xee, RTA_SPACE(n));
	memcpy(data + used, &a, sizeof(a));
	memcpy(data + used + sizeof(a), value, n);
	used += RTA_SPACE(n);
}

static void end(size_t from)
{
	uint32_t n = (uint32_t)(used - from);

	memcpy(data + from, &n, sizeof(n));
}

static void test_links(void)
{
	const uint8_t info[16] = { 0, 0, 4, 3, 1 }, stats[100] = { 1, 2, 3 };
	struct nlmsghdr h;
	size_t n;

	used = 0;
	begin(RTM_NEWLINK, NLM_F_MULTI, info, sizeof(info));
	attribute(3, "lo", 3);             /* IFLA_IFNAME */
	attribute(14, stats, 32);          /* IFLA_MAP */
	attribute(7, stats, sizeof(stats));
	attribute(60, stats, 4);           /* one that Linux 6.1 does not have */
	end(0);
	n = netlink_edit(data, used);
	memcpy(&h, data, sizeof(h));
	test_int((long long)n, 16 + 16 + 8 + 100, "name and counts stay");
	test_int(h.nlmsg_len, (long long)n, "and the header says so");
	test_ok(netlink_goes_on(data, n), "and more comes");
	test_ok(!memcmp(data + 36, "lo", 3) && data[39] == 0, "the name, and no bytes from behind it");
	test_ok(data[40] == 100 && data[42] == 7 && !data[44] && !memcmp(data + 44, data + 45, 95), "counts are those of Linux 6.1, and none");
}

static void test_addresses(void)
{
	const uint8_t info[8] = { 2, 8, 0x80, 254, 1 }, loopback[4] = { 127, 0, 0, 1 };
	const uint32_t times[4] = { 0xffffffff, 0xffffffff, 123, 456 };
	uint32_t seen[4];

	used = 0;
	begin(RTM_NEWADDR, NLM_F_MULTI, info, sizeof(info));
	attribute(1, loopback, sizeof(loopback));
	attribute(6, times, sizeof(times));
	end(0);
	test_int((long long)netlink_edit(data, used), (long long)used, "all of it stays");
	memcpy(seen, data + 24 + 8 + 4, sizeof(seen));
	test_ok(seen[0] == times[0] && seen[1] == times[1] && !seen[2] && !seen[3], "lifetimes stay, times of making do not");
}

static void test_ends(void)
{
	const uint8_t error[40] = { 0xff, 0xff, 0xff, 0xff };
	struct nlmsghdr h;

	used = 0;
	begin(RTM_NEWNEIGH, NLM_F_MULTI, error, 12);
	begin(NLMSG_ERROR, 0x200, error, sizeof(error));
	test_int((long long)netlink_edit(data, used), 36, "a message of another kind goes; an error is cut to its number");
	memcpy(&h, data, sizeof(h));
	test_ok(h.nlmsg_type == NLMSG_ERROR && h.nlmsg_len == 36 && h.nlmsg_flags == 0x100, "the error");
	used = 0;
	begin(RTM_NEWNEIGH, NLM_F_MULTI, error, 12);
	test_int((long long)netlink_edit(data, used), 16, "when none is left");
	memcpy(&h, data, sizeof(h));
	test_ok(h.nlmsg_type == NLMSG_NOOP && h.nlmsg_len == 16, "there is an empty one");
}

static void test_pieces(void)
{
	const uint8_t info[16] = { 0 };

	used = 0;
	begin(RTM_NEWLINK, NLM_F_MULTI, info, sizeof(info));
	attribute(4, info, 4);
	attribute(3, "lo", 3);
	end(0);
	(void)netlink_edit(data, used);
	test_ok(data[34] == 3 && data[42] == 4, "attributes stand in the order of their types");
	begin(NLMSG_DONE, NLM_F_MULTI, info, 4);
	test_ok(!netlink_goes_on(data, used), "the end is the end");
	test_ok(!netlink_goes_on(data, 15) && !netlink_goes_on(data, 0), "as is nothing");
}

static void test_nonsense(void)
{
	uint8_t *p = data;
	uint64_t random = 88172645463325252u;

	used = 0;
	begin(RTM_NEWLINK, 0, data, 16);
	data[0] = 255;
	test_int((long long)netlink_edit(data, used), 16, "longer than what came: an empty one");
	data[4] = RTM_NEWLINK;
	data[0] = 15;
	test_int((long long)netlink_edit(data, used), 16, "shorter than a header: the same");
	for (int round = 0; round < 20000; round++) {
		size_t n = (size_t)(random % sizeof(data)), kept;

		for (size_t i = 0; i < n; i++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			p[i] = (i & 3) == 0 ? (uint8_t)(random % 40) : (random & 0x700) ? 0 : (uint8_t)random;
		}
		kept = netlink_edit(p, n);
		(void)netlink_goes_on(p, kept);
		if (kept > n) {
			test_ok(false, "never longer than it was");
			return;
		}
	}
	test_ok(true, "never longer than it was");
}

int main(void)
{
	test_links();
	test_addresses();
	test_ends();
	test_pieces();
	test_nonsense();
	return test_end();
}
