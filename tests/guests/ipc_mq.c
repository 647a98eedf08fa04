/* ipc_mq: POSIX message queues: priorities, blocking, time-outs. */
/* control: same */
/* traced: fixed */
#include "guest.h"
#include <mqueue.h>

int main(void)
{
	struct mq_attr a = {.mq_maxmsg = 4, .mq_msgsize = 32};
	char b[32] = "";
	unsigned prio;
	mqd_t q = mq_open("/detbuild-guest", O_CREAT | O_RDWR, 0600, &a);
	printf("mq_open %s\n", outcome(q));
	if (q == (mqd_t)-1)
		return 0;
	MUST(mq_unlink("/detbuild-guest"));
	MUST(mq_send(q, "low", 4, 1));
	MUST(mq_send(q, "high", 5, 9));
	MUST(mq_receive(q, b, sizeof(b), &prio));
	printf("%s %u\n", b, prio);
	MUST(mq_receive(q, b, sizeof(b), &prio));
	printf("%s %u\n", b, prio);
	struct timespec past = {1, 0};
	printf("time-out %s\n", outcome(mq_timedreceive(q, b, sizeof(b), &prio, &past)));
	if (MUST(fork()) == 0) {
		sleep_ns(5 * MS);
		MUST(mq_send(q, "child", 6, 0));
		_exit(0);
	}
	MUST(mq_receive(q, b, sizeof(b), &prio));
	printf("%s\n", b);
	wait(NULL);
	return 0;
}

/* expect:
mq_open ok
high 9
low 1
time-out ETIMEDOUT
child
*/
