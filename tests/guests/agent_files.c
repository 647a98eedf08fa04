/* Files that calls look at, list, copy and change without a stop, where that could show: descriptors, positions, numbers and times after a call that was
 * given up half-way, failed, or had no room. */
/* control: host */
#include "guest.h"

#include <sys/inotify.h>
#include <sys/sendfile.h>

static void *volatile nowhere = (void *)16;

/* ---- listings -------------------------------------------------------------------------------------------------------- */

static long list_some(int fd, char *buf, size_t size, const char *what)
{
	long n = getdents64(fd, buf, size), entries = 0;
	uint64_t h = 0;

	for (long o = 0; o < n; entries++) {
		const struct dirent64 *d = (const struct dirent64 *)(const void *)(buf + o);

		h = hash_add(h, d, d->d_reclen);
		o += d->d_reclen;
	}
	printf("%s: %ld entries %016" PRIx64 " %s, at %ld\n", what, entries, h, n < 0 ? strerrorname_np(errno) : "", (long)lseek(fd, 0, SEEK_CUR));
	return n;
}

static void list_all(const char *dir)
{
	static char buf[32768];
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	while (list_some(fd, buf, sizeof(buf), dir) > 0)
		;
	list_some(fd, buf, sizeof(buf), "and again");
	MUST(lseek(fd, 0, SEEK_SET));
	list_some(fd, buf, 64, "in small");
	close(fd);
}

static void lists(void)
{
	static char buf[4096];
	int fd, other;

	MUST(mkdir("l", 0755));
	for (int i = 0; i < 6; i++) {
		char name[16];

		snprintf(name, sizeof(name), "l/%d", i);
		put_file(name, "x");
	}
	MUST(link("l/1", "l/again"));
	MUST(symlink("nowhere", "l/link"));
	MUST(mkdir("l/sub", 0700));
	fd = (int)MUST(open("l", O_RDONLY));
	printf("too small: %s\n", outcome(getdents64(fd, buf, 8)));
	printf("nowhere: %s, at %ld\n", outcome(getdents64(fd, nowhere, 4096)), (long)MUST(lseek(fd, 0, SEEK_CUR)));
	MUST(lseek(fd, 0, SEEK_SET));
	other = (int)MUST(dup(fd));
	list_some(other, buf, 100, "some");
	MUST(unlink("l/2"));
	put_file("l/25", "new");
	list_some(fd, buf, sizeof(buf), "the rest, by the other");
	list_some(other, buf, sizeof(buf), "the end");
	MUST(lseek(fd, 3, SEEK_SET));
	list_some(fd, buf, sizeof(buf), "from the third");
	put_file("l/26", "newer");
	list_some(fd, buf, sizeof(buf), "still the end");
	MUST(lseek(fd, 0, SEEK_SET));
	list_some(fd, buf, sizeof(buf), "all");
	printf("old: %s\n", syscall(SYS_getdents, fd, buf, sizeof(buf)) == 0 ? "end" : "more");
	close(other);
	printf("closed: %s, a file: %s, a pipe end: %s\n", outcome(getdents64(other, buf, sizeof(buf))),
	       outcome(getdents64(open("l/1", O_RDONLY), buf, sizeof(buf))), outcome(getdents64(-1, buf, sizeof(buf))));
	MUST(lseek(fd, 0, SEEK_SET));
	for (int i = 0; i < 7; i++) {
		char name[16];

		snprintf(name, sizeof(name), "l/%d", i);
		unlink(name);
	}
	MUST(unlink("l/25"));
	MUST(unlink("l/26"));
	MUST(unlink("l/again"));
	MUST(unlink("l/link"));
	MUST(rmdir("l/sub"));
	MUST(rmdir("l"));
	list_some(fd, buf, sizeof(buf), "a removed one");
	close(fd);
	list_all("/"); /* nobody has seen it: its own number is its parent's */
	list_all("/etc");
	list_all("/usr/bin"); /* more than one record takes */
	list_all("/usr/share");
	list_all("/proc/self");
	list_all("/sys");
}

