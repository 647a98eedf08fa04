/* run.c: one command in one box. Holds the place of the real thing: it says that the engine is not there. */
#include "run/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int run_command(const struct run_spec *spec, struct run_result *ret, struct error *e)
{
	(void)spec;
	(void)ret;
	return error_set(e, ENOSYS, "the engine is not built yet");
}

void run_result_clear(struct run_result *r)
{
	free(r->refusals);
	memset(r, 0, sizeof(*r));
}

int run_exit_status(const struct run_result *r)
{
	return r->status;
}
