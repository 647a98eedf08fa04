/* netlink.c: what the kernel says about the box's network interface, addresses and routes (getifaddrs(3), if_nameindex(3)). Freestanding.
 *
 * Inputs of an answer: the interface, its addresses and routes, which are the same in every box (passed), times of their making since the
 * host's start, counts of packets (eliminated), and whatever else this kernel knows to tell (eliminated: only messages and attributes
 * named here stay, in one order). How an answer is cut into pieces is the kernel's version's: it comes as one, where the reader has room. */
#include "syscall/net.h"

#include <string.h>

enum { /* linux/netlink.h, linux/rtnetlink.h: three numbers and fixed layouts */
	HEADER = 16, FLAGS_AT = 6, ATTRIBUTE = 4, ATTRIBUTE_TYPE = 0x3fff, FLAG_CAPPED = 0x100, FLAG_ACK_TLVS = 0x200,
	TYPE_NOOP = 1, TYPE_ERROR = 2, TYPE_DONE = 3, TYPE_LINK = 16, TYPE_ADDRESS = 20, TYPE_ROUTE = 24,
	ERRNO = 4, FLAG_MULTI = 2,
	KEPT_MOST = 1024,           /* more than all that can be kept of one message here */
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

/* The attributes between `from` and `end` that are kept, in the order of their types: a kernel's own order is its version's. Where they
 * end. */
static size_t edit_attributes(const struct kind *k, uint8_t *m, size_t from, size_t end)
{
	uint8_t kept[KEPT_MOST];
	size_t to = 0;

	for (uint32_t type = 0; type < 64; type++)
		for (size_t at = from; k->kept & BIT(type) && at + ATTRIBUTE <= end; at += aligned(get16(m + at))) {
			size_t n = get16(m + at);

			if (n < ATTRIBUTE || n > end - at)
				break;
			if ((get16(m + at + 2) & ATTRIBUTE_TYPE) != type || aligned(n) > sizeof kept - to)
				continue;
			memset(kept + to, 0, aligned(n));
			memcpy(kept + to, m + at, n);
			to += aligned(edit_attribute(k->type, kept + to, n));
		}
	to = to < end - from ? to : end - from; /* the last one may have come without its padding */
	memcpy(m + from, kept, to);
	return from + to;
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

bool netlink_goes_on(const uint8_t *data, size_t n)
{
	size_t len, last = 0;

	for (size_t at = 0; at + HEADER <= n; at += aligned(len)) {
		len = get32(data + at);
		if (len < HEADER)
			break;
		last = at;
	}
	return n >= HEADER && (get16(data + last + FLAGS_AT) & FLAG_MULTI) && get16(data + last + 4) != TYPE_DONE;
}
