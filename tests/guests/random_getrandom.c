/* random_getrandom: the system's random bytes, by every flag and by getentropy. */
/* control: differs */
#include "guest.h"
#include <sys/random.h>

static void show(const char *what, const unsigned char *b, long n)
{
	printf("%s %ld:", what, n);
	for (long i = 0; i < n; i++)
		printf(" %02x", b[i]);
	printf("\n");
}

int main(void)
{
	unsigned char b[16], big[1000];
	show("plain", b, MUST(getrandom(b, sizeof(b), 0)));
	show("nonblock", b, MUST(getrandom(b, 7, GRND_NONBLOCK)));
	show("random", b, MUST(getrandom(b, 16, GRND_RANDOM)));
	MUST(getentropy(b, 16));
	show("entropy", b, 16);
	CHECK(MUST(getrandom(big, sizeof(big), 0)) == 1000);
	printf("big %016" PRIx64 "\n", hash_add(0, big, sizeof(big)));
	printf("bad flag %s\n", outcome(getrandom(b, 1, 0x80)));
	return 0;
}
