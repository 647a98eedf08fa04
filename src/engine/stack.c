/* stack.c: the stack that a new program finds.
 *
 *   pointer -> argc, argv..., NULL, envp..., NULL, auxv, AT_NULL        ours: what the kernel built goes
 *              zeros
 *              random bytes and the platform's name (AUXV_DATA)         ours
 *              strings of argv, of envp, path of the program            where the kernel put them: from the top downwards
 *   top        LAYOUT_TOP
 *
 * Invariants
 *  K1. What the memory holds is a function of path, argv, envp and the program's headers: neither the kernel's auxv nor its length shows.
 *  K2. The pointer is a multiple of STEP below the top: programs that differ by a few bytes of environment have the same one.
 *  K3. With --aslr the pointer stays where the kernel put it. */
#include "engine/internal.h"

#include <linux/auxvec.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/uio.h>

#include "base/mem.h"
#include "model/auxv.h"
#include "model/layout.h"

enum { STEP = 64 << 10, MOST = 4 << 20, WORD = 8 };

struct start {
	uint64_t *words;            /* from the kernel's stack pointer on */
	size_t n;                   /* words in all, to where the strings begin */
	size_t pointers;            /* argc, argv, envp with their ends */
	size_t auxv;                /* pairs of the kernel's auxv, with AT_NULL */
	gaddr strings;              /* the lowest string */
	uint64_t below;             /* the word below; not 0: not known to be zero */
};

/* Reads words from sp on, as many as are mapped, MOST bytes at most. */
static size_t read_words(struct tracee *t, gaddr sp, uint64_t **ret)
{
	size_t n = 0, size = LAYOUT_PAGE / WORD;
	uint64_t *w = xmalloc(size * WORD);

	while (n * WORD < MOST) {
		size_t piece = (LAYOUT_PAGE - (sp + n * WORD) % LAYOUT_PAGE) / WORD;

		if (n + piece > size)
			w = xrealloc(w, (size = (n + piece) * 2) * WORD);
		if (tracee_read(t, sp + n * WORD, w + n, piece * WORD) < 0)
			break;
		n += piece;
	}
	*ret = w;
	return n;
}

/* Finds the parts in the first n words. False when that is no stack of the kernel's making, or not all of it. */
static bool parse_words(gaddr sp, size_t n, struct start *s)
{
	size_t at = 1;

	for (int lists = 0; lists < 2; lists++, at++)
		while (at < n && s->words[at])
			at++;
	s->pointers = at;
	s->strings = 0;
	while (at + 1 < n && s->words[at] != AT_NULL) {
		if (s->words[at] == AT_EXECFN)
			s->strings = s->words[at + 1];
		at += 2;
	}
	s->auxv = (at - s->pointers) / 2 + 1;
	if (at + 1 >= n || s->auxv > AUXV_MOST)
		return false;
	for (size_t i = 1; i < s->pointers; i++)
		if (s->words[i] && s->words[i] < s->strings)
			s->strings = s->words[i];
	if (s->strings < sp + (at + 2) * WORD || s->strings >= LAYOUT_TOP)
		return false;
	s->n = (s->strings - sp) / WORD;
	return true;
}

/* Most often all of it lies in this page and the next one, which are read at once, with the word below. */
static bool parse(struct tracee *t, gaddr sp, struct start *s)
{
	const gaddr pages = (sp & ~(gaddr)(LAYOUT_PAGE - 1)) + 2 * LAYOUT_PAGE, end = pages < LAYOUT_TOP ? pages : LAYOUT_TOP;
	const size_t n = sp < end ? (end - sp) / WORD : 0;
	const struct iovec there = { (void *)(uintptr_t)(sp - WORD), (n + 1) * WORD };

	s->words = xmalloc((n + 1) * WORD);
	if (tracee_readv(t, (const struct iovec[]){ { &s->below, WORD }, { s->words, n * WORD } }, 2, &there, 1) == (ssize_t)there.iov_len && parse_words(sp, n, s))
		return true;
	s->below = 1;
	free(s->words);
	return parse_words(sp, read_words(t, sp, &s->words), s);
}

static gaddr value_of(const struct start *s, uint64_t key)
{
	for (size_t i = 0; i < s->auxv; i++)
		if (s->words[s->pointers + 2 * i] == key)
			return s->words[s->pointers + 2 * i + 1];
	return 0;
}

static void fill_data(struct engine *e, uint32_t task, uint8_t data[AUXV_DATA])
{
	memset(data, 0, AUXV_DATA);
	rng_fill(e->w, task, data, AUXV_RANDOM);
	if (e->w->aslr && getrandom(data, AUXV_RANDOM, 0) < 0)
		engine_note(e, task, "no random bytes of the host's");
	memcpy(data + AUXV_RANDOM, AUXV_PLATFORM, sizeof(AUXV_PLATFORM));
}

/* The part from `to` up to the strings, anew. Between the new lists and the kernel's lie pages that nothing was ever written to, unless it had to take away an
 * argument (binfmt_script): that is longer than what lies over it if it is to be seen, and has no zeros within. */
static void build(struct engine *e, uint32_t task, const struct start *s, gaddr sp, gaddr to)
{
	struct proc *p = world_proc(e->w, task);
	struct auxv_facts facts = { .random = p->aux_data, .platform = p->aux_data + AUXV_RANDOM, .ids = e->w->single_id ? &p->ruid : NULL,
		.secure = p->secure };
	gaddr from = to < sp && s->below ? to : sp;
	size_t size = p->aux_data + AUXV_DATA - from, n = s->pointers * WORD;
	autofree uint8_t *zeroed = xzalloc(size), *lists = xmalloc(n + sizeof(uint64_t[AUXV_MOST][2]));
	uint64_t auxv[AUXV_MOST][2];
	size_t pairs = auxv_make((const uint64_t(*)[2])(s->words + s->pointers), s->auxv, &facts, auxv);

	memcpy(lists, s->words, n);
	memcpy(lists + n, auxv, pairs * sizeof(auxv[0]));
	n += pairs * sizeof(auxv[0]);
	fill_data(e, task, zeroed + size - AUXV_DATA);
	tracee_writev(tracee_of(e, task), (const struct iovec[]){ { zeroed, size }, { lists, n } },
		(const struct iovec[]){ { (void *)(uintptr_t)from, size }, { (void *)(uintptr_t)to, n } }, 2);
}

gaddr engine_stack(struct engine *e, uint32_t task, gaddr sp, struct loaded *ret)
{
	struct proc *p = world_proc(e->w, task);
	struct start s = { 0 };
	gaddr to = sp;

	p->start_stack = p->aux_data = 0;
	if (!parse(tracee_of(e, task), sp, &s)) {
		free(s.words);
		return sp;
	}
	*ret = (struct loaded){ .vdso = value_of(&s, AT_SYSINFO_EHDR), .entry = value_of(&s, AT_ENTRY), .base = value_of(&s, AT_BASE) };
	p->aux_data = ((s.strings - AUXV_DATA) & ~UINT64_C(15));
	if (!e->w->aslr)
		to = LAYOUT_TOP - (LAYOUT_TOP - (p->aux_data - s.pointers * WORD - sizeof(uint64_t[AUXV_MOST][2])) + STEP - 1) / STEP * STEP;
	build(e, task, &s, sp, to);
	p->start_stack = to;
	free(s.words);
	return to;
}
