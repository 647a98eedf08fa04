/* evorigin.h: from which process the bytes come that only one of two runs has. A process that reads such bytes and then writes something
 * else, too, has made nothing of its own: it passes on. */
#ifndef DETBUILD_REPORT_EVORIGIN_H
#define DETBUILD_REPORT_EVORIGIN_H

#include "report/evlog_text.h"

enum { ORIGINS_MOST = 4 };   /* of one task; further ones are forgotten */

struct origins {
	uint32_t of[ORIGINS_MOST]; /* makers, numbered by the caller from 1 */
	size_t n;
};

struct evorigin;

struct evorigin *evorigin_new(const struct evlog_names *names);
void evorigin_free(struct evorigin *o);
void evorigin_learn_plain(struct evorigin *o, const struct evlog_record *r); /* every record of run A comes first */
/* Every record of run B, in order: what its task learns from others by reading, by being their child, by what it is started with. */
void evorigin_learn(struct evorigin *o, const struct evlog_record *r);
bool evorigin_is_new(const struct evorigin *o, const struct evlog_record *r); /* run A writes or starts such a thing nowhere */
/* What maker wrote first was written by r: who reads it from now on, passes it on. */
void evorigin_wrote(struct evorigin *o, const struct evlog_record *r, uint32_t maker);
/* The makers from whom the task has something, the first first; until the next evorigin_learn(). */
const struct origins *evorigin_of(struct evorigin *o, uint32_t task);

#endif
