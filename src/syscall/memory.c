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

enum { READ = 1, WRITE = 2, EXEC = 4, TYPE = 3, PRIVATE = 2, ANONYMOUS = 0x20 };

/* The file of a shared writable mapping. Stores into it are not seen: it counts as changed when it is mapped, and when what was
 * stored is to reach it (msync). Where it lies is known when the kernel has performed the call. */
static bool note_shared(struct call *c, struct fd_stat *ret)
{
	int64_t flags;

	world_shares_memory(c->w);
	if ((c->arg[3] & ANONYMOUS) || x_fd_stat(c, (int)c->arg[4], ret) < 0 || !fs_is(ret->mode, FS_REG))
		return false;
	flags = x_fd_flags(c, (int)c->arg[4]);
	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		return false;
	x_code_may_change(c, ret->dev, ret->ino); /* also where it is not writable yet */
	if (!(c->arg[2] & WRITE))
		return false;
	fs_touch(c, ret->dev, ret->ino, ret->mode, ret->nlink);
	return true;
}

static void keep_shared(struct call *c, gaddr at, uint64_t len, const struct fd_stat *st)
{
	struct shared_map *m = &c->w->shared_maps[c->w->shared_maps_seen++ % SHARED_MAPS_KEPT];
	const struct inode *i = inode_find(c->w, st->dev, st->ino);

	*m = (struct shared_map){ .at = at, .len = len, .dev = st->dev, .ino = st->ino, .vino = i ? i->vino : 0, .proc_serial = world_proc(c->w, c->task)->serial };
}

/* The time of a file whose mapping is written back moves, whether something was stored or not: that does not show. Mappings older than the
 * latest SHARED_MAPS_KEPT, and those that a fork copied, are forgotten: the same ones in every run. */
enum outcome do_msync(struct call *c)
{
	enum { ASYNC = 1, SYNC = 4 };
	uint64_t from = c->arg[0], to = from + c->arg[1];
	int64_t r = x_original(c);

	for (uint32_t i = 0; r == 0 && (c->arg[2] & (ASYNC | SYNC)) && i < SHARED_MAPS_KEPT; i++) {
		const struct shared_map *m = &c->w->shared_maps[i];
		const struct inode *file;

		if (!m->len || m->proc_serial != world_proc(c->w, c->task)->serial || m->at >= to || from >= m->at + m->len)
			continue;
		file = inode_find(c->w, m->dev, m->ino);
		if (file && file->vino == m->vino) /* else its number belongs to another file by now */
			inode_touch(c->w, m->dev, m->ino);
	}
	return done(c, r);
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

enum { SHARED = 1, SHARED_VALIDATE = 3, DROPPABLE = 8, MAP_TYPES = 15, FIXED = 0x10, LOW_2G = 0x40, GROWS_DOWN = 0x100, HUGE = 0x40000, FIXED_NOREPLACE = 0x100000 };

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
	world_code_waits(c->w, c->task, CODE_WRITABLE);
	return CALL_PASS;
}

static bool is_readable_code(const struct call *c)
{
	return (c->arg[2] & (READ | WRITE | EXEC)) == (READ | EXEC);
}

/* A program that maps another one's interpreter may be an emulator, which decodes what it maps and takes a trap for an illegal instruction
 * (valgrind). So code that it maps stays as it is until it runs. */
static void code_came(struct call *c, gaddr at)
{
	const uint64_t size = (c->arg[1] + LAYOUT_PAGE - 1) & ~(uint64_t)(LAYOUT_PAGE - 1);
	bool readable = is_readable_code(c);

	if (!readable || !(world_proc(c->w, c->task)->code_waits & CODE_OF_FILES)) {
		if (x_code_mapped(c, at, c->arg[1], (int)c->arg[4], c->arg[5], readable && (c->arg[3] & MAP_TYPES) == PRIVATE))
			return;
		world_code_waits(c->w, c->task, CODE_OF_FILES);
	}
	if (!readable || x_real(c, __NR_mprotect, at, size, READ, 0, 0, 0) != 0)
		x_code_mapped(c, at, c->arg[1], -1, 0, false);
}

/* Memory that may be executed and nothing else can be read where the processor has no protection keys, as the canonical one: the kernel gives it a key
 * where it has (mm/mmap.c, execute_only_pkey()). */
static uint64_t without_key(uint64_t prot)
{
	return (prot & (READ | WRITE | EXEC)) == EXEC ? prot | READ : prot;
}

enum outcome do_mmap(struct call *c)
{
	uint64_t flags = c->arg[3];
	struct fd_stat st;
	int64_t at;
	bool code, shared = false;

	c->arg[2] = without_key(c->arg[2]);
	if ((flags & MAP_TYPES) == DROPPABLE) /* later than the canonical kernel */
		return done(c, -EINVAL);
	if (flags & HUGE) /* none are set aside in the canonical machine */
		return done(c, -ENOMEM);
	if (flags & GROWS_DOWN)
		world_grows_down(c->w);
	if (flags & SHARED)
		shared = note_shared(c, &st);
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
	if (!code && !shared)
		return CALL_PASS;
	if (!shared && is_readable_code(c) && !(world_proc(c->w, c->task)->code_waits & CODE_OF_FILES) && x_map_known_code(c))
		return done(c, c->ret);
	c->ret = x_original(c);
	if (c->ret >= 0 && shared)
		keep_shared(c, (gaddr)c->ret, c->arg[1], &st);
	if (c->ret >= 0 && code)
		code_came(c, (gaddr)c->ret);
	return done(c, c->ret);
}

enum { LATER_LEAST = 1 << 20 };

/* Compilers at run time that keep the rule "writable or executable" change between the two for each piece that they write, often for all of
 * their memory at once. To search it all each time would take longer than anything else: each page is searched when it first runs. */
static bool waits(struct call *c)
{
	return (c->arg[2] & (READ | WRITE | EXEC)) == (READ | EXEC) && c->arg[1] >= LATER_LEAST && !(c->arg[1] >> 47) && x_is_own_memory(c, c->arg[0], c->arg[1]);
}

enum outcome do_mprotect(struct call *c)
{
	uint64_t prot;
	bool wait;

	c->arg[2] = prot = without_key(c->arg[2]);
	wait = waits(c);
	if (wait) {
		world_code_waits(c->w, c->task, CODE_READABLE);
		c->arg[2] &= ~(uint64_t)EXEC;
	}
	c->ret = x_original(c);
	c->arg[2] = prot;
	if (c->ret == 0 && !wait && (prot & EXEC))
		x_code_mapped(c, c->arg[0], c->arg[1], -1, 0, false);
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

	world_shares_memory(c->w);
	if (!page || x_real(c, __NR_shmctl, c->arg[0], IPC_STAT, page, 0, 0, 0) < 0 || x_read(c, page + SIZE_AT, &size, sizeof(size)) < 0 || !is_large(size))
		return CALL_PASS;
	at = place(c, 0, size, false);
	if (at < 0)
		return done(c, at);
	c->arg[1] = (uint64_t)at;
	return CALL_PASS;
}
