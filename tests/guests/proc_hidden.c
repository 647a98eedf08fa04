/* proc_hidden: files of /proc that a kernel has or has not, by its version and configuration: nobody is told of any, by whatever call and name. */
/* control: host */
#include "guest.h"

#include <sys/inotify.h>
#include <sys/statfs.h>

static const char *error(long r)
{
	return r < 0 ? strerrorname_np(errno) : "found";
}

static void ask(int dir, const char *name)
{
	struct statx sx;
	struct stat st;
	char b[8];
	int fd = openat(dir, name, O_RDONLY | O_NONBLOCK);

	printf("%s: %s", name, error(fd));
	if (fd >= 0)
		close(fd);
	fd = openat(dir, name, O_PATH);
	printf(" %s", error(fd));
	if (fd >= 0)
		close(fd);
	memset(&st, 1, sizeof(st));
	printf(" %s", error(fstatat(dir, name, &st, 0)));
	printf(" %o", st.st_mode);
	printf(" %s", error(statx(dir, name, 0, STATX_BASIC_STATS, &sx)));
	printf(" %s", error(faccessat(dir, name, F_OK, 0)));
	printf(" %s", error(syscall(SYS_faccessat2, dir, name, F_OK, AT_SYMLINK_NOFOLLOW)));
	printf(" %s\n", error(readlinkat(dir, name, b, sizeof(b))));
}

/* Calls that change or use the file: what they say of a file that there is not. What natively is there is left as it is. */
static void use(int dir, const char *name)
{
	static char *const no_args[] = {NULL};
	struct timespec now[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};

	struct stat st = {.st_mode = 0400};

	fstatat(dir, name, &st, 0);
	printf("%s: %s", name, error(fchmodat(dir, name, st.st_mode & 07777, 0)));
	printf(" %s", error(fchownat(dir, name, (uid_t)-1, (gid_t)-1, 0)));
	printf(" %s", error(utimensat(dir, name, now, 0)));
	printf(" %s", error(unlinkat(dir, name, 0)));
	printf(" %s", error(unlinkat(dir, name, AT_REMOVEDIR)));
	printf(" %s", error(mkdirat(dir, name, 0700)));
	printf(" %s", error(mknodat(dir, name, S_IFIFO | 0600, 0)));
	printf(" %s", error(symlinkat("x", dir, name)));
	printf(" %s", error(linkat(dir, name, AT_FDCWD, "new", 0)));
	printf(" %s", error(linkat(AT_FDCWD, "/etc/passwd", dir, name, 0)));
	printf(" %s", error(renameat(dir, name, AT_FDCWD, "new")));
	printf(" %s", error(renameat(AT_FDCWD, "/etc/passwd", dir, name)));
	printf(" %s\n", error(syscall(SYS_execveat, dir, name, no_args, no_args, 0)));
}

static void use_path(const char *name)
{
	int watcher = (int)MUST(inotify_init());
	struct statfs fs;

	printf("%s: %s", name, error(truncate(name, 0)));
	printf(" %s", error(statfs(name, &fs)));
	printf(" %s", error(inotify_add_watch(watcher, name, IN_MODIFY)));
	printf(" %s\n", error(execve(name, (char *[]){NULL}, (char *[]){NULL})));
	close(watcher);
}

static void below(const char *dir, const char *const *names, size_t n)
{
	int fd = (int)MUST(open(dir, O_RDONLY | O_DIRECTORY));

	printf("in %s:\n", dir);
	for (size_t i = 0; i < n; i++)
		ask(fd, names[i]);
	for (size_t i = 0; i < n; i++)
		use(fd, names[i]);
	close(fd);
	MUST(chdir(dir));
	printf("there:\n");
	for (size_t i = 0; i < n; i++)
		ask(AT_FDCWD, names[i]);
	printf("%s\n", error(access(names[0], F_OK)));
}

int main(void)
{
	static const char *const names[] = {"/proc/kallsyms", "/proc/schedstat", "/proc/kcore", "/proc/pressure/cpu", "/proc/buddyinfo", "/proc/no-such-file",
		"/proc/pressure", "/proc//./bus", "/proc/self/../kmsg", "/proc/kcore/x", "/proc/self/ksm_stat", "/proc/self/stack", "/proc/self/stack/x",
		"/proc/self/map_files", "/proc/self/attr/current", "/proc/thread-self/timers", "/proc/net/packet", "/proc/self/task/../latency"};
	static const char *const global[] = {"kcore", "./bus", "self/map_files", "pressure/cpu"};
	static const char *const own[] = {"syscall", "attr", "../kcore", "./timers"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ask(AT_FDCWD, names[i]);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		use(AT_FDCWD, names[i]);
		use_path(names[i]);
	}
	printf("%s", error(chdir("/proc/bus")));
	printf(" %s", error(chdir("/proc/kcore")));
	printf(" %s\n", error(chdir("/proc/self/map_files")));
	below("/proc", global, sizeof(global) / sizeof(global[0]));
	below("/proc/self", own, sizeof(own) / sizeof(own[0]));
	return 0;
}
