/* The logical clock: growth, charging, and the ramp that ends polling and calibrating loops. */
#include <stdlib.h>
#include <string.h>

#include "model/world.h"
#include "test.h"

static struct world *w;

static uint32_t start(void)
{
	struct world_config c = { .seed = 1, .epoch_ns = INT64_C(1000000000) * 1000000000, .cpus = 1 };

	free(w);
	w = calloc(1, sizeof(*w));
	if (!w)
		abort();
	world_init(w, &c);
	return world_new_task(w, NO_INDEX, true, true);
}

/* What the engine does for a clock call. */
static int64_t look(uint32_t task)
{
	int64_t now = clock_read(w, task);

	clock_event(w, task);
	return now;
}

static void test_events(void)
{
	uint32_t a = start(), b = world_new_task(w, a, false, false), p = world_new_task(w, a, true, true);
	int64_t t = w->now_ns;

	clock_event(w, a);
	test_int(w->now_ns - t, CLOCK_EVENT_NS, "an event has its price");
	clock_event(w, b);
	clock_event(w, p);
	test_int(w->tasks[a].cpu_ns, CLOCK_EVENT_NS, "a thread is charged its own events");
	test_int(world_proc(w, a)->cpu_ns, 2 * CLOCK_EVENT_NS, "a process is charged its threads' events");
	test_int(world_proc(w, p)->cpu_ns, CLOCK_EVENT_NS, "another process is charged its own");
	test_int(w->events, 3, "events are counted");
	test_int(clock_monotonic(w), 100 * INT64_C(1000000000) + 3 * CLOCK_EVENT_NS, "the machine has been up for a while");
}

static void test_reads(void)
{
	uint32_t a = start(), b = world_new_task(w, a, false, false);
	int64_t last = w->now_ns, now, first;
	bool grows = true;

	first = look(a) - last;
	test_int(first, 1000, "the first read costs a microsecond, once");
	test_int(w->tasks[a].ramp.reads, 1, "a read does not end its own row of reads");
	last = w->now_ns;
	for (int i = 0; i < 200; i++) {
		now = look(i % 2 ? a : b);
		grows = grows && now > last;
		last = now;
	}
	test_ok(grows, "every read is later than all before it, whoever reads");
	clock_event(w, a);
	test_int(w->tasks[a].ramp.reads, 0, "any other event ends the row");
	last = w->now_ns;
	for (int i = 0; i < 8; i++)
		look(a);
	test_int(w->now_ns - last, 8000, "eight reads at the plain price");
	last = w->now_ns;
	look(a);
	test_int(w->now_ns - last, 2000, "then the price doubles");
	for (int i = 0; i < 100; i++)
		look(a);
	last = w->now_ns;
	look(a);
	test_int(w->now_ns - last, 1000000000, "up to a second");
	test_int(world_proc(w, a)->cpu_ns, w->now_ns - w->epoch_ns, "while nobody sleeps CPU time is the time");
}

static void test_loops(void)
{
	uint32_t a = start();
	int64_t began, took = 0, until;
	int reads = 0;

	for (reads = 0; took <= 500000000 && reads < 1000; reads += 2) {
		began = look(a);
		took = look(a) - began;
	}
	test_ok(reads <= 64, "a calibration loop ends within 64 reads");
	clock_event(w, a);
	until = w->now_ns + INT64_C(10) * 1000000000;
	for (reads = 0; w->now_ns < until && reads < 1000; reads++)
		look(a);
	test_ok(reads <= 64, "so does polling for ten seconds to pass");
	clock_event(w, a);
	began = w->now_ns;
	for (int i = 0; i < 1000; i++) {
		look(a);
		clock_event(w, a);
	}
	test_int(w->now_ns - began, 1000 * (1000 + CLOCK_EVENT_NS), "who works between reads sees the clock run evenly");
}

static void test_jump(void)
{
	uint32_t a = start();
	int64_t t = w->now_ns;

	clock_jump(w, t + 5000);
	test_int(w->now_ns - t, 5000, "a jump moves the clock");
	test_int(w->tasks[a].cpu_ns, 0, "and charges nobody");
	clock_jump(w, t);
	test_int(w->now_ns - t, 5000, "never back");
	clock_jump(w, NO_DEADLINE);
	test_int(w->now_ns - t, 5000, "nor to no deadline at all");
	clock_jump(w, NO_DEADLINE - 10);
	clock_event(w, a);
	clock_event(w, a);
	test_ok(w->now_ns > t && w->now_ns < NO_DEADLINE, "the end of time does not wrap");
}

/* Events in a row, all at once and one by one. */
static void test_events_in_a_row(void)
{
	static const struct { int reads; uint64_t n; int64_t room; } cases[] = {
		{ 0, 1, INT64_MAX }, { 3, 7, INT64_MAX }, { 40, 100, INT64_MAX }, { 0, 10, 3 * CLOCK_EVENT_NS }, { 0, 10, 3 * CLOCK_EVENT_NS + 1 },
		{ 2, 10, 1 }, { 2, 10, 0 }, { 2, 10, -1 }, { 0, 0, INT64_MAX },
	};

	for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		uint32_t a = start();
		struct world *one;
		uint64_t n, done = 0;
		int64_t until;

		for (int i = 0; i < cases[k].reads; i++)
			look(a);
		clock_event(w, a);
		until = cases[k].room == INT64_MAX ? INT64_MAX : w->now_ns + cases[k].room;
		one = calloc(1, sizeof(*one));
		if (!one)
			abort();
		memcpy(one, w, sizeof(*one));
		n = clock_events(w, a, cases[k].n, until);
		while (done < cases[k].n && one->now_ns < until) {
			clock_event(one, a);
			done++;
		}
		test_int((int64_t)n, (int64_t)done, "as many as there is room for");
		test_ok(memcmp(one, w, sizeof(*one)) == 0, "many events at once are as one after the other");
		free(one);
	}
}

int main(void)
{
	test_events();
	test_events_in_a_row();
	test_reads();
	test_loops();
	test_jump();
	free(w);
	return test_end();
}
