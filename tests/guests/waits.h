/* waits.h: every family of calls that wait, what makes each of them end, and a process that sends a signal meanwhile. */
#ifndef WAITS_H
#define WAITS_H
#include "guest.h"

#include <mqueue.h>
#include <pty.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/timerfd.h>
#include <sys/un.h>

static int p[2], sp[2], packed[2], timed[2], tty[2], ep, ev, ino, msq, sem, lock_fd, listener, full[2], tfd, msq_full, queue;
static sem_t *sema;
static mqd_t mq, mq_full;
static uint32_t *word;
static long nap = 50 * MS; /* of those that only time ends */
static pid_t sleeper;
static char big[65536];

/* Each waits until complete() has been done. */
static long in_read(void) { char c; return read(p[0], &c, 1); }
static long in_readv(void) { char c; struct iovec { void *b; size_t n; } v = {&c, 1}; return syscall(SYS_readv, p[0], &v, 1); }
static long in_write(void) { return write(full[1], big, 10); }
static long in_recv(void) { char c; return recv(sp[0], &c, 1, 0); }
static long in_recvmsg(void) { char c; struct { void *b; size_t n; } v = {&c, 1}; struct msghdr m = {.msg_iov = (void *)&v, .msg_iovlen = 1}; return recvmsg(sp[0], &m, 0); }
static long in_accept(void) { int s = accept(listener, NULL, NULL); return s < 0 ? s : close(s); }
static long in_wait(void) { return waitpid(sleeper, NULL, 0) > 0 ? 0 : -1; }
static long in_waitid(void) { siginfo_t si; return waitid(P_PID, (id_t)sleeper, &si, WEXITED); }
static long in_flock(void) { return flock(lock_fd, LOCK_EX); }
static long in_fcntl(void) { struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET}; return fcntl(lock_fd, F_SETLKW, &l); }
static long in_fifo(void) { int fd = open("fifo", O_RDONLY); return fd < 0 ? fd : close(fd); }
static long in_sem_wait(void) { return sem_wait(sema); }
static long in_msgrcv(void) { struct { long t; char c; } m; return msgrcv(msq, &m, 1, 0, 0); }
static long in_semop(void) { struct sembuf b = {0, -1, 0}; return semop(sem, &b, 1); }
static long in_mq(void) { char b[16]; return mq_receive(mq, b, sizeof(b), NULL); }
static long in_eventfd(void) { uint64_t n; return read(ev, &n, sizeof(n)); }
static long in_inotify(void) { char b[512]; return read(ino, b, sizeof(b)) > 0 ? 1 : -1; }
static long in_timerfd(void) { uint64_t n; return read(tfd, &n, sizeof(n)); }
static long in_poll(void) { struct pollfd f = {.fd = p[0], .events = POLLIN}; return poll(&f, 1, -1); }
static long in_select(void) { fd_set s; FD_ZERO(&s); FD_SET(p[0], &s); return select(p[0] + 1, &s, NULL, NULL, NULL); }
static long in_epoll(void) { struct epoll_event e; return epoll_wait(ep, &e, 1, -1); }
static long in_nanosleep(void) { struct timespec t = {0, nap}; return nanosleep(&t, NULL); }
static long in_clock_nanosleep(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += nap;
	t.tv_sec += t.tv_nsec / NS;
	t.tv_nsec %= NS;
	errno = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
	return errno ? -1 : 0;
}
static long in_sigtimedwait(void) { sigset_t s; struct timespec t = {0, nap}; sigemptyset(&s); sigaddset(&s, SIGRTMIN); return sigtimedwait(&s, NULL, &t); }
static long in_pause(void) { return pause(); }
static long in_sigsuspend(void) { sigset_t s; sigemptyset(&s); return sigsuspend(&s); }
static long in_tty(void) { char c; return read(tty[1], &c, 1); }
static long in_send(void) { return send(packed[1], big, 10, 0); }
static long in_timed_recv(void) { char c; return recv(timed[0], &c, 1, 0); }
static long in_connect(void)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "queue"};
	int s = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	return connect(s, (struct sockaddr *)&un, sizeof(un));
}
static long in_ppoll(void) { struct pollfd f = {.fd = p[0], .events = POLLIN}; struct timespec t = {9, 0}; return ppoll(&f, 1, &t, NULL); }
static long in_pselect(void) { fd_set s; sigset_t none; sigemptyset(&none); FD_ZERO(&s); FD_SET(p[0], &s); return pselect(p[0] + 1, &s, NULL, NULL, NULL, &none); }
static long in_epoll_pwait(void) { struct epoll_event e; sigset_t none; sigemptyset(&none); return epoll_pwait(ep, &e, 1, -1, &none); }
static long in_futex(void) { return syscall(SYS_futex, word, 0, 0, NULL); }
static long in_timed_futex(void) { struct timespec t = {9, 0}; return syscall(SYS_futex, word, 0, 0, &t); }
static long in_msgsnd(void) { struct { long t; char c[16]; } m = {1, ""}; return msgsnd(msq_full, &m, 16, 0); }
static long in_semtimedop(void) { struct sembuf b = {0, -1, 0}; struct timespec t = {9, 0}; return semtimedop(sem, &b, 1, &t); }
static long in_mq_send(void) { return mq_send(mq_full, "x", 1, 0); }
static long in_mq_timed(void) { char b[16]; struct timespec t; clock_gettime(CLOCK_REALTIME, &t); t.tv_sec += 9; return mq_timedreceive(mq, b, sizeof(b), NULL, &t); }
static long in_relative(void)
{
	struct timespec t = {0, nap}, left = {9, 0};
	errno = clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &left);
	if (errno)
		CHECK(left.tv_sec == 0 && left.tv_nsec > 0 && left.tv_nsec < nap);
	return errno ? -1 : 0;
}

