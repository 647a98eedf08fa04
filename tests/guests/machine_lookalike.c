/* machine_lookalike: bytes that look like cpuid, inside of constants and among data, stay what they are. */
/* control: same */
#include "guest.h"

static const unsigned char table[] = { 0x00, 0x0f, 0xa2, 0xcc, 0x0f, 0xc7, 0xf0, 0x0f, 0x01, 0xd0 };

/* Data among code, that no symbol and no unwind entry describes; and constants inside of instructions. */
__asm__(".text\n\t.balign 16\nin_text: .byte 0xf3, 0x1e, 0x0f, 0xa2, 0x8e, 0x9b, 0xb7, 0x45, 0x06, 0x0e, 0x16, 0x1e, 0x0f, 0xc7, 0xf8, 0x06\n\t.balign 16");
extern const unsigned char in_text[16] __attribute__((visibility("hidden")));

__attribute__((noinline)) static uint32_t constant(void)
{
	uint32_t v;

	__asm__ volatile("movl $0x0190a20f, %0" : "=r"(v));
	return v;
}

__attribute__((noinline)) static uint64_t wide(void)
{
	uint64_t v;

	__asm__ volatile("movabs $0xf0c70fa20fd0010f, %0" : "=r"(v));
	return v;
}

static void print(const char *what, const unsigned char *p, size_t n)
{
	printf("%s", what);
	for (size_t i = 0; i < n; i++)
		printf(" %02x", p[i]);
	printf("\n");
}

int main(void)
{
	print("table", table, sizeof(table));
	print("text", in_text, 16);
	printf("constant %08" PRIx32 "\n", constant());
	printf("wide %016" PRIx64 "\n", wide());
	return 0;
}
/* expect:
table 00 0f a2 cc 0f c7 f0 0f 01 d0
text f3 1e 0f a2 8e 9b b7 45 06 0e 16 1e 0f c7 f8 06
constant 0190a20f
wide f0c70fa20fd0010f
*/
