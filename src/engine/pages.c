/* pages.c: the memory that is shared with the agents in the guests becomes huge pages once a run has begun some programs or processes.
 *
 * With huge pages a new program or process takes three faults for it instead of dozens; but to clear them takes longer than a run of a single small program
 * spends on faults in all (docs/adr/0011). Nobody can tell: what the pages hold is the same. */
#include <sys/mman.h>

#include "agent/wire.h"
#include "base/mem.h"
#include "engine/internal.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1 */
#endif

enum { PAGE = 4096, HUGE_PAGE = 0x200000, FROM = 6 /* programs and processes, the three of a run of one program included */ };

static bool holds_any(const unsigned char *present)
{
	for (size_t i = 0; i < HUGE_PAGE / PAGE; i++)
		if (present[i] & 1)
			return true;
	return false;
}

/* Where one of the pages cannot be had, small ones stay. What the supervisor touches first from now on is huge anyway. */
static void collapse(uint8_t *at, size_t size)
{
	autofree unsigned char *present = xzalloc(size / PAGE);

	madvise(at, size, MADV_HUGEPAGE);
	if (mincore(at, size, present) < 0)
		return;
	for (size_t k = 0; k < size; k += HUGE_PAGE)
		if (holds_any(present + k / PAGE))
			madvise(at + k, HUGE_PAGE, MADV_COLLAPSE);
}

void engine_pages_new(void *at, size_t size)
{
	if (madvise(at, 0, MADV_COLLAPSE) < 0)
		madvise(at, size, MADV_HUGEPAGE);
}

void engine_huge_pages(struct engine *e)
{
	if (!e->cfg->window || e->pages_are_huge || e->execs + e->processes < FROM)
		return;
	e->pages_are_huge = true;
	collapse(e->cfg->code, AGENT_CODE_SIZE);
	collapse((uint8_t *)e->cfg->world, AGENT_WORLD_SIZE);
	collapse((uint8_t *)e->cfg->window, AGENT_WINDOW_SIZE);
}