/* ---- opening ------------------------------------------------------------------------------------------------------------- */

static void opened(const char *path, int flags)
{
	char buf[64] = { 0 };
	int fd = open(path, flags);
	long n = fd < 0 ? 0 : read(fd, buf, sizeof(buf) - 1);

	if (fd < 0)
		printf("%s %x: %s\n", path, (unsigned)flags, strerrorname_np(errno));
	else
		printf("%s %x: %d, descriptor %x, status %x, %s, at %ld, %zu\n", path, (unsigned)flags, fd, (unsigned)fcntl(fd, F_GETFD), (unsigned)fcntl(fd, F_GETFL), n < 0 ? strerrorname_np(errno) : "read",
		       (long)lseek(fd, 0, SEEK_CUR), strcspn(buf, "\n"));
	if (fd >= 0 && strncmp(path, "/dev/", 5) != 0)
		show_stat("it", fd, NULL);
	close(fd);
}

static void opens(void)
{
	static const char *const paths[] = { "/proc/filesystems", "/proc/self/maps", "/proc/self/mounts", "/proc/self/stat", "/proc/self/limits", "/proc/self/comm", "/proc/self/fd", "/proc/self/nothing",
		"/proc/1/mounts", "/proc/uptime", "/proc/sys/kernel/osrelease", "/dev/tty", "/dev/null", "/dev/fd/0", "/etc/passwd", "/etc", "nothing", ".", "/proc/self/exe" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		opened(paths[i], O_RDONLY);
		opened(paths[i], O_RDONLY | O_CLOEXEC | O_DIRECTORY);
		opened(paths[i], O_RDONLY | O_NOFOLLOW);
		opened(paths[i], O_PATH | O_CLOEXEC);
		if (strncmp(paths[i], "/etc", 4) != 0 && strncmp(paths[i], "nothing", 7) != 0 && strcmp(paths[i], "/proc/self/exe") != 0)
			opened(paths[i], O_WRONLY | O_NONBLOCK);
	}
}

