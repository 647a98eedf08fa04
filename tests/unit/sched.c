/* Whose turn it is: order of both lists, the quantum, deadlines; and the same history gives the same order. */
#include <stdlib.h>

#include "sched/policy.h"
#include "sched/sched.h"
#include "test.h"

static struct world *w;

static void start(int tasks)
{
	struct world_config c = { .seed = 1, .epoch_ns = 1, .cpus = 1 };

	free(w);
	w = calloc(1, sizeof(*w));
	if (!w)
		abort();
	world_init(w, &c);
	for (int i = 0; i < tasks; i++)
		sched_add(w, world_new_task(w, i ? 0 : NO_INDEX, i == 0, true));
}

static const struct cond nothing = { .kind = COND_NONE };

static void test_turns(void)
{
	start(3);
	test_int(sched_pick(w), 0, "first born, first served");
	test_int(sched_pick(w), 0, "the turn is kept");
	test_int(w->switches, 1, "and was given once");
	sched_yield_turn(w, 0);
	test_int(w->current, NO_INDEX, "who yields has it no more");
	test_int(sched_pick(w), 1, "the next");
	sched_park(w, 1, &nothing, NO_DEADLINE);
	test_int(w->tasks[1].state, TASK_PARKED, "parked");
	test_int(sched_pick(w), 2, "and the next");
	sched_wake(w, 1);
	sched_yield_turn(w, 2);
	test_int(sched_pick(w), 0, "who yielded first comes first");
	sched_park(w, 0, &nothing, NO_DEADLINE);
	test_int(sched_pick(w), 1, "the woken goes to the end of the queue");
	sched_remove(w, 1);
	test_int(sched_pick(w), 2, "one has died");
	sched_remove(w, 2);
	test_int(sched_pick(w), NO_INDEX, "nobody can run");
	sched_wake(w, 2);
	test_int(sched_pick(w), NO_INDEX, "only the parked are woken");
	test_int(w->switches, 6, "turns are counted");
}

static void test_quantum(void)
{
	start(2);
	w->quantum = 3;
	sched_pick(w);
	for (int i = 0; i < 3; i++) {
		test_ok(!sched_quantum_over(w), "within the quantum");
		clock_event(w, 0);
	}
	test_ok(sched_quantum_over(w), "the quantum is over");
	sched_remove(w, 1);
	test_int(sched_next_turn(w), 0, "but the turn is kept when nobody else can run");
	test_ok(!sched_quantum_over(w), "as a new one");
	sched_add(w, 1);
	test_int(sched_next_turn(w), 1, "else it goes on");
	test_ok(!sched_quantum_over(w), "each turn has its own");
}

static void test_deadlines(void)
{
	start(4);
	test_int(sched_earliest(w), NO_INDEX, "nobody sleeps");
	for (int i = 0; i < 4; i++)
		sched_pick(w), sched_park(w, (uint32_t)i, &nothing, i == 0 ? NO_DEADLINE : i == 1 ? 50 : 40);
	test_int(sched_earliest(w), 2, "the earliest; of two, who parked first");
	sched_wake(w, 2);
	test_int(sched_earliest(w), 3, "then the other");
	sched_wake(w, 3);
	sched_wake(w, 1);
	test_int(sched_earliest(w), NO_INDEX, "without a deadline nobody is early");
	test_int(sched_next_parked(w, NO_INDEX), 0, "the walk begins");
	test_int(sched_next_parked(w, 0), NO_INDEX, "and ends");
}

/* Both lists hold each task at most once, forwards and backwards, and no task is in both. */
static bool lists_sound(int tasks)
{
	int in[64] = { 0 };
	uint32_t heads[2] = { w->run_head, w->parked_head }, tails[2] = { w->run_tail, w->parked_tail };

	for (int q = 0; q < 2; q++) {
		uint32_t last = NO_INDEX;

		for (uint32_t i = heads[q]; i != NO_INDEX; last = i, i = w->tasks[i].next)
			if (in[i]++ || w->tasks[i].prev != last || w->tasks[i].queue != (uint32_t)q + 1)
				return false;
		if (tails[q] != last)
			return false;
	}
	for (int i = 0; i < tasks; i++)
		if (in[i] != (w->tasks[i].queue != 0) || (in[i] && w->current == (uint32_t)i))
			return false;
	return true;
}

