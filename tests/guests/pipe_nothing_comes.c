/* pipe_nothing_comes: calls on descriptors that will never take, give or accept anything are refused, and do not wait. */
/* control: same */
/* expect:
write of 8 bytes: epoll EINVAL, timerfd EINVAL, signalfd EINVAL, inotify EBADF
write of 7 bytes to an eventfd: EINVAL
accept of a pipe: ENOTSOCK
accept4 with unknown flags: EINVAL
sendfile from nothing into a full pipe: EBADF
writev of nothing to a socket without a peer: 0
readv of nothing from inotify: 0
splice of no byte from an empty pipe: 0
splice with unknown flags: EINVAL
splice with a place in a pipe: ESPIPE
tee of a pipe into itself: EINVAL
option of a pipe: ENOTSOCK, of nothing: EBADF
*/
#include "guest.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/uio.h>

int main(void)
{
	enum { NOTHING = 900, UNKNOWN_FLAG = 64, UNKNOWN_OPTION = 999 };
	static char zeros[65536];
	const struct iovec nothing = { zeros, 0 };
	const uint64_t one = 1;
	int full[2], empty[2], v = 1;
	int64_t at = 1;
	sigset_t set;

	sigemptyset(&set);
	MUST(pipe(full));
	MUST(pipe(empty));
	for (ssize_t n = 0; n < (ssize_t)sizeof(zeros);)
		n += MUST(write(full[1], zeros, sizeof(zeros) - (size_t)n));
	int epoll = (int)MUST(epoll_create1(0)), timer = (int)MUST(timerfd_create(CLOCK_MONOTONIC, 0)), s = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	printf("write of 8 bytes: epoll %s", outcome(write(epoll, &one, sizeof(one))));
	printf(", timerfd %s", outcome(write(timer, &one, sizeof(one))));
	printf(", signalfd %s", outcome(write((int)MUST(signalfd(-1, &set, 0)), &one, sizeof(one))));
	printf(", inotify %s\n", outcome(write((int)MUST(inotify_init1(0)), &one, sizeof(one))));
	printf("write of 7 bytes to an eventfd: %s\n", outcome(write((int)MUST(eventfd(0, 0)), &one, sizeof(one) - 1)));
	printf("accept of a pipe: %s\n", outcome(accept(empty[0], NULL, NULL)));
	printf("accept4 with unknown flags: %s\n", outcome(accept4(s, NULL, NULL, 1)));
	printf("sendfile from nothing into a full pipe: %s\n", outcome(sendfile(full[1], NOTHING, NULL, 10)));
	printf("writev of nothing to a socket without a peer: %ld\n", (long)writev((int)MUST(socket(AF_INET, SOCK_STREAM, 0)), &nothing, 1));
	printf("readv of nothing from inotify: %ld\n", (long)readv((int)MUST(inotify_init1(IN_NONBLOCK)), &nothing, 1));
	printf("splice of no byte from an empty pipe: %ld\n", (long)splice(empty[0], NULL, full[1], NULL, 0, 0));
	printf("splice with unknown flags: %s\n", outcome(splice(empty[0], NULL, full[1], NULL, 10, UNKNOWN_FLAG)));
	printf("splice with a place in a pipe: %s\n", outcome(splice(empty[0], &at, full[1], NULL, 10, 0)));
	printf("tee of a pipe into itself: %s\n", outcome(tee(empty[0], empty[1], 10, 0)));
	printf("option of a pipe: %s", outcome(setsockopt(empty[0], SOL_SOCKET, UNKNOWN_OPTION, &v, sizeof(v))));
	printf(", of nothing: %s\n", outcome(setsockopt(NOTHING, SOL_SOCKET, UNKNOWN_OPTION, &v, sizeof(v))));
	return 0;
}
