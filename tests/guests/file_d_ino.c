/* file_d_ino: a directory entry's number and type are those that stat tells. */
/* control: same */
#include "guest.h"
#include <sys/un.h>

int main(void)
{
	put_file("file", "x");
	MUST(mkdir("dir", 0755));
	MUST(symlink("file", "link"));
	MUST(mkfifo("fifo", 0600));
	MUST(link("file", "hard"));
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "sock"};
	MUST(bind((int)MUST(socket(AF_UNIX, SOCK_STREAM, 0)), (struct sockaddr *)&a, sizeof(a)));
	DIR *d = opendir(".");
	struct dirent *e;
	int n = 0;
	while ((e = readdir(d))) {
		struct stat st;
		if (strcmp(e->d_name, "..") == 0 || MUST(lstat(e->d_name, &st)) < 0)
			continue;
		if (e->d_ino != st.st_ino)
			printf("BAD: %s: d_ino %lu st_ino %lu\n", e->d_name, (unsigned long)e->d_ino, (unsigned long)st.st_ino);
		if (e->d_type != DT_UNKNOWN && e->d_type != IFTODT(st.st_mode))
			printf("BAD: %s: d_type %d mode %o\n", e->d_name, e->d_type, st.st_mode);
		n += e->d_name[0] != '.' && strncmp(e->d_name, "file_", 5) != 0;
	}
	closedir(d);
	printf("%d entries\n", n);
	return 0;
}

/* expect:
6 entries
*/
