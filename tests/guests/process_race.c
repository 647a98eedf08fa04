/* process_race: a parent and two children write to one file at once; the order of the lines. */
/* control: load */
#include "guest.h"

static void lines(int fd, const char *who)
{
	char b[16];
	int n = snprintf(b, sizeof(b), "%s", who);
	for (int i = 0; i < 300; i++) {
		MUST(write(fd, b, (size_t)n));
		for (volatile int k = 0; k < 300; k++)
			;
	}
}

int main(void)
{
	int fd = (int)MUST(open("log", O_CREAT | O_RDWR | O_APPEND, 0644));
	static const char *const who[] = {"a", "b"};
	for (int i = 0; i < 2; i++)
		if (MUST(fork()) == 0) {
			lines(fd, who[i]);
			_exit(0);
		}
	lines(fd, "p");
	while (wait(NULL) > 0)
		;
	char b[1000] = "";
	ssize_t n = MUST(pread(fd, b, 900, 0));
	CHECK(n == 900);
	b[900] = 0;
	printf("%016" PRIx64 "\n%.100s\n", hash_add(0, b, 900), b);
	return 0;
}
