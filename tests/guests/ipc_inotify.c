/* ipc_inotify: events arrive in the order of the deeds, with names; both halves of a rename carry one cookie. */
/* control: same */
#include "guest.h"
#include <sys/inotify.h>

int main(void)
{
	char buf[8192] __attribute__((aligned(8)));
	int in = (int)MUST(inotify_init1(IN_NONBLOCK)), w = (int)MUST(inotify_add_watch(in, ".", IN_CREATE | IN_DELETE | IN_MOVE | IN_CLOSE_WRITE));
	printf("quiet: %s, watch %d\n", outcome(read(in, buf, sizeof(buf))), w);
	put_file("a", "x");
	MUST(rename("a", "b"));
	MUST(mkdir("d", 0755));
	MUST(unlink("b"));
	ssize_t n = MUST(read(in, buf, sizeof(buf)));
	uint32_t cookie = 0;
	for (ssize_t o = 0; o < n;) {
		const struct inotify_event *e = (const struct inotify_event *)(void *)(buf + o);
		const char *pair = e->cookie == 0 ? "" : e->cookie == cookie ? " second half" : " first half";
		printf("%x %s%s\n", e->mask, e->len ? e->name : "-", pair);
		cookie = e->cookie;
		o += (ssize_t)sizeof(*e) + e->len;
	}
	MUST(inotify_rm_watch(in, w));
	MUST(read(in, buf, sizeof(buf)));
	printf("ignored %x\n", ((struct inotify_event *)(void *)buf)->mask);
	return 0;
}

/* expect:
quiet: EAGAIN, watch 1
100 a
8 a
40 a first half
80 b second half
40000100 d
200 b
ignored 8000
*/
