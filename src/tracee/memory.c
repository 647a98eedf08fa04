/* memory.c: guest memory, through process_vm_readv(2) and process_vm_writev(2): what the guest may not write stays as it is. Only code
 * is replaced in spite of that (code.c). */
#include "tracee/tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "agent/wire.h"
#include "base/mem.h"

enum { PAGE = 4096, ARENA_MOST = 64 << 20 };

/* Memory that may be read, or of which the guest has asked for nothing but to write to it, or to execute it. The processor knows no pages that can only be
 * written to, and those that can only be executed some do not: the guest, its kernel and the agent read them; process_vm_readv(2) goes by what was asked for. */
static bool can_be_read(struct tracee *t, gaddr from, size_t n)
{
	const gaddr to = from + n;
	struct mapping m;
	struct maps maps;

	if (from < PAGE || to < from)
		return false;
	maps_open(&maps, t);
	while (from < to && maps_next(&maps, &m) && m.from <= from)
		if (m.to > from && (m.perms[0] == 'r' || m.perms[1] == 'w' || m.perms[2] == 'x'))
			from = m.to;
	maps_close(&maps);
	return from >= to;
}

/* Where nothing lies that costs no look at what is mapped. */
static int read_as_kernel(struct tracee *t, gaddr from, void *buf, size_t n)
{
	char name[64];
	autoclose int fd = -1;

	snprintf(name, sizeof(name), "/proc/%d/mem", (int)t->tid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && pread(fd, buf, n, (off_t)from) == (ssize_t)n && can_be_read(t, from, n) ? 0 : -EFAULT;
}

int tracee_read(struct tracee *t, gaddr from, void *buf, size_t n)
{
	struct iovec here = { buf, n }, there = { (void *)(uintptr_t)from, n };

	if (n == 0)
		return 0;
	return process_vm_readv(t->tid, &here, 1, &there, 1, 0) == (ssize_t)n ? 0 : read_as_kernel(t, from, buf, n);
}

int tracee_write(struct tracee *t, gaddr to, const void *buf, size_t n)
{
	struct iovec here = { (void *)(uintptr_t)buf, n }, there = { (void *)(uintptr_t)to, n };

	if (n == 0)
		return 0;
	return process_vm_writev(t->tid, &here, 1, &there, 1, 0) == (ssize_t)n ? 0 : -EFAULT;
}

ssize_t tracee_readv(struct tracee *t, const struct iovec *here, size_t n_here, const struct iovec *there, size_t n_there)
{
	return process_vm_readv(t->tid, here, n_here, there, n_there, 0);
}

ssize_t tracee_writev(struct tracee *t, const struct iovec *here, const struct iovec *there, size_t n)
{
	return process_vm_writev(t->tid, here, n, there, n, 0);
}

size_t tracee_read_code(struct tracee *t, gaddr at, uint8_t code[INSN_MOST])
{
	size_t in_page = PAGE - at % PAGE;

	if (tracee_read(t, at, code, INSN_MOST) == 0)
		return INSN_MOST;
	return in_page < INSN_MOST && tracee_read(t, at, code, in_page) == 0 ? in_page : 0;
}

int x_read(struct call *c, gaddr from, void *buf, size_t n)
{
	return tracee_read(&c->x->tracees[c->task], from, buf, n);
}

int x_write(struct call *c, gaddr to, const void *buf, size_t n)
{
	return tracee_write(&c->x->tracees[c->task], to, buf, n);
}

/* Page by page, so that a string at the end of mapped memory can be read. */
int64_t x_read_string(struct call *c, gaddr from, char *buf, size_t size)
{
	size_t got = 0;

	while (got < size) {
		size_t piece = PAGE - (from + got) % PAGE;
		char *end;

		if (piece > 256)
			piece = 256;
		if (piece > size - got)
			piece = size - got;
		if (tracee_read(&c->x->tracees[c->task], from + got, buf + got, piece) < 0)
			return -EFAULT;
		end = memchr(buf + got, '\0', piece);
		if (end)
			return end - buf;
		got += piece;
	}
	buf[size - 1] = '\0';
	return -ENAMETOOLONG;
}

/* Mapped at the first need of a program; children inherit it. */
gaddr x_scratch(struct call *c)
{
	struct host_proc *p = &c->x->procs[c->w->tasks[c->task].proc];
	int64_t r;

	if (p->agent)
		return AGENT_WINDOW + offsetof(struct window, scratch);
	if (p->scratch)
		return SCRATCH_BASE;
	r = x_real(c, SYS_mmap, SCRATCH_BASE, SCRATCH_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, UINT64_MAX, 0);
	if (r != (int64_t)SCRATCH_BASE)
		return 0;
	/* Who shares this memory has it now as well: the parent of a vfork. */
	for (uint32_t i = world_next_proc(c->w, NO_INDEX); i != NO_INDEX; i = world_next_proc(c->w, i))
		if (c->w->procs[i].mm == world_proc(c->w, c->task)->mm)
			c->x->procs[i].scratch = true;
	return SCRATCH_BASE;
}

size_t x_arena_most(struct call *c, size_t n)
{
	(void)c;
	return n < ARENA_MOST ? n : ARENA_MOST;
}

void *x_arena(struct call *c, size_t n)
{
	struct executor *x = c->x;

	if (n > ARENA_MOST)
		return NULL;
	if (n > x->arena_size) {
		x->arena_size = n < 1 << 20 ? 1 << 20 : n * 2;
		x->arena = xrealloc(x->arena, x->arena_size);
	}
	return x->arena;
}
