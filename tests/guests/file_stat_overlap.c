/* The answer may lie over the path that is asked for: the kernel reads the one before it writes the other. */
/* control: same */
/* flags: -Wno-restrict */
/* expect:
stat: 0 directory
lstat: 0 directory
new file: 0 file
statfs: 0
absent: -1 ENOENT
*/
#include "guest.h"

#include <sys/vfs.h>

union both { char path[4096]; struct stat st; struct statfs fs; };

static void say(const char *how, int r, const struct stat *st)
{
	printf("%s: %d%s%s\n", how, r, r < 0 ? " " : !st ? "" : S_ISDIR(st->st_mode) ? " directory" : " file", r < 0 ? strerrorname_np(errno) : "");
}

int main(void)
{
	union both u;

	strcpy(u.path, "/usr");
	say("stat", stat(u.path, &u.st), &u.st);
	strcpy(u.path, "/usr/share");
	say("lstat", lstat(u.path, &u.st), &u.st);
	MUST(close(MUST(open("new", O_CREAT | O_WRONLY, 0600))));
	strcpy(u.path, "new");
	say("new file", stat(u.path, &u.st), &u.st);
	strcpy(u.path, "/usr");
	say("statfs", statfs(u.path, &u.fs), NULL);
	strcpy(u.path, "/there/is/none");
	say("absent", stat(u.path, &u.st), &u.st);
	return 0;
}
