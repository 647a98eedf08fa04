/* ids_user: user and group ids, names, groups, umask and the new file's owner. */
/* control: differs */
#include "guest.h"
#include <grp.h>
#include <pwd.h>

int main(void)
{
	uid_t r, e, s;
	gid_t groups[64];
	MUST(getresuid(&r, &e, &s));
	printf("uid %u %u %u gid %u\n", r, e, s, getgid());
	int n = getgroups(64, groups);
	printf("groups");
	for (int i = 0; i < n; i++)
		printf(" %u", groups[i]);
	struct passwd *pw = getpwuid(getuid());
	const char *home = getenv("HOME"), *user = getenv("USER"), *login = getlogin();
	printf("\nname %s login %s HOME %s USER %s\n", pw ? pw->pw_name : "-", login ? login : "-", home ? home : "-", user ? user : "-");
	mode_t m = umask(0);
	umask(m);
	printf("umask %03o\n", m);
	struct stat st;
	MUST(close((int)MUST(open("f", O_CREAT | O_WRONLY, 0666))));
	MUST(stat("f", &st));
	printf("file mode %03o\n", st.st_mode & 0777);
	CHECK(st.st_uid == e);
	return 0;
}
