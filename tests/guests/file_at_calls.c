/* file_at_calls: the calls with a directory's descriptor, and the old ones without, mean the same. */
/* control: same */
#include "guest.h"

#include <linux/openat2.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <utime.h>

static void show(const char *what, long r)
{
	printf("%s: %s\n", what, outcome(r));
}

static const char *kind(mode_t m)
{
	return S_ISDIR(m) ? "directory" : S_ISLNK(m) ? "link" : S_ISFIFO(m) ? "fifo" : S_ISREG(m) ? "file" : "other";
}

/* The three old calls and fstatat agree about a file. */
static void stats(const char *path)
{
	struct stat a, b, c, l;
	int fd = open(path, O_PATH | O_CLOEXEC);

	MUST(fd);
	MUST(syscall(SYS_stat, path, &a));
	MUST(syscall(SYS_lstat, path, &l));
	MUST(syscall(SYS_fstat, fd, &b));
	MUST(fstatat(AT_FDCWD, path, &c, 0));
	CHECK(!memcmp(&a, &b, sizeof(a)) && !memcmp(&a, &c, sizeof(a)));
	printf("%s: %s %o, itself %s\n", path, kind(a.st_mode), a.st_mode & 07777, kind(l.st_mode));
	close(fd);
}

static void making(int dir)
{
	char text[64] = "";

	umask(022);
	show("mkdirat", syscall(SYS_mkdirat, dir, "sub", 0750));
	show("mkdirat again", syscall(SYS_mkdirat, dir, "sub", 0750));
	show("creat", close((int)syscall(SYS_creat, "d/file", 0640)));
	show("open", close((int)syscall(SYS_open, "d/file", O_RDWR | O_TRUNC)));
	show("open O_EXCL", syscall(SYS_open, "d/file", O_CREAT | O_EXCL, 0600));
	show("symlinkat", syscall(SYS_symlinkat, "file", dir, "link"));
	long n = syscall(SYS_readlinkat, dir, "link", text, sizeof(text));
	printf("readlinkat: %ld %s\n", n, text);
	show("mknod", syscall(SYS_mknod, "d/fifo", S_IFIFO | 0600, 0));
	show("mknodat", mknodat(dir, "fifo2", S_IFIFO | 0644, 0));
	show("renameat", syscall(SYS_renameat, dir, "fifo2", dir, "fifo3"));
	show("renameat of nothing", syscall(SYS_renameat, dir, "fifo2", dir, "fifo4"));
	show("linkat", linkat(dir, "file", dir, "file2", 0));
	stats("d/file");
	stats("d/link");
	stats("d/sub");
	stats("d/fifo3");
}

static void changing(int dir)
{
	int fd = (int)MUST(openat(dir, "file", O_RDWR | O_CLOEXEC));
	struct stat st;

	show("fchmodat", syscall(SYS_fchmodat, dir, "file", 0604));
	show("fchmod", syscall(SYS_fchmod, fd, 0600));
	show("chmod", syscall(SYS_chmod, "d/sub", 0700));
	show("chown", syscall(SYS_chown, "d/file", -1, getgid()));
	show("lchown", syscall(SYS_lchown, "d/link", getuid(), -1));
	show("fchown", syscall(SYS_fchown, fd, getuid(), getgid()));
	show("fchownat", syscall(SYS_fchownat, dir, "file", -1, -1, 0));
	MUST(fstat(fd, &st));
	CHECK(st.st_uid == getuid() && st.st_gid == getgid());
	show("faccessat", syscall(SYS_faccessat, dir, "file", R_OK | W_OK));
	show("faccessat2", syscall(SYS_faccessat2, dir, "link", F_OK, AT_SYMLINK_NOFOLLOW));
	show("faccessat of nothing", syscall(SYS_faccessat, dir, "none", F_OK));
	show("access X_OK of a plain file", access("d/file2", X_OK));
	close(fd);
}

