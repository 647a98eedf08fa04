/* time.h: the host's own time, for limits and for messages to people. Nothing that a guest can see comes from here. */
#ifndef DETBUILD_BASE_TIME_H
#define DETBUILD_BASE_TIME_H

#include <stdint.h>

int64_t monotonic_ns(void);              /* CLOCK_MONOTONIC (clock_gettime(2)): nanoseconds since some moment before the start */
int64_t monotonic_after(uint64_t ns);    /* what it will say after so many; INT64_MAX, which never comes, when that is too far */

#endif
