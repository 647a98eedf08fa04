/* The way to an exact count with counters that tell late, early or without reason; and recorded ones of real processors' kinds. */
#include "sched/preempt.h"
#include "test.h"

enum { PERIOD = 1000 };

/* A thread that counts one in so many instructions, and a counter that tells `skid` counts late. Where it was stopped, 0: overshot. */
static uint64_t run(uint64_t start, uint64_t margin, const uint32_t *skids, int n, const uint32_t *early, uint32_t *ret_steps)
{
	struct preempt p = { .period = PERIOD, .margin = margin };
	uint64_t count = start, insn = 0;

	preempt_turn(&p, count);
	*ret_steps = 0;
	for (int k = 0;; k++) {
		switch (preempt_at(&p, count)) {
		case PREEMPT_NOW:
			return count;
		case PREEMPT_OVERSHOT:
			return 0;
		case PREEMPT_STEP:
			(*ret_steps)++;
			if (++insn % 5 == 0)
				count++;
			break;
		case PREEMPT_RUN:
			if (early && early[k % n] && preempt_arm(&p, count) > early[k % n])
				count += early[k % n]; /* woken for another reason */
			else
				count += preempt_arm(&p, count) + skids[k % n];
		}
	}
}

static void test_skids(void)
{
	static const uint32_t intel[] = { 0, 3, 17, 42, 99, 61 }, most[] = { 100 }, late[] = { 101 }, none[] = { 0 };
	static const uint32_t zen[] = { 0, 212, 384, 9999 }, early[] = { 1, 0, 7 }, spurious[] = { 1 };
	uint32_t steps;

	for (int k = 0; k < 6; k++)
		test_int(run(77, 100, intel + k, 1, 0, &steps), 77 + PERIOD, "recorded skid of a small margin");
	test_int(run(0, 100, most, 1, 0, &steps), PERIOD, "a skid of the whole margin");
	test_int(steps, 0, "needs no step");
	test_int(run(0, 100, none, 1, 0, &steps), PERIOD, "no skid");
	test_int(steps, 500, "needs the margin in steps");
	test_int(run(0, 100, late, 1, 0, &steps), 0, "one count more is an overshoot");
	for (int k = 0; k < 4; k++)
		test_int(run(5, 10000, zen + k, 1, 0, &steps), 5 + PERIOD, "a margin greater than the turn is stepped all the way");
	test_int(run(1, 100, intel, 3, early, &steps), 1 + PERIOD, "early wake-ups change nothing");
	test_int(run(1, 100, none, 1, spurious, &steps), 1 + PERIOD, "nor do wake-ups without end");
}

static void test_events(void)
{
	struct preempt p = { .period = PERIOD, .margin = 100 };

	preempt_turn(&p, 500);
	test_int(preempt_at_event(&p, 700), PREEMPT_RUN, "a call before the target: it goes on");
	test_int(preempt_arm(&p, 700), 700, "to the same target");
	test_int(preempt_at_event(&p, 1450), PREEMPT_STEP, "a call within the margin");
	test_int(preempt_at_event(&p, 1500), PREEMPT_NOW, "a call at the target");
	test_int(preempt_at_event(&p, 1501), PREEMPT_NOW, "a call past the target is an end, no overshoot");
	test_int(preempt_at(&p, 1501), PREEMPT_OVERSHOT, "the counter past it is one");
	preempt_turn(&p, 1501);
	test_int(preempt_at(&p, 1501), PREEMPT_RUN, "the next turn has its own target");
	test_int(preempt_arm(&p, 1501), 900, "a period away");
}

static void test_bounds(void)
{
	struct preempt never = { .period = 0, .margin = 100 }, exact = { .period = 1, .margin = 0 }, high = { .period = PERIOD, .margin = 10 };

	preempt_turn(&never, 5);
	test_int(preempt_at(&never, UINT64_MAX - 1), PREEMPT_RUN, "without a period it is never stopped");
	preempt_turn(&exact, 0);
	test_int(preempt_at(&exact, 0), PREEMPT_RUN, "a counter without skid needs no step");
	test_int(preempt_arm(&exact, 0), 1, "and is armed for the target");
	test_int(preempt_at(&exact, 1), PREEMPT_NOW, "which it meets");
	preempt_turn(&high, UINT64_MAX - 5);
	test_int(preempt_at(&high, UINT64_MAX - 5), PREEMPT_STEP, "a count near its end does not wrap");
}

int main(void)
{
	test_skids();
	test_events();
	test_bounds();
	return test_end();
}
