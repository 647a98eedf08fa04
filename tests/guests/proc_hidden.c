/* proc_hidden: files of /proc that a kernel has or has not, by its version and configuration: nobody is told of any. */
/* control: host */
#include "guest.h"

int main(void)
{
	static const char *const names[] = {"/proc/kallsyms", "/proc/schedstat", "/proc/kcore", "/proc/pressure/cpu", "/proc/buddyinfo", "/proc/no-such-file"};
	struct statx sx;
	struct stat st;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int fd = open(names[i], O_RDONLY), e = errno;
		const char *opened = fd < 0 ? strerrorname_np(e) : "opened";
		const char *found = stat(names[i], &st) < 0 ? strerrorname_np(errno) : "found";
		const char *foundx = statx(AT_FDCWD, names[i], 0, STATX_BASIC_STATS, &sx) < 0 ? strerrorname_np(errno) : "found";

		printf("%s: %s %s %s\n", names[i], opened, found, foundx);
		if (fd >= 0)
			close(fd);
	}
	return 0;
}
