/* processor.h: the host's processor must have what the model's promises (--cpu).
 *
 * R1. host_cpuid() is the only place where a run's start reads the host's processor, and what it says decides one thing: start or
 *     refuse. The tests link another one in its place (tests/seams/host_cpu.c), which hides features. */
#ifndef DETBUILD_RUN_PROCESSOR_H
#define DETBUILD_RUN_PROCESSOR_H

#include <stdint.h>

#include "base/error.h"

/* eax ebx ecx edx, as the CPUID instruction says them here. */
void host_cpuid(uint32_t leaf, uint32_t sub, uint32_t ret[4]);

/* 0, or -ENODEV with the feature that is missing and exit status 4. model: enum machine_cpu_model. */
int processor_check(uint32_t model, struct error *e);

#endif
