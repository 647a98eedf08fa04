/* kept.c: memory of handlers that outlives a call. What is forgotten follows from the sizes asked for, not from the host. */
#include "tracee/tracee.h"

#include <stdlib.h>

#include "base/mem.h"

enum { KEPT_MOST = 64 << 20 };

static void forget(struct executor *x, uint32_t number)
{
	free(x->kept[number].bytes);
	x->kept[number].bytes = NULL;
	x->kept_bytes -= x->kept[number].size;
	x->kept[number].size = 0;
}

static void forget_oldest(struct executor *x)
{
	uint32_t oldest = 0;

	for (uint32_t k = 1; k < EXECUTOR_KEPT; k++)
		if (x->kept[k].bytes && (!oldest || x->kept[k].order < x->kept[oldest].order))
			oldest = k;
	forget(x, oldest);
}

void *x_keep(struct call *c, uint32_t number, size_t n)
{
	struct executor *x = c->x;

	if (number == 0 || number >= EXECUTOR_KEPT || n == 0 || n > KEPT_MOST)
		return NULL;
	forget(x, number);
	while (x->kept_bytes + n > KEPT_MOST)
		forget_oldest(x);
	x->kept[number].bytes = xzalloc(n);
	x->kept[number].size = n;
	x->kept[number].order = x->kept_count++;
	x->kept_bytes += n;
	return x->kept[number].bytes;
}

void *x_kept(struct call *c, uint32_t number)
{
	return number < EXECUTOR_KEPT ? c->x->kept[number].bytes : NULL;
}

void executor_drop_kept(struct executor *x)
{
	for (uint32_t k = 0; k < EXECUTOR_KEPT; k++)
		forget(x, k);
}
