/* evlives.c: the lives of a log's tasks. */
#include "report/evlives.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define PROCESSES_MAX 300u /* in a document: more lines than anybody reads; some 200 bytes each */
#define COMMAND_MAX   300u /* bytes of a command line in it */
#define DEPTH_MAX     64u  /* ancestors that are counted; a damaged log may have a circle */

static struct evlife *life_of(struct evlives *l, uint32_t task, uint64_t seq)
{
	if (task >= l->n_index) {
		size_t size = l->n_index ? l->n_index : 256;
		while (size <= task)
			size *= 2;
		l->by_task = xrealloc(l->by_task, size * sizeof(*l->by_task));
		memset(l->by_task + l->n_index, 0, (size - l->n_index) * sizeof(*l->by_task));
		l->n_index = size;
	}
	if (l->by_task[task] == 0) {
		if (l->n == l->room) {
			l->room = l->room ? l->room * 2 : 64;
			l->items = xrealloc(l->items, l->room * sizeof(*l->items));
		}
		l->items[l->n++] = (struct evlife){ .task = task, .born = seq, .last = seq };
		l->by_task[task] = (uint32_t)l->n;
	}
	return &l->items[l->by_task[task] - 1];
}

void evlives_learn(struct evlives *l, uint64_t seq, const struct evlog_record *r)
{
	struct evlife *life = life_of(l, r->task, seq);

	life->events++;
	life->last = seq;
	if (r->kind == EVLOG_EXIT) {
		life->ended = true;
		life->wait_status = r->result;
	} else if (r->kind == EVLOG_FORK && r->result >= 0 && r->result < (int64_t)EVLOG_TASK_MAX) {
		life_of(l, (uint32_t)r->result, seq); /* may move the items */
	}
}

void evlives_clear(struct evlives *l)
{
	free(l->items);
	free(l->by_task);
	*l = (struct evlives){ 0 };
}

static int by_events(const void *a, const void *b)
{
	const struct evlife *x = a, *y = b;

	return x->events != y->events ? (x->events < y->events) - (x->events > y->events) : (x->task > y->task) - (x->task < y->task);
}

void evlives_by_events(struct evlives *l)
{
	if (l->n > 0)
		qsort(l->items, l->n, sizeof(*l->items), by_events);
}

static int by_birth(const void *a, const void *b)
{
	const struct evlife *x = a, *y = b;

	return x->born != y->born ? (x->born > y->born) - (x->born < y->born) : (x->task > y->task) - (x->task < y->task);
}

static unsigned depth_of(const struct evtasks *tasks, struct evtask t)
{
	unsigned depth = 0;

	while (t.parent_plus_1 != 0 && depth < DEPTH_MAX && evtasks_find(tasks, t.parent_plus_1 - 1, &t))
		depth++;
	return depth;
}

static void json_life(struct json *j, const struct evlife *life, const struct evtasks *tasks)
{
	struct evtask t;

	evtasks_find(tasks, life->task, &t);
	autofree char *command = evtask_command(&t, COMMAND_MAX), *program = evtask_name(&t);
	autofree char *end = life->ended ? evlog_exit_text(life->wait_status) : NULL;
	json_object(j, NULL);
	json_uint(j, "task", life->task);
	json_bool(j, "thread", t.thread);
	json_uint(j, "depth", depth_of(tasks, t));
	json_string(j, "program", program);
	json_string(j, "command", command);
	json_uint(j, "born", life->born);
	json_uint(j, "last", life->last);
	json_uint(j, "events", life->events);
	json_string(j, "end", end);
	json_bool(j, "failed", life->ended && life->wait_status != 0);
	json_end(j, '}');
}

/* Sorts l: those that did most are the ones that are shown, in the order of their births. */
static void json_processes(struct json *j, struct evlives *l, const struct evtasks *tasks)
{
	size_t shown = l->n < PROCESSES_MAX ? l->n : PROCESSES_MAX;
	uint64_t left_out = 0;

	evlives_by_events(l);
	if (shown > 0)
		qsort(l->items, shown, sizeof(*l->items), by_birth);
	json_array(j, "processes");
	for (size_t i = 0; i < shown; i++)
		json_life(j, &l->items[i], tasks);
	json_end(j, ']');
	for (size_t i = shown; i < l->n; i++)
		left_out += l->items[i].events;
	json_uint(j, "more_processes", l->n - shown);
	json_uint(j, "more_events", left_out);
}

int evlives_json(const char *path, struct json *j, const char *name, struct error *e)
{
	struct evlives lives = { 0 };
	struct evlog_reader *reader;
	struct evlog_head head;
	struct evlog_record r;
	struct error end = { 0 };
	uint64_t events = 0;
	int rc = evlog_open(path, &reader, &head, e);

	if (rc < 0)
		return rc;
	struct evtasks *tasks = evtasks_new();
	for (; (rc = evlog_next(reader, &r, &end)) == 1; events++) {
		evtasks_learn(tasks, &r);
		evlives_learn(&lives, evlog_position(reader), &r);
	}
	json_object(j, name);
	json_uint(j, "events", events);
	json_bool(j, "complete", rc == 0);
	json_uint(j, "tasks", lives.n);
	json_processes(j, &lives, tasks);
	json_end(j, '}');
	evtasks_free(tasks);
	evlog_reader_free(reader);
	evlives_clear(&lives);
	return 0;
}
