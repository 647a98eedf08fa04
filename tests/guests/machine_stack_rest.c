/* machine_stack_rest: what lies on a new program's stack between its lists and its strings, when the kernel had to take a long argument away for a script's
 * interpreter: random bytes and the platform's name, else zeros. */
/* control: host */
#include "guest.h"

#include <elf.h>
#include <sys/auxv.h>

extern char **environ;

static void look(char **argv)
{
	const char *lowest = (const char *)getauxval(AT_EXECFN);
	char **e = environ;
	const uint8_t *at, *data;
	size_t n = 0;

	for (char **s = argv; *s; s++)
		lowest = *s < lowest ? *s : lowest;
	while (*e) {
		lowest = *e < lowest ? *e : lowest;
		e++;
	}
	for (at = (const uint8_t *)(e + 1); ((const Elf64_auxv_t *)(const void *)at)->a_type != AT_NULL; at += sizeof(Elf64_auxv_t))
		;
	at += sizeof(Elf64_auxv_t);
	data = (const uint8_t *)((uintptr_t)(lowest - 32) & ~(uintptr_t)15);
	for (; at < data; at++)
		n += *at != 0;
	printf("%zu bytes that are not zero\n", n);
}

int main(int argc, char **argv)
{
	static const size_t lengths[] = { 10, 300, 3000, 20000, 100000 };
	char self[PATH_MAX] = "", text[PATH_MAX + 8];

	if (argc > 1) {
		look(argv);
		return 0;
	}
	MUST(readlink("/proc/self/exe", self, sizeof(self) - 1));
	snprintf(text, sizeof(text), "#!%s\n", self);
	put_file("s", text);
	MUST(chmod("s", 0755));
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		char *name = calloc(1, lengths[i] + 1);
		char *const args[] = { name, NULL };

		memset(name, '7', lengths[i]);
		fflush(stdout);
		if (MUST(fork()) == 0) {
			execv("s", args);
			_exit(1);
		}
		MUST(wait(NULL));
		free(name);
	}
	return 0;
}
