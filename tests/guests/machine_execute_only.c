/* machine_execute_only: memory of which nothing but execution was asked for can be read, as on processors without protection keys; what it asks the processor is answered. */
/* control: host */
#include "guest.h"

#include <cpuid.h>
#include <sys/mman.h>

int main(void)
{
	static const uint8_t asks[] = { 0x53, 0x31, 0xc0, 0x31, 0xc9, 0x0f, 0xa2, 0x89, 0xc8, 0x31, 0xd0, 0x5b, 0xc3 }; /* ecx and edx of cpuid's leaf 0 */
	unsigned brand[4];
	int (*run)(void);
	uint8_t *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int out = (int)MUST(open("bytes", O_RDWR | O_CREAT, 0600));

	CHECK(code != MAP_FAILED);
	memcpy(code, asks, sizeof(asks));
	memcpy(&run, &code, sizeof(run));
	MUST(mprotect(code, 4096, PROT_EXEC));
	__cpuid(0x80000002, brand[0], brand[1], brand[2], brand[3]);
	printf("the maker %#x, brand %#x %#x, its bytes: %s\n", run(), brand[0], brand[1], outcome(write(out, code, 2)));
	return 0;
}
