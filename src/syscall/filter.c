/* filter.c: the filter of one run. Hosted: made in the supervisor before the box starts, of what was made of the table when detbuild was built. */
#include "syscall/filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "syscall/filter_rows.h"

int filter_build(bool single_id, bool every_call, const uint64_t *agent_secret, struct sock_fprog *ret, struct error *e)
{
	const struct filter_rows *rows = &filter_rows[single_id][every_call];
	int rc = 0;

	ret->len = rows->n;
	ret->filter = xmalloc(rows->n * sizeof(*rows->code));
	memcpy(ret->filter, rows->code, rows->n * sizeof(*rows->code));
	if (agent_secret)
		rc = filter_let_agent(ret, agent_secret);
	return rc < 0 ? error_set(e, -rc, "cannot build the seccomp filter") : 0;
}

void filter_free(struct sock_fprog *f)
{
	free(f->filter);
	f->filter = NULL;
	f->len = 0;
}
