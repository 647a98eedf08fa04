/* evlives.h: what each task of a log was: how long it lived, in events, how much it did, and how it ended. */
#ifndef DETBUILD_REPORT_EVLIVES_H
#define DETBUILD_REPORT_EVLIVES_H

#include "report/evlog_text.h"

struct evlife {
	uint32_t task;
	uint64_t events;        /* its own */
	uint64_t born, last;    /* numbers of the event that made it (the first of its own, where the log does not tell), and of its last */
	bool ended;
	int64_t wait_status;    /* when it ended */
};

struct evlives {
	struct evlife *items;   /* in order of appearance */
	size_t n, room;
	uint32_t *by_task;      /* index + 1, for tasks below n_index; grows with the largest task number, which the reader bounds */
	size_t n_index;
};

void evlives_learn(struct evlives *l, uint64_t seq, const struct evlog_record *r);
void evlives_by_events(struct evlives *l); /* sorts: those that did most come first; the last step, nothing can be learnt any more */
void evlives_clear(struct evlives *l);

/* Reads a whole log and writes an object: events, complete, tasks, the processes that did most in the order of their births, and how many
 * are left out. A log that is cut short or damaged is told as far as it goes; -errno with e only when it cannot be opened. */
int evlives_json(const char *path, struct json *j, const char *name, struct error *e);

#endif
