/* hostile_setuid: a set-user-ID program and file capabilities give nothing. Run as root of the box it makes such a file itself. */
#include <sys/prctl.h>

#include "hostile_common.h"

static void copy_self(const char *to)
{
	char buf[65536];
	int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, (size_t)n) != n)
			break;
	close(in);
	close(out);
	chmod(to, 06755);
}

int main(int argc, char **argv)
{
	int status = 0;
	pid_t pid;

	if (argc > 1 && !strcmp(argv[1], "show"))
		return geteuid() != getuid() || getegid() != getgid();
	verdict(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1, "no_new_privs");
	copy_self("/usr/hostile-setuid");
	copy_self("hostile-setuid");
	for (pid = 0; pid < 2; pid++) {
		const char *path = pid ? "./hostile-setuid" : "/usr/hostile-setuid";
		pid_t child = fork();

		if (child == 0) {
			if (setgid(12345) < 0 || setuid(12345) < 0)
				_exit(0);
			execl(path, path, "show", NULL);
			_exit(0);
		}
		waitpid(child, &status, 0);
		verdict(!WIFEXITED(status) || WEXITSTATUS(status) == 1, path);
	}
	unlink("hostile-setuid");
	unlink("/usr/hostile-setuid");
	return escapes != 0;
}
