/* Sanitizers lay memory that nobody may touch over all parts of the address space that are no program's (TSan's and MSan's layouts): what detbuild keeps
 * in a program does not lie there. */
/* control: same */
/* expect:
0x10000000000
0x600000000000
stat 0
*/
#include "guest.h"

static void cover(uintptr_t at, size_t size)
{
	void *p = mmap((void *)at, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);

	printf("%p\n", p);
}

int main(void)
{
	struct stat st;

	cover(0x010000000000, 0x0f0000000000);
	cover(0x600000000000, 0x100000000000);
	printf("stat %d\n", stat("/usr", &st));
	return 0;
}
