/* machine_layout: where large mappings of every kind lie: kernels align them differently, by size, kind and filesystem. */
/* control: differs */
#include "guest.h"
#include <sys/ipc.h>
#include <sys/shm.h>

enum { LARGE = 3 << 20 };

static void tell(const char *what, const void *at)
{
	printf("%s %p\n", what, at);
}

static void *map(const char *what, size_t len, int flags, int fd)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, flags, fd, 0);

	CHECK(p != MAP_FAILED);
	tell(what, p);
	return p;
}

static void *thread(void *arg)
{
	tell("thread's stack", __builtin_frame_address(0));
	return arg;
}

static void move(void)
{
	char *p = map("to grow", LARGE, MAP_PRIVATE | MAP_ANONYMOUS, -1), *q;

	map("in its way", 4096, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	memcpy(p + LARGE - 5, "text", 5);
	q = mremap(p, LARGE, 3 * LARGE, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED && !strcmp(q + LARGE - 5, "text"));
	tell("grown", q);
	q = mremap(q, 3 * LARGE, LARGE, MREMAP_MAYMOVE);
	tell("shrunk", q);
	CHECK(mremap(q, LARGE, 4 * LARGE, 0) == q || errno == ENOMEM);
}

static void files(void)
{
	int fd = (int)MUST(open("large", O_RDWR | O_CREAT, 0600)), mem = (int)MUST(memfd_create("m", 0)), id;

	MUST(ftruncate(fd, 5 << 20));
	MUST(ftruncate(mem, 5 << 20));
	map("file, private", LARGE, MAP_PRIVATE, fd);
	map("file, shared", 5 << 20, MAP_SHARED, fd);
	CHECK(mmap(NULL, LARGE, PROT_READ, MAP_SHARED_VALIDATE, fd, 0) != MAP_FAILED);
	map("memfd", 5 << 20, MAP_SHARED, mem);
	id = (int)MUST(shmget(IPC_PRIVATE, 5 << 20, 0600));
	tell("segment", shmat(id, NULL, 0));
	MUST(shmctl(id, IPC_RMID, NULL));
	MUST(unlink("large"));
}

static void hints(void)
{
	char *far = (char *)0x200000000000, *p = mmap(far, LARGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *q;

	tell("at a hint", p);
	CHECK(p == far);
	q = mmap(far + 4096, LARGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(q != MAP_FAILED && (q + LARGE <= p || q >= p + LARGE));
	tell("hint taken", q);
	q = mmap(NULL, LARGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	CHECK((uintptr_t)q >> 31 == 0);
	tell("below 2 GiB", q);
	q = mmap(p, LARGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	printf("taken, fixed: %s\n", q == MAP_FAILED ? outcome(-1) : "mapped");
	q = mmap(NULL, (size_t)1 << 47, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	printf("all of it: %s\n", q == MAP_FAILED ? outcome(-1) : "mapped");
	q = mmap(NULL, LARGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	printf("huge pages: %s\n", q == MAP_FAILED ? outcome(-1) : "mapped");
	q = mmap(NULL, LARGE, PROT_READ, 0, -1, 0);
	printf("no kind: %s\n", q == MAP_FAILED ? outcome(-1) : "mapped");
}

int main(int argc, char **argv)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	static char maps[65536];
	pthread_t t;
	int fd;

	tell("arguments", argv);
	map("small", 4096, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	map("large", LARGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	map("large, of two pages", 2 << 20, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	map("nearly large", (2 << 20) - 4096, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	map("odd", LARGE + 1, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	map("shared", LARGE, MAP_SHARED | MAP_ANONYMOUS, -1);
	files();
	move();
	hints();
	tell("malloc", malloc(LARGE));
	CHECK(!pthread_create(&t, NULL, thread, NULL));
	pthread_join(t, NULL);
	fd = (int)MUST(open("/proc/self/maps", O_RDONLY));
	for (size_t n = 0, r; (r = (size_t)read(fd, maps + n, sizeof(maps) - 1 - n)) > 0 && n < sizeof(maps) - 1; n += r)
		;
	fputs(maps, stdout);
	if (argc == 1 && setrlimit(RLIMIT_STACK, &unlimited) == 0)
		execl(argv[0], argv[0], "again, filled from below", NULL);
	return 0;
}
