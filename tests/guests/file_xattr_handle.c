/* file_xattr_handle: other ways to a file's identity: handles, generation numbers, extents, birth time. */
/* control: differs */
#include "guest.h"
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>

int main(void)
{
	put_file("f", "x");
	struct {
		struct file_handle h;
		unsigned char room[128];
	} fh;
	memset(&fh, 0, sizeof(fh));
	fh.h.handle_bytes = 128;
	int mount_id = -1, fd = (int)MUST(open("f", O_RDWR));
	int r = name_to_handle_at(AT_FDCWD, "f", &fh.h, &mount_id, 0);
	printf("handle: %s", outcome(r));
	if (r == 0)
		printf(" type %d %016" PRIx64 " mount %d", fh.h.handle_type, hash_add(0, fh.h.f_handle, fh.h.handle_bytes), mount_id);
	long gen = 0;
	r = ioctl(fd, FS_IOC_GETVERSION, &gen);
	printf("\ngeneration: %s %ld\n", outcome(r), gen);
	unsigned block = 0;
	printf("fibmap: %s\n", outcome(ioctl(fd, FIBMAP, &block)));
	char list[256];
	printf("user xattr: %s list %ld\n", outcome(fsetxattr(fd, "user.a", "1", 1, 0)), (long)flistxattr(fd, list, sizeof(list)));
	return 0;
}
