/* netlink.c: what the kernel says about the box's network interface, addresses and routes (getifaddrs(3), if_nameindex(3)). Freestanding.
 *
 * Inputs of an answer: the interface, its addresses and routes, which are the same in every box (passed), times of their making since the
 * host's start, counts of packets (eliminated), and whatever else this kernel knows to tell (eliminated: only messages and attributes
 * named here stay). Which messages come together in one piece is the kernel's: for those named here all since Linux 6.1 do the same. */
#include "syscall/net.h"

#include <string.h>

enum { /* linux/netlink.h, linux/rtnetlink.h: three numbers and fixed layouts */
	HEADER = 16, FLAGS_AT = 6, ATTRIBUTE = 4, ATTRIBUTE_TYPE = 0x3fff, FLAG_CAPPED = 0x100, FLAG_ACK_TLVS = 0x200,
	TYPE_NOOP = 1, TYPE_ERROR = 2, TYPE_DONE = 3, TYPE_LINK = 16, TYPE_ADDRESS = 20, TYPE_ROUTE = 24,
	ERRNO = 4,
	LINK_STATS = 7, LINK_STATS_BYTES = 96 /* struct rtnl_link_stats of Linux 6.1 */,
	ADDRESS_TIMES = 6, ADDRESS_STAMPS_AT = 8 /* struct ifa_cacheinfo: two lifetimes, then two times */,
};
#define BIT(n) (UINT64_C(1) << (n))

static const struct kind { uint16_t type, fixed; uint64_t kept; } kinds[] = {
	/* ifinfomsg: ADDRESS BROADCAST IFNAME MTU QDISC STATS TXQLEN OPERSTATE LINKMODE */
	{ TYPE_LINK, 16, BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(6) | BIT(LINK_STATS) | BIT(13) | BIT(16) | BIT(17) },
	/* ifaddrmsg: ADDRESS LOCAL LABEL BROADCAST ANYCAST CACHEINFO FLAGS */
	{ TYPE_ADDRESS, 8, BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(ADDRESS_TIMES) | BIT(8) },
	/* rtmsg: DST SRC IIF OIF GATEWAY PRIORITY PREFSRC TABLE PREF */
	{ TYPE_ROUTE, 12, BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(7) | BIT(15) | BIT(20) },
};

static uint16_t get16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }
static uint32_t get32(const uint8_t *p) { return get16(p) | (uint32_t)get16(p + 2) << 16; }
static void put16(uint8_t *p, size_t v) { p[0] = (uint8_t)v; p[1] = (uint8_t)(v >> 8); }
static void put32(uint8_t *p, size_t v) { put16(p, v); put16(p + 2, v >> 16); }
static size_t aligned(size_t n) { return (n + 3) & ~(size_t)3; }

/* One attribute of n bytes with its header; how many of them stay. */
static size_t edit_attribute(uint16_t type, uint8_t *a, size_t n)
{
	size_t stamps = ATTRIBUTE + ADDRESS_STAMPS_AT;

	if (type == TYPE_LINK && (get16(a + 2) & ATTRIBUTE_TYPE) == LINK_STATS) {
		n = n < ATTRIBUTE + LINK_STATS_BYTES ? n : ATTRIBUTE + LINK_STATS_BYTES;
		memset(a + ATTRIBUTE, 0, n - ATTRIBUTE);
	}
	if (type == TYPE_ADDRESS && (get16(a + 2) & ATTRIBUTE_TYPE) == ADDRESS_TIMES && n > stamps)
		memset(a + stamps, 0, n - stamps);
	put16(a, n);
	return n;
}

/* The attributes between `from` and `end`, those that are kept moved together. Where they end. */
static size_t edit_attributes(const struct kind *k, uint8_t *m, size_t from, size_t end)
{
	size_t to = from;

	while (from + ATTRIBUTE <= end) {
		size_t n = get16(m + from), next = from + aligned(n);
		uint32_t type = get16(m + from + 2) & ATTRIBUTE_TYPE;

		if (n < ATTRIBUTE || n > end - from)
			break;
		if (type < 64 && (k->kept & BIT(type))) {
			memmove(m + to, m + from, n);
			n = edit_attribute(k->type, m + to, n);
			memset(m + to + n, 0, aligned(n) - n); /* there is room: what was read was as long */
			to += aligned(n);
		}
		from = next;
	}
	return to;
}

/* The kernel's explanations in words, and what it repeats of the question, differ: the errno stays. */
static size_t edit_end(uint8_t *m, size_t n)
{
	size_t keep = HEADER + ERRNO;

	if (get16(m + 4) == TYPE_ERROR) {
		keep += HEADER;
		put16(m + FLAGS_AT, (size_t)((get16(m + FLAGS_AT) & ~FLAG_ACK_TLVS) | FLAG_CAPPED));
	} else {
		put16(m + FLAGS_AT, (size_t)(get16(m + FLAGS_AT) & ~FLAG_ACK_TLVS));
	}
	return n < keep ? n : keep;
}

/* A message of n bytes; how many of them stay, 0: it is none that guests see. */
static size_t edit_message(uint8_t *m, size_t n)
{
	uint16_t type = get16(m + 4);

	if (type == TYPE_NOOP)
		return HEADER;
	if (type == TYPE_ERROR || type == TYPE_DONE)
		return edit_end(m, n);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (kinds[i].type == type && n >= (size_t)HEADER + kinds[i].fixed)
			return edit_attributes(&kinds[i], m, (size_t)HEADER + kinds[i].fixed, n);
	return 0;
}

size_t netlink_edit(uint8_t *data, size_t n)
{
	size_t from = 0, to = 0;

	while (from + HEADER <= n) {
		size_t len = get32(data + from), kept;

		if (len < HEADER || len > n - from)
			break;
		memmove(data + to, data + from, len);
		kept = edit_message(data + to, len);
		if (kept)
			put32(data + to, kept);
		to += aligned(kept) < len ? aligned(kept) : kept;
		from += aligned(len);
		if (from > n)
			break;
	}
	if (to || n < HEADER)
		return to;
	put32(data, HEADER); /* an empty message, which readers skip; no bytes at all would be an end */
	put16(data + 4, TYPE_NOOP);
	return HEADER;
}
