/* thread_ids: kernel thread ids and library thread handles. */
/* control: differs */
#include "guest.h"

static void *work(void *arg)
{
	(void)arg;
	printf("tid %d self %lx\n", gettid(), (unsigned long)pthread_self());
	return NULL;
}

int main(void)
{
	for (int i = 0; i < 4; i++) {
		pthread_t t;
		pthread_create(&t, NULL, work, NULL);
		pthread_join(t, NULL);
	}
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			printf("task %s\n", e->d_name);
	closedir(d);
	return 0;
}
