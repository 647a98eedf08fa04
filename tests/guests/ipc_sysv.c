/* ipc_sysv: System V shared memory, semaphores and message queues between a parent and a child. */
/* control: same */
/* traced: fixed */
#include "guest.h"
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

static void memory(void)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	printf("shmget %s\n", outcome(id));
	if (id == -1)
		return;
	char *m = shmat(id, NULL, 0);
	MUST(shmctl(id, IPC_RMID, NULL));
	if (MUST(fork()) == 0) {
		snprintf(m, 64, "from the child");
		_exit(0);
	}
	wait(NULL);
	printf("%s\n", m);
}

static void semaphores(void)
{
	int id = semget(IPC_PRIVATE, 2, IPC_CREAT | 0600);
	printf("semget %s\n", outcome(id));
	if (id == -1)
		return;
	pid_t c = (pid_t)MUST(fork());
	struct sembuf up = {0, 1, 0}, down = {0, -1, 0}, undo = {1, 3, SEM_UNDO};
	if (c == 0) {
		MUST(semop(id, &undo, 1));
		MUST(semop(id, &up, 1));
		sleep_ns(5 * MS);
		MUST(semop(id, &up, 1));
		_exit(0);
	}
	MUST(semop(id, &down, 1));
	MUST(semop(id, &down, 1));
	wait_status(c);
	printf("values %d %d\n", semctl(id, 0, GETVAL), semctl(id, 1, GETVAL));
	MUST(semctl(id, 0, IPC_RMID));
}

static void messages(void)
{
	struct {
		long type;
		char text[16];
	} m = {2, "two"};
	int id = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	printf("msgget %s\n", outcome(id));
	if (id == -1)
		return;
	MUST(msgsnd(id, &m, 16, 0));
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		m.type = 1;
		memcpy(m.text, "one", 4);
		sleep_ns(5 * MS);
		_exit(msgsnd(id, &m, 16, 0) == 0 ? 0 : 1);
	}
	MUST(msgrcv(id, &m, 16, 1, 0)); /* waits */
	printf("%s", m.text);
	MUST(msgrcv(id, &m, 16, 0, 0));
	printf(" %s, %s\n", m.text, outcome(msgrcv(id, &m, 16, 0, IPC_NOWAIT)));
	wait_status(c);
	MUST(msgctl(id, IPC_RMID, NULL));
}

int main(void)
{
	memory();
	semaphores();
	messages();
	return 0;
}

/* expect:
shmget ok
from the child
semget ok
values 0 0
msgget ok
one two, ENOMSG
*/
