/* filter_agent.c: what the agent in the guests may do unseen. Hosted, as filter.c.
 *
 * Where the filter would stop a call, it looks once more:
 *   - made at an address of the agent's code, by a row of which the agent makes real calls: it passes;
 *   - openat(2) with the agent's directory descriptor, or arch_prctl(2) that makes cpuid fault, and this run's secret where the kernel looks at nothing; or
 *     mmap(2) exactly as a new program maps the agent: it passes.
 *
 * G1. The first is open to a guest that means harm, which jumps there: it then acts on its own files and memory, unseen, and sees what handlers would have
 *     hidden or changed (docs/determinism.md). The rows' class decides what is reachable: nothing that is refused, and nothing that makes a process.
 *     The second is not: no guest has ever seen the secret, which only the prologue's registers hold.
 * G2. What passes the filter without this passes it as before, and as fast: the kernel still knows which numbers always pass. */
#include <asm/prctl.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/log.h"
#include "base/mem.h"
#include "syscall/filter.h"
#include "syscall/table.h"

enum { ROOM = 512, WORD_SIZE = 4 };

#define NUMBER offsetof(struct seccomp_data, nr)
#define ARG(n) (offsetof(struct seccomp_data, args) + (n) * sizeof(uint64_t))

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

/* Of the row, with an argument that is not above what the row allows. The accumulator holds the number, before and after. */
static void let_row(struct program *p, uint32_t nr, const struct row *r)
{
	const size_t arg = ARG(r->near_arg);
	uint8_t also = (r->near_also[0] != 0) + (r->near_also[1] != 0);

	if_equal(p, nr, (uint8_t)(6 + also));
	load(p, arg + WORD_SIZE);
	if_equal(p, 0, (uint8_t)(3 + also));
	load(p, arg);
	for (; also; also--)
		add(p, BPF_JMP | BPF_JEQ | BPF_K, r->near_also[also - 1], also, 0);
	add(p, BPF_JMP | BPF_JGE | BPF_K, r->near_below, 1, 0);
	finish(p, SECCOMP_RET_ALLOW);
	load(p, NUMBER);
}

/* Of a row that lends, with a place. The accumulator holds the number, before and after. */
static void let_place(struct program *p, uint32_t nr)
{
	if_equal(p, nr, 6);
	load(p, ARG(NEAR_LENDS_PLACE) + WORD_SIZE);
	add(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2);
	load(p, ARG(NEAR_LENDS_PLACE));
	add(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
	finish(p, SECCOMP_RET_ALLOW);
	load(p, NUMBER);
}

/* Jumps whose target comes behind all of it. */
struct jumps { size_t at[ROOM]; size_t n; };

/* Any of these numbers, in their order, by halves: the agent makes more calls than anybody. */
static void let_any(struct program *p, const uint32_t *nr, size_t n, struct jumps *none)
{
	enum { FEW = 4 };
	const size_t at = p->n;

	if (n <= FEW) {
		for (size_t i = 0; i < n; i++)
			add(p, BPF_JMP | BPF_JEQ | BPF_K, nr[i], (uint8_t)(n - i), 0);
		none->at[none->n++] = p->n;
		add(p, BPF_JMP | BPF_JA, 0, 0, 0);
		finish(p, SECCOMP_RET_ALLOW);
		return;
	}
	add(p, BPF_JMP | BPF_JGE | BPF_K, nr[n / 2], 0, 0);
	let_any(p, nr, n / 2, none);
	invariant(p->n - at - 1 <= UINT8_MAX);
	p->code[at].jt = (uint8_t)(p->n - at - 1);
	let_any(p, nr + n / 2, n - n / 2, none);
}

static void let_near_rows(struct program *p)
{
	uint32_t plain[WORLD_NSYS];
	struct jumps none = { .n = 0 };
	size_t n = 0;

	for (uint32_t nr = 0; nr < WORLD_NSYS; nr++)
		if (syscall_rows[nr].near == NEAR_LENDS)
			let_place(p, nr);
		else if (row_passes_agent(&syscall_rows[nr]) && syscall_rows[nr].near_below)
			let_row(p, nr, &syscall_rows[nr]);
		else if (row_passes_agent(&syscall_rows[nr]))
			plain[n++] = nr;
	let_any(p, plain, n, &none);
	for (size_t i = 0; i < none.n; i++)
		p->code[none.at[i]].k = (uint32_t)(p->n - none.at[i] - 1);
}

/* Passes when all these words are so. */
struct word { size_t at; uint32_t is; };

static void let_if(struct program *p, const struct word *w, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		load(p, w[i].at);
		if_equal(p, w[i].is, (uint8_t)(2 * (n - i) - 1));
	}
	finish(p, SECCOMP_RET_ALLOW);
}

