/* filter_rows.h: whole seccomp filters, made of the policy table when detbuild is built (filter_rows.c): libseccomp takes a millisecond or two for each. */
#ifndef DETBUILD_SYSCALL_FILTER_ROWS_H
#define DETBUILD_SYSCALL_FILTER_ROWS_H

#include <linux/filter.h>

struct filter_rows { const struct sock_filter *code; unsigned short n; };

extern const struct filter_rows filter_rows[2][2]; /* [single_id][every_call], as in filter.h */

#endif
