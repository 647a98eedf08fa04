/* log.h: the engine's events written to an event log (report/evlog.h), with hashes of the bytes that each call moved. */
#ifndef DETBUILD_RUN_LOG_H
#define DETBUILD_RUN_LOG_H

#include "engine/engine.h"
#include "run/hints.h"
#include "run/run.h"

struct run_log;

/* NULL with e filled on failure. */
struct run_log *run_log_open(const struct run_spec *spec, const struct counting *counting, struct error *e);
const struct observer *run_log_observer(struct run_log *l);
int run_log_close(struct run_log *l, struct error *e); /* frees l; l and e may be NULL; 0 or -errno */

#endif
