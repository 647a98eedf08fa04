/* signal_call_families: which calls a handler interrupts, with SA_RESTART and without: one of every family that waits. */
/* control: same */
#include "guest.h"

#include <mqueue.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/timerfd.h>
#include <sys/un.h>

static volatile sig_atomic_t handled;
static void on_sig(int sig)
{
	(void)sig;
	handled++;
}

static int p[2], sp[2], ep, ev, ino, msq, sem, lock_fd, listener, full[2], tfd;
static sem_t *sema;
static mqd_t mq;
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
static long in_nanosleep(void) { struct timespec t = {5, 0}; return nanosleep(&t, NULL); }
static long in_clock_nanosleep(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += 5;
	errno = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
	return errno ? -1 : 0;
}
static long in_sigtimedwait(void) { sigset_t s; struct timespec t = {5, 0}; sigemptyset(&s); sigaddset(&s, SIGUSR2); return sigtimedwait(&s, NULL, &t); }
static long in_pause(void) { return pause(); }

static const struct family { const char *name; long (*wait)(void); } families[] = {
	{"read of a pipe", in_read}, {"readv of a pipe", in_readv}, {"write to a full pipe", in_write}, {"recv", in_recv}, {"recvmsg", in_recvmsg},
	{"accept", in_accept}, {"waitpid", in_wait}, {"waitid", in_waitid}, {"flock", in_flock}, {"fcntl lock", in_fcntl}, {"open of a FIFO", in_fifo},
	{"sem_wait", in_sem_wait}, {"msgrcv", in_msgrcv}, {"semop", in_semop}, {"mq_receive", in_mq}, {"read of an eventfd", in_eventfd},
	{"read of inotify", in_inotify}, {"read of a timerfd", in_timerfd}, {"poll", in_poll}, {"select", in_select}, {"epoll_wait", in_epoll},
	{"nanosleep", in_nanosleep}, {"clock_nanosleep", in_clock_nanosleep}, {"sigtimedwait", in_sigtimedwait}, {"pause", in_pause},
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
	MUST(mkfifo("fifo", 0600));
	listener = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(bind(listener, (struct sockaddr *)&un, sizeof(un)));
	MUST(listen(listener, 1));
	lock_fd = (int)MUST(open("lock", O_RDWR | O_CREAT, 0600));
	tfd = (int)MUST(timerfd_create(CLOCK_MONOTONIC, 0));
	MUST(timerfd_settime(tfd, 0, &its, NULL));
	sem_init(sema, 1, 0);
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
	sleep_ns(20 * MS); /* the opener must have met us */
	close(fd);
}

/* Natively the parent may be late, on a busy machine. */
static void until_asleep(pid_t pid)
{
	char path[32], text[256];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	for (int seen = 0, i = 0; seen < 2 && i < 400; i++) {
		sleep_ns(2 * MS);
		seen = slurp(path, text, sizeof(text)) > 0 && strstr(text, ") S ") ? seen + 1 : 0;
	}
}

/* The helper holds the locks, sends the signal, and later makes the waiting end. */
static void helper(pid_t parent)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = (int)MUST(open("lock", O_RDWR));
	char c = 0;

	MUST(flock(fd, LOCK_EX));
	MUST(fcntl(fd, F_SETLK, &l));
	MUST(write(sp[1], &c, 1)); /* ready */
	until_asleep(parent);
	kill(parent, SIGUSR1);
	until_asleep(parent);
	complete();
	_exit(0);
}

static void one(const struct family *f, int flags)
{
	char c;

	begin();
	handle(SIGUSR1, on_sig, flags);
	handled = 0;
	sleeper = (pid_t)MUST(fork());
	if (sleeper == 0) {
		sleep_ns(60 * NS);
		_exit(0);
	}
	pid_t me = getpid(), h = (pid_t)MUST(fork());
	if (h == 0)
		helper(me);
	MUST(recv(sp[0], &c, 1, 0));
	errno = 0;
	long r = f->wait();
	int e = errno;
	printf("%s%s", r < 0 ? strerrorname_np(e) : "completed", handled ? "" : " before the signal");
	kill(h, SIGKILL);
	kill(sleeper, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	msgctl(msq, IPC_RMID, NULL);
	semctl(sem, 0, IPC_RMID);
	for (int fd = 3; fd < 40; fd++)
		close(fd);
}

int main(void)
{
	sema = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		printf("%s: ", families[i].name);
		one(&families[i], 0);
		printf(", restarting: ");
		one(&families[i], SA_RESTART);
		printf("\n");
	}
	return 0;
}

/* expect:
read of a pipe: EINTR, restarting: completed
readv of a pipe: EINTR, restarting: completed
write to a full pipe: EINTR, restarting: completed
recv: EINTR, restarting: completed
recvmsg: EINTR, restarting: completed
accept: EINTR, restarting: completed
waitpid: EINTR, restarting: completed
waitid: EINTR, restarting: completed
flock: EINTR, restarting: completed
fcntl lock: EINTR, restarting: completed
open of a FIFO: EINTR, restarting: completed
sem_wait: EINTR, restarting: completed
msgrcv: EINTR, restarting: EINTR
semop: EINTR, restarting: EINTR
mq_receive: EINTR, restarting: completed
read of an eventfd: EINTR, restarting: completed
read of inotify: EINTR, restarting: completed
read of a timerfd: EINTR, restarting: completed
poll: EINTR, restarting: EINTR
select: EINTR, restarting: EINTR
epoll_wait: EINTR, restarting: EINTR
nanosleep: EINTR, restarting: EINTR
clock_nanosleep: EINTR, restarting: EINTR
sigtimedwait: EINTR, restarting: EINTR
pause: EINTR, restarting: EINTR
*/
