/* pages.c: memory that a program asks for and is about to use is filled at once: a page costs it a fault otherwise, twice what it costs here.
 *
 * P1. Nothing that a program can ask for depends on it: what is resident, what faulted and what is used are the model's (do_mincore(), procfs, getrusage).
 * P2. Only the break, where the program has used most of what lies before it. What was used has the kernel's own book-keeping of private pages
 *     (anon_vma) already. A mapping that gets it early merges with others no more, and mremap() shows that.
 * P3. None of these calls is ever begun again by the kernel, and none touches what the agent runs on. */
#include "agent/internal.h"

#include "syscall/abi.h"

enum { PAGE = 4096, POPULATE_WRITE = 23 /* MADV_POPULATE_WRITE */, LOOK = 32 /* pages before the break */, GROW_MOST = 1 << 20 /* bytes */ };

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

bool agent_fills(struct frame *f)
{
	if (f->rax != __NR_brk || !grow(f))
		return false;
	f->site += 2;
	return true;
}
