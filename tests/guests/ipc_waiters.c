/* ipc_waiters: who of several that wait gets what comes: System V messages by type, semaphores, POSIX queues. */
/* control: same */
#include "guest.h"

#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

struct text { long type; char c; };

static int results[2], queue, sem;
static mqd_t mq;
/* Natively it takes a moment until the child sleeps. */
static void until_asleep(pid_t pid)
{
	char path[32], text[256];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	for (int seen = 0, i = 0; seen < 3 && i < 200; i++) {
		sleep_ns(MS);
		seen = slurp(path, text, sizeof(text)) > 0 && strstr(text, ") S ") ? seen + 1 : 0;
	}
}

static void waiter(int id, char (*get)(int), int arg)
{
	pid_t p = (pid_t)MUST(fork());
	char said[3] = {(char)('a' + id), 0, ' '};

	if (p) {
		until_asleep(p);
		return;
	}
	said[1] = get(arg);
	MUST(write(results[1], said, 3));
	_exit(0);
}

static char get_message(int type)
{
	struct text t;
	MUST(msgrcv(queue, &t, 1, type, 0));
	return t.c;
}

static char get_semaphore(int n)
{
	struct sembuf b = {0, (short)-n, 0};
	return semop(sem, &b, 1) == 0 ? (char)('0' + n) : '!';
}

static char get_posted(int arg)
{
	char b[16];
	(void)arg;
	MUST(mq_receive(mq, b, sizeof(b), NULL));
	return b[0];
}

/* What came to whom, one after the other. */
static void heard(int n)
{
	char b[4];

	for (; n > 0; n--) {
		MUST(read(results[0], b, 3));
		printf(" %.2s", b);
	}
}

static void send_type(long type, char c)
{
	struct text t = {type, c};
	MUST(msgsnd(queue, &t, 1, 0));
}

static void messages(void)
{
	queue = (int)MUST(msgget(IPC_PRIVATE, 0600));
	waiter(0, get_message, 5);
	waiter(1, get_message, 0);
	waiter(2, get_message, -3);
	waiter(3, get_message, 5);
	waiter(4, get_message, 0);
	printf("messages:");
	send_type(5, 'p');
	heard(1);
	send_type(5, 'q');
	heard(1);
	send_type(2, 'r');
	heard(1);
	send_type(4, 's');
	heard(1);
	send_type(5, 't');
	heard(1);
	printf("\n");
	MUST(msgctl(queue, IPC_RMID, NULL));
}

static void up(int n)
{
	struct sembuf b = {0, (short)n, 0};
	MUST(semop(sem, &b, 1));
}

static void semaphores(void)
{
	sem = (int)MUST(semget(IPC_PRIVATE, 1, 0600));
	waiter(0, get_semaphore, 3);
	waiter(1, get_semaphore, 1);
	waiter(2, get_semaphore, 2);
	waiter(3, get_semaphore, 1);
	printf("semaphores:");
	up(1);
	heard(1);
	up(1);
	heard(1);
	printf(" waiting %d", semctl(sem, 0, GETNCNT));
	up(3);
	heard(1);
	up(2);
	heard(1);
	waiter(4, get_semaphore, 0);
	up(1);
	waiter(5, get_semaphore, 0);
	printf(" for zero %d", semctl(sem, 0, GETZCNT));
	MUST(semctl(sem, 0, SETVAL, 0));
	heard(2);
	printf("\n");
	MUST(semctl(sem, 0, IPC_RMID));
}

static void posted(void)
{
	struct mq_attr a = {.mq_maxmsg = 4, .mq_msgsize = 16};
	char name[64];

	snprintf(name, sizeof(name), "/detbuild-waiters-%d", getpid());
	mq = (mqd_t)MUST(mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &a));
	MUST(mq_unlink(name));
	waiter(0, get_posted, 0);
	waiter(1, get_posted, 0);
	printf("posted:");
	MUST(mq_send(mq, "x", 1, 0));
	heard(1);
	MUST(mq_send(mq, "y", 1, 0));
	heard(1);
	printf("\n");
}

int main(void)
{
	MUST(pipe(results));
	messages();
	semaphores();
	posted();
	while (wait(NULL) > 0)
		;
	return 0;
}

/* expect:
messages: ap bq cr es dt
semaphores: b1 d1 waiting 2 a3 c2 for zero 1 e0 f0
posted: ax by
*/
