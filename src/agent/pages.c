/* pages.c: memory that a program asks for and is about to use is filled at once: a page costs it a fault otherwise, twice what it costs here.
 *
 * P1. Nothing that a program can ask for depends on it: what is resident, what faulted and what is used are the model's (do_mincore(), procfs, getrusage),
 *     and a page is empty, or the file's, now as then.
 * P2. Only what is nearly always used: the break where the program has used most of what lies before it; small memory of its own; and a loader's
 *     small mappings to be written to, which it relocates. */
#include "agent/internal.h"

#include "syscall/abi.h"

enum { PAGE = 4096, READ_WRITE = 3, MAP_POPULATE_FLAG = 0x8000, POPULATE_WRITE = 23 /* MADV_POPULATE_WRITE */ };
enum { LOOK = 32 /* pages before the break */, GROW_MOST = 1 << 20, OWN_MOST = 32 << 10, LOADED_MOST = 128 << 10 /* bytes */ };

static uint64_t page_end(uint64_t at)
{
	return (at + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

static int64_t call(uint64_t nr, uint64_t a, uint64_t b, uint64_t c)
{
	const uint64_t arg[6] = { a, b, c };

	return agent_syscall(nr, arg);
}

/* Half of the pages before this one. */
static bool is_used(uint64_t end)
{
	unsigned char there[LOOK];
	unsigned n = 0;

	if (end < LOOK * PAGE || call(__NR_mincore, end - LOOK * PAGE, LOOK * PAGE, (uint64_t)(uintptr_t)there) < 0)
		return false;
	for (unsigned i = 0; i < LOOK; i++)
		n += there[i] & 1;
	return n >= LOOK / 2;
}

static bool grow(struct frame *f)
{
	uint64_t before, now, want = f->rdi;

	if (!want)
		return false;
	before = (uint64_t)call(__NR_brk, 0, 0, 0);
	if (want <= before || want - before > GROW_MOST)
		return false;
	now = (uint64_t)call(__NR_brk, want, 0, 0);
	before = page_end(before);
	if (now == want && page_end(now) > before && is_used(before))
		call(__NR_madvise, before, page_end(now) - before, POPULATE_WRITE);
	f->rax = now;
	return true;
}

/* MAP_DENYWRITE means nothing to the kernel, and only the C library's loader says it. A file that is written to after it was mapped shows in pages that
 * were not used yet; a loader's is not. */
static bool map(struct frame *f)
{
	enum { PRIVATE = 2, FIXED = 0x10, ANONYMOUS = 0x20, DENYWRITE = 0x800, STACK = 0x20000 };
	const uint64_t flags = f->r10, arg[6] = { f->rdi, f->rsi, f->rdx, flags | MAP_POPULATE_FLAG, f->r8, f->r9 };
	bool own = f->rsi <= OWN_MOST && (flags & ~(uint64_t)(STACK | FIXED)) == (PRIVATE | ANONYMOUS);
	bool loaded = f->rsi <= LOADED_MOST && flags == (PRIVATE | FIXED | DENYWRITE);

	if (f->rdx != READ_WRITE || (!own && !loaded))
		return false;
	f->rax = (uint64_t)agent_syscall(__NR_mmap, arg);
	return true;
}

bool agent_fills(struct frame *f)
{
	if ((f->rax == __NR_brk && grow(f)) || (f->rax == __NR_mmap && map(f))) {
		f->site += 2;
		return true;
	}
	return false;
}
