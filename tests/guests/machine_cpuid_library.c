/* machine_cpuid_library: what a library found out about the processor when it was loaded while the program ran. */
/* control: host */
#include "guest.h"
#include <dlfcn.h>

int main(void)
{
	void *lib = dlopen("libgcc_s.so.1", RTLD_NOW);
	unsigned *model = lib ? dlvsym(lib, "__cpu_model", "GCC_4.8.0") : NULL;

	CHECK(lib && model);
	if (model)
		printf("vendor %u type %u subtype %u features %08x\n", model[0], model[1], model[2], model[3]);
	return 0;
}
