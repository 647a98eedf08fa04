/* fresh.c: memory that is writable and executable from the start, where compilers at run time write code and jump to it.
 *
 * For the kernel such memory is not executable (syscall/memory.c). The first execution in a page faults; what the page then holds
 * is searched, and the page becomes executable, and stays writable.
 *
 * F1. When a page first runs is a function of the thread's past, and a fault of this kind is no event: nobody can tell when.
 * F2. Where mappings were moved or changed since is not kept: any private writable memory without a file or name may run in a program that
 *     has had such memory. (Natively it would be killed for that: no program that works does it.)
 * F3. Code that is written into a page after something in it has run is not searched. */
#include "tracee/code.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum { PAGE = 4096 };

/* Private, writable, not executable, without a file and without a name: "[heap]" and "[stack]" are no such memory. */
static bool may_become_code(const struct tracee *t, gaddr at)
{
	struct mapping m;
	struct maps maps;
	bool may = false;

	maps_open(&maps, t);
	while (!may && maps_next(&maps, &m) && m.from <= at)
		may = at < m.to && !strcmp(m.perms, "rw-p") && !m.ino && !m.name[0];
	maps_close(&maps);
	return may;
}

/* An instruction begins at rip: the search goes from there, and over what lies before it in the page from the page's begin. */
static void search_page(struct executor *x, struct tracee *t, gaddr page, gaddr rip)
{
	if (rip > page)
		tracee_code_search(x, t, page, rip);
	tracee_code_search(x, t, rip, page + PAGE);
}

bool fresh_code_runs(struct executor *x, uint32_t task, gaddr rip, gaddr at)
{
	struct tracee *t = &x->tracees[task];
	const gaddr page = at & ~(gaddr)(PAGE - 1), entry = x->procs[x->w->tasks[task].proc].entry;
	const uint64_t arg[6] = { page, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC };

	/* The fault is at the instruction, or where it goes on in the next page. */
	if (!world_proc(x->w, task)->fresh_code || (at != rip && (at != page || at - rip >= INSN_MOST)) || !may_become_code(t, at))
		return false;
	search_page(x, t, page, rip);
	return tracee_call_at(x, t, entry, SYS_mprotect, arg) == 0;
}
