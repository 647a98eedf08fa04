/* loop_long_name: a thread waits in a loop, and a mapped file has a path in whose middle a line of /proc/PID/maps seems to begin. */
/* control: same */
#include "guest.h"

static volatile int flag;

static void *setter(void *arg)
{
	sleep_ns(MS);
	flag = 1;
	return arg;
}

/* Wherever a reader cuts the line: a mapping of all memory follows. */
static void map_name(void)
{
	static const char fake[] = "1000-fffffffffffff000 rw-p ";
	char name[NAME_MAX + 1] = "";

	for (int depth = 0; depth < 2; depth++) {
		memset(name, 'd', 200);
		MUST(mkdir(name, 0755));
		MUST(chdir(name));
	}
	for (size_t n = 0; n + sizeof(fake) < sizeof(name); n += sizeof(fake) - 1)
		strcpy(name + n, fake);
	for (int shift = 0; shift < (int)sizeof(fake) - 1; shift++) {
		int fd = (int)MUST(open(name + shift, O_RDWR | O_CREAT, 0644));

		MUST(ftruncate(fd, 4096));
		CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) != MAP_FAILED);
		close(fd);
	}
}

int main(void)
{
	pthread_t t;

	map_name();
	pthread_create(&t, NULL, setter, NULL);
	while (!flag)
		;
	pthread_join(t, NULL);
	printf("done\n");
	return 0;
}

/* expect:
done
*/
