/* inotify.c: file watches. Freestanding.
 *
 * Which events come, and in what order, is a function of past calls in a serialised world, and watch numbers count up in
 * their instance. Only the cookie that ties the two halves of a rename together is counted by the kernel for the whole host.
 * Invariant Y1: the same pair has the same number for every reader that reads it among the latest eight pairs. */
#include "syscall/inotify.h"

#include "syscall/abi.h"
#include "syscall/fs.h"
#include "syscall/table.h"

#include <string.h>

handler do_inotify_init, do_inotify_watch;

struct event { int32_t watch; uint32_t mask, cookie, len; };

enum { PAIRS_KEPT = 8 };

static uint32_t our_cookie(struct world *w, uint32_t theirs)
{
	uint32_t ours;

	for (int i = 0; i < PAIRS_KEPT; i++)
		if (w->cookies[i][0] == theirs)
			return w->cookies[i][1];
	ours = ++w->next_cookie;
	w->cookies[ours % PAIRS_KEPT][0] = theirs;
	w->cookies[ours % PAIRS_KEPT][1] = ours;
	return ours;
}

void inotify_edit(struct call *c, gaddr buf, uint64_t n)
{
	struct event e;

	for (uint64_t at = 0; at + sizeof e <= n; at += sizeof e + e.len) {
		if (x_read(c, buf + at, &e, sizeof e) < 0)
			return;
		if (!e.cookie)
			continue;
		e.cookie = our_cookie(c->w, e.cookie);
		if (x_write(c, buf + at, &e, sizeof e) < 0)
			return;
	}
}

/* inotify_init, inotify_init1. Result: a descriptor. From now on reads are looked at. */
enum outcome do_inotify_init(struct call *c)
{
	c->w->inotify_seen = 1;
	return CALL_PASS;
}

/* The number of the watch counts up in its instance. Input: whether the kernel has the file. */
enum outcome do_inotify_watch(struct call *c)
{
	return fs_hidden(c, 0) ? done(c, -ENOENT) : CALL_PASS;
}
