/* process_exec_thread: exec from a thread that is not the first: the process keeps its id, the other threads end. */
/* control: same */
/* status: 4 */
#include "guest.h"

static char *self;
static int barrier_fd[2];

static void *spin(void *arg)
{
	char c;
	(void)arg;
	(void)!read(barrier_fd[0], &c, 1);
	return NULL;
}

static void *runner(void *arg)
{
	char pid[16];
	(void)arg;
	snprintf(pid, sizeof(pid), "%d", getpid());
	execl("/proc/self/exe", self, "again", pid, NULL);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc == 3) {
		DIR *d = opendir("/proc/self/task");
		int n = 0;
		while (readdir(d))
			n++;
		printf("same pid %d, leader %d, threads %d\n", getpid() == atoi(argv[2]), getpid() == gettid(), n - 2);
		return 4;
	}
	pthread_t t[4];
	self = argv[0];
	MUST(pipe(barrier_fd));
	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, spin, NULL);
	pthread_create(&t[3], NULL, runner, NULL);
	pthread_join(t[3], NULL);
	printf("BAD: exec came back\n");
	return 1;
}

/* expect:
same pid 1, leader 1, threads 1
*/
