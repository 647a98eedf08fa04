/* file_statfs: what the filesystem says of itself: type, size, free space, id. */
/* control: differs */
#include "guest.h"
#include <sys/statvfs.h>
#include <sys/vfs.h>

int main(void)
{
	static const char *const paths[] = {".", "/", "/dev", "/proc", "/tmp"};
	for (int i = 0; i < 5; i++) {
		struct statfs s;
		if (statfs(paths[i], &s) == -1) {
			printf("%s: %s\n", paths[i], strerrorname_np(errno));
			continue;
		}
		printf("%s: type %lx bsize %ld blocks %lu free %lu avail %lu files %lu ffree %lu fsid %x %x namelen %ld flags %lx\n", paths[i],
			(long)s.f_type, (long)s.f_bsize, (unsigned long)s.f_blocks, (unsigned long)s.f_bfree, (unsigned long)s.f_bavail,
			(unsigned long)s.f_files, (unsigned long)s.f_ffree, s.f_fsid.__val[0], s.f_fsid.__val[1], (long)s.f_namelen, (long)s.f_flags);
		CHECK(s.f_bsize > 0 && s.f_bfree <= s.f_blocks);
	}
	return 0;
}