/* With as few free numbers as there can be. */
static void few_numbers(void)
{
	struct rlimit r, old;
	int last = (int)MUST(open("/", O_PATH));

	MUST(getrlimit(RLIMIT_NOFILE, &old));
	for (int room = 0; room < 3; room++) {
		r = (struct rlimit){ (rlim_t)(last + 1 + room), old.rlim_max };
		MUST(setrlimit(RLIMIT_NOFILE, &r));
		opened("/proc/self/maps", O_RDONLY);
		opened("/proc/filesystems", O_RDONLY);
		printf("a large mapping: %s\n", mmap(NULL, 1 << 22, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? strerrorname_np(errno) : "yes");
		printf("link: %ld\n", (long)readlink("/proc/self/exe", (char[4]){ 0 }, 4));
	}
	MUST(setrlimit(RLIMIT_NOFILE, &old));
	close(last);
}

/* Each open, read and close of what is watched is told once. */
static void watched(void)
{
	static char buf[4096];
	int notify = (int)MUST(inotify_init1(IN_NONBLOCK)), fd;
	long n;

	MUST(mkdir("w", 0755));
	put_file("w/f", "text");
	MUST(inotify_add_watch(notify, "w", IN_ALL_EVENTS));
	fd = (int)MUST(open("w", O_RDONLY | O_DIRECTORY));
	list_some(fd, buf, 60, "watched"); /* more is left: that is the supervisor's */
	list_some(fd, buf, sizeof(buf), "watched");
	close(fd);
	opened("w/f", O_RDONLY);
	while ((n = read(notify, buf, sizeof(buf))) > 0)
		for (long o = 0; o < n;) {
			const struct inotify_event *e = (const struct inotify_event *)(const void *)(buf + o);

			printf("event %x %s\n", e->mask, e->len ? e->name : "");
			o += (long)(sizeof(*e) + e->len);
		}
	close(notify);
}

/* ---- copying --------------------------------------------------------------------------------------------------------------- */

static void copied(const char *what, int in, loff_t *in_at, int out, loff_t *out_at, size_t n, unsigned flags)
{
	long r = copy_file_range(in, in_at, out, out_at, n, flags);

	printf("%s: %ld %s, at %ld and %ld\n", what, r, r < 0 ? strerrorname_np(errno) : "", (long)lseek(in, 0, SEEK_CUR), (long)lseek(out, 0, SEEK_CUR));
}

static void copies(void)
{
	static char text[300001];
	int in, out, more, null;
	loff_t a = 100, b = 7;

	memset(text, 'y', sizeof(text) - 1);
	put_file("from", text);
	in = (int)MUST(open("from", O_RDONLY));
	out = (int)MUST(open("to", O_RDWR | O_CREAT, 0600));
	more = (int)MUST(open("from", O_RDWR | O_APPEND));
	null = (int)MUST(open("/dev/null", O_WRONLY));
	copied("small", in, NULL, out, NULL, 1000, 0);
	show_stat("after", out, NULL);
	copied("large", in, NULL, out, NULL, 1 << 20, 0);
	copied("the end", in, NULL, out, NULL, 10, 0);
	show_stat("after", out, NULL);
	copied("offsets", in, &a, out, &b, 50, 0);
	printf("%ld %ld\n", (long)a, (long)b);
	copied("no place", in, nowhere, out, &b, 50, 0);
	copied("no place", in, &a, out, nowhere, 50, 0);
	copied("nothing", in, &a, out, &b, 0, 0);
	copied("flags", in, &a, out, &b, 10, 1);
	copied("appended", in, &a, more, NULL, 10, 0);
	copied("to itself", more, &a, more, &b, 10, 0);
	copied("to a device", in, &a, null, NULL, 10, 0);
	copied("wrong ends", out, NULL, in, NULL, 10, 0);
	copied("closed", -1, NULL, out, NULL, 10, 0);
	MUST(unlink("to"));
	copied("without a name", in, &a, out, NULL, 10, 0);
	show_stat("after", out, NULL);
	a = 0;
	printf("sendfile: %ld\n", (long)sendfile(out, in, &a, 5000));
	show_stat("after", out, NULL);
}

/* ---- changing -------------------------------------------------------------------------------------------------------------- */

static void attributes(void)
{
	const struct timespec t[2] = { { 1000, 1 }, { 2000, 2 } }, some[2] = { { 0, UTIME_OMIT }, { 0, UTIME_NOW } }, none[2] = { { 0, UTIME_OMIT }, { 0, UTIME_OMIT } };
	int fd;

	put_file("a", "12");
	MUST(symlink("a", "s"));
	MUST(mkdir("dir", 0755));
	fd = (int)MUST(open("a", O_RDWR));
	MUST(chmod("a", 0640));
	show_stat("chmod", fd, NULL);
	MUST(fchmod(fd, 0600));
	show_stat("fchmod", 0, "a");
	MUST(fchmodat(AT_FDCWD, "s", 0644, 0));
	show_stat("fchmodat", 0, "a");
	MUST(utimensat(AT_FDCWD, "s", t, 0));
	show_stat("times", 0, "a");
	MUST(utimensat(AT_FDCWD, "s", some, AT_SYMLINK_NOFOLLOW));
	show_stat("times of the link", 0, "s");
	MUST(futimens(fd, some));
	show_stat("now", fd, NULL);
	MUST(futimens(fd, NULL));
	show_stat("both now", fd, NULL);
	MUST(utimensat(AT_FDCWD, "a", none, 0));
	show_stat("neither", fd, NULL);
	MUST(utimensat(fd, "", t, AT_EMPTY_PATH));
	show_stat("by no name", fd, NULL);
	printf("%s %s %s %s\n", outcome(chmod("nothing", 0)), outcome(chmod("a/b", 0)), outcome(chmod(nowhere, 0)), outcome(fchmod(-1, 0)));
	printf("%s %s %s\n", outcome(utimensat(AT_FDCWD, "nothing", t, 0)), outcome(utimensat(AT_FDCWD, "a", nowhere, 0)), outcome(chmod("/proc/self/stat", 0)));
	MUST(chmod("dir/.", 0700));
	show_stat("a directory", 0, "dir");
	MUST(chmod("dir", 0755));
	MUST(chmod("dir/../dir", 0700));
	show_stat("again", 0, "dir");
	MUST(write(fd, "3", 1));
	show_stat("written", fd, NULL);
	close(fd);
}

static void names(void)
{
	char name[64];
	int fd;

	put_file("x", "1");
	put_file("y", "22");
	fd = (int)MUST(open("y", O_RDONLY));
	show_stat("x", 0, "x");
	MUST(rename("x", "y"));
	show_stat("y", 0, "y");
	show_stat("what was y", fd, NULL);
	show_stat("x", 0, "x");
	MUST(mkdir("from-here", 0755));
	MUST(renameat(AT_FDCWD, "y", open("from-here", O_RDONLY), "z"));
	show_stat("there", 0, "from-here");
	show_stat("here", 0, ".");
	put_file("z", "333");
	MUST(renameat2(AT_FDCWD, "z", AT_FDCWD, "from-here/z", 2));
	show_stat("exchanged", 0, "z");
	show_stat("exchanged", 0, "from-here/z");
	printf("%s %s\n", outcome(renameat2(AT_FDCWD, "z", AT_FDCWD, "from-here/z", 1)), outcome(rename("nothing", "z")));
	MUST(link("z", "z2"));
	MUST(rename("z", "z2"));
	show_stat("one file", 0, "z");
	MUST(rename("z2", "z3"));
	show_stat("z3", 0, "z3");
	printf("%s %s %s %s\n", outcome(rename("z3", "from-here")), outcome(rename("from-here", "z3")), outcome(rename("z3", "z3/")), outcome(rename("z3", "no/z")));
	MUST(rename("from-here", "to-there"));
	show_stat("a directory", 0, "to-there");
	MUST(rename("to-there/../to-there/z", "to-there/zz"));
	show_stat("zz", 0, "to-there/zz");
	MUST(symlink("to-there", "way"));
	MUST(unlink("way/../way"));
	show_stat("here", 0, ".");
	printf("taken: %s %s %s %s\n", outcome(mkdir("to-there", 0)), outcome(mkdir("/usr", 0)), outcome(mkdir("z", 0)), outcome(symlink("a", "z")));
	printf("%s\n", outcome(open("z", O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR, 0600)));
	fd = (int)MUST(open("fresh", O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR | O_CLOEXEC, 0600));
	show_stat("fresh", fd, NULL);
	snprintf(name, sizeof(name), "/var/tmp/agent_files.%d", (int)getpid());
	printf("in a place nobody saw: %s\n", outcome(open(name, O_CREAT | O_RDWR, 0600)));
	show_stat("it", 0, name);
	printf("and gone: %s\n", outcome(unlink(name)));
	show_stat("its directory", 0, "/var/tmp");
}

/* ---- limits ----------------------------------------------------------------------------------------------------------------- */

static void limits(void)
{
	struct rlimit r, old, seen;

	for (int which = 0; which < RLIM_NLIMITS; which++) {
		MUST(prlimit(0, (__rlimit_resource_t)which, NULL, &old));
		r = old;
		if (which == RLIMIT_STACK)
			r.rlim_cur = 1 << 26;
		if (which == RLIMIT_CORE)
			r.rlim_cur = 0;
		MUST(prlimit(0, (__rlimit_resource_t)which, &r, &seen));
		CHECK(seen.rlim_cur == old.rlim_cur && seen.rlim_max == old.rlim_max);
		MUST(getrlimit((__rlimit_resource_t)which, &seen));
		CHECK(seen.rlim_cur == r.rlim_cur && seen.rlim_max == r.rlim_max);
		if (which == RLIMIT_FSIZE || which == RLIMIT_CPU)
			MUST(prlimit(getpid(), (__rlimit_resource_t)which, &old, NULL));
	}
	r = (struct rlimit){ 5, 4 };
	printf("%s ", outcome(prlimit(0, RLIMIT_STACK, &r, NULL)));
	printf("%s ", outcome(syscall(SYS_prlimit64, 0, RLIMIT_CORE, nowhere, NULL)));
	r = (struct rlimit){ 4096, 4096 };
	printf("%s ", outcome(syscall(SYS_prlimit64, 0, RLIMIT_CORE, &r, nowhere)));
	MUST(getrlimit(RLIMIT_CORE, &seen));
	printf("%lu %lu\n", (unsigned long)seen.rlim_cur, (unsigned long)seen.rlim_max);
	r.rlim_max = 8192;
	printf("%s\n", outcome(setrlimit(RLIMIT_CORE, &r)));
	fflush(stdout);
	if (fork() == 0) {
		MUST(getrlimit(RLIMIT_CORE, &seen));
		printf("a child's: %lu\n", (unsigned long)seen.rlim_cur);
		_exit(0);
	}
	wait(NULL);
}

/* ---- pipes ------------------------------------------------------------------------------------------------------------------ */

static void pipes(void)
{
	static char text[70000];
	int p[2];
	struct pollfd f[2];

	MUST(pipe(p));
	f[0] = (struct pollfd){ p[0], POLLIN, 0 };
	f[1] = (struct pollfd){ p[1], POLLOUT, 0 };
	printf("poll: %d %d\n", poll(f, 2, 0), poll(f, 1, 0));
	printf("write: %ld\n", (long)write(p[1], text, 30000));
	printf("poll: %d, %x %x\n", poll(f, 2, -1), (unsigned)f[0].revents, (unsigned)f[1].revents);
	printf("read: %ld %ld\n", (long)read(p[0], text, 20000), (long)read(p[0], text, 20000));
	MUST(fcntl(p[1], F_SETFL, O_NONBLOCK));
	printf("write: %ld\n", (long)write(p[1], text, sizeof(text)));
	f[1].fd = 999;
	printf("poll: %d, %x\n", poll(f, 2, 10), (unsigned)f[1].revents);
	f[1].fd = -1;
	printf("poll: %d, %d\n", poll(f, 2, 10), poll(f + 1, 1, 10));
	printf("poll: %s %s\n", outcome(poll(nowhere, 1, 0)), outcome(syscall(SYS_poll, f, 1 << 30, 0)));
	printf("room: %d, peer: %s\n", fcntl(p[0], F_GETPIPE_SZ), outcome(getpeername(p[0], NULL, NULL)));
}

/* Written to both without a stop between. */
static void outputs(void)
{
	static char text[9000];

	memset(text, '.', sizeof(text));
	fflush(stdout);
	for (int i = 0; i < 40; i++)
		MUST(write(1 + i % 3 / 2, i % 3 / 2 ? "error\n" : "text\n", i % 3 / 2 ? 6 : 5));
	for (int i = 0; i < 12; i++) /* more than a pipe takes */
		MUST(write(1, text, i % 2 ? 4096 : sizeof(text)));
	MUST(write(1, "\n", 1));
}

/* Names that lead through /proc/self. */
static void links(void)
{
	mkdir("linked", 0755);
	MUST(symlink("/proc/self/cwd/linked", "to-linked"));
	put_file("linked/file", "1");
	MUST(symlink("/proc/self/cwd/linked/file", "to-file"));
	MUST(symlink("x", "to-linked/x"));
	show_stat("made below a link", -1, "linked");
	MUST(unlink("to-linked/x"));
	show_stat("removed below a link", -1, "linked");
	MUST(chmod("to-file", 0600));
	show_stat("chmod of a link", -1, "linked/file");
	close((int)MUST(open("to-file", O_RDWR | O_CREAT, 0644)));
	show_stat("opened by a link", -1, "linked/file");
}

int main(void)
{
	opened("/proc/self/maps", O_RDONLY);
	opens();
	few_numbers();
	copies();
	attributes();
	names();
	links();
	limits();
	pipes();
	lists();
	outputs();
	watched();
	opens();
	return 0;
}
