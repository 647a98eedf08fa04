/* ops_ipc.c: System V, POSIX queues. */
#include "random.h"

void op_msgget(void)
{
	result_here(syscall(SYS_msgget, told(OF(7, 8, IPC_PRIVATE)), told(OF(IPC_CREAT | 0600, 0, IPC_CREAT | IPC_EXCL | 0600))));
	native_differs = true;
}

void op_msgsnd(void)
{
	struct {
		long type;
		char text[50];
	} m = { told(OF(1, 2, 0, -1)), "" };

	fill(50);
	memcpy(m.text, buffer, 50);
	result_here(syscall(SYS_msgsnd, told(OF(0, 1, 32768, -1)), &m, told(OF(0, 5, 50, -1)), now_or(IPC_NOWAIT)));
	native_differs = true;
}

void op_msgrcv(void)
{
	struct {
		long type;
		char text[50];
	} m;

	memset(&m, 0, sizeof(m));
	if (result_here(syscall(
		    SYS_msgrcv, told(OF(0, 1, 32768, -1)), &m, told(OF(0, 5, 50)), told(OF(0, 1, 2, -2)), now_or(IPC_NOWAIT) | told(OF(0, MSG_NOERROR)))) >= 0)
		stored(&m, sizeof(m));
	native_differs = true;
}

void op_semget(void)
{
	result_here(syscall(SYS_semget, told(OF(7, 8, IPC_PRIVATE)), told(OF(1, 3, 0)), told(OF(IPC_CREAT | 0600, 0))));
	native_differs = true;
}

void op_semop(void)
{
	struct sembuf s[2] = { { (unsigned short)told(OF(0, 1, 9)), (short)told(OF(1, -1, 0, 5)), (short)(now_or(IPC_NOWAIT) | SEM_UNDO) },
		{ 0, 1, IPC_NOWAIT } };

	result_here(syscall(SYS_semop, told(OF(0, 1, -1)), s, told(OF(1, 2, 0))));
	native_differs = true;
}

void op_semctl(void)
{
	result_here(syscall(SYS_semctl, told(OF(0, 1, -1)), told(OF(0, 1)), told(OF(GETVAL, SETVAL, GETNCNT, GETPID, IPC_RMID, 99)), 3));
	native_differs = true;
}

void op_shmget(void)
{
	result_here(syscall(SYS_shmget, told(OF(7, IPC_PRIVATE)), told(OF(4096, 8192, 0)), told(OF(IPC_CREAT | 0600, 0))));
	native_differs = true;
}

void op_shmat(void)
{
	size_t n;
	char *at = any_arena(&n);
	long r = syscall(SYS_shmat, told(OF(0, 1, -1)), at, told(OF(SHM_REMAP, SHM_RND | SHM_REMAP, SHM_RDONLY | SHM_REMAP)));

	native_differs = true;
	tell_place(r);
}

void op_shmdt(void)
{
	size_t n;
	char *at = any_arena(&n);

	native_differs = true;
	result(syscall(SYS_shmdt, at));
}

void op_mq(void)
{
	struct mq_attr a = { .mq_maxmsg = told(OF(2, 10, 0)), .mq_msgsize = told(OF(10, 100)) };

	native_differs = true;
	keep_low(result(syscall(SYS_mq_open, "q", O_RDWR | now_or(O_NONBLOCK) | told(OF(O_CREAT, 0)), 0600, &a)));
}

void op_mq_send(void)
{
	int fd = any_fd();
	struct timespec t = { 0, 0 };

	fill(20);
	native_differs = true;
	result(syscall(SYS_mq_timedsend, fd, buffer, told(OF(0, 5, 20)), told(OF(0, 1, 40000)), &t));
}

void op_mq_receive(void)
{
	int fd = any_fd();
	struct timespec t = { 0, 0 };
	unsigned p = 0;

	native_differs = true;
	if (result(syscall(SYS_mq_timedreceive, fd, buffer, told(OF(100, 5)), &p, &t)) >= 0)
		say(" %u", p);
}