static void times(int dir)
{
	struct utimbuf u = {1000, 2000};
	struct timeval v[2] = {{3000, 5}, {4000, 6}};
	struct stat st;

	show("utime", syscall(SYS_utime, "d/file", &u));
	MUST(stat("d/file", &st));
	printf("= %ld %ld\n", (long)st.st_atim.tv_sec, (long)st.st_mtim.tv_sec);
	show("utimes", syscall(SYS_utimes, "d/file", v));
	MUST(stat("d/file", &st));
	printf("= %ld.%09ld %ld.%09ld\n", (long)st.st_atim.tv_sec, st.st_atim.tv_nsec, (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	v[0].tv_sec = 5000;
	show("futimesat", syscall(SYS_futimesat, dir, "file", v));
	MUST(stat("d/file2", &st));
	printf("= %ld\n", (long)st.st_atim.tv_sec);
	v[0].tv_usec = 1000000;
	MUST(stat("d/file", &st));
	show("futimesat with too many microseconds", syscall(SYS_futimesat, dir, "file", v));
}

static void resolving(int dir)
{
	struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_NO_SYMLINKS};

	show("openat2", close((int)syscall(SYS_openat2, dir, "file", &how, sizeof(how))));
	show("openat2 of a link", syscall(SYS_openat2, dir, "link", &how, sizeof(how)));
	how.resolve = RESOLVE_BENEATH;
	show("openat2 upwards", syscall(SYS_openat2, dir, "../d/file", &how, sizeof(how)));
	how.resolve = RESOLVE_IN_ROOT;
	show("openat2 in root", close((int)syscall(SYS_openat2, dir, "/../link", &how, sizeof(how))));
	how.mode = 0600;
	show("openat2 with a mode", syscall(SYS_openat2, dir, "file", &how, sizeof(how)));
}

static void disk(int dir)
{
	int fd = (int)MUST(openat(dir, "file", O_RDWR | O_CLOEXEC)), p[2];
	struct statfs a, b;

	MUST(pipe(p));
	show("fsync", syscall(SYS_fsync, fd));
	show("fdatasync", syscall(SYS_fdatasync, fd));
	show("sync_file_range", syscall(SYS_sync_file_range, fd, 0L, 0L, 2));
	show("syncfs", syscall(SYS_syncfs, fd));
	show("fsync of a pipe", syscall(SYS_fsync, p[1]));
	show("fsync of nothing", syscall(SYS_fsync, 77));
	show("readahead", syscall(SYS_readahead, fd, 0L, 4096));
	show("readahead of a pipe", syscall(SYS_readahead, p[0], 0L, 4096));
	show("fadvise", posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
	char old[64];
	CHECK(syscall(SYS_ustat, 0xfffffUL, old) == -1); /* which error depends on the kernel: the call is optional */
	MUST(fstatfs(fd, &a));
	MUST(statfs("d/file", &b));
	CHECK(a.f_type == b.f_type && a.f_bsize == b.f_bsize && a.f_namelen == b.f_namelen);
}

/* The old getdents has its own layout: the type is the last byte. */
static void listing(int dir)
{
	struct old { unsigned long ino, off; unsigned short len; char name[]; };
	static char buf[4096] __attribute__((aligned(8)));
	unsigned seen = 0;
	long n;

	MUST(lseek(dir, 0, SEEK_SET));
	while ((n = MUST(syscall(SYS_getdents, dir, buf, sizeof(buf)))) > 0) {
		for (long at = 0; at < n;) {
			struct old *e = (struct old *)(buf + at);
			int type = buf[at + e->len - 1];

			seen += !strcmp(e->name, "file") ? type == DT_REG : !strcmp(e->name, "link") ? type == DT_LNK : !strcmp(e->name, "sub") ? type == DT_DIR : 0;
			at += e->len;
		}
	}
	printf("getdents: %u of 3 found\n", seen);
	show("getdents into too little", syscall(SYS_getdents, dir, buf, 3) == 0 ? 0 : -1);
}

static void ending(int dir)
{
	static const char *const names[] = {"file", "file2", "link", "fifo", "fifo3"};

	show("unlinkat of a directory", syscall(SYS_unlinkat, dir, "sub", 0));
	show("unlinkat", syscall(SYS_unlinkat, dir, "sub", AT_REMOVEDIR));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		MUST(syscall(SYS_unlinkat, dir, names[i], 0));
	show("rmdir", rmdir("d"));
}

int main(void)
{
	MUST(mkdir("d", 0755));
	int dir = (int)MUST(open("d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	making(dir);
	changing(dir);
	times(dir);
	resolving(dir);
	disk(dir);
	listing(dir);
	ending(dir);
	return 0;
}

/* expect:
mkdirat: ok
mkdirat again: EEXIST
creat: ok
open: ok
open O_EXCL: EEXIST
symlinkat: ok
readlinkat: 4 file
mknod: ok
mknodat: ok
renameat: ok
renameat of nothing: ENOENT
linkat: ok
d/file: file 640, itself file
d/link: file 640, itself link
d/sub: directory 750, itself directory
d/fifo3: fifo 644, itself fifo
fchmodat: ok
fchmod: ok
chmod: ok
chown: ok
lchown: ok
fchown: ok
fchownat: ok
faccessat: ok
faccessat2: ok
faccessat of nothing: ENOENT
access X_OK of a plain file: EACCES
utime: ok
= 1000 2000
utimes: ok
= 3000.000005000 4000.000006000
futimesat: ok
= 5000
futimesat with too many microseconds: EINVAL
openat2: ok
openat2 of a link: ELOOP
openat2 upwards: EXDEV
openat2 in root: ok
openat2 with a mode: EINVAL
fsync: ok
fdatasync: ok
sync_file_range: ok
syncfs: ok
fsync of a pipe: EINVAL
fsync of nothing: EBADF
readahead: ok
readahead of a pipe: EINVAL
fadvise: ok
getdents: 3 of 3 found
getdents into too little: ok
unlinkat of a directory: EISDIR
unlinkat: ok
rmdir: ok
*/
