/* filter_agent.c: what the agent in the guests may do unseen. Hosted, as filter.c.
 *
 * Where the filter would stop a call, it looks once more:
 *   - made at an address of the agent's code, by a row that says it is near: it passes;
 *   - openat(2) with the agent's directory descriptor, or mmap(2) to an address of the agent's: a new program maps the agent; it passes.
 *
 * G1. Both are open to a guest that means harm, and to nothing that the box does not allow anyway: such calls act on its own files and memory. The
 *     rows' class decides what is reachable: nothing that is refused, and nothing that makes or ends a process.
 * G2. What passes the filter without this passes it as before, and as fast: the kernel still knows which numbers always pass. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "agent/wire.h"
#include "base/log.h"
#include "base/mem.h"
#include "syscall/filter.h"
#include "syscall/table.h"

enum { ROOM = 128, WORD_SIZE = 4 };

struct program { struct sock_filter code[ROOM]; size_t n; };

static void add(struct program *p, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	invariant(p->n < ROOM);
	p->code[p->n++] = (struct sock_filter){ code, jt, jf, k };
}

static void load(struct program *p, size_t at)
{
	add(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)at, 0, 0);
}

/* The next `skip` instructions are for the case that the word is k. */
static void if_equal(struct program *p, uint32_t k, uint8_t skip)
{
	add(p, BPF_JMP | BPF_JEQ | BPF_K, k, 0, skip);
}

static void finish(struct program *p, uint32_t action)
{
	add(p, BPF_RET | BPF_K, action, 0, 0);
}

static void let_near_rows(struct program *p)
{
	for (uint32_t nr = 0; nr < WORLD_NSYS; nr++)
		if (syscall_rows[nr].near != NEAR_NEVER) {
			if_equal(p, nr, 1);
			finish(p, SECCOMP_RET_ALLOW);
		}
}

/* From here on the accumulator holds nothing that is known. `trace`: what is done otherwise. */
static void look_once_more(struct program *p, uint32_t trace)
{
	const size_t ip = offsetof(struct seccomp_data, instruction_pointer), nr = offsetof(struct seccomp_data, nr), arg = offsetof(struct seccomp_data, args);
	const uint64_t base = AGENT_BASE, end = AGENT_END;
	struct program near = { .n = 0 };

	let_near_rows(&near);
	load(p, ip + WORD_SIZE);
	if_equal(p, base >> 32, (uint8_t)(near.n + 4));
	load(p, ip);
	add(p, BPF_JMP | BPF_JGE | BPF_K, (uint32_t)base, 0, (uint8_t)(near.n + 2));
	add(p, BPF_JMP | BPF_JGE | BPF_K, (uint32_t)base + AGENT_CODE_SIZE, (uint8_t)(near.n + 1), 0);
	load(p, nr);
	for (size_t i = 0; i < near.n; i++)
		add(p, near.code[i].code, near.code[i].k, near.code[i].jt, near.code[i].jf);
	load(p, nr);
	if_equal(p, SYS_openat, 3);
	load(p, arg);
	if_equal(p, (uint32_t)AGENT_DIRFD, 1);
	finish(p, SECCOMP_RET_ALLOW);
	load(p, nr);
	if_equal(p, SYS_mmap, 6);
	load(p, arg + WORD_SIZE);
	if_equal(p, base >> 32, 4);
	load(p, arg);
	add(p, BPF_JMP | BPF_JGE | BPF_K, (uint32_t)base, 0, 2);
	add(p, BPF_JMP | BPF_JGE | BPF_K, (uint32_t)end, 1, 0);
	finish(p, SECCOMP_RET_ALLOW);
	finish(p, trace);
}

int filter_let_agent(struct sock_fprog *f)
{
	const uint32_t trace = SECCOMP_RET_TRACE;
	struct program p = { .n = 0 };
	size_t n = f->len;

	look_once_more(&p, trace);
	if (n + p.n > BPF_MAXINSNS)
		return -E2BIG;
	f->filter = xrealloc(f->filter, (n + p.n) * sizeof(*f->filter));
	for (size_t i = 0; i < n; i++)
		if (f->filter[i].code == (BPF_RET | BPF_K) && f->filter[i].k == trace)
			f->filter[i] = (struct sock_filter){ BPF_JMP | BPF_JA, 0, 0, (uint32_t)(n - i - 1) };
	memcpy(f->filter + n, p.code, p.n * sizeof(p.code[0]));
	f->len = (unsigned short)(n + p.n);
	return 0;
}
