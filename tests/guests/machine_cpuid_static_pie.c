/* machine_cpuid_static_pie: the same, asked by a program that relocates itself. */
/* control: host */
/* flags: -static-pie -fPIE */
#include "machine_cpuid.c"
