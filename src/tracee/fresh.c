/* fresh.c: memory where compilers at run time write code and jump to it: writable and executable from the start, or much of it made
 * executable, and writable again, by turns. And code that an emulator maps, which it reads and seldom runs.
 *
 * For the kernel such memory is not executable (syscall/memory.c). The first execution in a page faults; what the page then holds
 * is searched, and the page becomes executable, and stays writable if it is.
 *
 * F1. When a page first runs is a function of the thread's past, and a fault of this kind is no event: nobody can tell when.
 * F2. Where mappings were moved or changed since is not kept: any private memory without a file or name, writable or not, may run in a program
 *     that has had such memory, and any file that is mapped read-only in one that maps code to read it. (Natively it would be killed for
 *     that: no program that works does it.)
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

/* What the mapping's pages may become when they run; 0: they may not. */
static uint64_t prot_of_code(const struct proc *p, const struct mapping *m)
{
	if (is_own(m) && (p->code_waits & CODE_WRITABLE) && !strcmp(m->perms, "rw-p"))
		return PROT_READ | PROT_WRITE | PROT_EXEC;
	if ((p->code_waits & (is_own(m) ? CODE_READABLE : m->ino ? CODE_OF_FILES : 0)) && !strcmp(m->perms, "r--p"))
		return PROT_READ | PROT_EXEC;
	return 0;
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

/* Of a file's page its unwind entries tell. Else an instruction begins at rip: the search goes from there, and over what lies before it in the
 * page from the page's begin. */
static void search_page(struct executor *x, struct tracee *t, const struct mapping *m, gaddr page, gaddr rip)
{
	if (m->ino && tracee_code_search_file(x, t, m->name, m->offset + (page - m->from), page))
		return;
	if (rip > page)
		tracee_code_search(x, t, page, rip);
	tracee_code_search(x, t, rip, page + PAGE);
}

/* All of it, where the kernel has no room for one more piece of a mapping. */
static bool open_all(struct executor *x, struct tracee *t, const struct mapping *m, gaddr entry, uint64_t prot)
{
	const uint64_t arg[6] = { m->from, m->to - m->from, prot };

	for (gaddr a = m->from; a < m->to; a += PAGE)
		search_page(x, t, m, a, a);
	return tracee_call_at(x, t, entry, SYS_mprotect, arg) == 0;
}

bool fresh_code_runs(struct executor *x, uint32_t task, gaddr rip, gaddr at)
{
	struct tracee *t = &x->tracees[task];
	const gaddr page = at & ~(gaddr)(PAGE - 1), entry = x->procs[x->w->tasks[task].proc].entry;
	const struct proc *p = world_proc(x->w, task);
	uint64_t arg[6] = { page, PAGE };
	struct mapping m = { 0 };
	struct maps maps;
	bool runs = false;

	/* The fault is at the instruction, or where it goes on in the next page. */
	if (!p->code_waits || (at != rip && (at != page || at - rip >= INSN_MOST)))
		return false;
	maps_open(&maps, t);
	while (maps_next(&maps, &m) && m.to <= at)
		;
	if (at >= m.from && at < m.to)
		arg[2] = prot_of_code(p, &m);
	if (arg[2]) {
		search_page(x, t, &m, page, rip > page ? rip : page);
		runs = tracee_call_at(x, t, entry, SYS_mprotect, arg) == 0 || open_all(x, t, &m, entry, arg[2]);
	}
	maps_close(&maps);
	return runs;
}
