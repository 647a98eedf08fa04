/* file_seekdir: a directory position can be told and gone back to; rewinding shows new names; deleting while reading is safe. With an argument: what its end is,
 * which natively the file system says, and whether anonymous files can be changed, which the kernel does (tests/det/table.bats). */
/* control: same */
#include "guest.h"

#include <sys/eventfd.h>

static int tell_end(void)
{
	int fd = (int)MUST(open(".", O_RDONLY | O_DIRECTORY));

	printf("the end: %s", outcome(lseek(fd, 0, SEEK_END)));
	printf(", then at %lld\n", (long long)lseek(fd, 0, SEEK_CUR));
	fd = (int)MUST(eventfd(0, 0));
	printf("a file that all share: mode %s", outcome(fchmod(fd, 0777)));
	printf(", owner %s", outcome(fchown(fd, 0, 0)));
	printf(", times %s", outcome(futimens(fd, NULL)));
	printf(" and %s\n", outcome(utimensat(fd, "", NULL, AT_EMPTY_PATH)));
	return 0;
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return tell_end();
	for (int i = 0; i < 200; i++) {
		char name[16];
		snprintf(name, sizeof(name), "e%03d", i);
		put_file(name, "");
	}
	DIR *d = opendir(".");
	struct dirent *e;
	char rest[400][16];
	int n = 0, again = 0, same = 1;
	for (int i = 0; i < 50; i++)
		CHECK(readdir(d) != NULL);
	long at = telldir(d);
	while ((e = readdir(d)))
		snprintf(rest[n++], 16, "%.15s", e->d_name);
	seekdir(d, at);
	while ((e = readdir(d)))
		same &= again < n && strcmp(rest[again++], e->d_name) == 0;
	printf("after the mark %d, again %d, same %d\n", n, again, same);
	put_file("new", "");
	rewinddir(d);
	for (n = 0, again = 0; (e = readdir(d)); n++)
		again += strcmp(e->d_name, "new") == 0;
	printf("rewound: %d names, new seen %d\n", n, again);
	rewinddir(d);
	while ((e = readdir(d)))
		if (e->d_name[0] == 'e')
			MUST(unlink(e->d_name));
	rewinddir(d);
	for (n = 0; (e = readdir(d)); n++)
		;
	printf("left %d\n", n);
	closedir(d);
	return 0;
}

/* expect:
after the mark 152, again 152, same 1
rewound: 203 names, new seen 1
left 3
*/
