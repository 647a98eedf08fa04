/* ipc_sem_undo: semaphores: several operations at once, waiting, timing out, undoing at the end of a process, removal under waiters. */
/* control: same */
#include "guest.h"

#include <sys/sem.h>
#include <sys/shm.h>

static int id;

static int op(int num, int by, int flags)
{
	struct sembuf b = {(unsigned short)num, (short)by, (short)flags};

	return (int)syscall(SYS_semop, id, &b, 1L);
}

static int value(int num)
{
	return (int)MUST(semctl(id, num, GETVAL));
}

int main(void)
{
	struct sembuf both[2] = {{0, -1, 0}, {1, -1, 0}};
	struct timespec ts = {0, 20 * MS};
	unsigned short all[3] = {0, 2, 7};

	id = (int)MUST(semget(IPC_PRIVATE, 3, IPC_CREAT | 0600));
	MUST(semctl(id, 0, SETALL, all));
	printf("take one of none, not waiting: %s\n", outcome(op(0, -1, IPC_NOWAIT)));
	int64_t before = clock_ns(CLOCK_MONOTONIC);
	printf("take two of which one is there: %s", outcome(semtimedop(id, both, 2, &ts)));
	printf(", waited %d, values %d %d\n", clock_ns(CLOCK_MONOTONIC) - before >= 20 * MS, value(0), value(1));

	/* The child's end gives back what it took and takes back what it gave. */
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		MUST(op(2, -3, SEM_UNDO));
		MUST(op(0, 1, SEM_UNDO));
		MUST(op(1, 1, 0));
		printf("in the child: %d %d %d\n", value(0), value(1), value(2));
		_exit(0);
	}
	wait_status(c);
	printf("after it: %d %d %d\n", value(0), value(1), value(2));

	/* A waiter is released by the undoing. */
	c = (pid_t)MUST(fork());
	if (c == 0) {
		MUST(op(2, -7, SEM_UNDO));
		sleep_ns(30 * MS);
		_exit(0);
	}
	sleep_ns(10 * MS);
	printf("taken away: %d\n", value(2));
	MUST(op(2, -7, 0));
	printf("and back: %d, child %s\n", value(2), status_words(wait_status(c)));

	/* Waiting for zero, and the number of waiters' turn. */
	MUST(semctl(id, 2, SETVAL, 2));
	c = (pid_t)MUST(fork());
	if (c == 0) {
		MUST(op(2, 0, 0));
		_exit(value(2) == 0 ? 0 : 1);
	}
	sleep_ns(5 * MS);
	MUST(op(2, -1, 0));
	MUST(op(2, -1, 0));
	printf("zero: %s\n", status_words(wait_status(c)));

	/* Removal ends all waiting. */
	c = (pid_t)MUST(fork());
	if (c == 0) {
		int r = op(0, -1, 0);

		printf("removed: %s\n", outcome(r));
		_exit(0);
	}
	sleep_ns(10 * MS);
	MUST(semctl(id, 0, IPC_RMID));
	wait_status(c);
	printf("gone: %s\n", outcome(op(0, 1, 0)));

	/* Shared memory lives until the last one lets go. */
	int shm = (int)MUST(shmget(IPC_PRIVATE, 8192, IPC_CREAT | 0600));
	char *a = shmat(shm, NULL, 0), *b = shmat(shm, NULL, SHM_RDONLY);
	CHECK(a != (void *)-1 && b != (void *)-1 && a != b);
	strcpy(a, "shared");
	MUST(shmctl(shm, IPC_RMID, NULL));
	printf("[%s]", b);
	printf(" shmdt: %s", outcome(shmdt(a)));
	printf(" [%s]", b);
	printf(" shmdt: %s", outcome(shmdt(b)));
	printf(" again: %s\n", outcome(shmdt(b)));
	return 0;
}

/* expect:
take one of none, not waiting: EAGAIN
take two of which one is there: EAGAIN, waited 1, values 0 2
in the child: 1 3 4
after it: 0 3 7
taken away: 0
and back: 0, child exit 0
zero: exit 0
removed: EIDRM
gone: EINVAL
[shared] shmdt: ok [shared] shmdt: ok again: EINVAL
*/