static void let_mapping(struct program *p, uint64_t at, uint32_t size, uint32_t prot, uint32_t flags)
{
	const struct word w[] = { { NUMBER, SYS_mmap }, { ARG(0), (uint32_t)at }, { ARG(0) + WORD_SIZE, (uint32_t)(at >> 32) }, { ARG(1), size },
		{ ARG(1) + WORD_SIZE, 0 }, { ARG(2), prot }, { ARG(2) + WORD_SIZE, 0 }, { ARG(3), flags },
		{ ARG(3) + WORD_SIZE, 0 } };

	let_if(p, w, ARRAY_SIZE(w));
}

/* Large ones would stop, to be placed (table.def): of these the place is given. */
static void let_store(struct program *p)
{
	const struct word w[] = { { NUMBER, SYS_mremap }, { ARG(0) + WORD_SIZE, (uint32_t)(AGENT_STORE >> 32) }, { ARG(3), AGENT_STORE_TAKE }, { ARG(3) + WORD_SIZE, 0 } };

	let_if(p, w, ARRAY_SIZE(w));
}

/* Where the kernel looks at nothing. */
#define SECRET(s) { ARG(4), (uint32_t)(s)[0] }, { ARG(4) + WORD_SIZE, (uint32_t)((s)[0] >> 32) }, { ARG(5), (uint32_t)(s)[1] }, { ARG(5) + WORD_SIZE, (uint32_t)((s)[1] >> 32) }

static void let_open(struct program *p, const uint64_t secret[2])
{
	const struct word w[] = { { NUMBER, SYS_openat }, { ARG(0), (uint32_t)AGENT_DIRFD }, SECRET(secret) };

	let_if(p, w, ARRAY_SIZE(w));
}

/* It can be made to fault, and not the other way round. */
static void let_cpuid_fault(struct program *p, const uint64_t secret[2])
{
	const struct word w[] = { { NUMBER, SYS_arch_prctl }, { ARG(0), ARCH_SET_CPUID }, { ARG(1), 0 }, { ARG(1) + WORD_SIZE, 0 }, SECRET(secret) };

	let_if(p, w, ARRAY_SIZE(w));
}

static void let_prologue(struct program *p, const uint64_t secret[2])
{
	let_open(p, secret);
	let_cpuid_fault(p, secret);
	let_mapping(p, AGENT_BASE, AGENT_CODE_SIZE, AGENT_CODE_PROT, AGENT_MAP_FLAGS);
	let_mapping(p, AGENT_WORLD, AGENT_WORLD_SIZE, AGENT_WORLD_PROT, AGENT_MAP_FLAGS);
	let_mapping(p, AGENT_WINDOW, AGENT_WINDOW_SIZE, AGENT_WINDOW_PROT, AGENT_MAP_FLAGS);
	let_mapping(p, AGENT_STORE, AGENT_STORE_SIZE, AGENT_CODE_PROT, AGENT_STORE_FLAGS);
	let_store(p);
}

/* From here on the accumulator holds nothing that is known. `trace`: what is done otherwise. */
static void look_once_more(struct program *p, const uint64_t secret[2], uint32_t trace)
{
	const size_t ip = offsetof(struct seccomp_data, instruction_pointer);
	const uint64_t base = AGENT_BASE;
	struct program near = { .n = 0 };

	let_near_rows(&near);
	invariant(near.n + 4 <= UINT8_MAX);
	load(p, ip + WORD_SIZE);
	if_equal(p, base >> 32, (uint8_t)(near.n + 4));
	load(p, ip);
	add(p, BPF_JMP | BPF_JGE | BPF_K, (uint32_t)base, 0, (uint8_t)(near.n + 2));
	add(p, BPF_JMP | BPF_JGE | BPF_K, (uint32_t)base + AGENT_CODE_SIZE, (uint8_t)(near.n + 1), 0);
	load(p, NUMBER);
	for (size_t i = 0; i < near.n; i++)
		add(p, near.code[i].code, near.code[i].k, near.code[i].jt, near.code[i].jf);
	let_prologue(p, secret);
	finish(p, trace);
}

int filter_let_agent(struct sock_fprog *f, const uint64_t secret[2])
{
	const uint32_t trace = SECCOMP_RET_TRACE;
	struct program p = { .n = 0 };
	size_t n = f->len;

	look_once_more(&p, secret, trace);
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
