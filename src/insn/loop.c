/* loop.c: proof that a loop never ends by itself, although its state changes (`while (!flag) n++;`).
 *
 * Of all that a round of the loop reads and writes, only a part decides where it goes: what conditional jumps, indirect jumps and
 * returns look at, and what that is computed from. That part (the slice) is found backwards through one round, again and again until
 * it grows no more. Addresses of all memory that the round touches belong to it, and so do divisors: a round that repeats them
 * cannot begin to fault. When the slice is the same before and after a round, the next round takes the same way and leaves it the same
 * again: the loop goes on until somebody else changes memory, or a signal comes.
 *
 * Invariants
 *  O1. Only "yes" is certain. Whatever is not understood is a "no": the loop may end by itself, and is left alone.
 *  O2. The answer's address is a property of the loop, not of the moment when it was looked at: the round's lowest instruction.
 *  O3. Memory of the slice that the round itself writes must have been seen to hold the same in two rounds running.
 */
#include "insn/loop.h"

#include <string.h>

enum { RANGES = 64, PASSES = 64, CANDIDATES = 48 };

struct slice {
	uint32_t regs;
	unsigned n;
	struct { uint64_t at; uint32_t len; } range[RANGES];
};

static bool overlap(uint64_t a, uint32_t n, uint64_t b, uint32_t m)
{
	return a < b + m && b < a + n;
}

static bool add_range(struct slice *s, uint64_t at, uint32_t len)
{
	for (unsigned k = 0; k < s->n; k++)
		if (s->range[k].at <= at && at + len <= s->range[k].at + s->range[k].len)
			return true;
	if (s->n == RANGES)
		return false;
	s->range[s->n].at = at;
	s->range[s->n++].len = len;
	return true;
}

static bool touches(const struct slice *s, const struct insn_mem *m)
{
	for (unsigned k = 0; k < s->n; k++)
		if (overlap(s->range[k].at, s->range[k].len, m->at, m->len))
			return true;
	return false;
}

static void drop_covered(struct slice *s, const struct insn_mem *m)
{
	for (unsigned k = 0; k < s->n;)
		if (m->at <= s->range[k].at && s->range[k].at + s->range[k].len <= m->at + m->len)
			s->range[k] = s->range[--s->n];
		else
			k++;
}

/* The slice before an instruction, from the slice after it. */
static bool before(struct slice *s, const struct insn_effects *e)
{
	bool matters = e->control || (e->write & s->regs);

	for (unsigned k = 0; k < e->n_mem; k++)
		matters |= e->mem[k].write && touches(s, &e->mem[k]);
	if (matters) {
		s->regs = (s->regs & ~e->kill) | e->read;
		for (unsigned k = 0; k < e->n_mem; k++)
			if (e->mem[k].write && e->mem[k].sure && !e->mem[k].read)
				drop_covered(s, &e->mem[k]);
		for (unsigned k = 0; k < e->n_mem; k++)
			if (e->mem[k].read && !add_range(s, e->mem[k].at, e->mem[k].len))
				return false;
	}
	s->regs |= e->address;
	return true;
}

/* What the rounds to come will look at, as it stands at the beginning of one. */
static bool find_slice(const struct loop_step *round, size_t period, struct slice *ret)
{
	struct slice start = { 0 };

	for (int pass = 0; pass < PASSES; pass++) {
		struct slice s = start;
		unsigned n = start.n;
		uint32_t regs = start.regs;

		for (size_t k = period; k-- > 0;)
			if (!before(&s, &round[k].effects))
				return false;
		start.regs |= s.regs;
		for (unsigned k = 0; k < s.n; k++)
			if (!add_range(&start, s.range[k].at, s.range[k].len))
				return false;
		if (start.regs == regs && start.n == n) {
			*ret = start;
			return true;
		}
	}
	return false;
}

/* O3: the first to touch the range in a round must be a read of all of it, and find in this round what it found in the last. */
static bool range_repeats(const struct loop_step *round, size_t period, uint64_t at, uint32_t len)
{
	bool written = false;

	for (size_t k = 0; k < period; k++)
		for (unsigned m = 0; m < round[k].effects.n_mem; m++) {
			const struct insn_mem *x = &round[k].effects.mem[m];

			written |= x->write && overlap(x->at, x->len, at, len);
		}
	for (size_t k = 0; written && k < period; k++)
		for (unsigned m = 0; m < round[k].effects.n_mem; m++) {
			const struct insn_mem *x = &round[k].effects.mem[m];

			if (overlap(x->at, x->len, at, len))
				return x->read && x->at == at && x->len == len && len <= 8 && round[k].found[m] == round[k - period].found[m];
		}
	return true;
}

/* round[-period] ... round[-1] is the round before, round[period] the state after. */
static bool goes_on(const struct loop_step *round, size_t period)
{
	struct slice s;

	for (size_t k = 0; k < period; k++)
		if (!round[k].known)
			return false;
	if (!find_slice(round, period, &s) || s.regs >> EFFECT_OTHER)
		return false;
	for (unsigned r = 0; r <= EFFECT_FLAGS; r++)
		if (s.regs >> r & 1 && round[0].state.reg[r] != round[period].state.reg[r])
			return false;
	for (unsigned k = 0; k < s.n; k++)
		if (!range_repeats(round, period, s.range[k].at, s.range[k].len))
			return false;
	return true;
}

static bool same_way(const struct loop_step *round, size_t period)
{
	for (size_t k = 0; k < period; k++)
		if (round[k].state.rip != round[k - period].state.rip)
			return false;
	return true;
}

bool loop_prove(const struct loop_step *trace, size_t n, struct loop *ret)
{
	const struct loop_step *end;
	unsigned tried = 0;

	if (n < 3)
		return false;
	end = &trace[n - 1];
	for (size_t p = 1; 2 * p < n && tried < CANDIDATES; p++) {
		const struct loop_step *round = end - p;

		if (round->state.rip != end->state.rip)
			continue;
		tried++;
		if (!same_way(round, p) || !goes_on(round, p))
			continue;
		ret->period = p;
		ret->lowest = UINT64_MAX;
		for (size_t k = 0; k < p; k++)
			if (round[k].state.rip < ret->lowest)
				ret->lowest = round[k].state.rip;
		return true;
	}
	return false;
}
