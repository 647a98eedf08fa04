/* file_copyup: a file of the image that is touched while open keeps its identity, by descriptor and by name. */
/* control: same */
/* options: --user root */
#include "guest.h"

int main(void)
{
	static const char path[] = "/etc/debian_version";
	struct stat a, b, c;
	int fd = (int)MUST(open(path, O_RDONLY));
	MUST(fstat(fd, &a));
	/* The same mode again: nothing changes, but an overlay must copy the file up. */
	int r = chmod(path, a.st_mode & 07777);
	MUST(fstat(fd, &b));
	MUST(stat(path, &c));
	CHECK(r == 0 || errno == EPERM || errno == EROFS);
	CHECK(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
	CHECK(a.st_ino == c.st_ino && a.st_dev == c.st_dev);
	DIR *d = opendir("/etc");
	struct dirent *e;
	while ((e = readdir(d)))
		if (strcmp(e->d_name, "debian_version") == 0)
			CHECK(e->d_ino == c.st_ino);
	closedir(d);
	printf("one file\n");
	return 0;
}

/* expect:
one file
*/
