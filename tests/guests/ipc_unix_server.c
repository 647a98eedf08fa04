/* ipc_unix_server: a stream server by path and by abstract name; three clients in turn; who they are. */
/* control: same */
#include "guest.h"
#include <stddef.h>
#include <sys/un.h>

static void serve(const char *what, const struct sockaddr_un *a, socklen_t len)
{
	int l = (int)MUST(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	MUST(bind(l, (const struct sockaddr *)a, len));
	MUST(listen(l, 5));
	for (int i = 0; i < 3; i++) {
		pid_t c = (pid_t)MUST(fork());
		if (c == 0) {
			int s = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
			char b[16] = "";
			MUST(connect(s, (const struct sockaddr *)a, len));
			MUST(write(s, "ask", 3));
			MUST(read(s, b, sizeof(b)));
			_exit(strcmp(b, "answer") == 0 ? i : 99);
		}
		struct ucred u;
		socklen_t n = sizeof(u);
		char b[16] = "";
		int s = (int)MUST(accept4(l, NULL, NULL, SOCK_CLOEXEC));
		MUST(getsockopt(s, SOL_SOCKET, SO_PEERCRED, &u, &n));
		MUST(read(s, b, sizeof(b)));
		MUST(write(s, "answer", 6));
		close(s);
		printf("%s: %s, peer is the child %d, %s\n", what, b, u.pid == c, status_words(wait_status(c)));
	}
	close(l);
}

int main(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "sock"};
	serve("path", &a, sizeof(a));
	int s = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	printf("nobody listens: %s\n", outcome(connect(s, (struct sockaddr *)&a, sizeof(a))));
	printf("in use: %s\n", outcome(bind(s, (struct sockaddr *)&a, sizeof(a))));
	memset(&a.sun_path, 0, sizeof(a.sun_path));
	memcpy(a.sun_path + 1, "guest-abstract", 14);
	serve("abstract", &a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 15));
	return 0;
}

/* expect:
path: ask, peer is the child 1, exit 0
path: ask, peer is the child 1, exit 1
path: ask, peer is the child 1, exit 2
nobody listens: ECONNREFUSED
in use: EADDRINUSE
abstract: ask, peer is the child 1, exit 0
abstract: ask, peer is the child 1, exit 1
abstract: ask, peer is the child 1, exit 2
*/
