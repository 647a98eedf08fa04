/* process_exec: errors of exec, scripts and their interpreters, close-on-exec, what survives. */
/* control: same */
#include "guest.h"

static const char *try_exec(const char *path)
{
	char *argv[] = {"x", NULL};
	execv(path, argv);
	return strerrorname_np(errno);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		char name[32] = "";
		printf("inherited %s closed %s\n", outcome(fcntl(10, F_GETFD)), outcome(fcntl(11, F_GETFD)));
		slurp("/proc/self/comm", name, sizeof(name));
		printf("arguments %d %s, umask %03o, alarm %d\n", argc, argv[1], umask(0), alarm(0) > 0);
		return 0;
	}
	put_file("plain", "no program\n");
	put_file("script", "#!/bin/sh\necho script $0 $1; exit 12\n");
	put_file("bad", "#!/nonexistent/interpreter\n");
	MUST(mkdir("dir", 0755));
	printf("missing %s, no x %s, directory %s\n", try_exec("none"), try_exec("plain"), try_exec("dir"));
	MUST(chmod("plain", 0755));
	MUST(chmod("script", 0755));
	MUST(chmod("bad", 0755));
	printf("not a program %s, bad interpreter %s\n", try_exec("./plain"), try_exec("./bad"));
	int w = (int)MUST(open("plain", O_WRONLY));
	printf("being written %s\n", try_exec("./plain"));
	close(w);
	pid_t p = (pid_t)MUST(fork());
	if (p == 0)
		execl("./script", "ignored", "arg", NULL);
	printf("script: %s\n", status_words(wait_status(p)));
	char *big = malloc(200000);
	memset(big, 'b', 199999);
	big[199999] = 0;
	char *args[] = {"x", big, NULL};
	execv("/bin/true", args);
	printf("one argument of 200 kB: %s\n", strerrorname_np(errno));
	int n = (int)MUST(open("/dev/null", O_RDONLY));
	MUST(dup2(n, 10));
	MUST(dup3(n, 11, O_CLOEXEC));
	umask(027);
	alarm(30);
	execl("/proc/self/exe", argv[0], "again", NULL);
	return 1;
}

/* expect:
missing ENOENT, no x EACCES, directory EACCES
not a program ENOEXEC, bad interpreter ENOENT
being written ETXTBSY
script ./script arg
script: exit 12
one argument of 200 kB: E2BIG
inherited ok closed EBADF
arguments 2 again, umask 027, alarm 1
*/
