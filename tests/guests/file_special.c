/* file_special: what stat says of FIFOs, sockets, links and open pipes; sizes and blocks of files with holes. */
/* control: same */
#include "guest.h"
#include <sys/un.h>

static void show(const char *what, const struct stat *st)
{
	printf("%s: mode %o nlink %lu size %lld blocks %lld rdev %lu\n", what, st->st_mode, (unsigned long)st->st_nlink, (long long)st->st_size,
		(long long)st->st_blocks, (unsigned long)st->st_rdev);
}

static void show_name(const char *name)
{
	struct stat st;
	struct statx sx;

	MUST(lstat(name, &st));
	MUST(statx(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &sx));
	CHECK(sx.stx_mode == st.st_mode && sx.stx_ino == st.st_ino && sx.stx_nlink == st.st_nlink && (off_t)sx.stx_size == st.st_size);
	CHECK((blkcnt_t)sx.stx_blocks == st.st_blocks && sx.stx_mtime.tv_sec == st.st_mtim.tv_sec && (long)sx.stx_mtime.tv_nsec == st.st_mtim.tv_nsec);
	show(name, &st);
}

int main(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "socket"};
	int p[2], s = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	struct stat st;

	umask(022);
	MUST(mkfifo("fifo", 0640));
	show_name("fifo");
	MUST(link("fifo", "fifo2"));
	show_name("fifo2");
	int f = (int)MUST(open("fifo", O_RDWR));
	MUST(write(f, "12345", 5));
	show_name("fifo");
	MUST(bind(s, (struct sockaddr *)&a, sizeof(a)));
	show_name("socket");
	printf("open: %s\n", outcome(open("socket", O_RDONLY)));
	MUST(fstat(s, &st));
	show("a socket", &st);
	MUST(symlink("0123456789", "link"));
	show_name("link");
	MUST(pipe(p));
	MUST(write(p[1], "12345", 5));
	MUST(fstat(p[0], &st));
	show("a pipe", &st);
	MUST(mknod("node", S_IFREG | 0600, 0));
	show_name("node");
	return 0;
}

/* expect:
fifo: mode 10640 nlink 1 size 0 blocks 0 rdev 0
fifo2: mode 10640 nlink 2 size 0 blocks 0 rdev 0
fifo: mode 10640 nlink 2 size 0 blocks 0 rdev 0
socket: mode 140755 nlink 1 size 0 blocks 0 rdev 0
open: ENXIO
a socket: mode 140777 nlink 1 size 0 blocks 0 rdev 0
link: mode 120777 nlink 1 size 10 blocks 0 rdev 0
a pipe: mode 10600 nlink 1 size 0 blocks 0 rdev 0
node: mode 100600 nlink 1 size 0 blocks 0 rdev 0
*/