static const struct family { const char *name; long (*wait)(void); } families[] = {
	{"read of a pipe", in_read}, {"readv of a pipe", in_readv}, {"write to a full pipe", in_write}, {"recv", in_recv}, {"recvmsg", in_recvmsg},
	{"accept", in_accept}, {"waitpid", in_wait}, {"waitid", in_waitid}, {"flock", in_flock}, {"fcntl lock", in_fcntl}, {"open of a FIFO", in_fifo},
	{"sem_wait", in_sem_wait}, {"msgrcv", in_msgrcv}, {"semop", in_semop}, {"mq_receive", in_mq}, {"read of an eventfd", in_eventfd},
	{"read of inotify", in_inotify}, {"read of a timerfd", in_timerfd}, {"poll", in_poll}, {"select", in_select}, {"epoll_wait", in_epoll},
	{"nanosleep", in_nanosleep}, {"clock_nanosleep", in_clock_nanosleep}, {"for a time", in_relative}, {"sigtimedwait", in_sigtimedwait}, {"pause", in_pause},
	{"sigsuspend", in_sigsuspend}, {"read of a terminal", in_tty}, {"send", in_send}, {"recv with a timeout", in_timed_recv}, {"connect", in_connect},
	{"ppoll", in_ppoll}, {"pselect", in_pselect}, {"epoll_pwait", in_epoll_pwait}, {"futex", in_futex}, {"futex with a timeout", in_timed_futex},
	{"msgsnd", in_msgsnd}, {"semtimedop", in_semtimedop}, {"mq_send", in_mq_send}, {"mq_timedreceive", in_mq_timed},
};

static void begin(void)
{
	struct epoll_event e = {.events = EPOLLIN};
	struct mq_attr a = {.mq_maxmsg = 1, .mq_msgsize = 16};
	struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "sock"};
	struct itimerspec its = {{0, 0}, {20, 0}};
	char name[64];

	MUST(pipe(p));
	MUST(pipe(full));
	MUST(fcntl(full[1], F_SETFL, O_NONBLOCK));
	while (write(full[1], big, sizeof(big)) > 0)
		;
	MUST(fcntl(full[1], F_SETFL, 0));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, sp));
	ep = (int)MUST(epoll_create1(0));
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e));
	ev = (int)MUST(eventfd(0, 0));
	ino = (int)MUST(inotify_init1(0));
	msq = (int)MUST(msgget(IPC_PRIVATE, 0600));
	sem = (int)MUST(semget(IPC_PRIVATE, 1, 0600));
	snprintf(name, sizeof(name), "/families-%d", getpid());
	mq = (mqd_t)MUST(mq_open(name, O_RDWR | O_CREAT, 0600, &a));
	MUST(mq_unlink(name));
	unlink("sock");
	unlink("fifo");
	unlink("created");
	MUST(mkfifo("fifo", 0600));
	listener = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(bind(listener, (struct sockaddr *)&un, sizeof(un)));
	MUST(listen(listener, 1));
	lock_fd = (int)MUST(open("lock", O_RDWR | O_CREAT, 0600));
	tfd = (int)MUST(timerfd_create(CLOCK_MONOTONIC, 0));
	MUST(timerfd_settime(tfd, 0, &its, NULL));
	sem_init(sema, 1, 0);
	*word = 0;
	MUST(openpty(&tty[0], &tty[1], NULL, NULL, NULL));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, packed));
	while (send(packed[1], big, sizeof(big), MSG_DONTWAIT) > 0)
		;
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, timed));
	MUST(setsockopt(timed[0], SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){9, 0}, sizeof(struct timeval)));
	unlink("queue");
	strcpy(un.sun_path, "queue");
	queue = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(bind(queue, (struct sockaddr *)&un, sizeof(un)));
	MUST(listen(queue, 0));
	MUST(connect((int)MUST(socket(AF_UNIX, SOCK_STREAM, 0)), (struct sockaddr *)&un, sizeof(un)));
	struct { long t; char c[16]; } m = {1, ""};
	struct msqid_ds few;
	msq_full = (int)MUST(msgget(IPC_PRIVATE, 0600));
	MUST(msgctl(msq_full, IPC_STAT, &few));
	few.msg_qbytes = 16;
	MUST(msgctl(msq_full, IPC_SET, &few));
	MUST(msgsnd(msq_full, &m, 16, IPC_NOWAIT));
	mq_full = (mqd_t)MUST(mq_open(name, O_RDWR | O_CREAT, 0600, &a));
	MUST(mq_unlink(name));
	MUST(mq_send(mq_full, "x", 1, 0));
	MUST(inotify_add_watch(ino, ".", IN_CREATE)); /* of what is made from now on */
}

