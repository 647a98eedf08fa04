/* machine_auxv: the auxiliary vector: capabilities of the CPU, addresses, ids, page size. */
/* control: differs */
#include "guest.h"
#include <elf.h>
#include <sys/auxv.h>

extern char **environ;

int main(void)
{
	char **e = environ;
	while (*e)
		e++;
	for (Elf64_auxv_t *a = (Elf64_auxv_t *)(void *)(e + 1); a->a_type != AT_NULL; a++)
		printf("%lu: %lx\n", (unsigned long)a->a_type, (unsigned long)a->a_un.a_val);
	const char *p = (const char *)getauxval(AT_PLATFORM), *f = (const char *)getauxval(AT_EXECFN);
	printf("platform %s execfn %s\n", p ? p : "-", f ? f : "-");
	return 0;
}
