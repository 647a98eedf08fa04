/* processor.c: see processor.h. */
#include "run/processor.h"

#include <errno.h>

#include "model/machine.h"

/* Called only where OSXSAVE says that the instruction exists. */
static uint64_t read_xcr0(void)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (uint64_t)high << 32 | low;
}

static uint64_t host_xcr0(void)
{
	enum { OSXSAVE = 1 << 27 };
	uint32_t v[4];

	host_cpuid(1, 0, v);
	return v[2] & OSXSAVE ? read_xcr0() : 0;
}

/* Features can be hidden, not added. */
int processor_check(uint32_t model, struct error *e)
{
	const char *missing = machine_cpu_missing(model, host_cpuid, host_xcr0());

	if (!missing)
		return 0;
	error_set(e, ENODEV, "the processor of this machine lacks '%s' of --cpu %s", missing, machine_cpu_model_name(model));
	if (model != MACHINE_CPU_V2)
		error_hint(e, "--cpu %s asks for less", machine_cpu_model_name(MACHINE_CPU_V2));
	e->exit_code = 4;
	return -ENODEV;
}
