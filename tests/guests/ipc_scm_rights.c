/* ipc_scm_rights: a descriptor and credentials travel over a socket. */
/* control: same */
#include "guest.h"

int main(void)
{
	int s[2];
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	int on = 1;
	MUST(setsockopt(s[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	char data = 'x', room[256];
	struct iovec v = {&data, 1};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)};
	pid_t c = (pid_t)MUST(fork());
	if (c == 0) {
		put_file("f", "passed on");
		int fd = (int)MUST(open("f", O_RDONLY));
		MUST(lseek(fd, 7, SEEK_SET));
		memset(room, 0, sizeof(room));
		m.msg_controllen = CMSG_SPACE(sizeof(int));
		struct cmsghdr *h = CMSG_FIRSTHDR(&m);
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(h), &fd, sizeof(int));
		MUST(sendmsg(s[1], &m, 0));
		_exit(0);
	}
	MUST(recvmsg(s[0], &m, 0));
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h)) {
		if (h->cmsg_type == SCM_RIGHTS) {
			int fd;
			char b[8] = "";
			memcpy(&fd, CMSG_DATA(h), sizeof(fd));
			MUST(read(fd, b, 7));
			printf("descriptor reads \"%s\"\n", b);
		} else if (h->cmsg_type == SCM_CREDENTIALS) {
			struct ucred u;
			memcpy(&u, CMSG_DATA(h), sizeof(u));
			printf("from the child %d, uid %d\n", u.pid == c, u.uid == getuid());
		}
	}
	wait_status(c);
	return 0;
}

/* expect:
from the child 1, uid 1
descriptor reads "on"
*/
