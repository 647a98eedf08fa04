/* memory.c: calls on the address space. Freestanding. What the page cache holds and when memory is reclaimed is the host's: eliminated. */
#include "syscall/abi.h"
#include "syscall/fs.h"
#include "syscall/table.h"

#include <string.h>

/* Which addresses are mapped is a function of past calls: the kernel judges that (ENOMEM). Every mapped page is resident. */
enum outcome do_mincore(struct call *c)
{
	static const unsigned char resident[256] = { [0 ... 255] = 1 };
	uint64_t pages = c->arg[1] / 4096 + (c->arg[1] % 4096 != 0);
	int64_t r = x_original(c);

	for (uint64_t at = 0; r == 0 && at < pages;) {
		uint64_t part = pages - at < sizeof(resident) ? pages - at : sizeof(resident);

		if (x_write(c, c->arg[2] + at, resident, part) < 0)
			r = -EFAULT;
		at += part;
	}
	return done(c, r);
}

enum { ADVICE_NORMAL = 0, ADVICE_DONTNEED = 4, ADVICE_FREE = 8, ADVICE_REMOVE = 9, ADVICE_DONTFORK = 10, ADVICE_DOFORK = 11,
	ADVICE_DONTDUMP = 16, ADVICE_DODUMP = 17, ADVICE_WIPEONFORK = 18, ADVICE_KEEPONFORK = 19, ADVICE_PAGEOUT = 21,
	ADVICE_POPULATE_READ = 22, ADVICE_POPULATE_WRITE = 23, ADVICE_DONTNEED_LOCKED = 24 };

/* Advice about speed (which kernels may be built without) becomes MADV_NORMAL, which still checks the range. Lazy freeing
 * becomes freeing now: otherwise the host's memory pressure decides what the guest reads. Later advice is unknown to the canonical kernel. */
enum outcome do_madvise(struct call *c)
{
	uint32_t advice = (uint32_t)c->arg[2];

	if (advice == ADVICE_FREE)
		c->arg[2] = ADVICE_DONTNEED;
	else if (advice > ADVICE_DONTNEED_LOCKED || (advice > ADVICE_DONTNEED && advice < ADVICE_FREE))
		return done(c, -EINVAL);
	else if ((advice > ADVICE_DOFORK && advice < ADVICE_DONTDUMP) || (advice > ADVICE_KEEPONFORK && advice <= ADVICE_PAGEOUT))
		c->arg[2] = ADVICE_NORMAL;
	return CALL_PASS;
}

/* A shared writable mapping of a file: later stores are not seen, so the file counts as changed when it is mapped. */
static void note_shared(struct call *c)
{
	enum { WRITE = 2, ANONYMOUS = 0x20 };
	struct fd_stat st;

	c->w->shared_memory_seen = 1;
	if ((c->arg[2] & WRITE) && !(c->arg[3] & ANONYMOUS) && x_fd_stat(c, (int)c->arg[4], &st) == 0)
		fs_touch_fd(c, (int)c->arg[4], &st);
}

enum outcome do_mmap(struct call *c)
{
	enum { SHARED = 1 };

	if (c->arg[3] & SHARED)
		note_shared(c);
	return CALL_PASS;
}

enum outcome do_mprotect(struct call *c)
{
	(void)c;
	return CALL_PASS;
}

enum outcome do_mremap(struct call *c)
{
	(void)c;
	return CALL_PASS;
}
