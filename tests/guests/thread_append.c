/* thread_append: eight threads append lines to one log. */
/* control: load */
#include "guest.h"

static int fd;
static pthread_barrier_t start;

static void *work(void *arg)
{
	char line[32];
	pthread_barrier_wait(&start);
	for (int i = 0; i < 40; i++) {
		int n = snprintf(line, sizeof(line), "thread %c line %02d\n", *(char *)arg, i);
		MUST(write(fd, line, (size_t)n));
	}
	return NULL;
}

int main(void)
{
	pthread_t t[8];
	char name[] = "abcdefgh", b[8 * 40 * 17 + 1];
	fd = (int)MUST(open("log", O_CREAT | O_RDWR | O_APPEND, 0644));
	pthread_barrier_init(&start, NULL, 8);
	for (int i = 0; i < 8; i++)
		pthread_create(&t[i], NULL, work, &name[i]);
	for (int i = 0; i < 8; i++)
		pthread_join(t[i], NULL);
	ssize_t n = MUST(pread(fd, b, sizeof(b), 0));
	CHECK(n == 8 * 40 * 17);
	printf("%zd %016" PRIx64 "\n", n, hash_add(0, b, (size_t)n));
	return 0;
}
