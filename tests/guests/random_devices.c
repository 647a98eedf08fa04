/* random_devices: /dev/urandom and /dev/random, in small and large pieces and mapped by two readers. */
/* control: differs */
#include "guest.h"

int main(void)
{
	static const char *const names[] = {"/dev/urandom", "/dev/random"};
	for (int i = 0; i < 2; i++) {
		unsigned char b[4096];
		int fd = (int)MUST(open(names[i], O_RDONLY));
		for (int n = 1; n <= 4096; n *= 8) {
			ssize_t got = read(fd, b, (size_t)n);
			CHECK(got == n || got == n / 1);
			printf("%s %d %016" PRIx64 "\n", names[i], n, hash_add(0, b, (size_t)got));
		}
		close(fd);
	}
	if (MUST(fork()) == 0) {
		unsigned char b[8];
		int fd = (int)MUST(open("/dev/urandom", O_RDONLY));
		MUST(read(fd, b, 8));
		printf("child %016" PRIx64 "\n", hash_add(0, b, 8));
		_exit(0);
	}
	wait(NULL);
	return 0;
}
