/* random_fork: a process and its children draw different numbers; so do a program and what it execs. */
/* control: differs */
#include "guest.h"
#include <sys/random.h>

static uint64_t draw(void)
{
	uint64_t v;
	MUST(getrandom(&v, sizeof(v), 0));
	return v;
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		printf("after exec %016" PRIx64 "\n", draw());
		return 0;
	}
	uint64_t seen[5] = {0};
	int p[2];
	MUST(pipe(p));
	seen[0] = draw();
	for (int i = 1; i < 5; i++) {
		pid_t c = (pid_t)MUST(fork());
		if (c == 0) {
			uint64_t v = draw();
			MUST(write(p[1], &v, sizeof(v)));
			_exit(0);
		}
		wait_status(c);
		MUST(read(p[0], &seen[i], sizeof(seen[i])));
	}
	for (int i = 0; i < 5; i++) {
		printf("%016" PRIx64 "\n", seen[i]);
		for (int j = 0; j < i; j++)
			CHECK(seen[i] != seen[j]);
	}
	execl("/proc/self/exe", argv[0], "again", NULL);
	return 1;
}
