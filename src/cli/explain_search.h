/* explain_search.h: which of many inputs change a result, found with few builds. Pure: builds are made by the caller.
 *
 * A build is named by the set of inputs that are changed in it; the empty set is the plain one. */
#ifndef DETBUILD_CLI_EXPLAIN_SEARCH_H
#define DETBUILD_CLI_EXPLAIN_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef uint32_t input_set; /* one bit for each input, the likely ones first */
#define INPUT_BIT(i) ((input_set)1 << (i))

struct search_lab {
	void *ctx;
	/* Makes those of the n builds that were not made yet. 0, or -errno, which ends the search. */
	int (*build)(void *ctx, const input_set *sets, size_t n, struct error *e);
	/* Of a build that was made: does anything differ from the plain one; does unit u? */
	bool (*changed)(void *ctx, input_set set);
	bool (*shows)(void *ctx, input_set set, size_t u);
};

/* After this each input of `all` that changes something by itself has been built alone, unless a build of a group around it showed
 * no difference at all. `all` itself must have been built. */
int search_single(const struct search_lab *lab, input_set all, struct error *e);
/* A smallest set of inputs that makes unit u differ; u differs in `from`, which was built. No input less makes it differ. */
int search_joint(const struct search_lab *lab, input_set from, size_t u, input_set *ret, struct error *e);
size_t input_set_size(input_set s);

#endif
