/* fresh.c: memory where compilers at run time write code and jump to it: writable and executable from the start, or much of it made
 * executable, and writable again, by turns. And code that an emulator maps, which it reads and seldom runs.
 *
 * For the kernel such memory is not executable (syscall/memory.c). The first execution in a page faults; what the page then holds
 * is searched, and the page becomes executable, and stays writable if it is.
 *
 * F1. When a page first runs is a function of the thread's past, and a fault of this kind is no event: nobody can tell when.
 * F2. Where mappings were moved or changed since is not kept: any private writable memory without a file or name may run in a program that
 *     has had such memory. (Natively it would be killed for that: no program that works does it.) Of memory that is not writable the
 *     process's ranges say whether it may run. Calls that take the right to execute away are not seen, so these grow only: memory that was
 *     executable once and can only be read now would still run.
 * F3. Code that is written into a page after something in it has run is not searched. */
#include "tracee/code.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum { PAGE = 4096 };

/* Private, without a file and without a name: "[heap]" and "[stack]" are no such memory. */
static bool is_own(const struct mapping *m)
{
	return m->perms[3] == 'p' && !m->ino && !m->name[0];
}

/* What the page of `at` may become when it runs; 0: it may not run. */
static uint64_t prot_of_code(const struct proc *p, const struct tracee *t, gaddr at)
{
	struct mapping m;
	struct maps maps;
	uint64_t prot = 0;

	maps_open(&maps, t);
	while (maps_next(&maps, &m) && m.from <= at)
		if (at < m.to && is_own(&m) && p->fresh_code && !strcmp(m.perms, "rw-p"))
			prot = PROT_READ | PROT_WRITE | PROT_EXEC;
		else if (at < m.to && !strcmp(m.perms, "r--p") && ranges_have(&p->code_later, at))
			prot = PROT_READ | PROT_EXEC;
	maps_close(&maps);
	return prot;
}

bool x_is_own_memory(struct call *c, gaddr at, uint64_t size)
{
	struct mapping m;
	struct maps maps;
	gaddr from = at, to = at + size;

	maps_open(&maps, &c->x->tracees[c->task]);
	while (from < to && maps_next(&maps, &m))
		if (m.to > from) {
			if (m.from > from || !is_own(&m))
				break;
			from = m.to;
		}
	maps_close(&maps);
	return from >= to;
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
	const struct proc *p = world_proc(x->w, task);
	uint64_t arg[6] = { page, PAGE };

	/* The fault is at the instruction, or where it goes on in the next page. */
	if ((!p->fresh_code && !p->code_later.n) || (at != rip && (at != page || at - rip >= INSN_MOST)))
		return false;
	arg[2] = prot_of_code(p, t, at);
	if (!arg[2])
		return false;
	search_page(x, t, page, rip);
	return tracee_call_at(x, t, entry, SYS_mprotect, arg) == 0;
}