/* A random but seeded history; returns a hash of every decision. */
static uint64_t history(uint64_t seed)
{
	uint64_t hash = 0, r = seed;
	bool sound = true;

	start(20);
	for (int step = 0; step < 20000; step++) {
		uint32_t task;

		r = rng_hash(r, (uint64_t)step);
		task = (uint32_t)(r >> 8) % 20;
		switch (r % 5) {
		case 0:
			sched_wake(w, task);
			break;
		case 1:
			if (w->tasks[task].queue == 0)
				sched_add(w, task);
			break;
		default:
			task = sched_pick(w);
			hash = rng_hash(hash, task);
			if (task == NO_INDEX)
				break;
			if (r % 3 == 0)
				sched_yield_turn(w, task);
			else if (r % 17 == 0)
				sched_remove(w, task);
			else
				sched_park(w, task, &nothing, (int64_t)(r % 1000));
		}
		hash = rng_hash(hash, sched_earliest(w));
		sound = sound && lists_sound(20);
	}
	test_ok(sound, "lists stay sound");
	return hash;
}

static void test_histories(void)
{
	uint64_t a = history(5), b = history(5), c = history(6);

	test_ok(a == b, "the same history, the same decisions");
	test_ok(a != c, "another history, others");
}

static void test_hand_over(void)
{
	start(3);
	sched_pick(w);
	sched_park(w, 0, &nothing, NO_DEADLINE);
	sched_pick(w);
	sched_wake_next(w, 0);
	test_ok(sched_quantum_over(w), "the waker gives way at once");
	sched_yield_turn(w, 1);
	test_int(sched_pick(w), 0, "to the woken, before those that waited longer");
	test_ok(!sched_quantum_over(w), "who keeps the turn");
	sched_yield_turn(w, 0);
	test_int(sched_pick(w), 2, "the others follow in their order");
	sched_wake_next(w, 1);
	test_ok(!sched_quantum_over(w), "who is not parked is not handed anything");
}

/* Who had the turn, event by event. until: see P4 in sched/policy.c. */
static uint64_t seeded_until(uint64_t seed, int tasks, uint64_t until, uint32_t *ret_switches)
{
	uint64_t hash = 0;

	start(tasks);
	w->sched_seed = seed;
	w->sched_until = until;
	w->quantum = 5000;
	for (uint32_t i = 0; i < (uint32_t)tasks; i++)
		policy_born(w, i);
	sched_pick(w);
	for (int n = 0; n < 2000; n++) {
		clock_event(w, w->current);
		if (sched_quantum_over(w))
			sched_next_turn(w);
		hash = rng_hash(hash, w->current);
	}
	*ret_switches = (uint32_t)w->switches;
	return hash;
}

static uint64_t seeded(uint64_t seed, int tasks, uint32_t *ret_switches)
{
	return seeded_until(seed, tasks, 0, ret_switches);
}

static void test_seeds(void)
{
	uint32_t a, b, c, none, steps = 0, twice = 0, had[5] = { 0 };
	uint64_t first = seeded(3, 5, &a);

	test_ok(first == seeded(3, 5, &b) && a == b, "one seed, one order");
	test_ok(first != seeded(4, 5, &c), "another seed, another order");
	test_ok(seeded(0, 5, &none) != first && none == 1, "without a seed the first keeps its turn");
	test_ok(seeded_until(3, 5, 1, &a) != first && a < 3, "drawn for one event, then in the queue's order");
	test_ok(seeded_until(3, 5, 1000, &b) != first && a < b && b < c, "drawn for a half");
	test_ok(seeded_until(3, 5, 2000, &b) == first, "drawn for all");
	seeded(7, 5, &a);
	w->quantum = 100;
	for (int n = 0; n < 20000; n++) {
		clock_event(w, w->current);
		had[w->current]++;
		if (policy_steps(w))
			steps++;
		twice += policy_steps(w) != 0;
		if (sched_quantum_over(w))
			sched_next_turn(w);
	}
	test_ok(had[0] && had[1] && had[2] && had[3] && had[4], "nobody starves");
	test_ok(steps > 0 && twice == 0, "some turns are short, one an event at most");
	sched_park(w, w->current, &nothing, NO_DEADLINE);
	sched_pick(w);
	for (uint32_t i = 0; i < 5; i++)
		if (w->tasks[i].queue == 2)
			sched_wake_next(w, i), a = i;
	test_int(sched_next_turn(w), a, "the woken of a hand-over comes before any priority");
}

int main(void)
{
	test_hand_over();
	test_seeds();
	test_turns();
	test_quantum();
	test_deadlines();
	test_histories();
	free(w);
	return test_end();
}
