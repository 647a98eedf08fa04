/* filter.h: the seccomp filter, derived from the policy table. */
#ifndef DETBUILD_SYSCALL_FILTER_H
#define DETBUILD_SYSCALL_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct sock_fprog;

/* The program for one box. single_id: rows marked *_SINGLE stop. every_call: everything stops but
 * FIXED rows. agent_secret: two words; NULL: there is no agent. ret->filter is malloc'ed; free with filter_free(). 0, or -errno with e filled. */
int filter_build(bool single_id, bool every_call, const uint64_t *agent_secret, struct sock_fprog *ret, struct error *e);
int filter_let_agent(struct sock_fprog *f, const uint64_t secret[2]); /* filter_agent.c: of a whole program; 0 or -errno */
void filter_free(struct sock_fprog *f);

#endif
