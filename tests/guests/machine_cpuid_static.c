/* machine_cpuid_static: the same, asked by a program without a dynamic linker. */
/* control: host */
/* flags: -static */
#include "machine_cpuid.c"
