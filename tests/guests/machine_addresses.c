/* machine_addresses: where things lie: stack, heap, program, libraries, vdso, maps of several sizes, a thread's stack. */
/* control: differs */
#include "guest.h"
#include <sys/auxv.h>

static void *thread(void *arg)
{
	(void)arg;
	int here;
	printf("thread stack %p self %lx\n", (void *)&here, (unsigned long)pthread_self());
	return NULL;
}

int main(void)
{
	int here;
	printf("stack %p brk %p malloc %p big %p\n", (void *)&here, sbrk(0), malloc(10), malloc(1 << 20));
	printf("main %p libc %p data %p vdso %lx\n", (void *)(uintptr_t)main, (void *)(uintptr_t)getpid, (void *)&stdout,
		getauxval(AT_SYSINFO_EHDR));
	static const size_t sizes[] = {4096, 1 << 16, 1 << 21, 3 << 21, 1 << 26};
	for (int i = 0; i < 5; i++) {
		void *p = mmap(NULL, sizes[i], PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		printf("map of %zu: %p\n", sizes[i], p);
		if (i % 2)
			munmap(p, sizes[i]);
	}
	pthread_t t;
	pthread_create(&t, NULL, thread, NULL);
	pthread_join(t, NULL);
	return 0;
}
