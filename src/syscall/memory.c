/* memory.c: calls on the address space. Freestanding. What the page cache holds and when memory is reclaimed is the host's: eliminated.
 * Where large mappings lie is model/layout.c's choice. */
#include "syscall/abi.h"
#include "model/layout.h"
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

enum { WRITE = 2, EXEC = 4, TYPE = 3, PRIVATE = 2, ANONYMOUS = 0x20 };

/* A shared writable mapping of a file: later stores are not seen, so the file counts as changed when it is mapped. */
static void note_shared(struct call *c)
{
	struct fd_stat st;

	c->w->shared_memory_seen = 1;
	if ((c->arg[2] & WRITE) && !(c->arg[3] & ANONYMOUS) && x_fd_stat(c, (int)c->arg[4], &st) == 0)
		fs_touch_fd(c, (int)c->arg[4], &st);
}

/* ---- addresses ----------------------------------------------------------------------------------------------------- */

/* Where a mapping of len bytes goes; a negative errno when there is no room for it or the kernel should say what is wrong. */
static int64_t place(struct call *c, uint64_t hint, uint64_t len, bool low)
{
	const struct proc *p = world_proc(c->w, c->task);
	struct layout_request r = { .len = (len + LAYOUT_PAGE - 1) & ~(uint64_t)(LAYOUT_PAGE - 1), .hint = hint, .low = low,
		.base = p->mmap_base ? p->mmap_base : layout_base(8 << 20) };
	struct span *spans;
	int64_t n = x_spans(c, c->w->grows_down_seen, &spans);
	uint64_t at = n < 0 || !r.len ? LAYOUT_NOWHERE : layout_find(spans, (size_t)n, &r);

	return at == LAYOUT_NOWHERE ? -ENOMEM : (int64_t)at;
}

enum { SHARED = 1, SHARED_VALIDATE = 3, MAP_TYPES = 15, FIXED = 0x10, LOW_2G = 0x40, GROWS_DOWN = 0x100, HUGE = 0x40000, FIXED_NOREPLACE = 0x100000 };

static bool is_large(uint64_t len)
{
	return len > LAYOUT_LARGE - LAYOUT_PAGE && !(len >> 63);
}

static bool is_ours_to_place(const struct call *c)
{
	return !c->w->aslr && !(c->arg[3] & (FIXED | FIXED_NOREPLACE)) && is_large(c->arg[1]);
}

/* Code that compilers at run time write into memory which is executable already: it is looked at when it runs for the first time. */
static enum outcome map_fresh_code(struct call *c)
{
	c->arg[2] &= ~(uint64_t)EXEC;
	world_proc(c->w, c->task)->fresh_code = 1;
	return CALL_PASS;
}

enum outcome do_mmap(struct call *c)
{
	uint64_t flags = c->arg[3];
	int64_t at;
	bool code;

	if (flags & HUGE) /* none are set aside in the canonical machine */
		return done(c, -ENOMEM);
	if (flags & GROWS_DOWN)
		c->w->grows_down_seen = 1;
	if (flags & SHARED)
		note_shared(c);
	if (is_ours_to_place(c)) {
		at = place(c, c->arg[0], c->arg[1], flags & LOW_2G);
		if (at < 0)
			return done(c, at);
		c->arg[0] = (uint64_t)at;
		c->arg[3] |= (flags & MAP_TYPES) == SHARED_VALIDATE ? FIXED : FIXED_NOREPLACE; /* the former knows no new flags */
	}
	if ((c->arg[2] & EXEC) && (c->arg[2] & WRITE) && (flags & TYPE) == PRIVATE && (flags & ANONYMOUS))
		return map_fresh_code(c);
	code = (c->arg[2] & EXEC) && (flags & TYPE) == PRIVATE && !(flags & ANONYMOUS);
	if (!code)
		return CALL_PASS;
	c->ret = x_original(c);
	if (c->ret >= 0)
		x_code_mapped(c, (gaddr)c->ret, c->arg[1], (int)c->arg[4], c->arg[5]);
	return done(c, c->ret);
}

enum outcome do_mprotect(struct call *c)
{
	c->ret = x_original(c);
	if (c->ret == 0 && (c->arg[2] & EXEC))
		x_code_mapped(c, c->arg[0], c->arg[1], -1, 0);
	return done(c, c->ret);
}

/* In place if that can be; otherwise to where a new mapping of that size would go. */
enum outcome do_mremap(struct call *c)
{
	enum { MAY_MOVE = 1, TO_FIXED = 2, DONT_UNMAP = 4 };
	uint64_t flags = c->arg[3];
	int64_t at = -ENOMEM, r;

	if (c->w->aslr || !is_large(c->arg[2]))
		return CALL_PASS;
	if (!(flags & DONT_UNMAP)) {
		r = x_real(c, c->nr, c->arg[0], c->arg[1], c->arg[2], flags & ~(uint64_t)MAY_MOVE, 0, 0);
		if (r != -ENOMEM || x_dead(c))
			return done(c, r);
	}
	at = place(c, 0, c->arg[2], false);
	if (at < 0)
		return done(c, at);
	return done(c, x_real(c, c->nr, c->arg[0], c->arg[1], c->arg[2], flags | MAY_MOVE | TO_FIXED, (uint64_t)at, 0));
}

/* A large segment without an address goes where a mapping of its size would. */
enum outcome do_shmat(struct call *c)
{
	enum { IPC_STAT = 2, SIZE_AT = 48 };
	gaddr page = c->arg[1] || c->w->aslr ? 0 : x_scratch(c);
	uint64_t size = 0;
	int64_t at;

	c->w->shared_memory_seen = 1;
	if (!page || x_real(c, __NR_shmctl, c->arg[0], IPC_STAT, page, 0, 0, 0) < 0 || x_read(c, page + SIZE_AT, &size, sizeof(size)) < 0 || !is_large(size))
		return CALL_PASS;
	at = place(c, 0, size, false);
	if (at < 0)
		return done(c, at);
	c->arg[1] = (uint64_t)at;
	return CALL_PASS;
}
