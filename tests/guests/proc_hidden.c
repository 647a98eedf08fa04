/* proc_hidden: files of /proc that a kernel has or has not, by its version and configuration: nobody is told of any, by whatever call and name. */
/* control: host */
#include "guest.h"

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

static void below(const char *dir, const char *const *names, size_t n)
{
	int fd = (int)MUST(open(dir, O_RDONLY | O_DIRECTORY));

	printf("in %s:\n", dir);
	for (size_t i = 0; i < n; i++)
		ask(fd, names[i]);
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
	printf("%s", error(chdir("/proc/bus")));
	printf(" %s", error(chdir("/proc/kcore")));
	printf(" %s\n", error(chdir("/proc/self/map_files")));
	below("/proc", global, sizeof(global) / sizeof(global[0]));
	below("/proc/self", own, sizeof(own) / sizeof(own[0]));
	return 0;
}