/* Whatever it is that the parent waits for. */
static void complete(void)
{
	struct { long t; char c; } m = {1, 'x'};
	struct sembuf b = {0, 1, 0};
	struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "sock"};
	uint64_t one = 1;
	char c[16] = "x";
	int fd;

	struct itimerspec soon = {{0, 0}, {0, 1}};
	MUST(timerfd_settime(tfd, 0, &soon, NULL));
	kill(sleeper, SIGKILL);
	MUST(write(p[1], c, 1));
	MUST(write(sp[1], c, 1));
	read(full[0], big, 65536);
	MUST(write(ev, &one, sizeof(one)));
	MUST(msgsnd(msq, &m, 1, 0));
	MUST(semop(sem, &b, 1));
	mq_send(mq, c, 1, 0);
	sem_post(sema);
	close((int)MUST(open("created", O_CREAT | O_WRONLY, 0600)));
	unlink("created");
	fd = (int)MUST(open("fifo", O_RDWR));
	int s = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(connect(s, (struct sockaddr *)&un, sizeof(un)));
	*word = 1;
	syscall(SYS_futex, word, 1, INT32_MAX);
	MUST(write(tty[0], "x\n", 2));
	while (recv(packed[0], big, sizeof(big), MSG_DONTWAIT) > 0)
		;
	MUST(write(timed[1], c, 1));
	MUST(accept(queue, NULL, NULL));
	struct { long t; char c[16]; } room;
	MUST(msgrcv(msq_full, &room, 16, 0, 0));
	MUST(mq_receive(mq_full, c, sizeof(c), NULL));
	sleep_ns(10 * MS); /* the opener must have met us */
	close(fd);
}

/* Natively the other may be late, on a busy machine. */
static void until_state(pid_t pid, const char *state)
{
	char path[32], text[256];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	for (int seen = 0, i = 0; seen < 2 && i < 100; i++) {
		sleep_ns(MS);
		seen = slurp(path, text, sizeof(text)) > 0 && strstr(text, state) ? seen + 1 : 0;
	}
}

/* Holds the locks, sends what is to be sent, and later makes the waiting end. */
static void helper(pid_t parent, void (*send)(pid_t))
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = (int)MUST(open("lock", O_RDWR));
	char c = 0;

	MUST(flock(fd, LOCK_EX));
	MUST(fcntl(fd, F_SETLK, &l));
	MUST(write(sp[1], &c, 1)); /* ready */
	until_state(parent, ") S ");
	send(parent);
	until_state(parent, ") S ");
	complete();
	close(fd); /* and with it the locks */
	for (;;) { /* those that nothing but a signal ends, and whoever was not asleep after all */
		sleep_ns(200 * MS);
		kill(parent, SIGUSR1);
	}
}

/* The result of the family's call in words. */
static const char *wait_while(const struct family *f, void (*send)(pid_t))
{
	char c;

	begin();
	sleeper = (pid_t)MUST(fork());
	if (sleeper == 0) {
		sleep_ns(60 * NS);
		_exit(0);
	}
	pid_t me = getpid(), h = (pid_t)MUST(fork());
	if (h == 0)
		helper(me, send);
	MUST(recv(sp[0], &c, 1, 0));
	errno = 0;
	long r = f->wait();
	int e = errno;
	kill(h, SIGKILL);
	kill(sleeper, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	msgctl(msq, IPC_RMID, NULL);
	msgctl(msq_full, IPC_RMID, NULL);
	semctl(sem, 0, IPC_RMID);
	for (int fd = 3; fd < 60; fd++)
		close(fd);
	return r < 0 ? strerrorname_np(e) : "completed";
}

static void share(void)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	sema = (sem_t *)page;
	word = (uint32_t *)(page + 1024);
}
#endif
