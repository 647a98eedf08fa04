/* loop_never: two threads count and wait for each other for ever: a deadlock without any call. (Natively it gives up by itself.) */
/* control: same */
/* traced: fixed */
/* options: --no-cwd */
/* status: 0 */
#include "guest.h"

static volatile int flag[2];
static volatile unsigned long n[2];

static void *wait_for(void *arg)
{
	int me = *(int *)arg;
	while (!flag[me])
		n[me]++;
	flag[!me] = 1;
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t t[2];
	int id[2] = {0, 1};

	(void)argv;
	for (int i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, wait_for, &id[i]);
	if (argc < 2)
		flag[0] = 1; /* as an ordinary guest it ends */
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	printf("ended\n");
	return 0;
}

/* expect:
ended
*/
