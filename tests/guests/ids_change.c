/* ids_change: root gives its ids away, one call after the other, and what it may do afterwards. */
/* control: same */
/* options: --as-root */
#include "guest.h"

#include <grp.h>
#include <sys/fsuid.h>

static void ids(const char *what)
{
	uid_t r, e, s;
	gid_t g, h, i, list[8];

	MUST(getresuid(&r, &e, &s));
	MUST(getresgid(&g, &h, &i));
	int n = (int)MUST(getgroups(8, list));
	printf("%s: %u %u %u, %u %u %u, groups", what, r, e, s, g, h, i);
	for (int k = 0; k < n; k++)
		printf(" %u", list[k]);
	printf("\n");
}

/* Raw calls: the C library would tell all threads. */
static void as(const char *what, long nr, long a, long b, long c)
{
	printf("%s %ld %ld %ld: %s\n", what, a, b, c, outcome(syscall(nr, a, b, c)));
	ids(" now");
}

static void child(void (*fn)(void))
{
	fflush(stdout);
	pid_t p = (pid_t)MUST(fork());

	if (p == 0) {
		fn();
		_exit(0);
	}
	printf("%s\n", status_words(wait_status(p)));
}

static void groups(void)
{
	gid_t list[] = {7, 3, 9};

	printf("setgroups: %s\n", outcome(syscall(SYS_setgroups, 3L, list)));
	as("setgid", SYS_setgid, 5, 0, 0);
	as("setregid", SYS_setregid, -1, 6, 0);
	as("setresgid", SYS_setresgid, 1, 2, 3);
	as("setfsgid", SYS_setfsgid, 44, 0, 0);
	printf("setfsgid said %ld\n", syscall(SYS_setfsgid, -1L));
}

static void users(void)
{
	as("setresuid", SYS_setresuid, -1, 20, -1);
	as("seteuid back", SYS_setresuid, -1, 0, -1);
	as("setreuid", SYS_setreuid, 30, 31, 0);
	as("setuid to the real one", SYS_setuid, 30, 0, 0);
	as("setuid to root", SYS_setuid, 0, 0, 0);
	as("setresuid to another", SYS_setresuid, 50, 50, 50);
	printf("setgroups: %s\n", outcome(syscall(SYS_setgroups, 0L, NULL)));
}

static void for_good(void)
{
	as("setuid", SYS_setuid, 65, 0, 0);
	as("setuid", SYS_setuid, 0, 0, 0);
	as("setfsuid", SYS_setfsuid, 66, 0, 0);
	printf("setfsuid said %ld\n", syscall(SYS_setfsuid, -1L));
}

int main(void)
{
	gid_t none[1] = {0};

	MUST(syscall(SYS_setgroups, 1L, none));
	ids("at first");
	child(groups);
	child(users);
	child(for_good);
	ids("in the end");
	return 0;
}

/* expect:
at first: 0 0 0, 0 0 0, groups 0
setgroups: ok
setgid 5 0 0: ok
 now: 0 0 0, 5 5 5, groups 3 7 9
setregid -1 6 0: ok
 now: 0 0 0, 5 6 6, groups 3 7 9
setresgid 1 2 3: ok
 now: 0 0 0, 1 2 3, groups 3 7 9
setfsgid 44 0 0: ok
 now: 0 0 0, 1 2 3, groups 3 7 9
setfsgid said 44
exit 0
setresuid -1 20 -1: ok
 now: 0 20 0, 0 0 0, groups 0
seteuid back -1 0 -1: ok
 now: 0 0 0, 0 0 0, groups 0
setreuid 30 31 0: ok
 now: 30 31 31, 0 0 0, groups 0
setuid to the real one 30 0 0: ok
 now: 30 30 31, 0 0 0, groups 0
setuid to root 0 0 0: EPERM
 now: 30 30 31, 0 0 0, groups 0
setresuid to another 50 50 50: EPERM
 now: 30 30 31, 0 0 0, groups 0
setgroups: EPERM
exit 0
setuid 65 0 0: ok
 now: 65 65 65, 0 0 0, groups 0
setuid 0 0 0: EPERM
 now: 65 65 65, 0 0 0, groups 0
setfsuid 66 0 0: ok
 now: 65 65 65, 0 0 0, groups 0
setfsuid said 65
exit 0
in the end: 0 0 0, 0 0 0, groups 0
*/
